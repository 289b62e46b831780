"""Clips as a trainer gets them: their bytes as published, or encoded anew where its demands leave no choice."""

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO

from tasks.core.media import Encoding, encode, probe
from tasks.core.model import Span
from tasks.core.scratch import passing_scratch
from tasks.export.fit import Fitted

QUALITY = 16
"""Constant rate factor of what is encoded a second time: finer than the first, to whose loss it should add little."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One clip of an export."""

    fitted: Fitted
    video: bytes
    """The MP4 as the trainer gets it."""

    @property
    def name(self) -> str:
        """The id of the clip: base name of all its files."""
        return self.fitted.clip.clip_id


def samples_of(fitted: Iterable[Fitted]) -> Iterator[Sample]:
    """The clips in their order; some are encoded side by side, so that few are in memory at any time."""
    workers = max(1, (os.cpu_count() or 2) // 2)
    waiting: deque[Future[Sample]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        for one in fitted:
            waiting.append(pool.submit(sample_of, one))
            if len(waiting) > workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def sample_of(fitted: Fitted) -> Sample:
    """The clip, encoded anew only where it has to be."""
    return Sample(fitted, fitted.clip.video if fitted.is_as_published else _encoded(fitted))


def _encoded(fitted: Fitted) -> bytes:
    source = BytesIO(fitted.clip.video)
    info = probe(source)
    length = round(fitted.frame_count / fitted.frame_rate / info.time_base)
    span = Span(info.start_pts, info.start_pts + length, info.time_base)
    encoding = Encoding(
        quality=QUALITY, frame_rate=fitted.frame_rate, box=fitted.box, size_px=fitted.size_px, deinterlace=False
    )
    with passing_scratch() as folder:
        return encode(source, info, span, encoding, folder / "clip.mp4").path.read_bytes()
