"""A thread beside the stage: its owner hears of every failure in it, and it keeps no process from ending."""

import asyncio
import atexit
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any

_LEAVE_S = 20.0
"""Longest that a process which ends waits for what its thread is in the middle of."""


class Background:
    """One thread with an event loop; `on_failure` is told what ends any of its coroutines, in that thread."""

    def __init__(self, name: str, on_failure: Callable[[BaseException], None]) -> None:
        self._on_failure = on_failure
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()
        # A thread that is still in a library's own code while Python is taken down can crash the process.
        atexit.register(self.close)

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Has the coroutine run beside the others; those that never wait run one after the other."""
        asyncio.run_coroutine_threadsafe(work, self._loop).add_done_callback(self._ended)

    def close(self) -> None:
        """Drops what has not ended, and lets the thread go."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(_LEAVE_S)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop):
            self._loop.run_forever()

    def _ended(self, future: "Future[None]") -> None:
        if not future.cancelled() and (error := future.exception()) is not None:
            self._on_failure(error)
