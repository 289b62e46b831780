"""Items in child processes with memory and time limits: what a hostile file breaks is its own process."""

import ctypes
import multiprocessing
import os
import resource
import signal
import uuid
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from pebble import ProcessExpired, ProcessPool

from tasks.core import nvdec
from tasks.core.errors import ObjectMissing, StageRefused, TryAgain, UnreadableVideo
from tasks.core.tally import Usage

DISK_FULL = {28, 122}
"""errno ENOSPC and EDQUOT."""


@dataclass(frozen=True, slots=True)
class Done:
    """The item was worked on; `value` is what the stage's function returned."""

    subject_id: uuid.UUID
    value: Any


@dataclass(frozen=True, slots=True)
class Failed:
    """The item cannot be worked on, for a reason of its own."""

    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Died:
    """The item's process was killed by the item, or by the limits that it broke."""

    message: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """The whole stage must stop: nothing is wrong with the item."""

    error: type[TryAgain] | type[StageRefused]
    message: str


Outcome = Done | Failed | Died | Stopped


Work = Callable[[Any, Any], Any]
"""A stage's function of an item and the settings."""


def worker_count() -> int:
    """Processes a stage uses: CLIPMILL_WORKERS, or the cores this process may run on."""
    return int(os.environ.get("CLIPMILL_WORKERS", 0)) or len(os.sched_getaffinity(0))


class ItemPool:
    """A few child processes, one item each at a time; a process that dies takes only its item with it."""

    def __init__(self, workers: int, memory_bytes: int, module: str) -> None:
        # Imported once, in the process that all children are copies of.
        multiprocessing.set_forkserver_preload([module])
        self._pool = ProcessPool(
            max_workers=workers,
            max_tasks=200,
            initializer=_confine,
            initargs=(memory_bytes, resource.RLIMIT_DATA if nvdec.is_asked() else resource.RLIMIT_AS),
            context=multiprocessing.get_context("forkserver"),
        )
        self._used: dict[int, Usage] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()

    def submit(self, work: Work, item: Any, settings: Any, limit_s: float) -> "Future[Any]":
        """The future of one item; ask `outcome` for its end."""
        future: Future[Any] = self._pool.schedule(_attempt, args=(work, item, settings), timeout=limit_s)
        return future

    def outcome(self, future: "Future[Any]", limit_s: float) -> Outcome:
        """How an ended item ended."""
        try:
            ended, pid, used = future.result()
        except TimeoutError:
            return Died(f"took longer than {limit_s:.0f} s and was stopped")
        except ProcessExpired as expired:
            return Died(f"its process died ({_how(expired.exitcode)})")
        self._used[pid] = used
        result: Outcome = ended
        return result

    @property
    def used(self) -> Usage:
        """What the children have used, up to the last item that each of them ended."""
        return sum(self._used.values(), Usage())


def first_done(futures: "set[Future[Any]]", timeout_s: float) -> "set[Future[Any]]":
    """Those that have ended, once one has or the time is up."""
    return wait(futures, timeout=timeout_s, return_when=FIRST_COMPLETED).done


def _how(exit_code: int) -> str:
    if exit_code < 0:
        return f"signal {signal.Signals(-exit_code).name}"
    return f"exit code {exit_code}"


def _attempt(work: Work, item: Any, settings: Any) -> tuple[Outcome, int, Usage]:
    """Runs in the child: how the item ended, which process it was, and what that process has used so far."""
    ended = _ended(work, item, settings)
    return ended, os.getpid(), Usage.own()


def _ended(work: Work, item: Any, settings: Any) -> Outcome:
    """Errors are told as values, because not every exception can be sent between processes."""
    try:
        return Done(item.subject_id, work(item, settings))
    except UnreadableVideo as error:
        return Failed(error.kind, str(error))
    except (TryAgain, StageRefused) as error:
        return Stopped(type(error), error.detail)
    except ObjectMissing as error:
        return Failed("source_missing", f"the file is no longer there: {error.detail}")
    except MemoryError:
        return Failed("out_of_memory", "needs more memory than one item may use")
    except OSError as error:
        if error.errno in DISK_FULL:
            return Stopped(TryAgain, f"no space left: {error}")
        return Failed("unreadable_file", str(error))
    except Exception as error:
        return Failed("unexpected", f"{type(error).__name__}: {error}{_where(error)}")


def _where(error: BaseException) -> str:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f" ({os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno})" if trace else ""


def _confine(memory_bytes: int, of: int) -> None:
    """Limits of one child: memory, no core dump, and no life after the stage.

    CUDA reserves many times the addresses that it uses. Where a GPU decodes, what may be written to is bounded alone.
    """
    resource.setrlimit(of, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: die with the process that started us
