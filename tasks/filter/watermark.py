"""A mark in a corner, with or without letters: what stays at the same pixel while the rest changes, and looks drawn.

Two look at the corners. A small network sees sums over the clip and over each third of it, the level, and how far the
corner is, and tells for each spot how surely a mark lies there; and each shape of the mean picture is measured for how
far it looks drawn. Where the scene stands still only looks tell, and what looks drawn in several corners is more likely
the scene's own.
"""

import numpy as np

from tasks.core.model import Score
from tasks.core.settings_filter import WatermarkSettings
from tasks.filter.drawn_shapes import log_odds, shapes_in
from tasks.filter.mark_evidence import PARTS, Evidence, corner_size, corners_of
from tasks.filter.mark_network import CELL_PX, mark_odds
from tasks.filter.scorer import Clip, Floats, Needs, Parts, Sample

LEAST_PICTURES = 4
LEAST_SIDE_PX = 64

WEIGHTS = (-0.33, 0.91, -0.01, 0.67, -0.72, 0.4, 0.5)
"""Logistic weights of 1; of the network's log odds in the likeliest corner and the highest in another; of the same two
of the likeliest shapes; and of the likeliest shape of any corner and the next, by which a mark is told that the network
does not know. Fitted on 1200 made clips of even seeds (bench/overlaid.py), but for 1's, which was chosen there so that
0.025 of the clips without anything over them are taken for marked or for written over (docs/decisions/0006)."""
LEAST_ODDS, LEAST_SHAPE_ODDS = -2.0, -3.0
"""Lower log odds of a corner say no more: a scene without any edge elsewhere would speak for a mark else."""
SHAPE_WEIGHT = 0.5
"""How much a shape's log odds count beside the network's where the likeliest corner is chosen."""
LIKELY = 0.5
"""From here on there is a mark to speak of."""


class WatermarkScorer:
    """watermark, watermark_corner, watermark_share."""

    name = "watermark"

    def __init__(self, settings: WatermarkSettings, clip: Clip) -> None:
        self.needs = Needs(settings.sample_fps, settings.max_side_px)
        self._parts = Parts(clip.span, PARTS)
        self._evidence: Evidence | None = None
        self._sum: Floats | None = None

    def see(self, sample: Sample) -> None:
        """Adds the picture, and its corners, to those of the others."""
        if self._evidence is None or self._sum is None:
            self._evidence = Evidence((4, *corner_size(sample.image.shape)))
            self._sum = np.zeros(sample.image.shape, np.float32)
        self._evidence.add(corners_of(sample.image), self._parts.at(sample.time_s))
        self._sum += sample.image

    def finish(self) -> Score:
        """Of the likeliest corner; unmeasured where there are too few or too small pictures."""
        if self._evidence is None or self._sum is None or self._evidence.count < LEAST_PICTURES:
            return Score(self.name, unmeasured="too_few_frames")
        if min(self._sum.shape) < LEAST_SIDE_PX:
            return Score(self.name, unmeasured="too_small")
        mean = self._sum / np.float32(self._evidence.count)
        shapes = [max((log_odds(shape) for shape in corner), default=LEAST_SHAPE_ODDS) for corner in shapes_in(mean)]
        odds = mark_odds(self._evidence.channels())
        return Score(self.name, numbers_of(odds, np.array(shapes), mean.shape))


def numbers_of(odds: Floats, shapes: np.ndarray, picture: tuple[int, ...]) -> dict[str, float]:
    """The scores, from the log odds of each cell of each corner and of each corner's likeliest shape; which corner, and
    the share of the picture, are 0 where there is no mark."""
    surely, corner = likeliest(odds.reshape(len(odds), -1).max(axis=1), shapes)
    is_mark = surely >= LIKELY
    covered = float(np.count_nonzero(odds[corner] > 0) * CELL_PX**2 / (picture[0] * picture[1]))
    return {
        "watermark": surely,
        "watermark_corner": float(corner + 1) if is_mark else 0.0,
        "watermark_share": covered if is_mark else 0.0,
    }


def likeliest(spots: np.ndarray, shapes: np.ndarray) -> tuple[float, int]:
    """How surely there is a mark, 0 to 1, and in which corner, from the log odds of each corner's likeliest spot and
    shape."""
    shapes = np.maximum(shapes, LEAST_SHAPE_ODDS)
    corner, drawn = int(np.argmax(spots + SHAPE_WEIGHT * shapes)), int(np.argmax(shapes))
    seen = [*best_and_next(np.maximum(spots, LEAST_ODDS), corner), *best_and_next(shapes, corner)]
    odds = np.dot(WEIGHTS, [1.0, *seen, *best_and_next(shapes, drawn)])
    return float(1 / (1 + np.exp(-odds))), corner


def best_and_next(odds: np.ndarray, corner: int) -> list[float]:
    """The log odds of this corner, and the highest of another."""
    return [float(odds[corner]), float(np.delete(odds, corner).max())]
