"""The signal embedding: copies of real clips against other clips, and against other moments of the same video.

And what embedding one clip costs beside decoding the pictures that it is made from.
"""

import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from bench.figure import Figure, data_folder
from tasks.core.catalog.inputs import ClipInput
from tasks.core.errors import UnreadableVideo
from tasks.core.media import View, decode, probe
from tasks.core.model import Box, Span
from tasks.core.store import path_to_uri
from tasks.embed.see import Asked, see_one
from tasks.embed.signal import SIDE_PX, signal_vector
from tests.fixtures.made_video import Coding, Shot, pictures, write_video

Frames = list[np.ndarray]
WINDOW_S = 5.0
FRAMES = 8
SIDE = 256
SIMILAR = 0.9
"""Similarity from which on two clips are taken for copies."""
SEED = 1


def coded_again(frames: Frames) -> Frames:
    """The same through a strong compression."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "copy.mp4"
        write_video(path, frames, Coding(fps=5, options={"crf": "38"}))
        return [frame.image for frame in decode(path, probe(path))]


def resized(frames: Frames) -> Frames:
    """Every third pixel."""
    return [frame[::3, ::3] for frame in frames]


def cropped(frames: Frames) -> Frames:
    """A twentieth of each side gone, more on one side than on the other."""
    height, width = frames[0].shape[:2]
    return [frame[height // 60 : height - height // 30, width // 30 : width - width // 60] for frame in frames]


def brighter(frames: Frames) -> Frames:
    """Lifted and paler."""
    return [np.clip(frame * 0.8 + 45.0, 0, 255).astype(np.uint8) for frame in frames]


def noisy(frames: Frames) -> Frames:
    """With strong noise."""
    random = np.random.default_rng(SEED)
    return [np.clip(frame + random.normal(0, 20, frame.shape), 0, 255).astype(np.uint8) for frame in frames]


def watermarked(frames: Frames) -> Frames:
    """With a white mark in a corner."""
    height, width = frames[0].shape[:2]
    copies = [frame.copy() for frame in frames]
    for copy in copies:
        copy[height // 20 : height // 8, -width // 4 : -width // 20] = 255
    return copies


COPIES: tuple[Callable[[Frames], Frames], ...] = (coded_again, resized, cropped, brighter, noisy, watermarked)


def windows() -> Iterator[tuple[str, Frames]]:
    """Pictures of pieces of 5 s: two of each real video, or made ones where there are none."""
    folder = data_folder()
    if folder is None:
        for seed in range(60):
            yield str(seed), list(pictures([Shot(WINDOW_S, seed=seed)], (256, 144), fps=FRAMES / WINDOW_S))
        return
    for path in sorted((folder / "real").iterdir()):
        for part in (0.2, 0.7):
            frames = _window(path, part)
            if len(frames) >= FRAMES // 2 and np.std(frames) > 8:
                yield path.name, frames


def _window(path: Path, part: float) -> Frames:
    """The pictures; none where they do not decode."""
    try:
        info = probe(path)
        length = round(WINDOW_S / info.time_base)
        start = info.start_pts + round(part * (info.end_pts - info.start_pts))
        span = Span(start, max(start + 1, min(info.end_pts, start + length)), info.time_base)
        view = View(max_side_px=SIDE, sample_fps=FRAMES / WINDOW_S)
        return [frame.image for frame in decode(path, info, span, view)]
    except UnreadableVideo:
        return []


def figures() -> Iterator[Figure]:
    """How many copies are found, and how many other clips are taken for copies."""
    found = list(windows())
    names = np.array([name for name, _ in found])
    vectors = np.stack([signal_vector(frames) for _, frames in found])
    alike = vectors @ vectors.T
    same_video = names[:, None] == names
    others = alike[~same_video]
    yield Figure("clips", len(found), "clips")
    yield Figure(f"pairs of different videos above {SIMILAR}", float((others > SIMILAR).mean()), at_most=0.001)
    yield Figure("the most alike of different videos", float(others.max()))
    moments = alike[same_video & ~np.eye(len(names), dtype=bool)]
    if len(moments):
        yield Figure(f"other moments of the same video above {SIMILAR}", float((moments > SIMILAR).mean()))
    for copy in COPIES:
        near = np.array([signal_vector(copy(frames)) @ own for (_, frames), own in zip(found, vectors, strict=True)])
        yield Figure(f"copies found: {copy.__name__}", float((near > SIMILAR).mean()), at_least=0.95)
    yield from _costs()


def _costs() -> Iterator[Figure]:
    """Embedding a made clip of 10 s beside decoding the pictures that it takes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.mp4"
        write_video(path, pictures([Shot(10)], (1280, 720)))
        info = probe(path)
        span = Span(info.start_pts, info.end_pts, info.time_base)
        box = Box(0, 0, info.width_px, info.height_px)
        clip = ClipInput(uuid.uuid4(), uuid.uuid4(), path_to_uri(path), info, span, box, ("embedding",))
        view = View(box=box, max_side_px=SIDE_PX, sample_fps=FRAMES / span.duration_s)
        bare = min(_seconds(lambda: list(decode(path, info, span, view))) for _ in range(3))
        whole = min(_seconds(lambda: see_one(clip, Asked(FRAMES, None, (), signal=True))) for _ in range(3))
    yield Figure("embedding a clip, against decoding its pictures", whole / bare, "x", at_most=1.25)


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
