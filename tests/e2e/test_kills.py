"""A stage killed at any moment completes when it is run again, and the dataset is the same to the byte."""

import random
from pathlib import Path

import pytest

from tasks.cli.demo_corpus import CorpusPlan, make_corpus
from tasks.core.catalog import Catalog, open_catalog
from tests.fixtures.made_catalog import table
from tests.fixtures.pipeline import Killer, Pipeline, write_recipe

KILLS = 20
SEED = 7


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    make_corpus(folder / "videos", folder / "truth.json", CorpusPlan(scale=0.5))
    return folder / "videos"


def run(catalog_url: str, videos: Path, folder: Path, killer: Killer | None = None) -> Pipeline:
    """The whole pipeline over the corpus."""
    folder.mkdir()
    # Short clips count here, since the corpus is short; a chunk of work is small enough to be hit.
    changes = {"split": {"min_clip_s": 2.0}, "plan": {"batch_video_s": 60}}
    pipeline = Pipeline(
        catalog_url, write_recipe(folder / "recipe.yaml", videos, folder / "dataset", **changes), killer
    )
    pipeline.run("made")
    return pipeline


def manifest(folder: Path) -> bytes:
    """The content manifest of the first version."""
    return (folder / "dataset" / "versions" / "00001" / "manifest.json").read_bytes()


def test_twenty_kills_leave_the_same_dataset(
    catalog: Catalog, another_catalog: str, videos: Path, tmp_path: Path
) -> None:
    run(catalog.url, videos, tmp_path / "calm")
    killer = Killer(KILLS, random.Random(SEED))
    run(another_catalog, videos, tmp_path / "killed", killer)
    assert killer.done == KILLS
    assert table(open_catalog(another_catalog), "select kind, message from catalog.failure where kind = 'killed'") == []
    assert manifest(tmp_path / "killed") == manifest(tmp_path / "calm")
    after = open_catalog(another_catalog)
    for name in ("reservation", "attempt"):
        assert table(after, f"select count(*) from catalog.{name}") == [(0,)], name
    for made, key in (("score", "stage_key, clip_id"), ("rendition", "stage_key, clip_id"), ("verdict", "clip_id")):
        assert table(after, f"select {key} from catalog.{made} group by {key} having count(*) > 1") == [], made


def test_running_again_does_nothing_again(catalog: Catalog, videos: Path, tmp_path: Path) -> None:
    pipeline = run(catalog.url, videos, tmp_path / "out")
    before = table(catalog, "select count(*) from catalog.output")
    pipeline.run("again")
    assert table(catalog, "select count(*) from catalog.output") == before
    assert table(
        catalog,
        "select coalesce(sum(done_count), 0) from catalog.stage_run where run_id like '%.again' "
        "and batch_id is not null",
    ) == [(0,)]
    assert table(catalog, "select max(version) from catalog.dataset_version") == [(1,)]
