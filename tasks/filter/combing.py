"""How much of the picture shows two instants at once, in every other line: interlaced, or badly made progressive."""

import numpy as np

from tasks.core.model import Score
from tasks.core.settings_filter import CombingSettings
from tasks.filter.once import once
from tasks.filter.patches import block_means, patch
from tasks.filter.scorer import Clip, Grey, Needs, Sample

BLOCK_PX = 16
EXCESS = 1.2
EXCESS_LEVELS = 2.0
"""A block is combed where neighbouring lines differ by more than this many times what the next but one do, and more:
noise makes both differ alike."""


class CombingScorer:
    """combing, combing_max."""

    name = "combing"

    def __init__(self, settings: CombingSettings, clip: Clip) -> None:
        self._is_turned = clip.info.rotation_deg in (90, 270)
        self.needs = Needs(fps=settings.sample_fps, coded=True)
        self._values: list[float] = []
        self._pictures = 0

    def see(self, sample: Sample) -> None:
        """Measures a part of it, as coded."""
        if sample.coded is not None and min(sample.coded.shape) >= BLOCK_PX + 2:
            image = patch(sample.coded, self._pictures)
            self._values.append(combed_share(image.T if self._is_turned else image))
        self._pictures += 1

    def finish(self) -> Score:
        """Mean and largest share over the pictures: where nothing moves nothing is combed."""
        if not self._values:
            return Score(self.name, unmeasured="too_small" if self._pictures else "too_few_frames")
        return Score(self.name, {"combing": float(np.mean(self._values)), "combing_max": max(self._values)})


@once
def combed_share(image: Grey) -> float:
    """Share of the blocks in which lines resemble the next but one more than the next.

    The comparison of fields and frames by which deinterlacers find combed blocks.
    """
    values = image.astype(np.int16)
    next_line = block_means(np.abs(values[1:-1] - values[2:]), BLOCK_PX)
    next_but_one = block_means(np.abs(values[:-2] - values[2:]), BLOCK_PX)
    return float((next_line > EXCESS * next_but_one + EXCESS_LEVELS).mean())
