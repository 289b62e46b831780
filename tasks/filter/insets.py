"""The rectangle of a picture that is likeliest to be a video of its own.

Every pair of likely lines each way makes a rectangle. One in which little moves is a still or a caption, whatever moves
around it, and none. Of the others, those with the surest sides, these signs are weighed: how far each side is a seam,
and whether it ends at its corners; how much of what is inside moves; and whether it changes more or less than what is
right around it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from tasks.filter.scorer import Floats
from tasks.filter.seams import SeamMaps

LEAST_WIDTH_PX, LEAST_HEIGHT_PX = 22, 18
AREAS, SHAPES = (0.035, 0.6), (0.5, 2.4)
"""Size of a picture within a picture, as a share of the area, and its width by height: doors and shelves are others."""
LONG_LINES, SHORT_LINES = 12, 8
"""Lines that are tried as sides, each way: the surest from edge to edge, and those with the surest short piece."""
TRIED = 400
"""So many rectangles, those with the surest sides, are looked at closely."""
FULL = 0.45
"""What speaks for a seam counts up to here: a side must hold all along, and not in places only."""
BEYOND_PX = 6
"""How far beyond its corners a side must not go on: lines of a scene do."""
AROUND_PX = (1, 3)
"""How far inside and outside the sides the changes are compared."""
MIDDLE = 0.25
"""What is inside is looked at without so much of it at each side: a still box may have moving things around it."""
NOISE = 1.0
"""Squared grey levels of change that are nothing."""
MOVING = 8.0
"""Squared grey levels of change from which on a pixel surely moves; more of it says no more."""
STILL = 3.0
"""Mean of these below which what is inside stands still, as a caption or a picture on a wall does."""

WEIGHTS = {
    "least_side": 4.1,
    "mean_side": 13.0,
    "mean_step": 3.8,
    "beyond": -8.1,
    "three_sides": 2.0,
    "four_sides": 1.8,
    "movement": 1.6,
    "otherwise": 1.2,
}
BIAS = -22.7
"""A logistic regression's on made cases of even seeds (bench/artifacts.py): the surest true rectangle of each against
the surest rectangles of clips without one, and of clips with a still or a caption on a box."""


@dataclass(frozen=True, slots=True)
class Inset:
    """A rectangle of the small picture, and how surely it is a video of its own, 0 to 1."""

    strength: float
    left: int
    top: int
    right: int
    bottom: int
    """Its last column and row; 0 all over where there is none."""


def best_inset(maps: SeamMaps) -> Inset:
    """The surest of all rectangles whose sides are likely lines or the edges of the picture."""
    rectangles, signs = candidates(maps)
    if not len(rectangles):
        return Inset(0, 0, 0, 0, 0)
    weighed = np.sum([weight * signs[name] for name, weight in WEIGHTS.items()], axis=0) + BIAS
    best = int(np.argmax(weighed))
    return Inset(float(1 / (1 + np.exp(-weighed[best]))), *rectangles[best].tolist())


def candidates(maps: SeamMaps) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """[n, 4] first column and row, last column and row of the rectangles with the surest sides, and their signs."""
    upright, level = np.minimum(maps.upright / FULL, 1), np.minimum(maps.level / FULL, 1)
    seams, change = Sums(upright, level), Sums(maps.change, maps.change)
    rectangles = screens(seams, maps.change.shape)
    moves = movement(np.minimum(maps.change, MOVING), rectangles)
    rectangles, moves = rectangles[moves >= STILL], moves[moves >= STILL]
    sides = Sides(rectangles, maps.change.shape)
    along = sides.means(seams)
    surest = np.argsort(-(0.6 * sides.least(along) + 0.4 * sides.mean(along)), kind="stable")[:TRIED]
    rectangles, along, sides = rectangles[surest], along[:, surest], Sides(rectangles[surest], maps.change.shape)
    inside, outside = (np.mean([sides.mean(sides.means(change, way * far)) for far in AROUND_PX], 0) for way in (1, -1))
    return rectangles, {
        "least_side": sides.least(along),
        "mean_side": sides.mean(along),
        "mean_step": sides.mean(sides.means(Sums(maps.upright_steps, maps.level_steps))),
        "beyond": sides.mean(sides.beyond(seams)),
        "three_sides": sides.count >= 3,
        "four_sides": sides.count == 4,
        "movement": np.log2(moves[surest]),
        "otherwise": np.abs(np.log2((inside + NOISE) / (outside + NOISE))),
    }


def screens(seams: "Sums", size: tuple[int, ...]) -> np.ndarray:
    """[n, 4] the rectangles between likely lines and the edges that have the size and shape of a video."""
    height, width = size
    across = pairs(lines(seams.upright, LEAST_HEIGHT_PX), width, LEAST_WIDTH_PX)
    down = pairs(lines(seams.level, LEAST_WIDTH_PX), height, LEAST_HEIGHT_PX)
    wide, high = across[:, 1] - across[:, 0], down[:, 1] - down[:, 0]
    share, shape = np.outer(wide, high) / (height * width), wide[:, None] / high
    is_screen = (share >= AREAS[0]) & (share <= AREAS[1]) & (shape >= SHAPES[0]) & (shape <= SHAPES[1])
    is_split = (wide == width - 1)[:, None] | (high == height - 1)
    column, row = np.nonzero(is_screen & ~is_split)
    (left, right), (top, bottom) = across[column].T, down[row].T
    return np.stack([left, top, right, bottom], axis=1)


def lines(sums: Floats, piece: int) -> list[int]:
    """The columns with the highest peaks, of the whole column and of its best piece of this length."""
    best_pieces = (sums[piece:] - sums[:-piece]).max(axis=0)
    return sorted({*peaks(sums[-1])[:LONG_LINES], *peaks(best_pieces)[:SHORT_LINES]})


def peaks(sums: Floats) -> list[int]:
    """The places of all peaks, the highest first."""
    middle = sums[1:-1]
    found = 1 + np.flatnonzero((middle > 0) & (middle >= sums[:-2]) & (middle >= sums[2:]))
    return [int(at) for at in found[np.argsort(-sums[found], kind="stable")]]


def pairs(places: list[int], length: int, least: int) -> np.ndarray:
    """[pairs, 2] of these places and both ends that lie at least so far apart."""
    found = [pair for pair in combinations([0, *places, length - 1], 2) if pair[1] - pair[0] >= least]
    return np.array(found, int).reshape(-1, 2)


def movement(change: Floats, rectangles: np.ndarray) -> np.ndarray:
    """[n] mean change in the middle."""
    sums = np.pad(np.cumsum(np.cumsum(change, axis=0), axis=1), ((1, 0), (1, 0)))
    left, top, right, bottom = rectangles.T
    aside, above = ((right - left) * MIDDLE).astype(int), ((bottom - top) * MIDDLE).astype(int)
    x0, y0, x1, y1 = left + aside, top + above, right + 1 - aside, bottom + 1 - above
    inside = sums[y1, x1] - sums[y0, x1] - sums[y1, x0] + sums[y0, x0]
    return np.asarray(inside / ((y1 - y0) * (x1 - x0)))


class Sums:
    """A map for sides that run downwards and one for those that run across, summed along them."""

    def __init__(self, upright: Floats, level: Floats) -> None:
        self.upright, self.level = (sums_down(map_) for map_ in (upright, level.T))
        """[length + 1, places] each: the sum of all before."""


def sums_down(values: Floats) -> Floats:
    """[rows + 1, columns]: the sum of all rows before."""
    sums = np.zeros((values.shape[1], values.shape[0] + 1), values.dtype)
    np.cumsum(np.ascontiguousarray(values.T), axis=1, out=sums[:, 1:])
    return np.ascontiguousarray(sums.T)


class Sides:
    """What maps say along the four sides of many rectangles: left, right, top, bottom."""

    def __init__(self, rectangles: np.ndarray, shape: tuple[int, ...]) -> None:
        self._left, self._top, self._right, self._bottom = rectangles.T
        ends = self._right < shape[1] - 1, self._bottom < shape[0] - 1
        self._is_inner = np.stack([self._left > 0, ends[0], self._top > 0, ends[1]])
        self.count = self._is_inner.sum(axis=0)
        """[n] of the sides that do not lie on the edge of the picture; only those count below."""

    def mean(self, values: np.ndarray) -> np.ndarray:
        """[n] of [4, n]."""
        return np.asarray((values * self._is_inner).sum(axis=0) / self.count)

    def least(self, values: np.ndarray) -> np.ndarray:
        """[n] of [4, n]."""
        return np.asarray(np.where(self._is_inner, values, np.inf).min(axis=0))

    def means(self, map_: Sums, inwards_px: int = 0) -> np.ndarray:
        """[4, n] along each side, or so far inside it, the corners left out."""
        found = []
        for sums, place, way, start, end in self._each(map_):
            at = np.clip(place + way * inwards_px, 0, sums.shape[1] - 1)
            found.append((sums[end - 1, at] - sums[start + 2, at]) / (end - start - 3))
        return np.stack(found)

    def beyond(self, map_: Sums) -> np.ndarray:
        """[4, n] of the pieces just before the start and after the end of each side, 0 outside the picture."""
        found = []
        for sums, place, _, start, end in self._each(map_):
            rows = (start - 2 - BEYOND_PX, start - 2, end + 3, end + 3 + BEYOND_PX)
            first, before, after, last = (sums[np.clip(row, 0, len(sums) - 1), place] for row in rows)
            found.append((before - first + last - after) / (2 * BEYOND_PX))
        return np.stack(found)

    def _each(self, map_: Sums) -> Iterator[tuple[Floats, np.ndarray, int, np.ndarray, np.ndarray]]:
        """For each side: the sums along its direction, its place, the way inwards, its start and its end."""
        yield map_.upright, self._left, 1, self._top, self._bottom
        yield map_.upright, self._right, -1, self._top, self._bottom
        yield map_.level, self._top, 1, self._left, self._right
        yield map_.level, self._bottom, -1, self._left, self._right
