"""What has ended and is not written yet; written in one transaction, objects having been put before."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic

from tasks.core.catalog import Connection
from tasks.core.catalog.work import StageRun
from tasks.core.errors import RowRefused
from tasks.core.log import Log
from tasks.core.stage import ItemT, Result, Stage, ValueT


@dataclass(frozen=True, slots=True)
class Failure(Generic[ItemT]):
    """An item that is to be quarantined."""

    item: ItemT
    kind: str
    message: str
    tries: int


@dataclass(slots=True)
class Chunk(Generic[ItemT, ValueT]):
    """Results and failures of one stage run."""

    stage: Stage[ItemT, ValueT]
    stage_run: StageRun
    log: Log
    results: list[Result[ItemT, ValueT]] = field(default_factory=list)
    failures: list[Failure[ItemT]] = field(default_factory=list)
    lost: int = 0
    """Items that somebody else has taken over."""

    def ready(self) -> list[Result[ItemT, ValueT]]:
        """The results that can be written without waiting."""
        is_ready = self.stage.is_ready
        return [result for result in self.results if is_ready is None or is_ready(result)]

    def write(self, *, with_failures: bool, with_unready: bool) -> list[tuple[ItemT, str]]:
        """Writes what there is, or leaves it as it was where that fails; returns items whose rows the catalog refuses.

        One item's refused row costs the other items nothing. What another run has taken over is left out.
        """
        failures = self.failures if with_failures else []
        results = self.results if with_unready else self.ready()
        refused: list[tuple[ItemT, str]] = []
        if results and self.stage.gather is not None:
            self.stage.gather(self.stage_run, results)
        try:
            self._transact(results, failures)
        except RowRefused:
            refused = self._one_by_one(results)
            self._transact([], failures)
        written = {result.item.subject_id for result in results}
        self.results = [result for result in self.results if result.item.subject_id not in written]
        if with_failures:
            self.failures = []
        return refused

    def _one_by_one(self, results: Sequence[Result[ItemT, ValueT]]) -> list[tuple[ItemT, str]]:
        refused = []
        for result in results:
            try:
                self._transact([result], [])
            except RowRefused as error:
                refused.append((result.item, error.detail))
        return refused

    def _transact(self, results: Sequence[Result[ItemT, ValueT]], failures: Sequence[Failure[ItemT]]) -> None:
        ended = [result.item for result in results] + [failure.item for failure in failures]
        if not ended:
            return
        with self.stage_run.catalog.begin() as connection:
            ours = self.stage_run.hold(connection, {item.reserved_id for item in ended})
            kept = [result for result in results if result.item.reserved_id in ours]
            if kept:
                self.stage.record(connection, self.stage_run, kept)
            for failure in failures:
                if failure.item.reserved_id in ours:
                    self._quarantine(connection, failure)
            self.stage_run.end_attempts(connection, [i.subject_id for i in ended if i.reserved_id in ours])
        if lost := sum(item.reserved_id not in ours for item in ended):
            self.lost += lost
            self.log.warning("another run has taken over; nothing was written of these", items=lost)

    def _quarantine(self, connection: Connection, failure: Failure[ItemT]) -> None:
        subject = failure.item.subject_id
        if self.stage.forsake is not None:
            subject = self.stage.forsake(connection, self.stage_run, failure.item)
        self.stage_run.quarantine(connection, subject, failure.kind, failure.message, failure.tries)
