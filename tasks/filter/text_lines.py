"""Whether a line of text was put over the picture, or stands in the scene.

What is put over it stays at its place while the scene moves behind it, or runs through it by itself. Where it and the
scene both stand still that cannot be seen, and only its looks tell: what a computer has drawn lies level and has edges
as crisp as pixels allow, while what a camera saw leans and is soft. Looks alone never make it certain.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from tasks.core.ocr.boxes import TextBox
from tasks.filter.running_text import runs
from tasks.filter.scorer import Floats, Grey
from tasks.filter.slopes import LEAST_SLOPE, common_likeness, likeness, slopes, strength

TALLEST = 0.25
"""Share of the picture's height from which a box is no line of text: the detector takes large things for it."""
LEAST_LENGTH = 1.4
"""Length by height, or height by length of a column, from which a box is a line: false ones are nearly square."""
STAYS = 0.65
"""Likeness of its slopes from which a line has stayed where it was."""
AROUND = 0.6
"""How far around a line is looked, in heights of the line."""

LOOKS = (-0.8, 8.9, -1.7, -57.0, 3.7)
"""Logistic weights of 1, crispness, tilt by LARGE_TILT_DEG, height by the picture's and the detector's certainty,
fitted on 1,300 lines of 300 made clips (bench/overlaid.py, even seeds)."""
LARGE_TILT_DEG = 10.0
BY_LOOKS = 0.9
"""The most that looks alone can make of it."""
LEAST_LOOKS = 0.2
"""What moves with the camera, like a dashboard, stays too: it must look like drawn text a little."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A picture and its slopes."""

    time_s: float
    image: Grey
    slopes: Floats


@dataclass(frozen=True, slots=True)
class Line:
    """What is known of a line of text that was found in one picture, from the pictures before and after."""

    box: TextBox
    height_share: float
    """Its height by that of the picture."""
    stays: float
    """The highest likeness of its place in another picture."""
    around: float
    """The lowest likeness of what is around it in a picture in which it stays."""
    scene: float
    """The lowest likeness of the whole picture in one in which it stays."""
    crispness: float
    """The slope of its steep edges by its contrast; about 1 where they are as steep as pixels allow."""
    runs: float
    """How surely it runs through the picture by itself; 0 where it stays."""


def seen(time_s: float, image: Grey) -> Seen:
    """The picture with its slopes, of which it keeps a copy."""
    return Seen(time_s, image.copy(), slopes(image))


def is_line(box: TextBox, picture: tuple[int, ...]) -> bool:
    """Whether a box has the size and shape of a line of text."""
    short, long = sorted((box.bottom - box.top, box.right - box.left))
    return short <= TALLEST * picture[0] and long >= LEAST_LENGTH * short


def lines_of(boxes: Sequence[TextBox], here: Seen, others: Sequence[Seen]) -> list[Line]:
    """What the other pictures say of the lines found here."""
    scenes = cache(lambda number: common_likeness(here.slopes, others[number].slopes))
    return [_line_of(box, here, others, scenes) for box in boxes]


def _line_of(box: TextBox, here: Seen, others: Sequence[Seen], scenes: Callable[[int], float]) -> Line:
    """The same of one; `scenes` gives how like the whole picture here each of the others is."""
    place = np.s_[:, box.top : box.bottom, box.left : box.right]
    window, pixels = _around(box, here.image.shape)
    ring = _without(here.slopes, window, box)
    has_ring = strength(ring, pixels) > LEAST_SLOPE
    stays, around, scene = 0.0, 1.0, 1.0
    for number, other in enumerate(others):
        like = likeness(here.slopes[place], other.slopes[place])
        ring_like = likeness(ring, _without(other.slopes, window, box)) if has_ring else 1.0
        stays = max(stays, like)
        if like > STAYS:
            around = min(around, ring_like)
            scene = min(scene, scenes(number))
    share = (box.bottom - box.top) / here.image.shape[0]
    away = [(other.time_s - here.time_s, other.slopes) for other in others]
    running = runs(box, here.slopes, away) if stays < STAYS else 0.0
    return Line(box, share, stays, around, scene, crispness(here.image[place[1:]], here.slopes[place]), running)


def crispness(patch: Grey, rises: Floats) -> float:
    """The slope that a twentieth of the patch exceeds, by the patch's contrast."""
    dark, light = np.percentile(patch, [3, 97])
    return float(np.percentile(np.hypot(rises[0], rises[1]), 95) / (light - dark + 1))


def _around(box: TextBox, picture: tuple[int, ...]) -> tuple[tuple[slice, slice], int]:
    """The window around the box, and how many pixels of it lie outside the box."""
    reach = max(4, round(AROUND * (box.bottom - box.top)))
    rows = slice(max(0, box.top - reach), min(picture[0], box.bottom + reach))
    columns = slice(max(0, box.left - reach), min(picture[1], box.right + reach))
    inner = (box.bottom - box.top) * (box.right - box.left)
    return (rows, columns), (rows.stop - rows.start) * (columns.stop - columns.start) - inner


def _without(field: Floats, window: tuple[slice, slice], box: TextBox) -> Floats:
    """The window of the field with the box blanked."""
    rows, columns = window
    ring = field[:, rows, columns].copy()
    ring[:, box.top - rows.start : box.bottom - rows.start, box.left - columns.start : box.right - columns.start] = 0
    return ring


def certainty(line: Line) -> float:
    """0 to 1: how surely the line was put over the picture; 0 where it neither stays nor runs by itself, near 1 only
    where it does while what is behind it does not."""
    drawn = looks_drawn(line)
    if line.stays < STAYS:
        return line.runs if drawn > LEAST_LOOKS else 0.0
    behind = 1 - max(0.0, min(line.around, line.scene))
    return max(BY_LOOKS * drawn, behind if drawn > LEAST_LOOKS else 0.0)


def looks_drawn(line: Line) -> float:
    """0 to 1: how far the line looks drawn by a computer, from how crisp, level, small and letter-like it is."""
    tilt = min(line.box.tilt_deg, LARGE_TILT_DEG) / LARGE_TILT_DEG
    values = (1.0, line.crispness, tilt, line.height_share, line.box.certainty)
    return float(1 / (1 + np.exp(-np.dot(LOOKS, values))))
