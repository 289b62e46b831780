"""What was said of a run's clips: beside the clips that the page shows, and in numbers."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from tasks.core.catalog import Connection, Row
from tasks.core.catalog.connection import as_uuid


@dataclass(frozen=True, slots=True)
class Captions:
    """The captions that the page shows."""

    beside: dict[uuid.UUID, Row]
    """Of the first window of each clip that is shown: medium, model, flags, windows, unmeasured, reason."""
    totals: tuple[Row, ...]
    """kind (model, unmeasured or flag), name and windows."""

    def of(self, kind: str) -> list[Row]:
        """The totals of one kind."""
        return [row for row in self.totals if row["kind"] == kind]


def read_captions(connection: Connection, run_id: str, clips: Sequence[uuid.UUID]) -> Captions:
    """What a run says of these clips, and in all."""
    rows = connection.rows("report/captions", run=run_id, clips=[str(clip) for clip in clips])
    totals = connection.rows("report/caption_totals", run=run_id)
    return Captions({as_uuid(row["clip_id"]): row for row in rows}, tuple(totals))
