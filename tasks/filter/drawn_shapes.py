"""Shapes near the picture's corners, and how far each looks drawn over it by a computer.

Such a shape is set off from all that is around it by an edge as crisp as pixels allow and of one strength all along;
inside it is flat, but for what shines through; and it lies at the corner. Many marks have several such parts side
by side, alike in brightness. What a camera saw has some of that at most.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from tasks.filter.scorer import Floats
from tasks.filter.slopes import slopes

CORNER_SHARE = 0.3
"""Share of width and height that counts as a corner."""
SURROUNDINGS = 0.07
"""How far around a pixel it is compared with, by the picture's shorter side."""
LEVELS = (4, 8, 14, 25, 45)
"""Grey levels above or below its surroundings from which a pixel may belong to a shape; each is tried."""
LEAST_SIDE, LARGEST_SIDE, LEAST_AREA = 0.015, 0.25, 0.0012
"""Sides of a shape's frame by the picture's shorter side, and its area by that side's square."""
LEAST_STEP = 10.0
"""Grey levels by which a shape must differ from what is next to it."""
SMALL_STEP = 5.0
FAR_MARGIN = 0.2

SMALLEST_SIDE, SMALLEST_AREA = 0.6 * LEAST_SIDE, LEAST_AREA / 3
"""The same of a shape that counts only beside another."""
LIKE_LEVELS, LIKE_STEP = 10.0, 0.3
"""Grey levels, and share of its step, by which another shape may differ to be of the same mark."""
LEAST_CRISP, LEAST_EVEN, MOST_ROUGH = 0.7, 0.65, 0.25
"""Looks from which on it may be."""
MOST_BESIDE, FOR_EACH = 2, 0.4
"""How many count, and the log odds that each adds. Twice as much finds more logos (0.88 for 0.84 of 90, even seeds)
but takes letters of a sign in the scene for a mark."""

LOOKS = (-8.65, 8.38, 2.61, -4.62, 0.61, -6.11)
"""Logistic weights of 1, crispness, evenness, roughness, the logarithm of the outline and the margin, fitted on the
shapes of 120 clips with a logo and of 240 without (bench/overlaid.py, even seeds)."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What is known of a shape: all of it numbers without unit."""

    crispness: float
    """Slope of its edge by the step there; about 1 where it is as steep as pixels allow."""
    evenness: float
    """The step that nine tenths of its edge exceed, by the median step."""
    roughness: float
    """Deviation of the levels inside by the step."""
    outline: float
    """Length of its edge by the picture's shorter side."""
    margin: float
    """The larger of its distances from the two sides of the picture that meet in the corner, by the shorter side."""
    beside: int = 0
    """Shapes no farther from it than it is long that could be of the same mark."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A shape and what tells whether another is of the same mark."""

    shape: Shape
    frame: tuple[int, int, int, int]
    """Left, top, width and height."""
    level: float
    step: float
    """Median grey level inside, and median step at its edge: less than 0 where it is darker than what is around it."""
    is_small: bool
    """Too small for a mark by itself."""


@dataclass(frozen=True, slots=True)
class _Field:
    """Of each pixel of a picture or of a part of it: its level, by how much it lies above what is around it, the
    steepest slope next to it, and how far levels spread around it."""

    level: Floats
    above: Floats
    steepness: Floats
    spread: Floats

    def part(self, where: tuple[slice, slice]) -> "_Field":
        return _Field(self.level[where], self.above[where], self.steepness[where], self.spread[where])


def corners(picture: tuple[int, ...]) -> list[tuple[slice, slice]]:
    """Top left, top right, bottom left, bottom right."""
    high, wide = (round(length * CORNER_SHARE) for length in picture)
    upper, lower, left, right = slice(0, high), slice(-high, None), slice(0, wide), slice(-wide, None)
    return [(upper, left), (upper, right), (lower, left), (lower, right)]


def shapes_in(picture: Floats) -> list[list[Shape]]:
    """The shapes of each corner, lighter or darker than what is around them; the picture is float32 grey levels."""
    field, side = _field(picture), min(picture.shape)
    found = []
    for number, where in enumerate(corners(picture.shape)):
        flips = slice(None, None, -1 if number > 1 else 1), slice(None, None, -1 if number % 2 else 1)
        parts = list(_parts(field.part(where).part(flips), side))
        drawn = sorted((one for one in parts if _is_drawn(one.shape)), key=lambda one: -log_odds(one.shape))
        found.append([replace(one.shape, beside=_beside(one, drawn)) for one in parts if not one.is_small])
    return found


def _is_drawn(shape: Shape) -> bool:
    return shape.crispness >= LEAST_CRISP and shape.evenness >= LEAST_EVEN and shape.roughness <= MOST_ROUGH


