"""Work that only one run does at a time: a reservation of a thing as a whole, with a fencing number.

A session's advisory lock would not outlive a transaction pooler, and a dead holder's would not expire.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from tasks.core.catalog import Catalog, Connection
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
    run = stage_run.run
    with hold(stage_run.catalog, stage_run.stage, subject, run.run_id, run.recipe.plan.reservation_s) as held:
        yield held


@contextmanager
def hold(catalog: Catalog, stage: str, subject: uuid.UUID, holder: str, seconds: float) -> Iterator[Held]:
    """A stage's right to the subject for whoever is named, given back at the end; it keeps the stage's runs off.

    A holder who has it already takes it over, as its retry does. Raises TryAgain while somebody else has it.
    """
    held = _take(catalog, stage, subject, holder, seconds)
    try:
        yield held
    finally:
        # A run that dies here loses nothing: its retry takes the lock over, and others do when it expires.
        with suppress(CatalogUnavailable), catalog.begin() as connection:
            connection.run("work/give_back_lock", lock=held.lock, subject=subject, fence=held.fence)


def _take(catalog: Catalog, stage: str, subject: uuid.UUID, holder: str, seconds: float) -> Held:
    lock = lock_of(stage)
    values = {"lock": lock, "subject": subject, "seconds": seconds}
    with catalog.begin() as connection:
        fence = connection.value("work/take_lock", run=holder, batch=f"{holder}.{stage}", **values)
        if fence is None:
            other = connection.row("work/lock_holder", lock=lock, subject=subject) or {"run_id": "another run"}
            raise TryAgain(f"{other['run_id']} is at {stage} of this dataset now")
    return Held(lock, subject, int(fence), seconds)
