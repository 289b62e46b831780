"""How far the grid of coding blocks shows."""

import numpy as np

from tasks.core.model import Score
from tasks.core.settings_filter import BlockinessSettings
from tasks.filter.once import once
from tasks.filter.patches import patch, turned
from tasks.filter.pictures import apart
from tasks.filter.scorer import Clip, Grey, Needs, Sample

GRID_PX = 8
"""Blocks of MPEG-2, MPEG-4 and JPEG; those of newer codecs are multiples of it."""
LEAST_SIDE_PX = 8 * GRID_PX
LARGEST_STEP_LEVELS = 20
"""Larger steps are edges of things, not of blocks."""
FINEST_LEVELS = 0.05
"""Step that counts for nothing, so that a plain picture is not divided by zero."""


class BlockinessScorer:
    """blockiness."""

    name = "blockiness"

    def __init__(self, settings: BlockinessSettings, clip: Clip) -> None:
        self.needs = Needs(fps=settings.sample_fps, coded=True)
        self._values: list[float] = []
        self._pictures = 0

    def see(self, sample: Sample) -> None:
        """Measures a part of it, as coded."""
        if sample.coded is not None and min(sample.coded.shape) >= LEAST_SIDE_PX:
            self._values.append(blockiness(patch(sample.coded, self._pictures)))
        self._pictures += 1

    def finish(self) -> Score:
        """Median over the pictures."""
        if not self._values:
            return Score(self.name, unmeasured="too_small" if self._pictures else "too_few_frames")
        return Score(self.name, {"blockiness": float(np.median(self._values))})


@once
def blockiness(image: Grey) -> float:
    """By how many times the steps on the 8x8 grid exceed those elsewhere, mean of both directions; 0 without a grid.

    After Wu and Yuen, "A generalized block-edge impairment metric for video coding" (1997): steps across block edges
    against those inside blocks. The grid may lie anywhere, since pictures are cropped: the strongest of its eight
    places counts. A scaled grid is not found.
    """
    return (grid_excess(image) + grid_excess(turned(image))) / 2


def grid_excess(lines: Grey) -> float:
    """Of lines [lines, pixels]: mean step in the strongest of eight columns less the median of the others, by that."""
    steps = apart(lines[:, 1:], lines[:, :-1])
    beside = np.maximum(steps[:, :-2], steps[:, 2:])
    lone = np.minimum(np.maximum(steps[:, 1:-1], beside) - beside, LARGEST_STEP_LEVELS)
    columns = (lone.sum(axis=0, dtype=np.uint32) / len(lone)).astype(np.float32)
    whole = len(columns) // GRID_PX * GRID_PX
    phases = np.sort(columns[:whole].reshape(-1, GRID_PX).mean(axis=0))
    elsewhere = float(np.median(phases[:-1]))
    return (float(phases[-1]) - elsewhere) / (elsewhere + FINEST_LEVELS)
