"""`ingest` as a process over a folder, against a real catalog."""

import json
import os
import shutil
from pathlib import Path

import pytest

from tasks.core.catalog import Catalog
from tests.fixtures.made_catalog import table
from tests.fixtures.made_video import Shot, made_video
from tests.fixtures.manifests import training_box
from tests.fixtures.pipeline import Pipeline, write_recipe


@pytest.fixture
def videos(tmp_path: Path) -> Path:
    folder = tmp_path / "videos"
    folder.mkdir()
    made_video(folder / "one.mp4", [Shot(0.4)])
    shutil.copy(folder / "one.mp4", folder / "same.mp4")
    (folder / "notes.txt").write_text("not a video")
    return folder


@pytest.fixture
def pipeline(catalog: Catalog, videos: Path, tmp_path: Path) -> Pipeline:
    return Pipeline(catalog.url, write_recipe(tmp_path / "recipe.yaml", videos, tmp_path / "dataset"))


def ingest(pipeline: Pipeline, name: str) -> int:
    """Exit code of listing the source in a run of its own."""
    run = f"ingest.{name}"
    pipeline.stage("plan", "--run", run, "--phase", "ingest", "--params", json.dumps({"recipe": str(pipeline.recipe)}))
    code = pipeline.start("ingest", "--run", run, "--batch", f"{run}.ingest-00").wait(60)
    pipeline.start("plan", "--run", run, "--phase", "close").wait(60)
    return code


def test_every_file_is_a_row_and_is_looked_at_once(catalog: Catalog, pipeline: Pipeline, videos: Path) -> None:
    assert ingest(pipeline, "one") == 0
    assert table(catalog, "select count(*), count(info) from catalog.video") == [(2, 1)]
    paths = table(catalog, "select path from catalog.video_location order by path")
    assert paths == [("notes.txt",), ("one.mp4",), ("same.mp4",)]
    assert table(catalog, "select kind from catalog.failure_open") == [("not_a_video",)]
    assert table(catalog, "select licence, rights from catalog.source_terms_current") == [
        ("CC0-1.0", "made by the test")
    ]

    made_video(videos / "new.mp4", [Shot(0.5)])
    assert ingest(pipeline, "two") == 0
    assert table(
        catalog, "select done_count from catalog.stage_run where run_id = 'ingest.two' and stage = 'ingest'"
    ) == [(1,)]


def test_a_replaced_file_is_another_video_at_the_same_place(catalog: Catalog, pipeline: Pipeline, videos: Path) -> None:
    ingest(pipeline, "one")
    made_video(videos / "same.mp4", [Shot(0.6)])
    os.utime(videos / "same.mp4", (1, 1))
    ingest(pipeline, "two")
    assert table(catalog, "select count(*) from catalog.video where info is not null") == [(2,)]
    now = table(catalog, "select count(distinct video_id) from catalog.location_current where path <> 'notes.txt'")
    assert now == [(2,)]


def test_a_released_failure_is_looked_at_again(catalog: Catalog, pipeline: Pipeline) -> None:
    ingest(pipeline, "one")
    with catalog.begin() as connection:
        connection.value("work/release_failures", kind="not_a_video")
    ingest(pipeline, "two")
    assert table(catalog, "select count(*) from catalog.failure") == [(2,)]


def test_a_source_that_is_gone_is_refused(pipeline: Pipeline, videos: Path) -> None:
    shutil.rmtree(videos)
    assert ingest(pipeline, "one") == 78


def test_what_a_file_says_on_training_is_recorded_and_honoured(
    catalog: Catalog, pipeline: Pipeline, videos: Path
) -> None:
    with (videos / "one.mp4").open("ab") as file:
        file.write(training_box({"cawg.ai_training": {"use": "notAllowed"}}))
    assert ingest(pipeline, "one") == 0
    refusals = "select l.path, c.refusal from catalog.training_claim c join catalog.video_location l using (video_id)"
    said = "its own manifest says cawg.ai_training: notAllowed"
    assert sorted(table(catalog, refusals)) == [("one.mp4", said), ("same.mp4", None)]
    states = "select path, state, reason, message from catalog.video_state('ingest.one') order by path"
    assert table(catalog, states)[1:] == [("one.mp4", "excluded", "rights", said), ("same.mp4", "pending", None, None)]


def test_a_video_that_was_never_asked_is_looked_at_again(catalog: Catalog, pipeline: Pipeline) -> None:
    """As those are that an earlier version of clipmill has seen."""
    ingest(pipeline, "one")
    with catalog.begin() as connection:
        connection.script("delete from catalog.training_claim")
    ingest(pipeline, "two")
    assert table(catalog, "select count(*) from catalog.training_claim") == [(1,)]
