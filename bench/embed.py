"""What the signal embedding of one clip costs, beside decoding the pictures that it is made from.

How well it tells copies from other clips is measured by `near_duplicates`.
"""

import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.figure import Figure
from tasks.core.catalog.inputs import ClipInput
from tasks.core.media import View, decode, probe
from tasks.core.model import Box, Span
from tasks.core.store import path_to_uri
from tasks.embed.see import Asked, see_one
from tasks.embed.signal import FPS, SIDE_PX, signal_vector
from tests.fixtures.made_video import Shot, pictures, write_video

SIZES = {"360p": (640, 360), "720p": (1280, 720), "1080p": (1920, 1080)}
SECONDS = 5.0
TRIES = 3


def figures() -> Iterator[Figure]:
    """Of a made clip of 5 s at 25 frames a second, in each size."""
    with tempfile.TemporaryDirectory() as folder:
        for name, size in SIZES.items():
            path = Path(folder) / f"{name}.mp4"
            write_video(path, pictures([Shot(SECONDS)], size))
            yield from _costs(name, path)


def _costs(name: str, path: Path) -> Iterator[Figure]:
    info = probe(path)
    span = Span(info.start_pts, info.end_pts, info.time_base)
    box = Box(0, 0, info.width_px, info.height_px)
    clip = ClipInput(uuid.uuid4(), uuid.uuid4(), path_to_uri(path), info, span, box, ("embedding",))
    view = View(box=box, max_side_px=SIDE_PX, sample_fps=FPS)
    frames = list(decode(path, info, span, view))
    images, times_s = [frame.image for frame in frames], [frame.time_s for frame in frames]
    few = _milliseconds(lambda: list(decode(path, info, span, View(box=box, max_side_px=SIDE_PX, sample_fps=1.6))))
    bare = _milliseconds(lambda: list(decode(path, info, span, view)))
    made = _milliseconds(lambda: see_one(clip, Asked(8, None, (), signal=True)))
    yield Figure(f"{name}: decoding 8 pictures of a clip", few, "ms")
    yield Figure(f"{name}: decoding the {len(frames)} that the embedding takes", bare, "ms")
    yield Figure(f"{name}: the vector alone", _milliseconds(lambda: signal_vector(images, times_s, SECONDS)), "ms")
    yield Figure(f"{name}: embedding a clip, against decoding its pictures", made / bare, "x", at_most=1.25)


def _milliseconds(work: Callable[[], object]) -> float:
    """Processor time, at best: other programs do not count."""
    return 1000 * min(_cpu_s(work) for _ in range(TRIES))


def _cpu_s(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started
