"""What the catalog takes at 100,000 clips: writing scores, judging, and every query that planning asks.

    python -m bench catalog

On a Postgres of its own with the settings of `clipmill up`, but without autovacuum, so that the first round of
queries sees no statistics, as a run does right after a bulk load. A clip has every measurement there is, in one row per
scorer, written by the `filter` stage's own chunk: its reservations held, its attempts ended, in one commit. The policy
asks for 18 of them.
"""

import random
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from bench.figure import Figure
from tasks.cli.local import postgres
from tasks.core.batch import CHUNK_ITEMS
from tasks.core.catalog import Catalog, open_catalog
from tasks.core.catalog.inputs import ClipInput
from tasks.core.catalog.migrate import migrate
from tasks.core.catalog.work import Run, StageRun
from tasks.core.chunk import Chunk
from tasks.core.log import get_log
from tasks.core.model import Score, Span
from tasks.core.score_names import SCORES
from tasks.core.stage import Result
from tasks.core.tally import Tally
from tasks.filter.stage import STAGE
from tests.fixtures.made_catalog import (
    INFO,
    add_batch,
    add_boxes,
    add_clips,
    add_video,
    made_run,
    policy_file,
    started,
    table,
)

CLIPS, CLIPS_PER_VIDEO = 100_000, 100
LARGE_CHUNK = 1000
ROWS_PER_S, JUDGE_S = 20_000, 3.0
PLANNING = ("judge under a new policy", "judge again, nothing changed", "pending videos", "pending survivors")
"""What a person waits for who has changed a threshold."""
RULES, PASSING = 18, 0.84
"""Share of clips that pass one rule: of 18 rules some 4 % of clips pass all, as in real funnels."""


def figures() -> Iterator[Figure]:
    """Rows a second, and seconds per query."""
    with tempfile.TemporaryDirectory() as folder, own_catalog(Path(folder) / "postgres") as catalog:
        run = made_run(catalog, policy=made_policy(Path(folder), "first"))
        clips = made_clips(catalog, run)
        add_batch(catalog, run, "videos", list({video for video, _ in clips}))
        half = len(clips) // 2
        for part, size in ((clips[:half], CHUNK_ITEMS), (clips[half:], LARGE_CHUNK)):
            rate = scores_written(catalog, run, part, size)
            yield Figure(f"score rows written, {size} clips a chunk", rate, "rows/s", at_least=ROWS_PER_S)
        for when in ("no statistics", "analysed"):
            if when == "analysed":
                with catalog.begin() as connection:
                    connection.script("analyze")
            changed = made_policy(Path(folder), f"after-{when.replace(' ', '-')}")
            yield from queries(catalog, made_run(catalog, f"curate.{when}", policy=changed), when)


@contextmanager
def own_catalog(folder: Path) -> Iterator[Catalog]:
    """A migrated catalog on a server of its own."""
    server = postgres.start(folder, {"autovacuum": "off"})
    catalog = open_catalog(server.url("clipmill"))
    try:
        migrate(catalog)
        yield catalog
    finally:
        catalog.close()
        postgres.stop(folder)


def made_policy(folder: Path, name: str) -> str:
    """A policy file with a rule for each of the first scores there are."""
    rules = [{"rule": f"high_{score}", "score": score, "max": PASSING * scale(score)} for score in list(SCORES)[:RULES]]
    return policy_file(folder, *rules, name=name)


def scale(score: str) -> float:
    """Largest value that a made score has."""
    return min(SCORES[score].high, 1000.0)


def made_clips(catalog: Catalog, run: Run) -> list[tuple[uuid.UUID, uuid.UUID]]:
    """(video, clip) of every clip, with its box."""
    clips = []
    for number in range(CLIPS // CLIPS_PER_VIDEO):
        video = add_video(catalog, run, f"file:///made/{number}")
        clips += [(video, clip) for clip in add_clips(catalog, run, video, [10.0] * CLIPS_PER_VIDEO)]
    add_boxes(catalog, run, [clip for _, clip in clips])
    return clips


def scores_written(catalog: Catalog, run: Run, clips: Sequence[tuple[uuid.UUID, uuid.UUID]], size: int) -> float:
    """Rows a second, in chunks of so many clips."""
    stage_run = started(catalog, run, "filter", f"{run.run_id}.videos-00")
    stage_run.take()
    results = map(partial(made_result, random.Random(size), scorers_of(stage_run)), clips)
    seconds, rows = 0.0, 0
    while part := list(islice(results, size)):
        chunk = Chunk(STAGE, stage_run, get_log(), results=part)
        rows += sum(len(result.value) for result in part)
        seconds += seconds_of(lambda chunk=chunk: chunk.write(with_failures=True))  # type: ignore[misc]
    stage_run.release()
    return rows / seconds


def scorers_of(stage_run: StageRun) -> dict[str, list[str]]:
    """Names of the scores by scorer."""
    return {
        name.split(".")[1]: [score for score, about in SCORES.items() if f"filter.{about.scorer}" == name]
        for name in stage_run.run.keys
        if name.startswith("filter.")
    }


def made_result(
    chance: random.Random, scorers: dict[str, list[str]], clip: tuple[uuid.UUID, uuid.UUID]
) -> Result[ClipInput, Any]:
    """What `filter` would give for a clip; of one in a hundred clips the motion could not be measured."""
    scores = []
    for scorer, names in scorers.items():
        if scorer == "motion" and chance.random() < 0.01:
            scores.append(Score(scorer, unmeasured="no_vectors"))
        else:
            scores.append(Score(scorer, {name: round(chance.random() * scale(name), 6) for name in names}))
    item = ClipInput(clip[1], clip[0], "", INFO, Span(0, 10_000, INFO.time_base), None)
    return Result(item, tuple(scores))


def queries(catalog: Catalog, run: Run, when: str) -> Iterator[Figure]:
    """Seconds of judging and of every query of planning, for a run whose policy is new and that got something done."""
    batch = add_batch(catalog, run, "survivors", [])
    started(catalog, run, "transcode", batch).end(0, Tally(done=1))

    def judge() -> None:
        with catalog.begin() as connection:
            connection.value("plan/judge", run=run.run_id)

    def pending(phase: str, *stages: str) -> int:
        keys = [key for stage in stages for key in run.keys_of(stage)]
        with catalog.begin() as connection:
            return len(connection.rows(f"plan/pending_{phase}", run=run.run_id, keys=keys))

    asked: dict[str, Callable[[], object]] = {
        "judge under a new policy": judge,
        "judge again, nothing changed": judge,
        "pending videos": lambda: pending("videos", "split", "crop", "filter"),
        "pending survivors": lambda: pending("survivors", "transcode"),
        "another wave": lambda: table(catalog, f"select catalog.another_wave('{run.run_id}')"),
        "state of every video": lambda: table(catalog, f"select * from catalog.video_state('{run.run_id}')"),
        "state of every clip": lambda: table(catalog, f"select * from catalog.clip_state('{run.run_id}')"),
        "funnel": lambda: table(catalog, f"select * from catalog.funnel('{run.run_id}')"),
    }
    for name, ask in asked.items():
        yield Figure(f"{name}, {when}", seconds_of(ask), "s", at_most=JUDGE_S if name in PLANNING else None)


def seconds_of(work: Callable[[], object]) -> float:
    """Wall seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
