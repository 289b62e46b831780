"""What a phase of a run has to do next: judged, settled, gathered, and cut into batches."""

from dataclasses import dataclass

from tasks.core.catalog import Connection
from tasks.core.catalog.connection import as_uuid
from tasks.core.catalog.work import Run
from tasks.core.log import Log
from tasks.plan.batches import Batch, Pending, cut_batches, take_wave
from tasks.plan.clusters import settle_clusters
from tasks.plan.footage import find_followers
from tasks.plan.window import gather_window

PHASES: dict[str, tuple[str, ...]] = {
    "ingest": ("ingest",),
    "videos": ("split", "crop", "filter"),
    "clips": ("embed",),
    "candidates": ("validate",),
    "survivors": ("caption", "transcode"),
}
"""The stages that each phase's batches go through; `close` has none."""

JUDGED = {"clips", "candidates", "survivors"}
"""Phases whose work is what the policy lets through."""


@dataclass(frozen=True, slots=True)
class Wave:
    """The batches that a run takes of a phase."""

    batches: tuple[Batch, ...]
    subjects: int
    seconds: float
    left_for_later: int
    """Subjects that are pending too, and for which there was no room."""


def keys_of(run: Run, phase: str) -> list[str]:
    """Every key of the phase's stages."""
    return [key for stage in PHASES[phase] for key in run.keys_of(stage)]


def next_wave(connection: Connection, run: Run, phase: str, log: Log) -> Wave:
    """The run's wave of the phase; verdicts, clusters and who follows whom are written as they are now.

    A dry run writes them too, into a transaction of which nothing stays: so its plan is the one a run would make.
    """
    if phase in JUDGED:
        judged = connection.value("plan/judge", run=run.run_id)
        log.info("judged", changed=judged)
        settled = settle_clusters(connection, run.run_id)
        log.info("settled", changed=settled)
    if phase == "clips":
        followers = find_followers(connection, run.run_id)
        log.info("same_footage", followers=followers)
    if phase == "videos" or run.is_dry:  # what a dry run gathered for an earlier phase is gone
        gather_window(connection, run)
    found = connection.rows(f"plan/pending_{phase}", run=run.run_id, keys=keys_of(run, phase))
    settings = run.recipe.plan
    # What is longer than a batch fills one; a container's word for its length is not always to be trusted.
    pending = [Pending(as_uuid(row["subject_id"]), min(row["seconds"], settings.batch_video_s)) for row in found]
    taken = take_wave(pending, settings.batch_video_s, settings.max_batches)
    batches = cut_batches(taken, settings.batch_video_s, settings.max_batches, settings.min_batches)
    seconds = sum(one.seconds for one in taken)
    return Wave(tuple(batches), len(taken), seconds, len(pending) - len(taken))
