"""How far gentle slopes of brightness fall into steps."""

import numpy as np

from tasks.core.model import Score
from tasks.core.settings_filter import BandingSettings
from tasks.filter.patches import patch, turned
from tasks.filter.pictures import apart
from tasks.filter.scorer import Clip, Grey, Needs, Sample

RUN_PX = 6
"""Length of the even runs before and after a step."""
STEP_PX = 6
"""A step may take so many pixels: coding softens it."""
LEAST_STEP_LEVELS, MOST_STEP_LEVELS = 3, 16
"""Smaller steps cannot be seen; larger ones are edges of things."""
REACH_PX = 2 * RUN_PX + STEP_PX
LEAST_SLOPES = 100
"""Fewer gentle slopes tell nothing."""


class BandingScorer:
    """banding."""

    name = "banding"

    def __init__(self, settings: BandingSettings, clip: Clip) -> None:
        self.needs = Needs(fps=settings.sample_fps, coded=True)
        self._pictures = 0
        self._steps = self._slopes = 0

    def see(self, sample: Sample) -> None:
        """Counts the slopes and steps in a part of it, as coded."""
        if sample.coded is not None:
            image = patch(sample.coded, self._pictures)
            for lines in (image[::2], turned(image)[::2]):
                steps, slopes = steps_and_slopes(lines)
                self._steps, self._slopes = self._steps + steps, self._slopes + slopes
        self._pictures += 1

    def finish(self) -> Score:
        """Over all pictures; unmeasured where brightness nowhere changes gently."""
        if self._slopes < LEAST_SLOPES:
            return Score(self.name, unmeasured="no_gentle_slopes" if self._pictures else "too_few_frames")
        return Score(self.name, {"banding": self._steps / self._slopes})


def steps_and_slopes(lines: Grey) -> tuple[int, int]:
    """How many windows along the lines [lines, pixels] change gently, and in how many of them the whole change is one
    step between two even runs.

    What Tandon et al., "CAMBI: contrast-aware multiscale banding index" (2021) look for, a small step between flat
    parts, but counted in one scale and against the slopes that could have fallen into steps.
    """
    if lines.shape[1] <= REACH_PX:
        return 0, 0
    rise = apart(lines[:, :-REACH_PX], lines[:, REACH_PX:])
    is_gentle = (rise >= LEAST_STEP_LEVELS) & (rise <= MOST_STEP_LEVELS)
    windows, is_even = rise.shape[1], lines[:, 1:] == lines[:, :-1]
    is_step = is_gentle.copy()
    for at in range(RUN_PX):
        for run in (at, at + RUN_PX + STEP_PX):
            is_step &= is_even[:, run : run + windows]
    return int(np.count_nonzero(is_step)), int(np.count_nonzero(is_gentle))
