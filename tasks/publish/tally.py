"""How many clips there are of each sort, and how long they are together."""

from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

GROUPS = ("licence", "source", "cell")


@dataclass(slots=True)
class Tally:
    """How many clips, and how long they are together."""

    clips: int = 0
    duration_us: int = 0
    """Whole microseconds, so that the sum does not hang on the order."""

    def add(self, clips: int, duration_us: int) -> None:
        """Counts some clips."""
        self.clips += clips
        self.duration_us += duration_us

    @property
    def duration_s(self) -> float:
        """Seconds."""
        return self.duration_us / 1_000_000

    @property
    def described(self) -> dict[str, Any]:
        """As manifests have it."""
        return {"clips": self.clips, "duration_s": self.duration_s}


@dataclass(slots=True)
class Tallies:
    """The whole, and what it is made of by licence, source and cell."""

    total: Tally = field(default_factory=Tally)
    groups: dict[str, dict[str, Tally]] = field(default_factory=lambda: {name: {} for name in GROUPS})

    def add(self, table: pa.Table) -> None:
        """Counts the clips of a table with these columns and `duration_s`."""
        us = pc.cast(pc.round(pc.multiply(table["duration_s"], 1_000_000)), pa.int64())
        self.total.add(table.num_rows, pc.sum(us).as_py() or 0)
        counted = table.select(GROUPS).append_column("us", us)
        for group, tallies in self.groups.items():
            rows = counted.group_by(group).aggregate([("us", "sum"), ([], "count_all")]).to_pylist()
            for row in rows:
                tallies.setdefault(row[group] or "unknown", Tally()).add(row["count_all"], row["us_sum"])

    def described(self, group: str) -> dict[str, Any]:
        """Clips and seconds by name, in order of the names."""
        return {name: tally.described for name, tally in sorted(self.groups[group].items())}
