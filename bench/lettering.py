"""Letters, logos and signs drawn with OpenCV's own fonts, and laid over pictures."""

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Random = np.random.Generator
Drawn = tuple[Picture, NDArray[np.float32]]
"""A picture [h, w, 3], and how far it covers what is under it [h, w], 0 to 1."""

FONTS = ("sans", "italic", "uni")
"""They come with OpenCV, and have Latin, Greek, Cyrillic, Arabic, Chinese and Japanese letters."""


def drawn_text(rng: Random, lines: list[str], size_px: int, middle: bool) -> Drawn:
    """A picture [h, w, 3] of the lines with outline, box or shadow, and its cover [h, w] from 0 to 1."""
    face, weight = cv2.FontFace(str(rng.choice(FONTS))), int(rng.choice([300, 400, 600, 800]))
    plain = all(ord(sign) < 128 for line in lines for sign in line) and rng.random() < 0.2
    hershey = int(rng.choice([cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_COMPLEX, cv2.FONT_HERSHEY_TRIPLEX]))
    step = round(size_px * 1.3)
    canvas = np.zeros((step * len(lines) + size_px, size_px * 40), np.uint8)
    for number, line in enumerate(lines):
        glyphs = np.zeros((step + size_px, canvas.shape[1]), np.uint8)
        at = (size_px // 2, size_px + size_px // 4)
        if plain:
            cv2.putText(glyphs, line, at, hershey, size_px / 30, 255, max(1, size_px // 14), cv2.LINE_AA)
        else:
            cv2.putText(glyphs, line, at, (255, 255, 255), face, size_px, weight)
        width = np.flatnonzero(glyphs.any(0))[-1] + size_px // 2
        left = (canvas.shape[1] - width) // 2 if middle else 0
        canvas[number * step : number * step + step + size_px, left : left + width] |= glyphs[:, :width]
    columns = np.flatnonzero(canvas.any(0))
    canvas = canvas[:, max(0, columns[0] - size_px // 3) : columns[-1] + size_px // 3]
    return _dressed(rng, canvas, size_px)


def _dressed(rng: Random, glyphs: Picture, size_px: int) -> Drawn:
    colour = np.array(
        rng.choice([(255, 255, 255), (235, 235, 235), (255, 230, 60), (90, 220, 255)], p=[0.6, 0.15, 0.2, 0.05])
    )
    ink = glyphs.astype(np.float32) / 255
    style = str(rng.choice(["outline", "box", "shadow", "bare"], p=[0.45, 0.2, 0.15, 0.2]))
    if style == "box":
        cover, under = np.ones_like(ink), np.array(rng.choice([(0, 0, 0), (20, 20, 60), (160, 20, 20)]))
        return _mixed(ink, colour, under), cover
    if style == "bare":
        return _mixed(np.ones_like(ink), colour, colour), ink
    reach = max(2, size_px // 9)
    round_ = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    around = cv2.dilate(ink, round_) if style == "outline" else np.roll(ink, (reach // 2 + 1, reach // 2 + 1), (0, 1))
    return _mixed(ink, colour, np.zeros(3)), np.maximum(ink, around)


def _mixed(ink: NDArray[np.float32], colour: NDArray[np.float64], under: NDArray[np.float64]) -> Picture:
    return (ink[..., None] * colour + (1 - ink[..., None]) * under).astype(np.uint8)


def drawn_logo(rng: Random, size_px: int) -> Drawn:
    """A logo without letters: a disc, ring, star or bars, in one or two colours."""
    ink = np.zeros((size_px, size_px), np.uint8)
    half = size_px // 2
    shape = rng.integers(0, 4)
    if shape == 0:
        cv2.circle(ink, (half, half), half - 1, 255, -1, cv2.LINE_AA)
        cv2.circle(ink, (half, half), half // 2, 0, -1, cv2.LINE_AA)
    elif shape == 1:
        turn = np.arange(10) * np.pi / 5
        reach = np.where(np.arange(10) % 2, 0.42, 1) * (half - 1)
        points = np.stack([half + reach * np.sin(turn), half - reach * np.cos(turn)], 1)
        cv2.fillPoly(ink, [points.round().astype(np.int32)], 255, cv2.LINE_AA)
    elif shape == 2:
        for bar in range(3):
            ink[bar * size_px // 3 : bar * size_px // 3 + size_px // 5, : size_px * (3 - bar) // 3] = 255
    else:
        cv2.rectangle(ink, (1, size_px // 5), (size_px - 2, size_px * 4 // 5), 255, max(2, size_px // 9))
        cv2.fillPoly(
            ink,
            [np.array([(size_px // 3, size_px // 3), (size_px // 3, size_px * 2 // 3), (size_px * 3 // 4, half)])],
            255,
        )
    return (
        _dressed(rng, ink, size_px)
        if rng.random() < 0.4
        else (np.full((*ink.shape, 3), 255, np.uint8), ink / np.float32(255))
    )


def put(picture: Picture, drawn: Drawn, place: tuple[int, int], opacity: float) -> None:
    """Lays what is drawn over the picture, as much of it as fits, its left top at this (x, y)."""
    (image, cover), (x, y) = drawn, place
    height, width = min(image.shape[0], picture.shape[0] - y), min(image.shape[1], picture.shape[1] - x)
    share = (cover[:height, :width] * opacity)[..., None]
    under = picture[y : y + height, x : x + width]
    under[:] = (under * (1 - share) + image[:height, :width] * share).astype(np.uint8)


def fitting(rng: Random, lines: list[str], size_px: int, width: int, middle: bool) -> Drawn:
    """The lines drawn at this size, or smaller so that they fit."""
    state = rng.bit_generator.state
    while True:
        rng.bit_generator.state = state
        drawn = drawn_text(rng, lines, size_px, middle)
        if drawn[1].shape[1] <= width or size_px <= 10:
            return drawn
        size_px = round(size_px * 0.9)


def in_perspective(rng: Random, drawn: Drawn, size: tuple[int, int]) -> Drawn:
    """The sign as seen at an angle, unevenly lit and a little blurred, in a picture of this size; and its cover."""
    (image, cover), (width, height) = drawn, size
    high, wide = cover.shape
    shrink = min(1.0, 0.6 * width / wide)
    box = np.array([(0, 0), (wide, 0), (wide, high), (0, high)]) * shrink
    turn = np.radians(rng.uniform(-12, 12))
    box = box @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    box += rng.uniform(-0.12, 0.12, (4, 2)) * high * shrink
    box += np.array([rng.uniform(0.15, 0.85) * width, rng.uniform(0.15, 0.85) * height]) - box.mean(0)
    matrix = cv2.getPerspectiveTransform(
        np.float32([(0, 0), (wide, 0), (wide, high), (0, high)]), box.astype(np.float32)
    )
    light = np.linspace(rng.uniform(0.4, 0.9), rng.uniform(0.4, 0.9), wide)[None, :, None]
    blur = rng.uniform(0.5, 1.3)
    sign = cv2.warpPerspective((image * light).astype(np.float32), matrix, size, borderMode=cv2.BORDER_REPLICATE)
    where = cv2.warpPerspective(cover, matrix, size)
    return cv2.GaussianBlur(sign, (0, 0), blur), cv2.GaussianBlur(where, (0, 0), blur)[..., None]
