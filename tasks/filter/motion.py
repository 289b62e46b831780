"""How much moves and how fast, and how much of it is the camera's doing.

Everything is measured by optical flow on small pictures, whatever the codec: docs/decisions/0005-flow-for-motion.md.
Speeds are in picture heights per second, so that size and frame rate of the file do not matter.
"""

from dataclasses import dataclass, field

import numpy as np

from tasks.core.model import Score
from tasks.core.settings_filter import MotionSettings
from tasks.filter.camera import Step, step_between
from tasks.filter.pictures import LEAST_FLOW_SIDE_PX
from tasks.filter.scorer import Clip, Floats, Grey, Needs, Sample

SPEEDS_PER_HEIGHT, FASTEST = 500, 20
"""Speeds are counted in steps of a 500th of a height per second, up to 20 heights per second."""

SMOOTHED_S = 1.0
"""The camera's path is smoothed by a parabola through so much of it."""


@dataclass(slots=True)
class Tally:
    """What is kept of every step; speeds in heights per second."""

    means: list[float] = field(default_factory=list)
    speeds: np.ndarray = field(default_factory=lambda: np.zeros(SPEEDS_PER_HEIGHT * FASTEST + 1, np.int64))
    """How many cells had each speed."""
    cameras: list[list[float]] = field(default_factory=list)
    """Mean speed, then the camera's own: right, down, zoom and turn."""
    own: list[tuple[float, float]] = field(default_factory=list)
    """Mean speed and share of what moves by itself."""
    moves: list[tuple[float, float]] = field(default_factory=list)
    """How far the camera moved, in heights; nowhere where that cannot be told."""


class MotionScorer:
    """motion_mean, motion_p95, still_share; camera_speed, camera_right, camera_down, camera_zoom, camera_turn, shake;
    object_motion, object_share and sure_motion."""

    name = "motion"

    def __init__(self, settings: MotionSettings, clip: Clip) -> None:
        self._settings = settings
        self.needs = Needs(settings.sample_fps)
        self._tally = Tally()
        self._last: Sample | None = None
        self._unmeasured = "too_few_frames"

    def see(self, sample: Sample) -> None:
        """Measures what moved since the picture before."""
        if min(sample.image.shape) < LEAST_FLOW_SIDE_PX:
            self._unmeasured = "too_small"
            return
        if self._last is not None:
            step = step_between(self._last.image, sample.image)
            add(self._tally, step, sample.image, sample.time_s - self._last.time_s)
        self._last = sample

    def finish(self) -> Score:
        """All of them; those of the camera and of what moves by itself are left out where all is without texture."""
        tally = self._tally
        if not tally.means:
            return Score(self.name, unmeasured=self._unmeasured)
        numbers = {
            "motion_mean": float(np.mean(tally.means)),
            "motion_p95": p95(tally.speeds),
            "still_share": float(np.mean(np.array(tally.means) < self._settings.still_speed)),
        }
        if not tally.cameras:
            return Score(self.name, numbers, "no_texture")
        names = ("camera_speed", "camera_right", "camera_down", "camera_zoom", "camera_turn")
        numbers |= dict(zip(names, np.mean(tally.cameras, axis=0).tolist(), strict=True))
        numbers |= dict(zip(("object_motion", "object_share"), np.mean(tally.own, axis=0).tolist(), strict=True))
        numbers["sure_motion"] = numbers["camera_speed"] + numbers["object_motion"]
        jitter = shake(np.array(tally.moves), round(SMOOTHED_S * self._settings.sample_fps / 2))
        if jitter is None:
            return Score(self.name, numbers, "too_short_for_shake")
        return Score(self.name, {**numbers, "shake": jitter})


def add(tally: Tally, step: Step, image: Grey, length_s: float) -> None:
    """Counts one step of this length between pictures like this one."""
    height, per_s = image.shape[0], 1 / (image.shape[0] * length_s)
    speeds = step.speeds_px * np.float32(per_s)
    tally.means.append(float(speeds.mean()))
    bins = np.minimum(speeds * SPEEDS_PER_HEIGHT + 0.5, SPEEDS_PER_HEIGHT * FASTEST).astype(int)
    counts = np.bincount(bins)
    tally.speeds[: len(counts)] += counts
    if step.affine is None:
        tally.moves.append((0.0, 0.0))
        return
    tally.cameras.append([float(step.camera_px.mean()) * per_s, *camera(step.affine, height, length_s)])
    tally.own.append((step.own_px * per_s, step.own_share))
    tally.moves.append((-step.affine[0, 0] / height, -step.affine[0, 1] / height))


def camera(affine: Floats, height: int, length_s: float) -> tuple[float, float, float, float]:
    """The camera's way to the right and down in heights per second (what is seen goes the other way), by how much it
    enlarges the picture per second, and its turn clockwise in degrees per second."""
    (x, y), (xx, xy), (yx, yy) = affine.tolist()
    turn = -np.degrees((xy - yx) / 2) / length_s
    return -x / height / length_s, -y / height / length_s, (xx + yy) / 2 / length_s, float(turn)


def p95(counts: np.ndarray) -> float:
    """The speed that 95 % of the counted do not exceed."""
    return float(np.searchsorted(np.cumsum(counts), 0.95 * counts.sum())) / SPEEDS_PER_HEIGHT


def shake(moves: np.ndarray, reach: int) -> float | None:
    """Median distance in heights of the camera's path, made of these moves [steps, 2], from the parabola through the
    `reach` pictures before and after (Savitzky and Golay 1964); None for a path shorter than that.

    The path's places are compared, not its speeds: jitter faster than the pictures shows in them undiminished.
    """
    path = np.concatenate([np.zeros((1, 2)), np.cumsum(moves, axis=0)])
    if reach < 1 or len(path) < 2 * reach + 1:
        return None
    at = np.arange(-reach, reach + 1)
    smoothing = np.linalg.pinv(np.stack([np.ones_like(at), at, at**2], axis=1))[0]
    smooth = np.stack([np.convolve(path[:, axis], smoothing, mode="valid") for axis in (0, 1)], axis=1)
    away = path[reach:-reach] - smooth
    return float(np.median(np.hypot(away[:, 0], away[:, 1])))
