"""Runs a stage on a batch: holds the reservation, calls the stage's function, writes objects, then rows.

A stage is plain functions (`Stage`); everything about attempts, quarantine, chunks, signals and exit codes is here.
"""

import argparse
import os
import resource
import signal
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from tasks.core.catalog import Connection, open_catalog
from tasks.core.catalog.work import StageRun, is_spent, load_run
from tasks.core.errors import ClipmillError, ForeignResult, StageRefused, TryAgain
from tasks.core.log import Log, Progress, get_log, start_log
from tasks.core.model import content_id
from tasks.core.pool import Died, Done, Failed, ItemPool, Stopped, first_done, outcome, worker_count
from tasks.core.recipe import Recipe

EXIT_DONE, EXIT_BUG, EXIT_UNREADABLE, EXIT_TRY_AGAIN, EXIT_REFUSED = 0, 1, 65, 75, 78

CHUNK_ITEMS = 50
CHUNK_S = 10.0
FIRST_ITEMS = 20
"""Items after which a stage asks whether it is the stage that is broken."""
ITEM_MEMORY_BYTES = 4 << 30
"""Address space of one item's process (its resident share is far smaller)."""


class Input(Protocol):
    """One item as a stage's query finds it."""

    @property
    def subject_id(self) -> uuid.UUID:
        """What the output will be about."""

    @property
    def reserved_id(self) -> uuid.UUID:
        """The batch member through which it is reserved: itself, or its video."""

    @property
    def weight_s(self) -> float:
        """Seconds of video in it."""


I = TypeVar("I", bound=Input)  # noqa: E741
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Result(Generic[I, V]):
    """What a stage's function returned for an item."""

    item: I
    value: V


@dataclass(frozen=True, slots=True)
class Stage(Generic[I, V]):
    """A stage as three plain functions, and one more where it writes objects."""

    name: str
    pending: Callable[[Connection, StageRun], Sequence[I]]
    """What of the batch has no output under this run's key, and is not quarantined."""
    settings: Callable[[Recipe], Any]
    """The part of the recipe that `work` is given."""
    work: Callable[[I, Any], V]
    """The measuring itself, of an item under the settings; runs in a child process, so it is a module's own function."""
    record: Callable[[Connection, StageRun, Sequence[Result[I, V]]], None]
    """Writes rows; the same result written twice is one row."""
    store: Callable[[StageRun, Result[I, V]], None] | None = None
    """Puts the result's objects into the store before its row is written."""
    forsake: Callable[[Connection, StageRun, I], uuid.UUID] | None = None
    """Writes what must be known of an item that is quarantined; returns the subject of its failure."""
    base_limit_s: float = 120
    limit_per_second: float = 30
    """An item may take base_limit_s + limit_per_second x its weight."""


class Stopping(Exception):
    """SIGTERM came."""


@dataclass(slots=True)
class _InHand(Generic[I]):
    item: I
    attempt: int
    limit_s: float


@dataclass(slots=True)
class _Failure:
    subject: uuid.UUID
    reserved: uuid.UUID
    kind: str
    message: str
    tries: int


