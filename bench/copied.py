"""Clips of real videos and copies of them, as files: coded again, resized, trimmed, cropped, mirrored, and so on."""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.lettering import drawn_logo, drawn_text, put
from bench.pieces import gradual_of
from tasks.core.media import View, decode, probe
from tasks.core.model import Span
from tasks.core.settings_filter import CropSettings
from tasks.crop.find import find_box
from tests.fixtures.made_video import Coding, write_video

Pictures = list[NDArray[np.uint8]]
Random = np.random.Generator

CLIP_S, SHORTEST_S = 5.0, 2.5
CLIPS_PER_VIDEO = 8
SIDE_PX = 192
MOST_FPS = 16


@dataclass(frozen=True, slots=True)
class Moving:
    """RGB pictures of one size, and how many of them are shown in a second."""

    pictures: Pictures
    fps: float


@dataclass(frozen=True, slots=True)
class Clip:
    """A few seconds of one shot of a video."""

    video: str
    shot: int
    start_s: float
    end_s: float
    moving: Moving

    @property
    def is_whole(self) -> bool:
        """Whether it is as long as clips are; shorter ones are only there to be told apart."""
        return self.end_s - self.start_s > CLIP_S - 0.1


def clips(folder: Path) -> Iterator[Clip]:
    """Disjoint windows of the shots of every real video, spread over it where there are many."""
    with open(folder / "manifest.csv", newline="") as manifest:
        for row in csv.DictReader(manifest):
            yield from _clips_of(folder / row["file"], row)


def _clips_of(path: Path, row: dict[str, str]) -> Iterator[Clip]:
    info = probe(path)
    box = find_box(path, info, Span(info.start_pts, info.end_pts, info.time_base), CropSettings()).box
    every = max(1, ceil(float(info.frame_rate) / MOST_FPS))
    windows = [(shot, *window) for shot, ends in enumerate(shots_s(row, info.duration_s)) for window in _windows(*ends)]
    for at in np.unique(np.linspace(0, len(windows) - 1, min(CLIPS_PER_VIDEO, len(windows))).round().astype(int)):
        shot, start_s, end_s = windows[at]
        start, end = (info.start_pts + round(time_s / info.time_base) for time_s in (start_s, end_s))
        view = View(box=box, max_side_px=SIDE_PX)
        pictures = [one.image for one in decode(path, info, Span(start, end, info.time_base), view)][::every]
        if np.std(pictures) > 8:
            yield Clip(path.name, shot, start_s, end_s, Moving(pictures, float(info.frame_rate) / every))


def shots_s(row: dict[str, str], length_s: float) -> Iterator[tuple[float, float]]:
    """First and last second of each shot of a row of the manifest."""
    fps = float(row["fps"] or 30)
    changes = [(int(frame), int(frame)) for frame in row["hard_cuts"].split()]
    changes += [(int(start) - 6, int(end) + 6) for _, start, end in gradual_of(row["gradual"])]
    begins = [0.0, *sorted((end + 1) / fps for _, end in changes)]
    ends = [*sorted((start - 1) / fps for start, _ in changes), length_s]
    yield from zip(begins, ends, strict=True)


def _windows(begin_s: float, end_s: float) -> Iterator[tuple[float, float]]:
    start_s = begin_s
    while end_s - start_s >= SHORTEST_S:
        yield start_s, min(end_s, start_s + CLIP_S)
        start_s += CLIP_S


def original(clip: Clip, path: Path) -> Path:
    """The clip as a file of good quality."""
    return _written(path, clip.moving, "libx264", 20)


def coded_again(moving: Moving, random: Random, path: Path) -> Path:
    """Through another codec, or strongly compressed."""
    codec, crf = [("libx264", 34), ("libx264", 38), ("libx265", 32), ("mpeg4", 12)][random.integers(4)]
    return _written(path, moving, codec, crf)


def resized(moving: Moving, random: Random, path: Path) -> Path:
    """A third to one and a half times as large."""
    return _written(path, _scaled(moving, random.choice([0.34, 0.5, 0.67, 1.5])), "libx264", 26)


def trimmed(moving: Moving, random: Random, path: Path) -> Path:
    """Half a second gone at the start, at the end, or at both."""
    gone = round(0.5 * moving.fps)
    part = [slice(gone, None), slice(None, -gone), slice(gone, -gone)][random.integers(3)]
    return _written(path, replace(moving, pictures=moving.pictures[part]), "libx264", 26)


