"""Short pieces of one shot each, real or (without the shared folder) drawn: what made cases are made of."""

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from math import sqrt
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.figure import Figure, data_folder
from bench.split_training.footage import made_footage
from tasks.core.media import View, decode, probe
from tasks.core.model import Box, Score, Span
from tasks.core.settings_filter import CropSettings, FilterSettings
from tasks.crop.find import find_box
from tasks.filter.clip import score_clip
from tasks.filter.scorer import Clip
from tests.fixtures.made_video import Coding, write_video

Pictures = NDArray[np.uint8]
"""Grey pictures, [N, HEIGHT, WIDTH]."""

WIDTH, HEIGHT = 256, 144
PIECE_S = 3.2
PIECES_PER_SHOT, PIECES_PER_FILE = 2, 4
UNCLEAR = ("UNCERTAIN", "PARTIAL", "damage")
"""Files whose notes say that their shots are not known."""

CODECS: dict[str, tuple[str, Callable[[int], dict[str, str]]]] = {
    "h264": ("libx264", lambda crf: {"crf": str(crf)}),
    "hevc": ("libx265", lambda crf: {"crf": str(crf), "preset": "ultrafast", "x265-params": "log-level=error:pools=1"}),
    "vp9": ("libvpx-vp9", lambda crf: {"crf": str(crf + 8), "b": "0", "cpu-used": "8", "deadline": "realtime"}),
    "av1": ("libsvtav1", lambda crf: {"crf": str(crf + 10), "preset": "13", "svtav1-params": "lp=1"}),
}
"""Encoder and its options for a quality, by the name that a probe gives."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A few seconds of one shot."""

    name: str
    camera: str
    """What the manifest says of the camera; `drawn` where there is none."""
    pictures: Pictures
    fps: int


@cache
def pieces() -> tuple[Piece, ...]:
    """All there are; drawn ones in place of the shared folder's real clips."""
    folder = data_folder()
    if folder is None:
        made = made_footage(40, np.random.default_rng(7))
        return tuple(Piece(one.name, "drawn", covering(one.pictures), round(one.fps)) for one in made)
    with open(folder / "manifest.csv", newline="") as manifest:
        rows = [row for row in csv.DictReader(manifest) if not any(mark in row["notes"] for mark in UNCLEAR)]
    return tuple(piece for row in rows for piece in pieces_of(folder / row["file"], row))


def pieces_of(path: Path, row: dict[str, str]) -> Iterator[Piece]:
    """The first few whole pieces of the file's shots, inside its bars."""
    info = probe(path)
    box = find_box(path, info, Span(info.start_pts, info.end_pts, info.time_base), CropSettings()).box
    every = round(float(info.frame_rate) / 30) or 1
    for start_s in list(starts_s(row))[:PIECES_PER_FILE]:
        start = info.start_pts + round(start_s / info.time_base)
        span = Span(start, start + round(PIECE_S / info.time_base), info.time_base)
        view = View("gray", box=box, max_side_px=2 * WIDTH)
        images = [frame.image for frame in decode(path, info, span, view)][::every]
        if len(images) >= 0.9 * PIECE_S * info.frame_rate / every:
            yield Piece(path.name, row["camera"], covering(images), max(1, round(float(info.frame_rate) / every)))


def starts_s(row: dict[str, str]) -> Iterator[float]:
    """Where pieces begin that keep well away from the file's changes of shot, in seconds."""
    fps, length_s = float(row["fps"]), float(row["duration_s"])
    changes = [(int(frame), int(frame)) for frame in row["hard_cuts"].split()]
    changes += [(int(start) - 8, int(end) + 8) for _, start, end in gradual_of(row["gradual"])]
    begins = [0.0, *sorted((end + 2) / fps for _, end in changes)]
    ends = [*sorted((start - 2) / fps for start, _ in changes), length_s]
    for begin, end in zip(begins, ends, strict=True):
        for number in range(min(PIECES_PER_SHOT, int((end - begin - 0.1) / PIECE_S))):
            yield begin + number * PIECE_S


def gradual_of(text: str) -> list[tuple[str, int, int]]:
    """The manifest's gradual changes: kind, first and last frame."""
    return [(kind, start, end) for kind, start, end in json.loads(text or "[]")]


def covering(images: list[Pictures] | Pictures) -> Pictures:
    """The pictures scaled to cover WIDTH x HEIGHT, their middle."""
    height, width = images[0].shape
    zoom = max(WIDTH / width, HEIGHT / height)
    size = (max(WIDTH, round(width * zoom)), max(HEIGHT, round(height * zoom)))
    left, top = (size[0] - WIDTH) // 2, (size[1] - HEIGHT) // 2
    mode = cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR
    return np.stack(
        [cv2.resize(image, size, interpolation=mode)[top : top + HEIGHT, left : left + WIDTH] for image in images]
    )


def coded(path: Path, pictures: Pictures, fps: int, codec: str, crf: int) -> Path:
    """The pictures written with this codec; the file's suffix follows from it."""
    encoder, options = CODECS[codec]
    path = path.with_suffix(".mkv")
    write_video(
        path,
        (np.repeat(picture[..., None], 3, 2) for picture in pictures),
        Coding(fps, encoder, gop=fps * 2, options=options(crf)),
    )
    return path


def scores_of(path: Path, *names: str) -> dict[str, float]:
    """The numbers that these scorers give for the whole file; inside its bars where it is not a made one."""
    info = probe(path)
    span = Span(info.start_pts, info.end_pts, info.time_base)
    box = Box(0, 0, info.width_px, info.height_px)
    if (info.width_px, info.height_px) != (WIDTH, HEIGHT):
        box = find_box(path, info, span, CropSettings()).box
    found: tuple[Score, ...] = score_clip(path, Clip(info, span, box), FilterSettings(), frozenset(names))
    return {name: value for score in found for name, value in score.numbers.items()}


def told(path: Path, pictures: Pictures, fps: int, number: int, *names: str) -> dict[str, float]:
    """What the scorers say of the pictures once coded, in all codecs by turns and at any quality."""
    crf = 18 + number * 7 % 13
    return scores_of(coded(path, pictures, fps, list(CODECS)[number % len(CODECS)], crf), *names)


def share(measure: str, right: int, of: int, *, at_least: float | None = None, at_most: float | None = None) -> Figure:
    """A share as a figure, with its number of cases and its 95 % interval in the name."""
    low, high = interval(right, of)
    return Figure(f"{measure}, of {of} ({low:.2f}-{high:.2f})", right / of, at_least=at_least, at_most=at_most)


def interval(right: int, of: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    z, share = 1.96, right / of
    middle = share + z * z / (2 * of)
    reach = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return (middle - reach) / (1 + z * z / of), (middle + reach) / (1 + z * z / of)