def _beside(one: _Part, drawn: list[_Part]) -> int:
    """How many of the drawn shapes, the likeliest first and none over another, could be of the same mark."""
    chosen: list[_Part] = []
    for other in drawn:
        is_alike = abs(other.level - one.level) <= LIKE_LEVELS and abs(other.step - one.step) <= LIKE_STEP * abs(
            one.step
        )
        if is_alike and 0 <= _gap(one, other) <= max(one.frame[2:]) and all(_gap(other, its) >= 0 for its in chosen):
            chosen.append(other)
    return min(len(chosen), MOST_BESIDE)


def _gap(one: _Part, other: _Part) -> int:
    """Pixels between the frames, across or down; less than 0 where one lies over the other."""
    sides = [(one.frame[axis], one.frame[axis + 2], other.frame[axis], other.frame[axis + 2]) for axis in (0, 1)]
    return max(max(at - its - long, its - at - length) for at, length, its, long in sides)


def log_odds(shape: Shape) -> float:
    """How surely the shape was drawn over the picture, going by its looks; 0 is as likely as not."""
    values = (1.0, shape.crispness, shape.evenness, shape.roughness, np.log(shape.outline), shape.margin)
    return float(np.dot(LOOKS, values)) + FOR_EACH * shape.beside


def _field(picture: Floats) -> _Field:
    import cv2

    reach = 2 * round(SURROUNDINGS * min(picture.shape)) + 1
    rises = slopes(picture)
    near, around = np.ones((3, 3), np.uint8), np.ones((5, 5), np.uint8)
    steepness = cv2.dilate(np.hypot(rises[0], rises[1]), near)
    spread = cv2.dilate(picture, around) - cv2.erode(picture, around)
    return _Field(picture, picture - cv2.blur(picture, (reach, reach)), np.asarray(steepness), np.asarray(spread))


def _parts(corner: _Field, side: int) -> Iterator[_Part]:
    """Shapes of a corner that is turned so that the picture's own corner lies at its top left."""
    import cv2

    for level in (sign * level for level in LEVELS for sign in (1, -1)):
        stands_out = (corner.above > level if level > 0 else corner.above < level).astype(np.uint8)
        _, labels, stats, _ = cv2.connectedComponentsWithStats(stands_out, connectivity=4)
        for number in 1 + np.flatnonzero(stats[1:, cv2.CC_STAT_AREA] >= SMALLEST_AREA * side**2):
            left, top, width, height, area = stats[number].tolist()
            if not _has_room(left, top, width, height, corner.level.shape, side):
                continue
            window = np.s_[top - 2 : top + height + 2, left - 2 : left + width + 2]
            inside, field = labels[window] == number, corner.part(window)
            measured = _measured(field, inside, max(left, top) / side, side)
            if measured is not None:
                shape, step = measured
                is_small = area < LEAST_AREA * side**2 or min(width, height) < LEAST_SIDE * side
                seen = _middle(field.level[inside])
                yield _Part(shape, (left, top, width, height), seen, step if level > 0 else -step, is_small)


def _has_room(left: int, top: int, width: int, height: int, corner: tuple[int, ...], side: int) -> bool:
    """Whether the frame has the size of a mark and touches no side of the corner."""
    is_inside = min(left, top) >= 2 and left + width <= corner[1] - 2 and top + height <= corner[0] - 2
    return is_inside and min(width, height) >= SMALLEST_SIDE * side and max(width, height) <= LARGEST_SIDE * side


def _measured(field: _Field, inside: np.ndarray, margin: float, side: int) -> tuple[Shape, float] | None:
    """The shape of these pixels and the median step at its edge; None where that is too low."""
    import cv2

    mask, near = inside.astype(np.uint8), np.ones((3, 3), np.uint8)
    edge = cv2.dilate(mask, near) != mask
    steps = np.sort(field.spread[edge])
    low, step = float(steps[(steps.size - 1) // 10]), float(steps[(steps.size - 1) // 2])
    if step < LEAST_STEP:
        return None
    core = field.level[cv2.erode(mask, near) > 0]
    shape = Shape(
        crispness=_middle(field.steepness[edge]) / (step + SMALL_STEP),
        evenness=low / (step + SMALL_STEP),
        roughness=float(core.std() / (step + SMALL_STEP)) if core.size else 0.0,
        outline=steps.size / side,
        margin=min(margin, FAR_MARGIN),
    )
    return shape, step


def _middle(values: Floats) -> float:
    """The lower median; of so few values numpy's own takes ten times as long."""
    return float(np.sort(values)[(values.size - 1) // 2])