def cropped(moving: Moving, random: Random, path: Path) -> Path:
    """Up to a twentieth gone at each side, more at one than at the other."""
    height, width = moving.pictures[0].shape[:2]
    top, bottom, left, right = (
        round(share * side)
        for share, side in zip(random.uniform(0.0, 0.05, 4), (height, height, width, width), strict=True)
    )
    pictures = [one[top : height - bottom, left : width - right] for one in moving.pictures]
    return _written(path, replace(moving, pictures=pictures), "libx264", 26)


def mirrored(moving: Moving, random: Random, path: Path) -> Path:
    """Left and right changed over."""
    return _written(path, replace(moving, pictures=[one[:, ::-1] for one in moving.pictures]), "libx264", 26)


def letterboxed(moving: Moving, random: Random, path: Path) -> Path:
    """With black bars above and below, or at the sides."""
    bar = round(random.uniform(0.06, 0.2) * len(moving.pictures[0]))
    bars = ((bar, bar), (0, 0), (0, 0)) if random.random() < 0.6 else ((0, 0), (bar, bar), (0, 0))
    return _written(path, replace(moving, pictures=[np.pad(one, bars) for one in moving.pictures]), "libx264", 26)


def watermarked(moving: Moving, random: Random, path: Path) -> Path:
    """With words or a sign in a corner, half transparent or solid."""
    height, width = moving.pictures[0].shape[:2]
    size = round(height * random.uniform(0.06, 0.1))
    words = random.random() < 0.5
    drawn = drawn_text(random, ["STOCKVID.TV"], size, middle=False) if words else drawn_logo(random, 2 * size)
    high, wide = drawn[0].shape[:2]
    place = (8, width - wide - 8)[random.integers(2)], (8, height - high - 8)[random.integers(2)]
    pictures, opacity = [one.copy() for one in moving.pictures], random.uniform(0.5, 1.0)
    for one in pictures:
        put(one, drawn, (max(0, place[0]), max(0, place[1])), opacity)
    return _written(path, replace(moving, pictures=pictures), "libx264", 26)


def recoloured(moving: Moving, random: Random, path: Path) -> Path:
    """Another brightness, contrast, gamma, saturation and white."""
    gain, lift, gamma = random.uniform(0.75, 1.25), random.uniform(-20, 20), random.uniform(0.8, 1.25)
    saturation, white = random.uniform(0.5, 1.4), random.uniform(0.93, 1.07, 3)
    levels = np.clip(255 * (np.arange(256) / 255) ** gamma * gain + lift, 0, 255).astype(np.float32)

    def changed(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        lit = levels[picture]
        grey = lit.mean(axis=2, keepdims=True)
        return np.clip((grey + (lit - grey) * saturation) * white, 0, 255).astype(np.uint8)

    return _written(path, replace(moving, pictures=[changed(one) for one in moving.pictures]), "libx264", 26)


def retimed(moving: Moving, random: Random, path: Path) -> Path:
    """The same seconds at another frame rate."""
    rates = [rate for rate in (10.0, 12.5, 15.0, 24.0, 25.0, 30.0) if abs(rate - moving.fps) > 1]
    fps = rates[random.integers(len(rates))]
    times_s = np.arange(int(len(moving.pictures) / moving.fps * fps)) / fps
    shown = np.minimum((times_s * moving.fps).astype(int), len(moving.pictures) - 1)
    return _written(path, Moving([moving.pictures[at] for at in shown], fps), "libx264", 26)


COPIES: tuple[Callable[[Moving, Random, Path], Path], ...] = (
    coded_again, resized, trimmed, cropped, mirrored, letterboxed, watermarked, recoloured, retimed,
)  # fmt: skip


def _scaled(moving: Moving, factor: float) -> Moving:
    height, width = moving.pictures[0].shape[:2]
    size = round(width * factor), round(height * factor)
    mode = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    pictures = [cv2.resize(one, size, interpolation=mode).astype(np.uint8) for one in moving.pictures]
    return replace(moving, pictures=pictures)


def _written(path: Path, moving: Moving, codec: str, quality: int) -> Path:
    options = {"qmin": str(quality), "qmax": str(quality)} if codec == "mpeg4" else {"crf": str(quality)}
    if codec == "libx264":
        options |= {"preset": "ultrafast"}
    if codec == "libx265":
        options |= {"preset": "ultrafast", "x265-params": "log-level=error:pools=1"}
    coding = Coding(Fraction(moving.fps).limit_denominator(1001), codec, gop=50, options=options)
    write_video(path, _even(moving.pictures), coding)
    return path


def _even(pictures: Sequence[NDArray[np.uint8]]) -> Iterator[NDArray[np.uint8]]:
    height, width = (side // 2 * 2 for side in pictures[0].shape[:2])
    for one in pictures:
        yield np.ascontiguousarray(one[:height, :width])
