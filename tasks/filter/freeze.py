"""How much of the clip stands still: the same picture again and again."""

from collections.abc import Sequence
from itertools import groupby, pairwise

import numpy as np

from tasks.core.model import Score
from tasks.core.settings_filter import FreezeSettings
from tasks.filter.scorer import Clip, Grey, Needs, Samples


class FreezeScorer:
    """freeze_share, longest_freeze_s."""

    name = "freeze"

    def __init__(self, settings: FreezeSettings) -> None:
        self._settings = settings

    def needs(self, clip: Clip) -> Needs:
        """Small pictures, a few a second."""
        return Needs(fps=self._settings.sample_fps)

    def measure(self, samples: Samples, clip: Clip) -> Score:
        """Both numbers; unmeasured with fewer than two pictures."""
        if len(samples.images) < 2:
            return Score(self.name, unmeasured="too_few_frames")
        still = [change(*pair) <= self._settings.most_change_levels for pair in pairwise(samples.images)]
        times_s = [*samples.times_s[:-1], clip.span.end_s]
        freezes_s = [
            length_s for length_s in run_lengths_s(still, times_s) if length_s > self._settings.shortest_freeze_s
        ]
        share = min(1.0, sum(freezes_s) / clip.span.duration_s)
        return Score(self.name, {"freeze_share": share, "longest_freeze_s": max(freezes_s, default=0.0)})


def change(one: Grey, other: Grey) -> float:
    """Grey levels by which the most changed hundredth of the picture differs; 0 for the same picture."""
    difference = np.maximum(one, other) - np.minimum(one, other)
    rank = difference.size * 99 // 100
    return float(np.searchsorted(np.cumsum(np.bincount(difference.ravel(), minlength=256)), rank, side="right"))


def run_lengths_s(still: Sequence[bool], times_s: Sequence[float]) -> list[float]:
    """Length in seconds of each run of intervals without change; interval k is from times_s[k] to times_s[k + 1]."""
    lengths_s, start = [], 0
    for is_still, run in groupby(still):
        end = start + len(list(run))
        if is_still:
            lengths_s.append(times_s[end] - times_s[start])
        start = end
    return lengths_s
