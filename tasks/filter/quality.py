"""One number for how well the picture has kept: what blur, noise, coding and interlacing have left of it."""

import numpy as np

from tasks.core.model import Score
from tasks.core.settings_filter import QualitySettings
from tasks.filter.blockiness import LEAST_SIDE_PX, blockiness
from tasks.filter.combing import combed_share
from tasks.filter.noise import noise_sigma
from tasks.filter.patches import patch
from tasks.filter.scorer import Clip, Grey, Needs, Sample
from tasks.filter.sharpness import sharpness

SHARP = 0.8
"""Sharpness (see `sharpness`) of a picture that needs no more."""
NOISE_LEVELS = 3.0
"""Noise, in grey levels, that leaves a third of the quality."""
BLOCKS = 2.0
"""Blockiness that leaves half of it."""


class QualityScorer:
    """quality."""

    name = "quality"

    def __init__(self, settings: QualitySettings, clip: Clip) -> None:
        self._is_turned = clip.info.rotation_deg in (90, 270)
        self.needs = Needs(fps=settings.sample_fps, coded=True)
        self._values: list[float] = []
        self._pictures = 0

    def see(self, sample: Sample) -> None:
        """Measures a part of it, as coded."""
        if sample.coded is not None and min(sample.coded.shape) >= LEAST_SIDE_PX:
            image = patch(sample.coded, self._pictures)
            value = quality(image.T if self._is_turned else image)
            if value is not None:
                self._values.append(value)
        self._pictures += 1

    def finish(self) -> Score:
        """Median over the pictures; unmeasured where they are tiny or plain."""
        if not self._values:
            return Score(self.name, unmeasured="plain_picture" if self._pictures else "too_few_frames")
        return Score(self.name, {"quality": float(np.median(self._values))})


def quality(image: Grey) -> float | None:
    """0 (spoilt) to 1; None for a plain picture.

    min(1, sharpness / 0.8) * exp(-noise_sigma / 3) / (1 + blockiness / 2) * (1 - combing): it rises with sharpness and
    falls with each defect, whatever the others are. The form is ours; its four constants are chosen on made pairs
    (`bench/quality.py`) so that noise, which looks like sharpness, never pays. It ranks copies of one thing; between
    different things it is a rough guide.
    """
    sharp = sharpness(image)
    if sharp is None:
        return None
    left_by_noise = float(np.exp(-(noise_sigma(image) or 0.0) / NOISE_LEVELS))
    left_by_coding = 1 / (1 + blockiness(image) / BLOCKS)
    return min(1.0, sharp / SHARP) * left_by_noise * left_by_coding * (1 - combed_share(image))
