"""Margins filled with a blurred copy of the picture, as upright video is shown on a wide screen."""

from dataclasses import dataclass

import numpy as np

from tasks.crop.margins import DEEPEST
from tasks.crop.profiles import Floats

BLURRED = 0.6
"""Largest share of the picture's fine detail that a blurred fill may show."""
STRAIGHT = 0.6
"""Least share of the cells along a line in which the fill ends with a step."""
SHOWN = 80
"""Percentile over time: an edge that shows in a fifth of the frames counts."""
ALIKE = 0.7
"""Least correlation of the margins with the enlarged picture."""
STEP_LEVELS = 2.0
"""Least step, in grey levels, and at least this many times the steps within the fill."""


@dataclass(frozen=True, slots=True)
class Fill:
    """A pair of blurred margins."""

    near_px: int
    far_px: int
    strength: float
    """Share of cells with a step at the weaker of both edges, 0 to 1."""


def find_fill(lines: Floats, least_px: int) -> Fill | None:
    """The blurred margins on both ends of the lines [frames, lines, cells]; None where there are none.

    Both must be there, and equally deep: one blurred side alone is an ordinary out-of-focus background.
    """
    detail = np.percentile(np.abs(np.diff(lines, n=2, axis=1)).mean(axis=2), SHOWN, axis=0)
    steps = np.percentile(np.abs(np.diff(lines, axis=1)), SHOWN, axis=0)
    near = _best_edge(steps, detail, least_px)
    far = _best_edge(steps[::-1], detail[::-1], least_px)
    if near is None or far is None or abs(near[0] - far[0]) > max(3, lines.shape[1] // 50):
        return None
    if likeness(lines, near[0], far[0]) < ALIKE:
        return None
    return Fill(near[0], far[0], min(near[1], far[1]))


def likeness(lines: Floats, near_px: int, far_px: int) -> float:
    """Correlation of the margins of the lines [frames, lines, cells] with the picture between them, enlarged to the
    whole frame: its aspect kept (cells cropped as well) or stretched, whichever is more alike."""
    length, cells = lines.shape[1:]
    margins = np.r_[0:near_px, length - far_px : length]
    zoom = (length - near_px - far_px) / length
    source = np.clip(near_px + np.round(margins * zoom).astype(int), 0, length - 1)
    cropped = np.clip(((np.arange(cells) + 0.5 - cells / 2) * zoom + cells / 2).astype(int), 0, cells - 1)
    ways = (cropped, np.arange(cells))
    return max(_correlation(lines[:, margins], lines[:, source][:, :, way]) for way in ways)


def _correlation(one: Floats, other: Floats) -> float:
    deviations = (one - one.mean()).ravel(), (other - other.mean()).ravel()
    scale = float(np.linalg.norm(deviations[0]) * np.linalg.norm(deviations[1]))
    return float(deviations[0] @ deviations[1]) / scale if scale > 0 else 0.0


def _best_edge(steps: Floats, detail: Floats, least_px: int) -> tuple[int, float] | None:
    """(lines before the edge, share of cells with a step) of the straightest edge after a blurred margin."""
    edges = np.arange(least_px, int(len(steps) * DEEPEST))
    blurred = edges[_is_blurred(detail, edges)]
    if not blurred.size:
        return None
    quiet = np.array([np.percentile(steps[: edge - 3], 75) for edge in blurred])
    pairs = steps[blurred - 2] + steps[blurred - 1]
    shares = (pairs > np.maximum(STEP_LEVELS, 4 * quiet)[:, None]).mean(axis=1)
    best = int((shares * np.sqrt(pairs.mean(axis=1))).argmax())
    if shares[best] < STRAIGHT:
        return None
    around = np.arange(max(0, blurred[best] - 8), min(len(steps), blurred[best] + 8))
    return int(around[steps[around].mean(axis=1).argmax()]) + 1, float(shares[best])


def _is_blurred(detail: Floats, edges: np.ndarray) -> np.ndarray:
    """For each edge, whether what lies before it has far less fine detail than what lies behind it."""
    total = np.concatenate([[0.0], np.cumsum(detail)])
    outside = total[edges - 3] / np.maximum(1, edges - 3)
    inner = len(detail) - edges - 3
    inside = (total[inner] - total[edges + 3]) / np.maximum(1, inner - edges - 3)
    return np.asarray((outside < BLURRED * inside) & (inner > edges + 3))
