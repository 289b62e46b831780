"""How much moves, and how fast: from the codec's motion vectors, or from optical flow where it has none.

Speeds are in picture heights per second, so that size and frame rate of the file do not matter.
"""

import numpy as np

from tasks.core.media.motion import CODECS_WITH_VECTORS
from tasks.core.model import Score
from tasks.core.settings_filter import MotionSettings
from tasks.filter.pictures import LEAST_FLOW_SIDE_PX, flow
from tasks.filter.scorer import Clip, Floats, Needs, Sample

GRID = 16
"""Speeds are taken per cell of a grid of this many rows and columns, so that small blocks do not count more."""


class MotionScorer:
    """motion_mean, motion_p95, still_share."""

    name = "motion"

    def __init__(self, settings: MotionSettings, clip: Clip) -> None:
        self._settings = settings
        self._clip = clip
        has_vectors = clip.info.codec in CODECS_WITH_VECTORS
        # Where there are none, pictures closer in time are compared.
        self.needs = Needs(settings.sample_fps if has_vectors else settings.flow_fps, motion_vectors=has_vectors)
        self._by_vectors: list[Floats] = []
        self._by_flow: list[Floats] = []
        self._last: Sample | None = None
        self._pictures = 0

    def see(self, sample: Sample) -> None:
        """Takes the speeds from its vectors; until two pictures had some, also those since the picture before."""
        self._pictures += 1
        if sample.vectors is not None and len(sample.vectors):
            self._by_vectors.append(vector_speeds(sample.vectors, self._clip))
        if len(self._by_vectors) < 2:
            if self._last is not None and min(sample.image.shape) >= LEAST_FLOW_SIDE_PX:
                self._by_flow.append(flow_speeds(self._last, sample))
            self._last = sample

    def finish(self) -> Score:
        """All three; unmeasured for fewer than two pictures, or ones too small for flow where there are no vectors."""
        speeds = self._by_vectors if len(self._by_vectors) >= 2 else self._by_flow
        if not speeds:
            return Score(self.name, unmeasured="too_few_frames" if self._pictures < 2 else "too_small")
        return Score(self.name, summary(speeds, self._settings.still_speed))


def summary(speeds: list[Floats], still_speed: float) -> dict[str, float]:
    """The numbers of the speeds [cells] of every sampled instant, in heights per second."""
    means = [float(cells.mean()) for cells in speeds]
    return {
        "motion_mean": float(np.mean(means)),
        "motion_p95": float(np.percentile(np.concatenate(speeds), 95)),
        "still_share": float(np.mean([mean < still_speed for mean in means])),
    }


def vector_speeds(vectors: Floats, clip: Clip) -> Floats:
    """Speeds of the grid's cells that have any vectors, in heights per second."""
    return grid_speeds(vectors, clip) * np.float32(float(clip.info.frame_rate) / clip.box.height)


def grid_speeds(vectors: Floats, clip: Clip) -> Floats:
    """Length of the mean vector of each cell of the grid over the box that has blocks, in pixels per frame."""
    across = (vectors[:, 0] + vectors[:, 2] / 2 - clip.box.x) * (GRID / clip.box.width)
    down = (vectors[:, 1] + vectors[:, 3] / 2 - clip.box.y) * (GRID / clip.box.height)
    cells = np.clip(down, 0, GRID - 1).astype(int) * GRID + np.clip(across, 0, GRID - 1).astype(int)
    areas = vectors[:, 2] * vectors[:, 3]
    area, x, y = (np.bincount(cells, areas * part, GRID * GRID) for part in (1, vectors[:, 4], vectors[:, 5]))
    has_any = area > 0
    return np.asarray(np.hypot(x[has_any], y[has_any]) / area[has_any], dtype=np.float32)


def flow_speeds(sample: Sample, following: Sample) -> Floats:
    """Speeds of the grid's cells from one picture to the next, in heights per second."""
    field = grid_means(flow(sample.image, following.image))
    height_s = np.float32(sample.image.shape[0] * (following.time_s - sample.time_s))
    return np.asarray(np.hypot(field[..., 0], field[..., 1]).ravel() / height_s, dtype=np.float32)


def grid_means(field: Floats) -> Floats:
    """[GRID, GRID, 2] means of the field [height, width, 2]."""
    rows, columns = (np.linspace(0, side, GRID, endpoint=False).astype(int) for side in field.shape[:2])
    sums = np.add.reduceat(np.add.reduceat(field, rows, axis=0), columns, axis=1)
    areas = np.outer(np.diff([*rows, field.shape[0]]), np.diff([*columns, field.shape[1]]))
    return np.asarray(sums / areas[..., None], dtype=np.float32)
