"""A mark in a corner, with or without letters: edges that stay at the same pixel while the rest changes.

Where the scene stands still that cannot be seen, and only looks tell: a shape that looks drawn over the picture, in one
corner and in no other. Looks alone never make it certain.
"""

from dataclasses import dataclass

import numpy as np

from tasks.core.model import Score
from tasks.core.settings_filter import WatermarkSettings
from tasks.filter.drawn_shapes import corners, log_odds, shapes_in
from tasks.filter.scorer import Clip, Floats, Needs, Sample
from tasks.filter.slopes import block_sums, slopes

LEAST_SLOPE = 14.0
"""Root mean square slope, in grey levels over two pixels, from which a pixel lies on an edge."""
STEADY = 0.8
"""Share of its slopes' energy that their mean must hold where an edge stays at its place; of n unlike ones it holds
an n-th."""
MOST_STILL = 0.1
"""Share of steady edges outside the corner from which the scene itself stands still, and its edges tell nothing."""
LEAST_EDGES = 0.002
"""Share of the picture that must lie on edges."""
LEAST_PICTURES = 4
LEAST_SIDE_PX = 64
BLOCK_PX = 12
FULL_DENSITY = 0.5
"""Share of the best block and its neighbours that lies on steady edges in a mark that is as clear as can be."""

DRAWN = (-1.18, 1.98, -1.19)
"""Logistic weights of 1 and of the log odds of the likeliest shape in the best corner and in the next best, fitted
on the clips that the weights of looks are; 1's is 0.45 less than fitted, for fewer false ones."""
LEAST_ODDS = -3.0
"""Log odds of a corner that has nothing likelier."""
BY_LOOKS = 0.9
"""The most that looks alone can make of it."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How clearly there is one, 0 to 1, and the corner, 0 to 3."""

    clearness: float
    corner: int


class WatermarkScorer:
    """watermark, watermark_corner."""

    name = "watermark"

    def __init__(self, settings: WatermarkSettings, clip: Clip) -> None:
        self.needs = Needs(settings.sample_fps, settings.max_side_px)
        self._levels: Floats | None = None
        self._sum: Floats | None = None
        self._energy: Floats | None = None
        self._count = 0

    def see(self, sample: Sample) -> None:
        """Adds the picture and its slopes to those of the others."""
        levels = sample.image.astype(np.float32)
        rises = slopes(sample.image)
        energy = (rises * rises).sum(axis=0)
        self._levels = levels if self._levels is None else self._levels + levels
        self._sum = rises if self._sum is None else self._sum + rises
        self._energy = energy if self._energy is None else self._energy + energy
        self._count += 1

    def finish(self) -> Score:
        """The clearest corner; unmeasured where there are too few or too small pictures."""
        if self._levels is None or self._sum is None or self._energy is None or self._count < LEAST_PICTURES:
            return Score(self.name, unmeasured="too_few_frames")
        if min(self._levels.shape) < LEAST_SIDE_PX:
            return Score(self.name, unmeasured="too_small")
        stays = staying_mark((self._sum * self._sum).sum(axis=0) / self._count, self._energy, self._count)
        drawn = drawn_mark(self._levels / np.float32(self._count))
        found = max(stays, drawn, key=lambda mark: mark.clearness)
        corner = float(found.corner + 1) if found.clearness > 0 else 0.0
        return Score(self.name, {"watermark": found.clearness, "watermark_corner": corner})


def staying_mark(common: Floats, energy: Floats, count: int) -> Mark:
    """What stays in a corner while the scene moves; nothing where that does not. Of the slopes of so many pictures the
    summed energy, and what of it their mean holds."""
    edges = energy > LEAST_SLOPE**2 * count
    steady = edges & (common > STEADY * energy)
    places = corners(steady.shape)
    strengths = [strength_of(steady[corner]) for corner in places]
    best = int(np.argmax(strengths))
    still = still_share(edges, steady, places[best])
    moves = still is not None and still <= MOST_STILL
    return Mark(strengths[best] - sorted(strengths)[-2] if moves else 0.0, best)


def drawn_mark(mean: Floats) -> Mark:
    """What looks drawn over the mean picture in one corner, more than anything does in the others."""
    odds = [max((log_odds(shape) for shape in shapes), default=LEAST_ODDS) for shapes in shapes_in(mean)]
    second, first = (max(LEAST_ODDS, value) for value in sorted(odds)[-2:])
    share = 1 / (1 + np.exp(-np.dot(DRAWN, (1.0, first, second))))
    return Mark(BY_LOOKS * float(share), int(np.argmax(odds)))


def still_share(edges: np.ndarray, steady: np.ndarray, corner: tuple[slice, slice]) -> float | None:
    """The share of the edges outside this corner that are steady; None where there are next to none."""
    outside = edges.copy()
    outside[corner] = False
    count = np.count_nonzero(outside)
    return np.count_nonzero(steady & outside) / count if count > LEAST_EDGES * edges.size else None


def strength_of(steady: np.ndarray) -> float:
    """0 to 1, by how densely steady edges lie in the best two blocks by two of this corner."""
    counts = block_sums(steady.astype(np.float32), BLOCK_PX)
    if min(counts.shape) < 2:
        return 0.0
    fours = counts[:-1, :-1] + counts[1:, :-1] + counts[:-1, 1:] + counts[1:, 1:]
    return min(1.0, float(fours.max()) / (4 * BLOCK_PX**2 * FULL_DENSITY))
