"""Marks drawn at random, in more shapes than `bench/lettering.py` has: signs of one to four parts, words, or both."""

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.lettering import Drawn, Picture, Random, drawn_text

FINE = 4
"""Shapes are drawn so many times larger, then shrunk."""
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

HOW_OFTEN = {"ellipse": 0.22, "arc": 0.1, "rectangle": 0.14, "polygon": 0.18, "star": 0.1}
HOW_OFTEN |= {"bars": 0.08, "wave": 0.06, "letter": 0.12}
"""Shapes, and the share of each."""

Mask = NDArray[np.float32]


def drawn_mark(rng: Random, height_px: float) -> Drawn:
    """A mark in a picture so many pixels high: a picture [h, w, 3], and how far it covers what is under it."""
    kind = rng.choice(["sign", "word", "both"], p=[0.65, 0.22, 0.13])
    if kind == "word":
        return word(rng, height_px * rng.uniform(0.025, 0.08))
    size = height_px * rng.uniform(0.045, 0.17)
    if kind == "sign":
        return sign(rng, round(size))
    return beside(sign(rng, round(size)), word(rng, size * rng.uniform(0.3, 0.6)), down=bool(rng.random() < 0.4))


def word(rng: Random, size_px: float) -> Drawn:
    """A few letters without meaning."""
    letters = "".join(rng.choice(list(LETTERS), int(rng.integers(2, 12))))
    return drawn_text(rng, [letters.upper() if rng.random() < 0.4 else letters], max(7, round(size_px)), middle=False)


