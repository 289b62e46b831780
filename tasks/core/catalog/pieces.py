"""What COPY writes, cut into pieces while it is written."""

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from queue import Queue
from typing import Any, Protocol

WAITING = 2
"""Pieces that are ready before they are asked for."""


class Rows(Protocol):
    """What COPY writes to, a row at a time."""

    def write(self, row: bytes, /) -> int:
        """Takes a row."""
        ...


def pieces(copy: Callable[[Rows], Any], cancel: Callable[[], Any], rows: int) -> Generator[bytes, None, None]:
    """So many rows at a time of what `copy` writes, in a thread of its own; raises what it raises.

    Whoever stops before the end has it cancelled, and waits until it has ended.
    """
    ready: Queue[bytes | None] = Queue(WAITING)
    with ThreadPoolExecutor(1) as alone:
        copying = alone.submit(_cut, copy, rows, ready)
        left = iter(ready.get, None)
        try:
            yield from left
            copying.result()
        finally:
            if not copying.done():
                cancel()
                for _ in left:
                    pass


def _cut(copy: Callable[[Rows], Any], rows: int, ready: "Queue[bytes | None]") -> None:
    """Puts the pieces into the queue, and None behind the last."""
    cutting = _Cutting(rows, ready)
    try:
        copy(cutting)
        cutting.end()
    finally:
        ready.put(None)


class _Cutting:
    """Puts rows together, so many in a piece."""

    def __init__(self, rows: int, ready: "Queue[bytes | None]") -> None:
        self._rows, self._ready, self._held = rows, ready, list[bytes]()

    def write(self, row: bytes, /) -> int:
        self._held.append(row)
        if len(self._held) == self._rows:
            self.end()
        return len(row)

    def end(self) -> None:
        if self._held:
            self._ready.put(b"".join(self._held))
            self._held.clear()
