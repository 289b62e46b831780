"""What a version leaves out of what is kept, clip by clip, so that nothing is dropped in silence."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import pyarrow as pa

from tasks.core.catalog import Connection, Row
from tasks.core.catalog.work import Run
from tasks.core.model import dataset_id
from tasks.core.store import Store
from tasks.publish.index import Stored, put_tables
from tasks.publish.tally import Tally

PAGE_CLIPS = 20_000
SCHEMA = pa.schema(
    [
        ("clip_id", pa.string()),
        ("video_id", pa.string()),
        ("duration_s", pa.float64()),
        ("reason", pa.string()),
        ("detail", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class Excluded:
    """The stored list, None where nothing is left out, and how much it is by reason."""

    stored: Stored | None
    reasons: dict[str, Tally]

    @property
    def described(self) -> dict[str, Any]:
        """As manifests have it."""
        return {
            "reasons": {reason: tally.described for reason, tally in sorted(self.reasons.items())},
            "list": self.stored and self.stored.described,
        }


def excluded_clips(connection: Connection, run: Run) -> Sequence[Row]:
    """What the run's dataset leaves out, by clip id."""
    dataset = dataset_id(run.recipe.output, run.recipe.dataset)
    return connection.rows("publish/excluded", run=run.run_id, dataset=dataset)


def put_excluded(store: Store, folder: str, clips: Sequence[Row]) -> Excluded:
    """The clips as a file of the version."""
    if not clips:
        return Excluded(None, {})
    reasons: dict[str, Tally] = {}
    for row in clips:
        reasons.setdefault(row["reason"], Tally()).add(1, round(row["duration_s"] * 1_000_000))
    remaining = iter(clips)

    def tables() -> Iterator[pa.Table]:
        while page := list(islice(remaining, PAGE_CLIPS)):
            plain = [row | {name: str(row[name]) for name in ("clip_id", "video_id")} for row in map(dict, page)]
            yield pa.Table.from_pylist(plain, schema=SCHEMA)

    return Excluded(put_tables(store, f"{folder}/excluded", SCHEMA, tables()), reasons)