@dataclass(slots=True)
class _Batch(Generic[I, V]):
    """The state of one stage on one batch."""

    stage: Stage[I, V]
    stage_run: StageRun
    log: Log
    items: dict[uuid.UUID, I] = field(default_factory=dict)
    waiting: list[tuple[I, int]] = field(default_factory=list)
    in_hand: "dict[Future[Any], _InHand[I]]" = field(default_factory=dict)
    results: list[Result[I, V]] = field(default_factory=list)
    failures: list[_Failure] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    done: int = 0
    failed: int = 0
    committed_at: float = field(default_factory=time.monotonic)
    renewed_at: float = field(default_factory=time.monotonic)

    def run(self) -> None:
        """Works until nothing of the batch is pending. Raises TryAgain, StageRefused or Stopping."""
        mine = self.stage_run.take()
        with self.stage_run.catalog.begin() as connection:
            found = self.stage.pending(connection, self.stage_run)
        self.items = {item.subject_id: item for item in found if item.reserved_id in mine}
        self.log.info("start", pending=len(self.items), of_others=len(found) - len(self.items))
        self._queue()
        with Progress(len(self.items), self.log, unit="items") as progress, self._pool() as pool:
            while self.waiting or self.in_hand:
                self._fill(pool)
                for future in first_done(set(self.in_hand), timeout_s=1.0):
                    self._end(future)
                progress.advance(self.ended - progress.done)
                self._commit_when_due()
        self._commit()
        self.stage_run.release()

    @property
    def settings(self) -> Any:
        """What `work` is given with every item."""
        return self.stage.settings(self.stage_run.run.recipe)

    @property
    def ended(self) -> int:
        """Items that ended, one way or the other."""
        return self.done + self.failed

    def _pool(self) -> ItemPool:
        return ItemPool(min(worker_count(), max(1, len(self.waiting))), ITEM_MEMORY_BYTES)

    def _queue(self) -> None:
        """Longest first, so that the processes end together; what died with a stage before comes last, and alone."""
        unended = self.stage_run.unended(list(self.items))
        fresh = sorted((i for s, i in self.items.items() if s not in unended), key=lambda i: -i.weight_s)
        self.waiting = [(item, 1) for item in fresh]
        for subject, row in unended.items():
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

    def _end(self, future: "Future[Any]") -> None:
        held = self.in_hand.pop(future)
        item = held.item
        match outcome(future, held.limit_s):
            case Done(subject, value):
                self._accept(item, subject, value)
            case Failed(kind, message):
                self._fail(item, kind, message, held.attempt)
            case Died(message):
                self._again_or_fail(held, message)
            case Stopped(refused, message):
                raise StageRefused(message) if refused else TryAgain(message)

    def _accept(self, item: I, subject: uuid.UUID, value: V) -> None:
        if subject != item.subject_id or subject not in self.items:
            raise ForeignResult(f"{subject} came back for {item.subject_id}")
        result = Result(item, value)
        if self.stage.store is not None:
            self.stage.store(self.stage_run, result)
        self.results.append(result)
        self.done += 1

    def _again_or_fail(self, held: _InHand[I], message: str) -> None:
        subject = held.item.subject_id
        self.stage_run.mark_observed(subject, held.attempt)
        self.log.warning("item process died", subject=str(subject), attempt=held.attempt, message=message)
        if is_spent(self.stage_run.unended([subject])[subject]):
            self._fail(held.item, "killed", message, held.attempt)
        else:
            self.waiting.append((held.item, held.attempt + 1))

    def _fail(self, item: I, kind: str, message: str, tries: int) -> None:
        self.log.warning("item failed", subject=str(item.subject_id), kind=kind, message=message)
        self.failures.append(_Failure(item.subject_id, item.reserved_id, kind, message, tries))
        self.kinds[kind] += 1
        self.failed += 1
        if self.ended <= FIRST_ITEMS and self.kinds[kind] * 2 > FIRST_ITEMS:
            raise StageRefused(
                f"{self.kinds[kind]} of the first {self.ended} items failed as {kind} ({message}): "
                "the stage is at fault, nothing was quarantined"
            )

    def _commit_when_due(self) -> None:
        now = time.monotonic()
        if now - self.renewed_at > 30:
            self.stage_run.renew()
            self.renewed_at = now
        if len(self.results) >= CHUNK_ITEMS or now - self.committed_at > CHUNK_S:
            self._commit()

    def _commit(self) -> None:
        """One transaction: results, quarantine and the end of their attempts; what others have taken over is left out."""
        self.committed_at = time.monotonic()
        hold_back = self.ended < FIRST_ITEMS and bool(self.waiting or self.in_hand)
        failures = [] if hold_back else self.failures
        if not self.results and not failures:
            return
        reserved = {r.item.subject_id: r.item.reserved_id for r in self.results}
        reserved |= {f.subject: f.reserved for f in failures}
        with self.stage_run.catalog.begin() as connection:
            ours = self.stage_run.hold(connection, set(reserved.values()))
            lost = [subject for subject, through in reserved.items() if through not in ours]
            if lost:
                self.log.warning("reservation lost", items=len(lost))
            results = [r for r in self.results if r.item.reserved_id in ours]
            if results:
                self.stage.record(connection, self.stage_run, results)
            for f in failures:
                if f.reserved in ours:
                    self._quarantine(connection, f)
            self.stage_run.end_attempts(connection, [s for s in reserved if s not in lost])
        self.results = []
        if not hold_back:
            self.failures = []

    def _quarantine(self, connection: Connection, failure: _Failure) -> None:
        subject = failure.subject
        if self.stage.forsake is not None:
            subject = self.stage.forsake(connection, self.stage_run, self.items[subject])
        self.stage_run.quarantine(connection, subject, failure.kind, failure.message, failure.tries)

    def stop(self) -> None:
        """Keeps what is finished, and forgets that the rest was begun."""
        self._commit()
        self.stage_run.withdraw_attempts()


