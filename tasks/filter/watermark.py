"""A mark in a corner, with or without letters: edges that stay at the same pixel while the rest changes."""

import numpy as np

from tasks.core.model import Score
from tasks.core.settings_filter import WatermarkSettings
from tasks.filter.scorer import Clip, Floats, Needs, Sample
from tasks.filter.slopes import block_sums, slopes

CORNER_SHARE = 0.3
"""Share of width and height that counts as a corner."""
LEAST_SLOPE = 14.0
"""Root mean square slope, in grey levels over two pixels, from which a pixel lies on an edge."""
STEADY = 0.8
"""Share of its slopes' energy that their mean must hold where an edge stays at its place; of n unlike ones it holds
an n-th."""
MOST_STILL = 0.1
"""Share of steady edges outside the corner from which the scene itself stands still, and nothing can be told."""
LEAST_EDGES = 0.002
"""Share of the picture that must lie on edges."""
LEAST_PICTURES = 4
BLOCK_PX = 12
FULL_DENSITY = 0.5
"""Share of the best block and its neighbours that lies on steady edges in a mark that is as clear as can be."""


class WatermarkScorer:
    """watermark, watermark_corner."""

    name = "watermark"

    def __init__(self, settings: WatermarkSettings, clip: Clip) -> None:
        self.needs = Needs(settings.sample_fps, settings.max_side_px)
        self._sum: Floats | None = None
        self._energy: Floats | None = None
        self._count = 0

    def see(self, sample: Sample) -> None:
        """Adds the picture's slopes to those of the others."""
        rises = slopes(sample.image)
        energy = (rises * rises).sum(axis=0)
        self._sum = rises if self._sum is None else self._sum + rises
        self._energy = energy if self._energy is None else self._energy + energy
        self._count += 1

    def finish(self) -> Score:
        """The clearest corner; unmeasured where the scene is too still or too plain to tell."""
        if self._sum is None or self._energy is None or self._count < LEAST_PICTURES:
            return Score(self.name, unmeasured="too_few_frames")
        edges = self._energy > LEAST_SLOPE**2 * self._count
        steady = edges & ((self._sum * self._sum).sum(axis=0) > STEADY * self._count * self._energy)
        strengths = [strength_of(steady[corner]) for corner in corners(steady.shape)]
        best = int(np.argmax(strengths))
        still = still_share(edges, steady, corners(steady.shape)[best])
        if still is None:
            return Score(self.name, unmeasured="no_texture")
        if still > MOST_STILL:
            return Score(self.name, unmeasured="still_scene")
        found = strengths[best] - sorted(strengths)[-2]
        return Score(self.name, {"watermark": found, "watermark_corner": float(best + 1) if found > 0 else 0.0})


def corners(picture: tuple[int, ...]) -> list[tuple[slice, slice]]:
    """Top left, top right, bottom left, bottom right."""
    high, wide = (round(length * CORNER_SHARE) for length in picture)
    upper, lower, left, right = slice(0, high), slice(-high, None), slice(0, wide), slice(-wide, None)
    return [(upper, left), (upper, right), (lower, left), (lower, right)]


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
