"""Where two pictures that have nothing to do with each other meet along a straight line.

Such a seam stays where it is while the picture changes. Two signs are summed over the clip for every place: brightness
steps there more than beside it, in the mean over time, and the changes on its two sides have less to do with each other
than changes as far apart elsewhere.
"""

from dataclasses import dataclass

import numpy as np

from tasks.filter.pictures import add_levels, add_products, apart, sums_along
from tasks.filter.scorer import Floats, Grey

PARTS = 4
"""Changes are summed in so many parts of the clip, of which the median counts: one jump of the picture is no seam."""
MOST_STEP, MOST_CHANGE = np.uint8(40), 15.0
"""Grey levels beyond which a step in place and a change in time count no more."""
NOISE = 4.0
"""Squared grey levels that the same picture coded again differs by."""
BESIDE = 3
"""How many pixels beside the seam is compared."""
STEP_REACH, CHANGE_REACH = 3, 5
"""Signs are averaged along the seam over so many pixels either way."""
CHANGE_WEIGHT = 1.5
"""The second sign counts so much more than the first: it is rarer."""


@dataclass(frozen=True, slots=True)
class SeamMaps:
    """What speaks for a seam at each pixel, all [height, width]."""

    upright: Floats
    """Both signs together, 0 to 2.5, for seams that run downwards."""
    level: Floats
    """The same for seams that run across."""
    upright_steps: Floats
    """The first sign alone, 0 to 1, for seams that run downwards."""
    level_steps: Floats
    change: Floats
    """Squared grey levels by which the pixel usually changes from picture to picture, in the mean."""


class Seams:
    """Sums of a clip's pictures, of the same size whatever its length."""

    def __init__(self, shape: tuple[int, int]) -> None:
        height, width = shape
        self._squares = np.zeros((PARTS, height, width), np.float32)
        self._steps = np.zeros((height, width - 2), np.float32), np.zeros((height - 2, width), np.float32)
        self._products = tuple(np.zeros((PARTS, *steps.shape), np.float32) for steps in self._steps)
        self._counts = np.zeros(PARTS, int)

    def add(self, image: Grey, following: Grey, part: int) -> None:
        """Adds the change from one picture to the next, in this part of the clip."""
        change = np.clip(following.astype(np.float32) - image, -MOST_CHANGE, MOST_CHANGE)
        self._counts[part] += 1
        add_products(self._squares[part], change, change)
        add_levels(self._steps[0], np.minimum(apart(following[:, 2:], following[:, :-2]), MOST_STEP))
        add_levels(self._steps[1], np.minimum(apart(following[2:], following[:-2]), MOST_STEP))
        add_products(self._products[0][part], change[:, 2:], change[:, :-2])
        add_products(self._products[1][part], change[2:], change[:-2])

    def maps(self) -> SeamMaps:
        """What the sums say. ValueError where nothing was added."""
        seen = np.flatnonzero(self._counts)
        if not len(seen):
            raise ValueError("no pictures were compared")
        squares, products = self._squares[seen], [sums[seen] for sums in self._products]
        counts = self._counts[seen]
        upright_steps, level_steps = stepped(self._steps[0] / counts.sum()), stepped(self._steps[1].T / counts.sum())
        upright = upright_steps + CHANGE_WEIGHT * unlike(squares, products[0], counts)
        turned = squares.transpose(0, 2, 1), products[1].transpose(0, 2, 1)
        level = level_steps + CHANGE_WEIGHT * unlike(*turned, counts)
        change = median(squares / counts[:, None, None])
        return SeamMaps(upright, level.T, upright_steps, level_steps.T, change)


def stepped(steps: Floats) -> Floats:
    """[height, width] 0 to 1: how much more brightness steps here than beside; `steps` has no first and last column."""
    summed = along(steps, STEP_REACH) / (2 * STEP_REACH + 1)
    beside = np.mean([summed[:, places] for far in (BESIDE, BESIDE + 1) for places in both(steps, far)], axis=0)
    return _inside(np.clip(1 - (beside + 3) / (summed + 3), 0, 1))


def unlike(squares: Floats, products: Floats, counts: np.ndarray) -> Floats:
    """[height, width] 0 to 1: how much less the changes on both sides have to do with each other than beside.

    Of squares [parts, height, width] of the changes, and of products of those left and right of all but the first and
    the last column.
    """
    found = []
    for square, product, count in zip(squares, products, counts, strict=True):
        both_sides = square[:, 2:] + square[:, :-2]
        noise = count * 2 * NOISE * (2 * CHANGE_REACH + 1)
        share = along(both_sides - 2 * product, CHANGE_REACH) / (along(both_sides, CHANGE_REACH) + noise)
        left, right = both(share, BESIDE)
        found.append(share - np.maximum(share[:, left], share[:, right]))
    return _inside(np.clip(median(np.stack(found)), 0, 1))


def both(values: Floats, far: int) -> tuple[np.ndarray, np.ndarray]:
    """The columns so far left and right of each; near the edge of the picture, one side stands for both."""
    columns = np.arange(values.shape[1])
    left, right = columns - far, columns + far
    return np.where(left < 0, right, left), np.where(right >= len(columns), left, right)


def median(parts: np.ndarray) -> np.ndarray:
    """The median of one to four arrays."""
    if len(parts) < 3:
        return np.asarray(parts.mean(axis=0))
    return np.asarray((parts.sum(axis=0) - parts.max(axis=0) - parts.min(axis=0)) / (len(parts) - 2))


def along(values: Floats, reach: int) -> Floats:
    """Sums over the `reach` rows above and below."""
    return sums_along(values, 2 * reach + 1)


def _inside(values: Floats) -> Floats:
    """With a column of nothing more on the left and on the right."""
    return np.pad(values, ((0, 0), (1, 1)))