def run_stage(stage: Stage[Any, Any]) -> int:
    """The exit code of `python -m tasks.<stage> --run RUN --batch BATCH`."""
    arguments = _parse(stage.name, batch=True)

    def work(stage_run: StageRun, log: Log) -> tuple[int, int]:
        batch: _Batch[Any, Any] = _Batch(stage, stage_run, log)
        try:
            batch.run()
        except (Stopping, TryAgain):
            batch.stop()
            raise
        except StageRefused:
            stage_run.withdraw_attempts()
            raise
        return batch.done, batch.failed

    return supervise(stage.name, arguments.run, arguments.batch, work)


def run_global(name: str, work: Callable[[StageRun, Log], int]) -> int:
    """The exit code of `python -m tasks.<stage> --run RUN`: a stage that works on the whole at once.

    `work` returns how many things it made.
    """
    arguments = _parse(name, batch=False)
    return supervise(name, arguments.run, None, lambda stage_run, log: (work(stage_run, log), 0))


def _parse(name: str, *, batch: bool) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=f"python -m tasks.{name}")
    parser.add_argument("--run", required=True, help="id of the run, as `plan` registered it")
    if batch:
        parser.add_argument("--batch", required=True, help="id of the batch, as `plan` cut it")
    return parser.parse_args()


Work = Callable[[StageRun, Log], tuple[int, int]]
"""What a stage does; returns how many items were done and how many failed."""


def supervise(
    name: str, run_id: str, batch: str | None, work: Work, prepare: Callable[[Connection], None] | None = None
) -> int:
    """The exit code of one stage process: opens the catalog, records the stage run, maps every way of ending.

    `prepare` runs in the transaction that looks the run up.
    """
    start_log()
    log = get_log(stage=name, run=run_id, batch=batch)
    stage_run: StageRun | None = None
    code, done, failed = EXIT_BUG, 0, 0
    signal.signal(signal.SIGTERM, _stop)
    try:
        stage_run = _begin(name, run_id, batch, prepare)
        done, failed = work(stage_run, log)
        code = EXIT_DONE
    except Stopping:
        code = EXIT_TRY_AGAIN
        log.warning("stopped by SIGTERM; what was finished is kept")
    except ClipmillError as error:
        code = exit_code(error)
        log.error(str(error), exit_code=code)
    except OSError as error:
        code = EXIT_TRY_AGAIN
        log.error(f"{type(error).__name__}: {error}", exit_code=code)
    except Exception as error:
        log.exception(f"a bug: {type(error).__name__}: {error}", exit_code=code)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _record_end(stage_run, log, code, (done, failed))
    log.info("end", exit_code=code, done=done, failed=failed, peak_bytes=_peak_bytes())
    return code


def exit_code(error: ClipmillError) -> int:
    """75 where trying again may help, 78 where it cannot."""
    if isinstance(error, TryAgain):
        return EXIT_TRY_AGAIN
    return EXIT_REFUSED if isinstance(error, StageRefused) else EXIT_BUG


def _begin(name: str, run_id: str, batch: str | None, prepare: Callable[[Connection], None] | None) -> StageRun:
    catalog = open_catalog()
    with catalog.begin() as connection:
        if prepare is not None:
            prepare(connection)
        run = load_run(connection, run_id)
    made_of = (run_id, name, batch, os.getpid(), time.time_ns())
    stage_run = StageRun(catalog, run, name, batch, content_id("stage_run", *made_of))
    stage_run.start()
    return stage_run


def _record_end(stage_run: StageRun | None, log: Log, code: int, counts: tuple[int, int]) -> None:
    if stage_run is None:
        return
    try:
        stage_run.end(code, *counts)
    except ClipmillError as error:
        log.warning("could not record the end", message=str(error))


def _peak_bytes() -> int:
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(own, children) * 1024


def _stop(signum: int, frame: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Stopping
