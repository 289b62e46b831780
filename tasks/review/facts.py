"""What the pages tell of runs and batches, as the catalog has it at this moment."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from tasks.core.catalog import Connection, Row
from tasks.core.catalog.connection import as_uuid
from tasks.core.errors import NotFound
from tasks.report.advice import Advice, advice

SHOWN = 500
"""Files, clips and failures of a batch that are listed; a page is for reading."""
RUNS = 50
INGEST = "ingest"


@dataclass(frozen=True, slots=True)
class Failed:
    """One item in quarantine, and what can be done about it."""

    row: Row
    advice: Advice


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """A batch: what it holds, how that stands, and what was done to it."""

    batch: Row
    tries: tuple[Row, ...]
    listing: Row | None
    """How far a source is listed; None of other batches."""
    videos: tuple[Row, ...]
    clips: tuple[Row, ...]
    scores: Mapping[uuid.UUID, tuple[Row, ...]]
    """Of each clip, one row per scorer."""
    failures: tuple[Failed, ...]

    @property
    def is_cut_short(self) -> bool:
        """Whether there is more than is told."""
        return SHOWN in (len(self.videos), len(self.clips), len(self.failures))


@dataclass(frozen=True, slots=True)
class RunFacts:
    """A run: its batches, and what was done once for all of it."""

    run: Row
    batches: tuple[tuple[Row, tuple[Row, ...]], ...]
    """Each with the last try of every stage on it."""
    tries: tuple[Row, ...]


def read_runs(connection: Connection) -> list[Row]:
    """The newest runs."""
    return connection.rows("review/runs", limit=RUNS)


def read_run(connection: Connection, run_id: str) -> RunFacts:
    """A run. Raises NotFound where there is none of that id."""
    run = connection.row("review/run", run=run_id)
    if run is None:
        raise NotFound(f"run {run_id!r}")
    tries = connection.rows("review/stage_runs", run=run_id, batch=None)
    last = _last_tries(tries)
    batches = connection.rows("review/batches", run=run_id)
    once = tuple(row for row in tries if row["batch_id"] is None)
    return RunFacts(run, tuple((batch, last.get(batch["batch_id"], ())) for batch in batches), once)


def _last_tries(tries: Sequence[Row]) -> dict[str, tuple[Row, ...]]:
    """Batch to the last try of each of its stages; the tries are in their order."""
    found: dict[str, dict[str, Row]] = defaultdict(dict)
    for row in tries:
        if row["batch_id"] is not None:
            found[row["batch_id"]][row["stage"]] = row
    return {batch: tuple(stages.values()) for batch, stages in found.items()}


def read_batch(connection: Connection, batch_id: str) -> BatchFacts:
    """A batch. Raises NotFound where there is none of that id."""
    batch = connection.row("review/batch", batch=batch_id)
    if batch is None:
        raise NotFound(f"batch {batch_id!r}")
    run = batch["run_id"]
    videos, clips = _what_it_holds(connection, batch)
    subjects = [row["subject_id"] for row in connection.rows("review/subjects", batch=batch_id)]
    failures = connection.rows("review/failures", run=run, batch=batch_id, subjects=_texts(subjects), limit=SHOWN)
    return BatchFacts(
        batch=batch,
        tries=tuple(connection.rows("review/stage_runs", run=run, batch=batch_id)),
        listing=connection.row("review/listing", batch=batch_id),
        videos=tuple(videos),
        clips=tuple(clips),
        scores=_scores(connection, run, [as_uuid(row["clip_id"]) for row in clips]),
        failures=tuple(Failed(row, advice(row["kind"])) for row in failures),
    )


def _what_it_holds(connection: Connection, batch: Row) -> tuple[list[Row], list[Row]]:
    """Videos and clips as they stand."""
    run = batch["run_id"]
    if batch["phase"] == INGEST:
        return connection.rows("review/files", run=run, batch=batch["batch_id"], limit=SHOWN), []
    held = connection.rows("review/subjects", batch=batch["batch_id"])
    clips = [row["subject_id"] for row in held if row["video_id"] is not None]
    videos = _texts({row["video_id"] or row["subject_id"] for row in held})
    named = _texts(clips) if clips else None
    return (
        [] if clips else connection.rows("review/videos", run=run, videos=videos, limit=SHOWN),
        connection.rows("review/clips", run=run, videos=videos, clips=named, limit=SHOWN),
    )


def _scores(connection: Connection, run: str, clips: Sequence[uuid.UUID]) -> dict[uuid.UUID, tuple[Row, ...]]:
    rows = connection.rows("review/scores", run=run, clips=_texts(clips)) if clips else []
    ordered = sorted(rows, key=lambda row: str(row["clip_id"]))
    return {as_uuid(clip): tuple(own) for clip, own in groupby(ordered, key=lambda row: row["clip_id"])}


def _texts(ids: Any) -> list[str]:
    return sorted(str(one) for one in ids)