def beside(one: Drawn, other: Drawn, down: bool) -> Drawn:
    """Both, one to the right of the other or below it, their middles or their left sides in a line."""
    (image, cover), (image2, cover2) = one, other
    (high, wide), (high2, wide2), gap = cover.shape, cover2.shape, 2 + cover.shape[0] // 8
    shape = (high + gap + high2, max(wide, wide2)) if down else (max(high, high2), wide + gap + wide2)
    places = ((0, 0), (high + gap, 0)) if down else (((shape[0] - high) // 2, 0), ((shape[0] - high2) // 2, wide + gap))
    picture, covers = np.zeros((*shape, 3), np.uint8), np.zeros(shape, np.float32)
    for (top, left), (its, cover_) in zip(places, ((image, cover), (image2, cover2)), strict=True):
        picture[top : top + cover_.shape[0], left : left + cover_.shape[1]] = its
        covers[top : top + cover_.shape[0], left : left + cover_.shape[1]] = cover_
    return picture, covers


def sign(rng: Random, size_px: int) -> Drawn:
    """One to four shapes, over one another or side by side, in one to three colours, with or without a ground."""
    size = max(8, size_px)
    height, width = size, round(size * rng.choice([1, 1, 1, 1.4, 2]))
    picture, cover = np.zeros((height, width, 3), np.float32), np.zeros((height, width), np.float32)
    colours = [colour(rng) for _ in range(int(rng.choice([1, 2, 3], p=[0.55, 0.35, 0.1])))]
    if rng.random() < 0.2:
        ground = shape(rng, height, width, whole=True)
        _lay(picture, cover, ground, colour(rng))
    for number in range(int(rng.choice([1, 2, 3, 4], p=[0.35, 0.3, 0.2, 0.15]))):
        part = shape(rng, height, width, whole=number == 0 and rng.random() < 0.5)
        if number and rng.random() < 0.25:
            cover *= 1 - part
            continue
        _lay(picture, cover, part, colours[number % len(colours)])
    if cover.max() < 0.5 or cover.mean() < 0.06:
        return sign(rng, size_px)
    image = np.clip(picture, 0, 255).astype(np.uint8)
    return _edged(rng, image, cover) if rng.random() < 0.3 else (image, cover)


def colour(rng: Random) -> NDArray[np.float32]:
    """White, mostly; or black, or any."""
    if rng.random() < 0.6:
        return np.full(3, rng.choice([255, 255, 235, 200, 0]), np.float32)
    return rng.integers(0, 256, 3).astype(np.float32)


def _lay(picture: NDArray[np.float32], cover: Mask, part: Mask, its: NDArray[np.float32]) -> None:
    picture[:] = picture * (1 - part[..., None]) + its * part[..., None]
    cover[:] = np.maximum(cover, part)


def _edged(rng: Random, image: Picture, cover: Mask) -> Drawn:
    """The same with an outline or a shadow, of black or of another colour."""
    reach = max(1, round(cover.shape[0] * rng.uniform(0.03, 0.1)))
    image = np.pad(image, ((reach, reach), (reach, reach), (0, 0)))
    cover = np.pad(cover, reach)
    if rng.random() < 0.5:
        ball = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
        around = cv2.dilate(cover, ball)
    else:
        around = np.roll(cover, (reach, reach), (0, 1)) * np.float32(rng.uniform(0.4, 1))
    under = np.zeros(3) if rng.random() < 0.8 else colour(rng)
    mixed = image * cover[..., None] + under * (1 - cover[..., None])
    return mixed.astype(np.uint8), np.maximum(cover, around)


def shape(rng: Random, height: int, width: int, whole: bool) -> Mask:
    """One shape, 0 to 1, in all of the frame or in a part of it; filled or as an outline."""
    high, wide = height * FINE, width * FINE
    canvas = np.zeros((high, wide), np.uint8)
    if whole:
        left, top, right, bottom = 0, 0, wide - 1, high - 1
    else:
        w, h = wide * rng.uniform(0.25, 0.9), high * rng.uniform(0.25, 0.9)
        left, top = rng.uniform(0, wide - w), rng.uniform(0, high - h)
        right, bottom = left + w, top + h
    line = -1 if rng.random() < 0.65 else max(FINE, round(min(high, wide) * rng.uniform(0.05, 0.16)))
    _draw(rng, canvas, (left, top, right, bottom), line)
    return cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32) / np.float32(255)


def _draw(rng: Random, canvas: Picture, frame: tuple[float, float, float, float], line: int) -> None:
    """Draws one of the shapes into the frame."""
    left, top, right, bottom = (round(value) for value in frame)
    inset = max(0, line) // 2 + 1
    left, top = left + inset, top + inset
    right, bottom = max(left + 2, right - inset), max(top + 2, bottom - inset)
    middle, axes = ((left + right) // 2, (top + bottom) // 2), ((right - left) // 2, (bottom - top) // 2)
    kind = str(rng.choice(list(HOW_OFTEN), p=list(HOW_OFTEN.values())))
    if kind == "ellipse":
        cv2.ellipse(canvas, middle, axes, 0, 0, 360, 255, line)
    elif kind == "arc":
        start = rng.uniform(0, 360)
        cv2.ellipse(canvas, middle, axes, 0, start, start + rng.uniform(90, 300), 255, line)
    elif kind == "rectangle":
        cv2.rectangle(canvas, (left, top), (right, bottom), 255, line)
    elif kind in ("polygon", "star"):
        points = _corners(rng, kind == "star") * axes + middle
        _polygon(canvas, points.round().astype(np.int32), line)
    elif kind == "bars":
        _bars(rng, canvas[top:bottom, left:right])
    elif kind == "wave":
        across = np.arange(left, right)
        down = middle[1] + axes[1] * 0.7 * np.sin(across / max(1, right - left) * 2 * np.pi * rng.uniform(0.5, 2.5))
        points = np.stack([across, down], 1).round().astype(np.int32)
        cv2.polylines(canvas, [points], False, 255, max(FINE, abs(line), canvas.shape[0] // 12))
    else:
        letter, thick = str(rng.choice(list(LETTERS))), max(FINE, canvas.shape[0] // int(rng.integers(6, 14)))
        size = (bottom - top) / 22
        cv2.putText(canvas, letter, (left, bottom), int(rng.choice([0, 2, 3, 4])), size, 255, thick, cv2.LINE_AA)


def _corners(rng: Random, is_star: bool) -> NDArray[np.float64]:
    """[n, 2] corners of a regular or irregular polygon, or of a star, around 0 and at most 1 away."""
    count = int(rng.integers(3, 8))
    steps = count * (1 + is_star)
    turns = np.arange(steps) * 2 * np.pi / steps + rng.choice([0, np.pi / count, rng.uniform(0, 6)])
    reach = np.ones(len(turns))
    if is_star:
        reach[1::2] = rng.uniform(0.3, 0.7)
    elif rng.random() < 0.5:
        reach = rng.uniform(0.5, 1, count)
    return np.stack([np.sin(turns), -np.cos(turns)], 1) * reach[:, None]


def _polygon(canvas: Picture, points: NDArray[np.int32], line: int) -> None:
    if line < 0:
        cv2.fillPoly(canvas, [points], 255)
    else:
        cv2.polylines(canvas, [points], True, 255, line)


def _bars(rng: Random, window: Picture) -> None:
    """Two to five bars, level or upright, of one length or of several."""
    area = window.T if rng.random() < 0.5 else window
    count = int(rng.integers(2, 6))
    step, share = area.shape[0] / count, rng.uniform(0.35, 0.75)
    for number in range(count):
        length = round(area.shape[1] * (rng.uniform(0.3, 1) if rng.random() < 0.5 else 1))
        area[round(number * step) : round((number + share) * step), :length] = 255
