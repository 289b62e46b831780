"""A whole run out of a bucket and into a bucket gives what the same run between folders gives."""

import io
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tasks.core.catalog import open_catalog
from tasks.core.store import Store, open_store
from tasks.core.store.s3_client import client
from tests.fixtures.ceph import WANTED
from tests.fixtures.made_catalog import table
from tests.fixtures.made_video import Shot, made_video
from tests.fixtures.pipeline import Pipeline, write_recipe

NAMES = ("one.mp4", "a 'quoted' näme.mp4", "../up//and away.mp4")
MANIFEST = "versions/00001/manifest.json"


def rows_of(store: Store) -> list[dict[str, Any]]:
    """The rows of the version's index: what differs is seen by its name."""
    index = json.loads(store.get_bytes(MANIFEST))["index"]["key"]
    rows: list[dict[str, Any]] = pq.read_table(io.BytesIO(store.get_bytes(index))).to_pylist()
    return rows


@pytest.fixture
def videos(tmp_path: Path) -> list[Path]:
    """Three videos and a text."""
    (tmp_path / "videos").mkdir()
    paths = [tmp_path / "videos" / f"{number}.mp4" for number in range(3)]
    for number, path in enumerate(paths):
        made_video(path, [Shot(5.5, seed=number)])
    (tmp_path / "videos" / "notes.txt").write_text("not a video")
    return paths


@pytest.mark.parametrize("place", ["bucket", *(["ceph_bucket"] if WANTED else [])])
def test_a_run_between_buckets_gives_the_same_manifest(
    request: pytest.FixtureRequest,
    place: str,
    catalog_url: str,
    another_catalog: str,
    videos: list[Path],
    tmp_path: Path,
) -> None:
    bucket = request.getfixturevalue(place)
    for name, path in zip(NAMES, videos, strict=True):
        client().upload_file(str(path), bucket, f"raw/{name}")
    client().put_object(Bucket=bucket, Key="raw/notes.txt", Body=b"not a video")
    client().put_object(Bucket=bucket, Key="raw/", Body=b"")
    client().put_object(Bucket=bucket, Key="rawer/other.mp4", Body=b"of another source")

    folder, s3 = str(tmp_path / "dataset"), f"s3://{bucket}/dataset"
    source = {"name": "videos", "kind": "s3", "path": f"s3://{bucket}/raw", "licence": "CC0-1.0"}
    source["rights"] = "made by the test"  # as the other has it: recipes that differ are told apart
    changes = {"policy": "permissive"}
    here = write_recipe(tmp_path / "here.yaml", tmp_path / "videos", folder, **changes)
    there = write_recipe(tmp_path / "there.yaml", tmp_path, s3, **changes, sources=[source])
    with ThreadPoolExecutor(2) as both:
        runs = [Pipeline(catalog_url, here), Pipeline(another_catalog, there)]
        for future in [both.submit(run.run, "made") for run in runs]:
            future.result()

    ours, theirs = open_store(folder), open_store(s3)
    assert json.loads(theirs.get_bytes(MANIFEST))["clips"] == 3
    assert rows_of(theirs) == rows_of(ours)
    assert theirs.get_bytes(MANIFEST) == ours.get_bytes(MANIFEST)
    shards = [stored.key for stored in ours.list("shards/")]
    assert [stored.key for stored in theirs.list("shards/")] == shards
    assert all(theirs.get_bytes(key) == ours.get_bytes(key) for key in shards)

    paths = table(open_catalog(another_catalog), "select path, uri from catalog.video_location order by path")
    assert [path for path, _ in paths] == sorted([*NAMES, "notes.txt"])
    assert paths[0][1] == f"s3://{bucket}/raw/../up//and%20away.mp4"
    failures = table(open_catalog(another_catalog), "select kind from catalog.failure_open")
    assert failures == [("not_a_video",)]
