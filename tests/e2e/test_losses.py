"""A lost catalog and a full disk end a stage with 75, and the next run completes."""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.cli.local import postgres
from tasks.core.catalog import Catalog, open_catalog
from tasks.core.catalog.migrate import migrate
from tests.fixtures.made_catalog import table
from tests.fixtures.made_video import Shot, made_video
from tests.fixtures.pipeline import ROOT, Pipeline, write_recipe

PARAMS = '{{"recipe": "{recipe}"}}'


@pytest.fixture
def videos(tmp_path: Path) -> Path:
    folder = tmp_path / "videos"
    folder.mkdir()
    for number in range(4):
        made_video(folder / f"{number}.mp4", [Shot(6.0, seed=number)])
    return folder


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Path]:
    """A Postgres of the test's own, which it may take away."""
    folder = tmp_path / "postgres"
    migrate(open_catalog(postgres.start(folder).url("clipmill")))
    yield folder
    postgres.stop(folder)


def planned(pipeline: Pipeline, *phases: str) -> None:
    """Phases planned and worked on, as far as named."""
    params = PARAMS.format(recipe=pipeline.recipe)
    for phase in phases:
        run = f"{'ingest' if phase == 'ingest' else 'curate'}.made"
        pipeline._phase(run, phase, None if phase == "survivors" else params)


def test_a_lost_catalog_is_a_reason_to_try_again(videos: Path, server: Path, tmp_path: Path) -> None:
    url = postgres.start(server).url("clipmill")
    recipe = write_recipe(tmp_path / "recipe.yaml", videos, tmp_path / "out", policy="permissive")
    pipeline = Pipeline(url, recipe)
    planned(pipeline, "ingest")
    pipeline.stage("plan", "--run", "curate.made", "--phase", "videos", "--params", PARAMS.format(recipe=recipe))
    stage = pipeline.start("split", "--run", "curate.made", "--batch", "curate.made.videos-00")
    catalog = open_catalog(url)
    deadline = time.monotonic() + 30
    while not table(catalog, "select 1 from catalog.attempt") and time.monotonic() < deadline:
        time.sleep(0.05)
    postgres.stop(server)
    assert stage.wait(60) == 75
    assert pipeline.start("split", "--run", "curate.made", "--batch", "curate.made.videos-00").wait(60) == 75
    catalog.close()
    postgres.start(server)
    planned(pipeline, "videos")
    assert table(open_catalog(url), "select count(*) from catalog.split_output") == [(4,)]
    assert table(open_catalog(url), "select count(*) from catalog.failure") == [(0,)]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 300 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", folder], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("this user may not mount a small disk")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("full", ["store", "scratch"])
def test_a_full_disk_leaves_nothing_half_written(
    catalog: Catalog, catalog_url: str, videos: Path, small_disk: Path, tmp_path: Path, full: str
) -> None:
    output = small_disk / "out" if full == "store" else tmp_path / "out"
    recipe = write_recipe(tmp_path / "recipe.yaml", videos, output, policy="permissive")
    pipeline = Pipeline(catalog_url, recipe)
    planned(pipeline, "ingest", "videos", "clips")
    pipeline.stage("dedup", "--run", "curate.made")
    pipeline.stage("plan", "--run", "curate.made", "--phase", "survivors")
    batch = ["transcode", "--run", "curate.made", "--batch", "curate.made.survivors-00"]
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(shutil.disk_usage(small_disk).free - 20_000))
    scratch = {"TMPDIR": str(small_disk)} if full == "scratch" else {}
    assert pipeline.start(*batch, **scratch).wait(120) == 75
    whole = {f"renditions/{path.parent.name}/{path.name}" for path in output.rglob("*.mp4")}
    recorded = {key for (key,) in table(catalog, "select object_key from catalog.rendition")}
    assert recorded <= whole
    assert table(catalog, "select count(*) from catalog.failure") == [(0,)]
    ballast.unlink()
    subprocess.run(["mount", "-o", "remount,size=100m", small_disk], check=True)
    assert pipeline.start(*batch, **scratch).wait(120) == 0
    assert table(catalog, "select count(*) from catalog.rendition") == [(4,)]


PUT_SCORES = """
import sys
from tasks.publish.scores import ScoreColumns
with open(sys.argv[1], "w+b") as file:
    try:
        ScoreColumns(file, 100_000).add(b'99999\\tresolution\\t{"short_side_px": 720}\\n')
    except OSError as error:
        print(error.strerror)
"""


def test_scores_that_find_no_room_are_an_error_and_no_signal(small_disk: Path) -> None:
    command = [sys.executable, "-c", PUT_SCORES, small_disk / "scores"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "No space left on device\n"), done.stderr
