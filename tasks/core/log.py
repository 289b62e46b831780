"""One event is one line, with the run, stage and batch it belongs to: JSON for machines, readable on a terminal."""

import json
import logging
import math
import sys
import threading
import time
from collections.abc import Callable, Mapping, MutableMapping
from datetime import UTC, datetime
from importlib.util import find_spec
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

_ROOT = "clipmill"


class Log(logging.LoggerAdapter[logging.Logger]):
    """A logger whose lines carry its context: `log.info("clip_written", clip=clip_id, size_bytes=12)`."""

    def bind(self, **context: object) -> "Log":
        """A log with more context."""
        return Log(self.logger, {**(self.extra or {}), **context})

    def process(self, msg: object, kwargs: MutableMapping[str, Any]) -> tuple[object, MutableMapping[str, Any]]:
        own = {name: kwargs.pop(name) for name in ("exc_info", "stack_info", "stacklevel") if name in kwargs}
        return msg, {**own, "extra": {"fields": {**(self.extra or {}), **kwargs}}}


def get_log(**context: object) -> Log:
    """A log whose lines carry the context, such as run, stage, batch, video or clip."""
    return Log(logging.getLogger(_ROOT), context)


def start_log(*, to_stderr: bool = False, level: int = logging.INFO) -> None:
    """Sends our events from `level` up and other libraries' warnings to stdout (or stderr); replaces an earlier start.

    JSON lines, except on a terminal, which gets lines for people.
    """
    handler = _CurrentStream(to_stderr=to_stderr)
    handler.setFormatter(TerminalFormatter() if handler.stream.isatty() else JsonFormatter())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger(_ROOT).setLevel(level)
    logging.captureWarnings(True)


class JsonFormatter(logging.Formatter):
    """A JSON object in one line of ASCII: time (UTC), level, event, then context and fields."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **{name: _plain(value) for name, value in _fields(record).items()},
        }
        if record.exc_info and record.exc_info[1]:
            line["error"] = f"{type(record.exc_info[1]).__name__}: {record.exc_info[1]}"
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class TerminalFormatter(logging.Formatter):
    """`12:30:01 warning  event  name=value ...`, and the traceback where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        clock = datetime.fromtimestamp(record.created).strftime("%H:%M:%S")
        fields = " ".join(f"{name}={_shown(value)}" for name, value in _fields(record).items())
        line = f"{clock} {record.levelname.lower():7}  {record.getMessage()}  {fields}".rstrip()
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return line.encode(errors="backslashreplace").decode()


class _CurrentStream(logging.Handler):
    """Writes to what sys.stdout (or sys.stderr) is now, so that lines go above a bar that has taken its place."""

    def __init__(self, *, to_stderr: bool) -> None:
        super().__init__()
        self._name = "stderr" if to_stderr else "stdout"

    @property
    def stream(self) -> Any:
        return getattr(sys, self._name)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self.stream.write(self.format(record) + "\n")
            self.stream.flush()
        except (OSError, ValueError):  # the reader of a pipe has gone: work goes on without its log
            self.handleError(record)


def _fields(record: logging.LogRecord) -> Mapping[str, object]:
    fields: Mapping[str, object] = getattr(record, "fields", {"logger": record.name})
    return fields


def _plain(value: object) -> object:
    """The value, or its name where JSON has no number for it."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _shown(value: object) -> str:
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return text if text.isprintable() and " " not in text else repr(text)


class Progress:
    """Says how far the work is, at least every `every_s` seconds however long one step takes, and at the end.

    With `total` None the end is unknown. On a terminal a bar shows it.
    """

    def __init__(
        self,
        total: int | None,
        log: Log,
        *,
        unit: str = "clips",
        every_s: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.total = total
        self.unit = unit
        self.done = 0
        self._log = log
        self._every_s = every_s
        self._clock = clock
        self._started_s = clock()
        self._ended = threading.Event()
        self._bar: Bar | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._started_s = self._clock()
        if sys.stdout.isatty() and find_spec("rich"):
            self._bar = _start_bar(self.unit, self.total)
        else:
            self._thread = threading.Thread(target=self._report, name="progress", daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()
        self._ended.set()
        if self._thread:
            self._thread.join()
        self._log.info("progress", **self.numbers())

    def advance(self, steps: int = 1) -> None:
        """Counts steps as done."""
        self.done += steps
        if self._bar:
            self._bar.update(self._bar.task_ids[0], completed=self.done)

    def numbers(self) -> dict[str, Any]:
        """done, total, unit, elapsed_s, rate_per_s and eta_s (None while unknown)."""
        elapsed_s = max(self._clock() - self._started_s, 1e-9)
        rate = self.done / elapsed_s
        left = None if self.total is None else self.total - self.done
        return {
            "done": self.done,
            "total": self.total,
            "unit": self.unit,
            "elapsed_s": round(elapsed_s, 1),
            "rate_per_s": round(rate, 3),
            "eta_s": 0.0 if left == 0 else round(left / rate, 1) if left and rate else None,
        }

    def _report(self) -> None:
        while not self._ended.wait(self._every_s):
            self._log.info("progress", **self.numbers())


def _start_bar(unit: str, total: int | None) -> "Bar":
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as RichProgress

    bar = RichProgress(TextColumn(unit), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    bar.add_task(unit, total=total)
    bar.start()
    return bar
