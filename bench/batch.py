"""How much two workers help: a batch of ten videos through split, crop and filter, by the real runner.

    python -m bench batch

Ten made 720p videos of 20 to 38 s. Each stage is its own process, as a DAG would start it, on a catalog of its own:
once with two workers on all cores, once with one worker pinned to one core. Planning and ingest are not counted.
"""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import imageio_ffmpeg

from bench.figure import Figure
from tasks.cli.local import postgres
from tasks.cli.local.postgres import Postgres
from tasks.core.catalog import open_catalog
from tasks.core.catalog.migrate import migrate
from tests.fixtures.made_video import Coding, Shot, made_video
from tests.fixtures.pipeline import Pipeline, write_recipe

VIDEOS = 10
SIZE = (1280, 720)
STAGES = ("split", "crop", "filter")
ROUNDS = 2
AT_MOST = 0.6


def figures() -> Iterator[Figure]:
    """The ratio of the whole and of each stage, each from its quicker round."""
    with tempfile.TemporaryDirectory() as folder:
        places = (Path(folder) / "recipe.yaml", made_videos(Path(folder)), Path(folder) / "out")
        recipe = write_recipe(*places, plan={"min_batches": 1})
        server = postgres.start(Path(folder) / "postgres")
        try:
            rounds = [(seconds(server, recipe, 2, n), seconds(server, recipe, 1, n)) for n in range(ROUNDS)]
        finally:
            postgres.stop(Path(folder) / "postgres")
    two, one = ({stage: min(pair[side][stage] for pair in rounds) for stage in STAGES} for side in (0, 1))
    yield Figure("batch of ten, one worker on one core", sum(one.values()), "s")
    yield Figure("batch of ten, two workers by one", sum(two.values()) / sum(one.values()), at_most=AT_MOST)
    for stage in STAGES:
        yield Figure(f"{stage} alone, two workers by one", two[stage] / one[stage])


def made_videos(folder: Path) -> Path:
    """The folder of videos: a few made shots over and over, to other lengths."""
    videos, short = folder / "videos", folder / "short.mp4"
    videos.mkdir()
    made_video(short, [Shot(n, n, (20.0 * n, 5.0)) for n in (7, 5, 8)], SIZE, Coding(gop=50))
    for number in range(VIDEOS):
        looped = ("-stream_loop", "-1", "-i", str(short), "-c", "copy", "-t", str(20 + 2 * number))
        subprocess.run(
            [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *looped, str(videos / f"{number}.mp4")], check=True
        )
    return videos


def seconds(server: Postgres, recipe: Path, workers: int, number: int) -> dict[str, float]:
    """Wall seconds by stage on a fresh catalog."""
    name = f"bench_{workers}_{number}"
    postgres.query(server, f"CREATE DATABASE {name}")
    migrate(open_catalog(server.url(name)))
    pipeline, params = Pipeline(server.url(name), recipe), json.dumps({"recipe": str(recipe)})
    for run, phase in (("ingest.bench", "ingest"), ("curate.bench", "videos")):
        pipeline.stage("plan", "--run", run, "--phase", phase, "--params", params)
        for batch in pipeline.batches(run, "ingest"):
            pipeline.stage("ingest", "--run", run, "--batch", batch)
    (batch,) = pipeline.batches("curate.bench", "videos")
    cores = os.sched_getaffinity(0)
    os.environ["CLIPMILL_WORKERS"] = str(workers)
    # What this process may run on, its children may.
    os.sched_setaffinity(0, cores if workers > 1 else {min(cores)})
    try:
        return {stage: wall_s(pipeline, stage, batch) for stage in STAGES}
    finally:
        os.sched_setaffinity(0, cores)


def wall_s(pipeline: Pipeline, stage: str, batch: str) -> float:
    """Seconds from the start of one stage's process to its end."""
    start = time.perf_counter()
    pipeline.stage(stage, "--run", "curate.bench", "--batch", batch)
    return time.perf_counter() - start
