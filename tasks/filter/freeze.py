"""How much of the clip stands still: the same picture again and again."""

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from tasks.core.model import Score
from tasks.core.settings_filter import FreezeSettings
from tasks.filter.pictures import apart, level_counts
from tasks.filter.scorer import Clip, Grey, Needs, Sample


class FreezeScorer:
    """freeze_share, longest_freeze_s."""

    name = "freeze"

    def __init__(self, settings: FreezeSettings, clip: Clip) -> None:
        self._settings = settings
        self._span = clip.span
        self.needs = Needs(fps=settings.sample_fps)
        self._times_s: list[float] = []
        self._changes: list[float] = []
        self._last: Grey | None = None

    def see(self, sample: Sample) -> None:
        """Compares it with the one before."""
        if self._last is not None:
            self._changes.append(change(self._last, sample.image))
        self._times_s.append(sample.time_s)
        self._last = sample.image

    def finish(self) -> Score:
        """Both numbers; unmeasured with fewer than two pictures."""
        if not self._changes:
            return Score(self.name, unmeasured="too_few_frames")
        still = stills(self._changes, self._settings.most_change_levels, self._settings.most_refresh_levels)
        times_s = [*self._times_s[:-1], self._span.end_s]
        freezes_s = [
            length_s for length_s in run_lengths_s(still, times_s) if length_s > self._settings.shortest_freeze_s
        ]
        share = min(1.0, sum(freezes_s) / self._span.duration_s)
        return Score(self.name, {"freeze_share": share, "longest_freeze_s": max(freezes_s, default=0.0)})


def change(one: Grey, other: Grey) -> float:
    """Grey levels by which the most changed hundredth of the picture differs; 0 for the same picture."""
    difference = apart(one, other)
    rank = difference.size * 99 // 100
    return float(np.searchsorted(np.cumsum(level_counts(difference)), rank, side="right"))


def stills(changes: Sequence[float], most: float, most_alone: float) -> list[bool]:
    """Which intervals have no change; one alone between such may have more: a key frame that codes the picture anew."""
    calm = [True, *(levels <= most for levels in changes), True]
    return [
        calm[at] or (calm[at - 1] and calm[at + 1] and levels <= most_alone)
        for at, levels in enumerate(changes, start=1)
    ]


def run_lengths_s(still: Sequence[bool], times_s: Sequence[float]) -> list[float]:
    """Length in seconds of each run of intervals without change; interval k is from times_s[k] to times_s[k + 1]."""
    lengths_s, start = [], 0
    for is_still, run in groupby(still):
        end = start + len(list(run))
        if is_still:
            lengths_s.append(times_s[end] - times_s[start])
        start = end
    return lengths_s
