"""Work that only one run does at a time: a reservation of a thing as a whole, with a fencing number.

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


def lock_of(stage: str) -> uuid.UUID:
    """The reservation's stage key: not a run's own, because recipes with other settings may share what is locked."""
    return content_id("lock", stage)


@dataclass(frozen=True, slots=True)
class Held:
    """The right of one stage to write one thing: a dataset's shards, an index."""

    lock: uuid.UUID
    subject: uuid.UUID
    fence: int
    seconds: float

    def renew(self, connection: Connection) -> None:
        """Renews it; nobody takes it before the transaction ends. Raises TryAgain where somebody has."""
        held = {"lock": self.lock, "subject": self.subject, "fence": self.fence, "seconds": self.seconds}
        if not connection.run("work/hold_lock", **held):
            raise TryAgain("another run has taken over this work; nothing was written")


@contextmanager
def alone(stage_run: StageRun, subject: uuid.UUID) -> Iterator[Held]:
    """The stage's right to the subject, given back at the end. Raises TryAgain while another run has it."""
    held = _take(stage_run, subject)
    try:
        yield held
    finally:
        # A run that dies here loses nothing: its retry takes the lock over, and others do when it expires.
        with suppress(CatalogUnavailable), stage_run.catalog.begin() as connection:
            connection.run("work/give_back_lock", lock=held.lock, subject=subject, fence=held.fence)


def _take(stage_run: StageRun, subject: uuid.UUID) -> Held:
    run_id, seconds = stage_run.run.run_id, stage_run.run.recipe.plan.reservation_s
    lock = lock_of(stage_run.stage)
    values = {"lock": lock, "subject": subject, "seconds": seconds}
    with stage_run.catalog.begin() as connection:
        fence = connection.value("work/take_lock", run=run_id, batch=f"{run_id}.{stage_run.stage}", **values)
        if fence is None:
            holder = connection.row("work/lock_holder", lock=lock, subject=subject) or {"run_id": "another run"}
            raise TryAgain(f"{holder['run_id']} is at {stage_run.stage} of this dataset now")
    return Held(lock, subject, int(fence), seconds)
