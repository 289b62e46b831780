"""Where two pictures that have nothing to do with each other meet along a straight line.

Such a seam stays where it is while the picture changes. Two signs are summed over the clip for every place: brightness
steps there more than beside it, in the mean over time, and the changes on its two sides have less to do with each other
than changes as far apart elsewhere.
"""

from dataclasses import dataclass

import numpy as np

from tasks.filter.scorer import Floats, Grey

PARTS = 4
"""Changes are summed in so many parts of the clip, of which the median counts: one jump of the picture is no seam."""
MOST_STEP, MOST_CHANGE = 40.0, 15.0
"""Grey levels beyond which a step in place and a change in time count no more."""
NOISE = 4.0
"""Squared grey levels that the same picture coded again differs by."""
BESIDE = 3
"""How many pixels beside the seam is compared."""
NEIGHBOURS = (-BESIDE - 1, -BESIDE, BESIDE, BESIDE + 1)
STEP_REACH, CHANGE_REACH = 3, 5
"""Signs are averaged along the seam over so many pixels either way."""
CHANGE_WEIGHT = 1.5
"""The second sign counts so much more than the first: it is rarer."""


@dataclass(frozen=True, slots=True)
class SeamMaps:
    """What speaks for a seam at each pixel, 0 to about 2."""

    upright: Floats
    """[height, width] for seams that run downwards."""
    level: Floats
    """[height, width] for seams that run across."""
    change: Floats
    """[height, width] grey levels by which the pixel usually changes from picture to picture."""


class Seams:
    """Sums of a clip's pictures, of the same size whatever its length."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self._sides = _SideSums(shape), _SideSums((shape[1], shape[0]))
        self._change = np.zeros((PARTS, *shape), np.float32)
        self._counts = np.zeros(PARTS, int)

    def add(self, image: Grey, following: Grey, part: int) -> None:
        """Adds the change from one picture to the next, in this part of the clip."""
        levels = following.astype(np.float32)
        change = np.clip(levels - image, -MOST_CHANGE, MOST_CHANGE)
        self._counts[part] += 1
        self._change[part] += np.abs(change)
        for sums, turned in zip(self._sides, (False, True), strict=True):
            sums.add(levels.T if turned else levels, change.T if turned else change, part)

    def maps(self) -> SeamMaps:
        """What the sums say. ValueError where nothing was added."""
        seen = self._counts > 0
        if not seen.any():
            raise ValueError("no pictures were compared")
        upright, level = (sums.map(self._counts) for sums in self._sides)
        change = self._change[seen] / self._counts[seen, None, None]
        return SeamMaps(upright, level.T, np.median(change, axis=0))


class _SideSums:
    """The sums for seams that run downwards; what is found between the pixels left and right of x stands at x."""

    def __init__(self, shape: tuple[int, int]) -> None:
        height, width = shape
        self._steps = np.zeros((height, width - 2), np.float32)
        self._apart = np.zeros((PARTS, height, width - 2), np.float32)
        self._squares = np.zeros((PARTS, height, width), np.float32)

    def add(self, levels: Floats, change: Floats, part: int) -> None:
        self._steps += np.minimum(np.abs(levels[:, 2:] - levels[:, :-2]), MOST_STEP)
        self._apart[part] += np.square(change[:, 2:] - change[:, :-2])
        self._squares[part] += np.square(change)

    def map(self, counts: np.ndarray) -> Floats:
        """[height, width]; 0 near the edges of the picture."""
        means = self._steps / np.float32(counts.sum() * (2 * STEP_REACH + 1))
        steps = _inside(_along(means, STEP_REACH))
        beside = np.mean([np.roll(steps, way, axis=1) for way in NEIGHBOURS], axis=0)
        stepped = np.clip(1 - (beside + 3) / (steps + 3), 0, 1)
        parts = [self._unlike(part, count) for part, count in enumerate(counts) if count]
        return _edgeless(stepped + CHANGE_WEIGHT * np.clip(np.median(parts, axis=0), 0, 1))

    def _unlike(self, part: int, count: int) -> Floats:
        """How much less the changes on both sides have to do with each other than beside it, -1 to 1."""
        squares = self._squares[part][:, 2:] + self._squares[part][:, :-2]
        noise = count * 2 * NOISE * (2 * CHANGE_REACH + 1)
        share = _inside(_along(self._apart[part], CHANGE_REACH) / (_along(squares, CHANGE_REACH) + noise))
        return share - np.maximum(np.roll(share, BESIDE, axis=1), np.roll(share, -BESIDE, axis=1))


def _along(values: Floats, reach: int) -> Floats:
    """Sums over the `reach` rows above and below."""
    sums = np.pad(np.cumsum(values, axis=0, dtype=np.float64), ((1, 0), (0, 0)))
    rows = np.arange(len(values))
    found = sums[np.minimum(rows + reach + 1, len(values))] - sums[np.maximum(rows - reach, 0)]
    return found.astype(np.float32)


def _inside(values: Floats) -> Floats:
    """With a column more on the left and on the right."""
    return np.pad(values, ((0, 0), (1, 1)))


def _edgeless(values: Floats) -> Floats:
    """With nothing where there is nothing beside to compare with."""
    values[:, : BESIDE + 2] = values[:, -BESIDE - 2 :] = 0
    return values
