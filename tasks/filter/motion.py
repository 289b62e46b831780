"""How much moves, and how fast: from the codec's motion vectors, or from optical flow where it has none.

Speeds are in picture heights per second, so that size and frame rate of the file do not matter.
"""

from itertools import pairwise

import numpy as np

from tasks.core.media.motion import CODECS_WITH_VECTORS
from tasks.core.model import Score
from tasks.core.settings_filter import MotionSettings
from tasks.filter.pictures import LEAST_FLOW_SIDE_PX, flow
from tasks.filter.scorer import Clip, Floats, Needs, Samples

GRID = 16
"""Speeds are taken per cell of a grid of this many rows and columns, so that small blocks do not count more."""


class MotionScorer:
    """motion_mean, motion_p95, still_share."""

    name = "motion"

    def __init__(self, settings: MotionSettings) -> None:
        self._settings = settings

    def needs(self, clip: Clip) -> Needs:
        """Small pictures and motion vectors; where the codec has none, pictures closer in time."""
        has_vectors = clip.info.codec in CODECS_WITH_VECTORS
        fps = self._settings.sample_fps if has_vectors else self._settings.flow_fps
        return Needs(fps=fps, motion_vectors=has_vectors)

    def measure(self, samples: Samples, clip: Clip) -> Score:
        """All three; unmeasured for fewer than two pictures, or ones too small for flow where there are no vectors."""
        speeds = vector_speeds(samples, clip)
        if len(speeds) < 2:
            if len(samples.images) < 2:
                return Score(self.name, unmeasured="too_few_frames")
            if min(samples.images[0].shape) < LEAST_FLOW_SIDE_PX:
                return Score(self.name, unmeasured="too_small")
            speeds = flow_speeds(samples)
        return Score(self.name, summary(speeds, self._settings.still_speed))


def summary(speeds: list[Floats], still_speed: float) -> dict[str, float]:
    """The numbers of the speeds [cells] of every sampled instant, in heights per second."""
    means = [float(cells.mean()) for cells in speeds]
    return {
        "motion_mean": float(np.mean(means)),
        "motion_p95": float(np.percentile(np.concatenate(speeds), 95)),
        "still_share": float(np.mean([mean < still_speed for mean in means])),
    }


def vector_speeds(samples: Samples, clip: Clip) -> list[Floats]:
    """For each picture with vectors the speeds of the grid's cells that have any, in heights per second."""
    per_second = float(clip.info.frame_rate) / clip.box.height
    seen = [vectors for vectors in samples.vectors if vectors is not None and len(vectors)]
    return [grid_speeds(vectors, clip) * np.float32(per_second) for vectors in seen]


def grid_speeds(vectors: Floats, clip: Clip) -> Floats:
    """Length of the mean vector of each cell of the grid over the box that has blocks, in pixels per frame."""
    across = (vectors[:, 0] + vectors[:, 2] / 2 - clip.box.x) * (GRID / clip.box.width)
    down = (vectors[:, 1] + vectors[:, 3] / 2 - clip.box.y) * (GRID / clip.box.height)
    cells = np.clip(down, 0, GRID - 1).astype(int) * GRID + np.clip(across, 0, GRID - 1).astype(int)
    areas = vectors[:, 2] * vectors[:, 3]
    area, x, y = (np.bincount(cells, areas * part, GRID * GRID) for part in (1, vectors[:, 4], vectors[:, 5]))
    has_any = area > 0
    return np.asarray(np.hypot(x[has_any], y[has_any]) / area[has_any], dtype=np.float32)


def flow_speeds(samples: Samples) -> list[Floats]:
    """For each pair of neighbouring pictures the speeds of the grid's cells, in heights per second."""
    speeds = []
    timed = zip(samples.times_s, samples.images, strict=True)
    for (time_s, image), (next_s, following) in pairwise(timed):
        field = grid_means(flow(image, following))
        height_s = np.float32(image.shape[0] * (next_s - time_s))
        speeds.append(np.asarray(np.hypot(field[..., 0], field[..., 1]).ravel() / height_s, dtype=np.float32))
    return speeds


def grid_means(field: Floats) -> Floats:
    """[GRID, GRID, 2] means of the field [height, width, 2]."""
    rows, columns = (np.linspace(0, side, GRID, endpoint=False).astype(int) for side in field.shape[:2])
    sums = np.add.reduceat(np.add.reduceat(field, rows, axis=0), columns, axis=1)
    areas = np.outer(np.diff([*rows, field.shape[0]]), np.diff([*columns, field.shape[1]]))
    return np.asarray(sums / areas[..., None], dtype=np.float32)
