"""The stage `filter`: the scores of every clip of a batch's videos, each scorer under a key of its own."""

from collections.abc import Sequence

from tasks.core.catalog import Connection
from tasks.core.catalog.inputs import ClipInput, clip_of
from tasks.core.catalog.work import StageRun
from tasks.core.model import Score
from tasks.core.settings_filter import FilterSettings
from tasks.core.stage import Result, Stage
from tasks.core.store import open_source
from tasks.filter.clip import score_clip
from tasks.filter.scorer import Clip

SCORE = ("stage_key", "clip_id", "scorer", "numbers", "unmeasured", "stage_run_id")
HASH = ("stage_key", "clip_id", "bits", "stage_run_id")


def score_one(clip: ClipInput, settings: FilterSettings) -> tuple[Score, ...]:
    """What the scorers that have not seen the clip measure of it, on one decode. Raises UnreadableVideo."""
    with open_source(clip.uri) as source:
        about = Clip(clip.info, clip.span, clip.inner)
        return score_clip(source, about, settings, only=frozenset(clip.scorers))


def pending(connection: Connection, stage_run: StageRun) -> list[ClipInput]:
    """The clips of the batch's videos that some scorer has not measured."""
    run = stage_run.run
    keys = {"key": stage_run.key, "crop_key": run.key("crop")}
    rows = connection.rows("filter/pending", run=run.run_id, batch=stage_run.batch, **keys)
    return [clip_of(row, reserved_by="video_id") for row in rows]


def record(
    connection: Connection, stage_run: StageRun, results: Sequence[Result[ClipInput, tuple[Score, ...]]]
) -> None:
    """One row per clip and scorer, and the hash where there is one."""
    scores, hashes = [], []
    for result in results:
        for score in result.value:
            key, clip, by = stage_run.run.key(f"filter.{score.scorer}"), result.item.subject_id, stage_run.stage_run_id
            scores.append((key, clip, score.scorer, score.numbers, score.unmeasured, by))
            if score.hash_bits is not None:
                hashes.append((key, clip, score.hash_bits, by))
    connection.copy("footage_hash", HASH, hashes)
    connection.copy("score", SCORE, scores)


STAGE = Stage(name="filter", pending=pending, settings=lambda recipe: recipe.filter, work=score_one, record=record)
