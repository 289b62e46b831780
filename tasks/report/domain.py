"""The clips of a run in order of how like its domain they are: the best and the worst."""

from dataclasses import dataclass

from tasks.core.catalog import Connection
from tasks.report.samples import Sample, sample_of

EACH_END = 12


@dataclass(frozen=True, slots=True)
class Ranked:
    """A clip with its place."""

    sample: Sample
    place: int
    """From 1, the most alike."""
    similarity: float


@dataclass(frozen=True, slots=True)
class Ranking:
    """Both ends of the order."""

    clips: int
    """All that have the score."""
    best: tuple[Ranked, ...]
    """From the most alike on."""
    worst: tuple[Ranked, ...]
    """The rest of those asked for, down to the least alike; no clip is in both."""


def read_ranking(connection: Connection, run_id: str, count: int = EACH_END) -> Ranking:
    """So many clips of each end; all empty where the recipe names no domain."""
    rows = connection.rows("report/domain_ranking", run=run_id, count=count)
    found = tuple(Ranked(sample_of(row), int(row["place"]), float(row["value"])) for row in rows)
    return Ranking(int(rows[0]["clips"]) if rows else 0, found[:count], found[count:])
