"""Keeps the networks busy: pictures of several clips go through together, while other clips are being decoded."""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from tasks.embed.see import Seen
from tasks.models.encoder import BATCH_PICTURES, Encoder

IN_FLIGHT = 2
"""Batches that may wait for the network; with the decoders' own, all that is ever held."""


class Feeder:
    """Gives each clip's `Seen` the vectors of its pictures, and drops the pictures."""

    def __init__(self, load: Callable[[str], Encoder], batch_pictures: int = BATCH_PICTURES) -> None:
        self._load = load
        self._batch_pictures = batch_pictures
        self._waiting: dict[str, list[Seen]] = {}
        self._running: deque[Future[None]] = deque()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="network")

    def offer(self, seen: Seen) -> None:
        """Takes a clip in; waits where the networks do not keep up."""
        for name in list(seen.pictures):  # the thread takes out what it is done with
            waiting = self._waiting.setdefault(name, [])
            waiting.append(seen)
            if sum(len(one.pictures[name]) for one in waiting) >= self._batch_pictures:
                self._start(name)
        while len(self._running) > IN_FLIGHT:
            self._running.popleft().result()

    def finish(self) -> None:
        """Returns when every clip that was taken in has its vectors."""
        for name in list(self._waiting):
            self._start(name)
        while self._running:
            self._running.popleft().result()

    def _start(self, name: str) -> None:
        clips = self._waiting.pop(name)
        self._running.append(self._thread.submit(self._run, name, clips))

    def _run(self, name: str, clips: Sequence[Seen]) -> None:
        encoder = self._load(name)
        for seen, rows in zip(clips, encoder.vectors_of([seen.pictures[name] for seen in clips]), strict=True):
            seen.vectors[name] = rows
            del seen.pictures[name]
