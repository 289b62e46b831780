"""One stage on one batch: which items are in hand, how they end, and when what they gave is written."""

import time
import uuid
from collections import Counter
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Generic

from tasks.core.catalog.work import StageRun, is_spent
from tasks.core.chunk import Chunk, Failure
from tasks.core.errors import ForeignResult, StageRefused, TryAgain
from tasks.core.log import Log, Progress
from tasks.core.pool import Died, Done, Failed, ItemPool, Stopped, first_done, worker_count
from tasks.core.stage import ItemT, Result, Stage, ValueT
from tasks.core.tally import Tally

CHUNK_ITEMS = 50
CHUNK_S = 10.0
"""Longest that finished items wait to be written; not at all where the stage was killed over this batch before."""
RENEW_S = 30.0
FIRST_ITEMS = 20
"""Items after which a stage asks whether it is the stage that is broken."""
ITEM_MEMORY_BYTES = 4 << 30
"""Address space of one item's process (its resident share is far smaller)."""


@dataclass(slots=True)
class _InHand(Generic[ItemT]):
    item: ItemT
    attempt: int
    limit_s: float


@dataclass(slots=True)
class BatchWork(Generic[ItemT, ValueT]):
    """The state of one stage on one batch."""

    stage: Stage[ItemT, ValueT]
    stage_run: StageRun
    log: Log
    tally: Tally = field(default_factory=Tally)
    items: dict[uuid.UUID, ItemT] = field(default_factory=dict)
    waiting: list[tuple[ItemT, int]] = field(default_factory=list)
    in_hand: "dict[Future[Any], _InHand[ItemT]]" = field(default_factory=dict)
    kinds: Counter[str] = field(default_factory=Counter)
    committed_at: float = field(default_factory=time.monotonic)
    renewed_at: float = field(default_factory=time.monotonic)
    chunk_s: float = CHUNK_S
    chunk: "Chunk[ItemT, ValueT]" = field(init=False)

    def __post_init__(self) -> None:
        self.chunk = Chunk(self.stage, self.stage_run, self.log)

    def run(self) -> None:
        """Works until nothing of the batch is pending. Raises TryAgain or StageRefused."""
        mine = self.stage_run.take()
        is_done = False
        while not is_done:
            self._round(mine)
            is_done = self.stage.is_done is None or self.stage.is_done(self.stage_run)
        self.stage_run.release()

    def _round(self, mine: set[uuid.UUID]) -> None:
        """Works on what the stage's query gives."""
        before = self.tally.ended
        with self.stage_run.catalog.begin() as connection:
            found = self.stage.pending(connection, self.stage_run)
        self.items = {item.subject_id: item for item in found if item.reserved_id in mine}
        self.log.info("start", pending=len(self.items), of_others=len(found) - len(self.items))
        self._queue()
        with Progress(len(self.items), self.log, unit="items") as progress, self._pool() as pool:
            while self.waiting or self.in_hand:
                self._fill(pool)
                for future in first_done(set(self.in_hand), timeout_s=1.0):
                    self._end(pool, future)
                    self.tally.children = pool.used
                progress.advance(self.tally.ended - before - progress.done)
                self._commit_when_due()
        self._commit()
        if self.chunk.lost and self.stage_run.is_superseded():
            raise TryAgain("a newer process of this stage has taken the batch over and is still at work on it")

    @property
    def settings(self) -> Any:
        """What `work` is given with every item."""
        return self.stage.settings(self.stage_run.run.recipe)

    def _pool(self) -> ItemPool:
        return ItemPool(min(worker_count(), max(1, len(self.waiting))), ITEM_MEMORY_BYTES, self.stage.work.__module__)

    def _queue(self) -> None:
        """Longest first, so that the processes end together; what died with a stage before comes last, and alone.

        Of those the least tried is first: whoever kills the stage every few seconds should not meet one item each time.
        """
        unended = self.stage_run.unended(list(self.items))
        fresh = sorted((i for s, i in self.items.items() if s not in unended), key=lambda i: -i.weight_s)
        self.waiting = [(item, 1) for item in fresh]
        self.chunk_s = 0.0 if unended else CHUNK_S
        for subject, row in sorted(unended.items(), key=lambda one: int(one[1]["unended"])):
            item = self.items[subject]
            if is_spent(row):
                self._fail(item, "killed", "killed the process that worked on it", int(row["unended"]))
            else:
                self.waiting.append((item, int(row["last"]) + 1))

    def _fill(self, pool: ItemPool) -> None:
        while self.waiting and len(self.in_hand) < worker_count():
            item, attempt = self.waiting[0]
            if attempt > 1 and self.in_hand:
                return
            del self.waiting[0]
            limit_s = self.stage.base_limit_s + self.stage.limit_per_second * item.weight_s
            self.stage_run.begin_attempt(item.subject_id, attempt)
            future = pool.submit(self.stage.work, item, self.settings, limit_s)
            self.in_hand[future] = _InHand(item, attempt, limit_s)
            if attempt > 1:
                return

    def _end(self, pool: ItemPool, future: "Future[Any]") -> None:
        held = self.in_hand.pop(future)
        item = held.item
        match pool.outcome(future, held.limit_s):
            case Done(subject, value):
                self._accept(item, subject, value)
            case Failed(kind, message):
                self._fail(item, kind, message, held.attempt)
            case Died(message):
                self._again_or_fail(held, message)
            case Stopped(error, message):
                raise error(message)

    def _accept(self, item: ItemT, subject: uuid.UUID, value: ValueT) -> None:
        if subject != item.subject_id or subject not in self.items:
            raise ForeignResult(f"{subject} came back for {item.subject_id}")
        result = Result(item, value)
        if self.stage.store is not None:
            self.stage.store(self.stage_run, result)
        self.chunk.results.append(result)
        self.tally.done += 1

    def _again_or_fail(self, held: _InHand[ItemT], message: str) -> None:
        subject = held.item.subject_id
        self.stage_run.mark_observed(subject, held.attempt)
        self.log.warning("item process died", subject=str(subject), attempt=held.attempt, message=message)
        if is_spent(self.stage_run.unended([subject])[subject]):
            self._fail(held.item, "killed", message, held.attempt)
        else:
            self.waiting.append((held.item, held.attempt + 1))

    def _fail(self, item: ItemT, kind: str, message: str, tries: int) -> None:
        self.log.warning("item failed", subject=str(item.subject_id), kind=kind, message=message)
        self.chunk.failures.append(Failure(item, kind, message, tries))
        self.kinds[kind] += 1
        self.tally.failed += 1
        if self.tally.ended <= FIRST_ITEMS and self.kinds[kind] * 2 > FIRST_ITEMS:
            raise StageRefused(
                f"{self.kinds[kind]} of the first {self.tally.ended} items failed as {kind} ({message}): "
                "the stage is at fault, nothing was quarantined"
            )

    def _commit_when_due(self) -> None:
        now = time.monotonic()
        if now - self.renewed_at > RENEW_S:
            self.stage_run.renew()
            self.renewed_at = now
        if len(self.chunk.ready()) >= CHUNK_ITEMS or now - self.committed_at > self.chunk_s:
            self._commit()

    def _commit(self, *, with_unready: bool | None = None) -> None:
        self.committed_at = time.monotonic()
        more = bool(self.waiting or self.in_hand)
        # While it may still turn out that the stage is at fault, nothing is quarantined.
        early = self.tally.ended < FIRST_ITEMS and more
        refused = self.chunk.write(
            with_failures=not early, with_unready=not more if with_unready is None else with_unready
        )
        for item, message in refused:
            self.tally.done -= 1
            self._fail(item, "row_refused", message, 1)
        if refused:
            self._commit(with_unready=with_unready)

    def stop(self) -> None:
        """Keeps what is finished, and forgets that the rest was begun."""
        self._commit(with_unready=self.stage.waits_when_stopped)
        self.tally.done -= len(self.chunk.results)
        self.stage_run.withdraw_attempts()
