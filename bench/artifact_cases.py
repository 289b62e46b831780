"""Made cases of artifacts: videos in videos, split screens, changes of shot, slideshows, freezes, changes of speed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from bench.motion import LITTLE_ACTION, grained, paths, under_camera
from bench.pieces import HEIGHT, WIDTH, Pictures, Piece


@dataclass(frozen=True, slots=True)
class Case:
    """A made clip: what it shows and what it was made of."""

    kind: str
    name: str
    pictures: Pictures
    fps: int


def picked(rng: np.random.Generator, pieces: Sequence[Piece], moving: bool = False) -> Piece:
    """A random piece; where asked, one in which something surely moves."""
    wanted = [one for one in pieces if not (moving and any(name in one.name for name in LITTLE_ACTION))]
    return wanted[rng.integers(len(wanted))]


def at_rate(piece: Piece, fps: int, count: int) -> Pictures:
    """So many of the piece's pictures at this rate, to and fro where it is too short."""
    numbers = (np.arange(count) * piece.fps / fps).astype(int)
    last = len(piece.pictures) - 1
    return piece.pictures[last - np.abs(numbers % (2 * last) - last)]


def inset(rng: np.random.Generator, pieces: Sequence[Piece], late: bool = False) -> Case:
    """A small picture of another piece in front of one, with or without a border, from the start or later."""
    back, front = picked(rng, pieces), picked(rng, pieces, moving=True)
    count = len(back.pictures)
    shape = rng.choice([16 / 9, 4 / 3, 1, 9 / 16], p=[0.55, 0.2, 0.15, 0.1])
    width = round(WIDTH * rng.uniform(0.2, 0.5) * (1 if shape > 1 else 0.6))
    height = min(round(width / shape), HEIGHT * 6 // 10)
    border = int(rng.choice([0, 0, 1, 2]))
    margin = int(rng.integers(0, 14))
    x = [margin, WIDTH - width - margin, int(rng.integers(0, WIDTH - width))][rng.choice(3, p=[0.4, 0.4, 0.2])]
    y = [margin, HEIGHT - height - margin, int(rng.integers(0, HEIGHT - height))][rng.choice(3, p=[0.4, 0.4, 0.2])]
    pictures = back.pictures.copy()
    small = at_rate(front, back.fps, count)
    level = int(rng.choice([255, 0, rng.integers(256)]))
    for number in range(round(count * rng.uniform(0.3, 0.5)) if late else 0, count):
        shown = np.full((height, width), level, np.uint8)
        inner = fitted_to(small[number], width - 2 * border, height - 2 * border)
        shown[border : height - border, border : width - border] = inner
        pictures[number, y : y + height, x : x + width] = shown
    return Case("late_inset" if late else "inset", f"{back.name}+{front.name}", pictures, back.fps)


def fitted_to(picture: np.ndarray, width: int, height: int) -> np.ndarray:
    """The picture's middle in this shape and size."""
    zoom = max(width / WIDTH, height / HEIGHT)
    size = max(width, round(WIDTH * zoom)), max(height, round(HEIGHT * zoom))
    whole = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    left, top = (whole.shape[1] - width) // 2, (whole.shape[0] - height) // 2
    return whole[top : top + height, left : left + width]


def split(rng: np.random.Generator, pieces: Sequence[Piece]) -> Case:
    """Two pieces side by side or one above the other, or four in a grid."""
    first, kind = picked(rng, pieces, moving=True), rng.choice(["across", "down", "grid"], p=[0.45, 0.35, 0.2])
    count, pictures = len(first.pictures), first.pictures.copy()
    at = rng.uniform(0.33, 0.67) if kind != "grid" else 0.5
    line = int(rng.choice([0, 0, 1, 2]))
    cells = cells_of(str(kind), at)
    level = int(rng.choice([255, 0]))
    for x, y, width, height in cells:
        other = at_rate(picked(rng, pieces, moving=True), first.fps, count)
        for number in range(count):
            pictures[number, y : y + height, x : x + width] = fitted_to(other[number], width, height)
    for x, y, width, height in cells[1:]:
        if line and x:
            pictures[:, y : y + height, x - line : x] = level
        if line and y:
            pictures[:, y - line : y, x : x + width] = level
    return Case("split", str(kind), pictures, first.fps)


def cells_of(kind: str, at: float) -> list[tuple[int, int, int, int]]:
    """x, y, width and height of the parts of a split screen."""
    x, y = round(WIDTH * at), round(HEIGHT * at)
    if kind == "across":
        return [(0, 0, x, HEIGHT), (x, 0, WIDTH - x, HEIGHT)]
    if kind == "down":
        return [(0, 0, WIDTH, y), (0, y, WIDTH, HEIGHT - y)]
    return [(0, 0, x, y), (x, 0, WIDTH - x, y), (0, y, x, HEIGHT - y), (x, y, WIDTH - x, HEIGHT - y)]


SHOT_S = 2.4


def joined(rng: np.random.Generator, pieces: Sequence[Piece], gradual: bool) -> Case:
    """Two pieces of different files, one after the other: a cut, or a dissolve of 0.4 to 1.5 s, somewhere within."""
    first = picked(rng, pieces)
    second = picked(rng, [one for one in pieces if one.name != first.name])
    fps, count = first.fps, len(first.pictures)
    length = round(rng.uniform(0.4, 1.5) * fps) if gradual else 0
    at = round(rng.uniform(0.6, 1.0) * (count - length))
    blend = np.clip((np.arange(count + at) - at + 1) / (length + 1), 0, 1) if gradual else np.arange(count + at) >= at
    one, other = at_rate(first, fps, count + at), at_rate(second, fps, count)
    behind = np.concatenate([np.repeat(other[:1], at, axis=0), other])
    return Case("dissolve" if gradual else "cut", f"{first.name}+{second.name}", blended(one, behind, blend), fps)


def blended(one: Pictures, other: Pictures, share: np.ndarray) -> Pictures:
    """Each picture mixed of both, by the share of the other."""
    share = share.astype(np.float32)[:, None, None]
    return (one * (1 - share) + other * share + 0.5).astype(np.uint8)


def slideshow(rng: np.random.Generator, pieces: Sequence[Piece]) -> Case:
    """Two to four stills, each at rest or under a slow camera, changed by cuts or dissolves."""
    fps, shots = 24, int(rng.integers(2, 5))
    names = rng.permutation(sorted({piece.name for piece in pieces}))[:shots]
    fade = 0 if rng.random() < 0.5 else round(rng.uniform(0.25, 1.0) * fps)
    moves = rng.random() < 0.6
    pictures: Pictures | None = None
    for name in names:
        count = round(rng.uniform(1.6, 3.2) * fps) + fade
        piece = picked(rng, [one for one in pieces if one.name == name])
        still = piece.pictures[rng.integers(len(piece.pictures))]
        kind = str(rng.choice(["pan", "zoom"])) if moves else "still"
        slide = under_camera(np.repeat(still[None], count, 0), slow(paths(kind, count, rng)))
        pictures = slide if pictures is None else after(pictures, slide, fade)
    assert pictures is not None
    return Case("slideshow", "moved" if moves else "still", grained(pictures, rng), fps)


def slow(path: np.ndarray) -> np.ndarray:
    """A third of the way of a camera's path: nobody pans over slides as over a landscape."""
    return path[:1] + (path - path[:1]) / 3


def after(pictures: Pictures, slide: Pictures, fade: int) -> Pictures:
    """The slide behind the pictures, over so many of which it comes in."""
    if not fade:
        return np.concatenate([pictures, slide])
    mixed = blended(pictures[-fade:], slide[:fade], (np.arange(fade) + 1) / (fade + 1))
    return np.concatenate([pictures[:-fade], mixed, slide[fade:]])


def ramped(rng: np.random.Generator, pieces: Sequence[Piece]) -> Case:
    """A piece in which something moves, played two to four times as fast or as slow from somewhere on."""
    piece = picked(rng, pieces, moving=True)
    fps, factor = piece.fps, float(rng.uniform(2, 4))
    last = len(piece.pictures) - 1
    fast_s, slow_s = rng.uniform(1.0, 1.5), rng.uniform(1.5, 2.5)
    steps = [np.full(round(slow_s * fps), 1 / factor if fast_s * factor * fps > last * 0.7 else 1.0)]
    steps.append(np.full(round(fast_s * fps), steps[0][0] * factor))
    at = np.cumsum(np.concatenate(steps if rng.random() < 0.5 else steps[::-1]))
    at = at[at < last]
    low = at.astype(int)
    mix = at - low if rng.random() < 0.5 else np.zeros(len(at))
    pictures = blended(piece.pictures[low], piece.pictures[low + 1], mix)
    return Case("ramped", f"{piece.name} x{factor:.1f}", pictures, fps)


def frozen(rng: np.random.Generator, pieces: Sequence[Piece]) -> Case:
    """A piece in which something moves that stands still for a third to all of the time, with or without grain."""
    piece = picked(rng, pieces, moving=True)
    count = len(piece.pictures)
    length, numbers = round(count * rng.uniform(0.33, 1)), np.arange(count)
    start = int(rng.integers(0, count - length + 1))
    numbers[start : start + length] = start
    return Case("freeze", piece.name, piece.pictures[numbers], piece.fps)


def boxed(rng: np.random.Generator, pieces: Sequence[Piece]) -> Case:
    """A piece with a still on it, as a photograph is put over a video, or an opaque box with a caption: no video."""
    piece = picked(rng, pieces)
    width, height = int(rng.integers(52, 140)), int(rng.integers(28, 64))
    x, y = int(rng.integers(0, WIDTH - width)), int(rng.integers(0, HEIGHT - height))
    shown = fitted_to(picked(rng, pieces).pictures[0], width, height)
    if rng.random() < 0.5:
        level = int(rng.choice([255, 0, 40, 200]))
        shown = np.full((height, width), level, np.uint8)
        for line in range(1, height // 16 + 1):
            cv2.putText(shown, "Lorem ipsum dolor", (4, 14 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (255 - level,), 1)
    pictures = piece.pictures.copy()
    pictures[:, y : y + height, x : x + width] = shown
    return Case("boxed", piece.name, pictures, piece.fps)


Maker = Callable[[np.random.Generator, Sequence[Piece]], Case]
MAKERS: dict[str, Maker] = {
    "inset": inset,
    "late_inset": lambda rng, pieces: inset(rng, pieces, late=True),
    "split": split,
    "cut": lambda rng, pieces: joined(rng, pieces, gradual=False),
    "dissolve": lambda rng, pieces: joined(rng, pieces, gradual=True),
    "slideshow": slideshow,
    "freeze": frozen,
    "ramped": ramped,
    "boxed": boxed,
}
"""How a case of each kind is made."""
