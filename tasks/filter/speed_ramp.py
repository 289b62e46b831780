"""Whether the playback speed changes inside the clip: everything moves faster or slower from one moment on.

A weak sign: what is filmed also starts, stops and hurries. At one false alarm in fifty it finds about a seventh of the
changes by a factor of two to four, on cases that it was not tuned on (`python -m bench artifacts`): little more than
chance. It is for ordering and for looking; no policy that comes with clipmill drops by it, and none should.
"""

import numpy as np

from tasks.core.model import Score
from tasks.core.settings_filter import SpeedRampSettings
from tasks.filter.camera import Step, cells_of, step_between
from tasks.filter.pictures import LEAST_FLOW_SIDE_PX
from tasks.filter.scorer import Clip, Floats, Grey, Needs, Sample

LEAST_PX = 0.2
"""Slower pictures stand still, and a start is no change of speed."""
PATTERN = 4
"""Speeds are compared in squares of this many cells a side."""
NEAR = 2
"""Steps right before and after the change that must show it."""
SPREAD_WEIGHT = 6.0
"""How much an uneven motion speaks against a change."""


class SpeedRampScorer:
    """speed_ramp, speed_ramp_s."""

    name = "speed_ramp"

    def __init__(self, settings: SpeedRampSettings, clip: Clip) -> None:
        self.needs = Needs(settings.sample_fps)
        self._start_s = clip.span.start_s
        self._least_steps = max(2, round(0.75 * settings.sample_fps))
        self._last: Grey | None = None
        self._times_s: list[float] = []
        self._speeds_px: list[float] = []
        self._patterns: list[Floats] = []
        self._unmeasured = "too_few_frames"

    def see(self, sample: Sample) -> None:
        """Takes how fast each part of the picture moves."""
        if min(sample.image.shape) < LEAST_FLOW_SIDE_PX:
            self._unmeasured = "too_small"
            return
        if self._last is not None:
            step = step_between(self._last, sample.image)
            self._times_s.append(sample.time_s - self._start_s)
            self._speeds_px.append(float(step.speeds_px.mean()))
            self._patterns.append(pattern(step, sample.image))
        self._last = sample.image

    def finish(self) -> Score:
        """How strong the strongest change is, and when, in seconds from the start of the clip."""
        if len(self._speeds_px) < 2 * self._least_steps:
            return Score(self.name, unmeasured=self._unmeasured)
        strengths = ramp_strengths(np.array(self._speeds_px), np.stack(self._patterns), self._least_steps)
        at = int(strengths.argmax())
        return Score(self.name, {"speed_ramp": float(strengths[at]), "speed_ramp_s": self._times_s[at]})


def pattern(step: Step, image: Grey) -> Floats:
    """Mean speed of each square of cells, in pixels."""
    rows, columns = cells_of(image.shape)
    speeds = step.speeds_px.reshape(rows, columns)
    sums = np.add.reduceat(np.add.reduceat(speeds, range(0, rows, PATTERN), 0), range(0, columns, PATTERN), 1)
    return np.asarray(sums.ravel())


def ramp_strengths(speeds_px: np.ndarray, patterns: np.ndarray, least: int) -> np.ndarray:
    """[steps] 0 to 1: how far the speed changes right before each step, all over the picture alike.

    The change in doublings of the median speed, both over all before and after and right there, by how uneven the speed
    is on either side, and by how alike the fast and slow places of the picture are before and after.
    """
    doublings = np.log2(np.maximum(speeds_px, LEAST_PX))
    found = np.zeros(len(doublings))
    for at in range(least, len(doublings) - least + 1):
        before, after = doublings[:at], doublings[at:]
        middles = median(before), median(after)
        if min(middles) <= np.log2(LEAST_PX):
            continue
        spread = median(np.abs(np.concatenate([before - middles[0], after - middles[1]])))
        near = abs(median(before[-NEAR:]) - median(after[:NEAR]))
        change = min(abs(middles[0] - middles[1]), near) / (1 + SPREAD_WEIGHT * spread)
        one, other = patterns[max(0, at - NEAR) : at].mean(axis=0), patterns[at : at + NEAR].mean(axis=0)
        alike = (one @ other) / (np.sqrt((one @ one) * (other @ other)) + 1e-9)
        found[at] = min(1.0, change * alike)
    return found


def median(values: np.ndarray) -> float:
    """As numpy's, which takes ten times as long for so few values."""
    ranked, middle = np.sort(values), len(values) // 2
    return float(ranked[middle] if len(values) % 2 else (ranked[middle - 1] + ranked[middle]) / 2)
