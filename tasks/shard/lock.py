"""One packing at a time per dataset: a reservation with a fencing number.

A session's advisory lock would not outlive a transaction pooler, and a dead holder's would not expire.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from tasks.core.catalog import Connection
from tasks.core.catalog.work import StageRun
from tasks.core.errors import CatalogUnavailable, TryAgain
from tasks.core.model import content_id

LOCK = content_id("lock", "shard")
"""The reservation's stage key: not a run's own, because recipes that encode differently may share a dataset."""


@dataclass(frozen=True, slots=True)
class Packing:
    """The right to write a dataset's shards."""

    dataset_id: uuid.UUID
    fence: int
    seconds: float

    def hold(self, connection: Connection) -> None:
        """Renews it; nobody takes it before the transaction ends. Raises TryAgain where somebody has."""
        if not connection.run("shard/hold", lock=LOCK, dataset=self.dataset_id, fence=self.fence, seconds=self.seconds):
            raise TryAgain("another run has taken over the packing of this dataset; nothing was written")


@contextmanager
def packing(stage_run: StageRun, dataset_id: uuid.UUID) -> Iterator[Packing]:
    """The packing of the dataset, given back at the end. Raises TryAgain while another run has it."""
    held = _take(stage_run, dataset_id)
    try:
        yield held
    finally:
        # A run that dies here loses nothing: its retry takes the packing over, and others do when it expires.
        with suppress(CatalogUnavailable), stage_run.catalog.begin() as connection:
            connection.run("shard/give_back", lock=LOCK, dataset=dataset_id, fence=held.fence)


def _take(stage_run: StageRun, dataset_id: uuid.UUID) -> Packing:
    run_id, seconds = stage_run.run.run_id, stage_run.run.recipe.plan.reservation_s
    values = {"lock": LOCK, "dataset": dataset_id, "seconds": seconds}
    with stage_run.catalog.begin() as connection:
        fence = connection.value("shard/take", run=run_id, batch=f"{run_id}.shard", **values)
        if fence is None:
            holder = connection.row("shard/holder", lock=LOCK, dataset=dataset_id) or {"run_id": "another run"}
            raise TryAgain(f"{holder['run_id']} packs this dataset now")
    return Packing(dataset_id, int(fence), seconds)
