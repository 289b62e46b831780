"""What all scorers together cost, as a multiple of plainly decoding the same clip.

    python -m bench.filter_cost [FILE ...]

Both run in this process on one thread and are measured in CPU time; without files the shared real clips are
taken, where that folder is there, else made video in four codecs.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import takewhile
from pathlib import Path

import av
import numpy as np

from bench.figure import Figure
from tasks.core.media import probe
from tasks.core.model import Box, Span
from tasks.core.settings_filter import CropSettings, FilterSettings
from tasks.crop.find import find_box
from tasks.filter.clip import all_scorers, score_clip
from tasks.filter.scorer import Clip
from tests.fixtures.made_video import Coding, Shot, made_video

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "real"
LONGEST_S = 10
ROUNDS = 3
WHAT = {"all but text": "all scorers but text", "all": "all scorers", "crop": "finding the box"}
SIZES = ("720 lines and more", "480 lines and more", "fewer lines")
GOAL = 1.5


def main() -> None:
    """Prints the ratio per file, per scorer and the median over the files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ratios = [ratios_of(path) for path in asked.files or default_files(Path(folder))]
    print("median: " + ", ".join(f"{name} {np.median([row[name] for row in ratios]):.2f}" for name in ratios[0]))


def figures() -> Iterator[Figure]:
    """Medians over the files of each size. What scorers take for a second of video hardly hangs on its size."""
    with tempfile.TemporaryDirectory() as folder:
        paths = list(default_files(Path(folder)))
        rows = [(size_of(path), ratios_of(path, only=tuple(WHAT))) for path in paths]
    for size in SIZES:
        of = [row for its, row in rows if its == size]
        for name, what in WHAT.items() if of else ():
            goal = GOAL if name == "all but text" else None
            measure = f"{what}, {len(of)} files of {size}, CPU time over plain decoding"
            yield Figure(measure, float(np.median([row[name] for row in of])), at_most=goal)


def size_of(path: Path) -> str:
    """Which of SIZES the file's picture has."""
    info = probe(path)
    lines = min(info.width_px, info.height_px)
    return SIZES[0] if lines >= 720 else SIZES[1] if lines >= 480 else SIZES[2]


def default_files(folder: Path) -> Iterator[Path]:
    """The shared real clips, or made ones."""
    if SHARED.is_dir():
        yield from sorted(SHARED.iterdir())
        return
    for codec, suffix in (("libx264", "mp4"), ("libx265", "mp4"), ("libvpx-vp9", "webm"), ("mpeg4", "avi")):
        path = folder / f"{codec}.{suffix}"
        made_video(path, [Shot(seconds=6, motion=(90, 30))], (854, 480), Coding(fps=25, codec=codec))
        yield path


def ratios_of(path: Path, only: Sequence[str] = ()) -> dict[str, float]:
    """CPU time of the stages' functions (those named in `only`, else all) by that of a plain decode."""
    info = probe(path)
    end = min(info.end_pts, info.start_pts + round(LONGEST_S / info.time_base))
    clip = Clip(info, Span(info.start_pts, end, info.time_base), Box(0, 0, info.width_px, info.height_px))
    but_text = frozenset(scorer.name for scorer in all_scorers(FilterSettings(), clip)) - {"overlay_text"}
    works: dict[str, Callable[[], object]] = {
        "all": lambda: score_clip(path, clip, FilterSettings()),
        "all but text": lambda: score_clip(path, clip, FilterSettings(), but_text),
        "crop": lambda: find_box(path, info, clip.span, CropSettings()),
    }
    for scorer in all_scorers(FilterSettings(), clip):
        if scorer.needs.fps:
            works[scorer.name] = partial(score_clip, path, clip, FilterSettings(), frozenset({scorer.name}))
    works = {name: work for name, work in works.items() if name in (only or works)}
    floor_s = min(cpu_s(lambda: plain_decode(path, clip)) for _ in range(ROUNDS))
    ratios = {name: min(cpu_s(work) for _ in range(ROUNDS)) / floor_s for name, work in works.items()}
    shown = " ".join(f"{name} {ratio:.2f}" for name, ratio in ratios.items())
    print(f"{shown}  {info.codec} {info.width_px}x{info.height_px} {path.name}")
    return ratios


def plain_decode(path: Path, clip: Clip) -> int:
    """Frames of the clip (from the file's start), every one decoded by one thread and none looked at."""
    with av.open(str(path)) as container:
        stream = container.streams[clip.info.stream_index]
        stream.codec_context.thread_count = 1
        return sum(1 for _ in takewhile(lambda frame: frame.pts < clip.span.end_pts, container.decode(stream)))


def cpu_s(work: Callable[[], object]) -> float:
    """CPU seconds that the work takes in this process."""
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    main()
