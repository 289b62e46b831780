"""Shapes near the picture's corners, and how far each looks drawn over it by a computer.

Such a shape is set off from all that is around it by an edge as crisp as pixels allow and of one strength all along;
inside it is flat, but for what shines through; and it lies at the corner. What a camera saw has some of that at most.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tasks.filter.scorer import Floats
from tasks.filter.slopes import slopes

CORNER_SHARE = 0.3
"""Share of width and height that counts as a corner."""
SURROUNDINGS = 0.07
"""How far around a pixel it is compared with, by the picture's shorter side."""
LEVELS = (4, 7, 11, 16, 24, 36, 54)
"""Grey levels above or below its surroundings from which a pixel may belong to a shape; each is tried."""
LEAST_SIDE, LARGEST_SIDE, LEAST_AREA = 0.015, 0.25, 0.0012
"""Sides of a shape's frame by the picture's shorter side, and its area by that side's square."""
LEAST_STEP = 10.0
"""Grey levels by which a shape must differ from what is next to it."""
SMALL_STEP = 5.0
FAR_MARGIN = 0.2

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
        found.append(list(_shapes(field.part(where).part(flips), side)))
    return found


def log_odds(shape: Shape) -> float:
    """How surely the shape was drawn over the picture, going by its looks; 0 is as likely as not."""
    values = (1.0, shape.crispness, shape.evenness, shape.roughness, np.log(shape.outline), shape.margin)
    return float(np.dot(LOOKS, values))


def _field(picture: Floats) -> _Field:
    import cv2

    reach = 2 * round(SURROUNDINGS * min(picture.shape)) + 1
    rises = slopes(picture)
    near, around = np.ones((3, 3), np.uint8), np.ones((5, 5), np.uint8)
    steepness = cv2.dilate(np.hypot(rises[0], rises[1]), near)
    spread = cv2.dilate(picture, around) - cv2.erode(picture, around)
    return _Field(picture, picture - cv2.blur(picture, (reach, reach)), np.asarray(steepness), np.asarray(spread))


def _shapes(corner: _Field, side: int) -> Iterator[Shape]:
    """Shapes of a corner that is turned so that the picture's own corner lies at its top left."""
    import cv2

    for level in (sign * level for level in LEVELS for sign in (1, -1)):
        stands_out = (corner.above > level if level > 0 else corner.above < level).astype(np.uint8)
        _, labels, stats, _ = cv2.connectedComponentsWithStats(stands_out, connectivity=4)
        for number in 1 + np.flatnonzero(stats[1:, cv2.CC_STAT_AREA] >= LEAST_AREA * side**2):
            left, top, width, height = stats[number, :4].tolist()
            if not _has_room(left, top, width, height, corner.level.shape, side):
                continue
            window = np.s_[top - 2 : top + height + 2, left - 2 : left + width + 2]
            shape = _measured(corner.part(window), labels[window] == number, max(left, top) / side, side)
            if shape is not None:
                yield shape


def _has_room(left: int, top: int, width: int, height: int, corner: tuple[int, ...], side: int) -> bool:
    """Whether the frame has the size of a mark and touches no side of the corner."""
    is_inside = min(left, top) >= 2 and left + width <= corner[1] - 2 and top + height <= corner[0] - 2
    return is_inside and min(width, height) >= LEAST_SIDE * side and max(width, height) <= LARGEST_SIDE * side


def _measured(field: _Field, inside: np.ndarray, margin: float, side: int) -> Shape | None:
    """The shape of these pixels; None where it hardly differs from what is next to it."""
    import cv2

    mask, near = inside.astype(np.uint8), np.ones((3, 3), np.uint8)
    edge = cv2.dilate(mask, near) != mask
    low, step = np.percentile(field.spread[edge], [10, 50])
    if step < LEAST_STEP:
        return None
    core = field.level[cv2.erode(mask, near) > 0]
    return Shape(
        crispness=float(np.median(field.steepness[edge]) / (step + SMALL_STEP)),
        evenness=float(low / (step + SMALL_STEP)),
        roughness=float(core.std() / (step + SMALL_STEP)) if core.size else 0.0,
        outline=float(np.count_nonzero(edge)) / side,
        margin=min(margin, FAR_MARGIN),
    )
