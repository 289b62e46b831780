"""How noisy the picture is where nothing else is to be seen."""

import numpy as np

from tasks.core.model import Score
from tasks.core.settings_filter import NoiseSettings
from tasks.filter.once import once
from tasks.filter.patches import block_means, patch
from tasks.filter.scorer import Clip, Floats, Grey, Needs, Sample

BLOCK_PX = 16
EVENEST_PERCENT = 10
"""Blocks up to this rank show nothing but noise: what is drawn only adds to it."""
LEAST_BLOCKS = 20
DARKEST_LEVEL, BRIGHTEST_LEVEL = 24, 232
"""Mean levels beyond which noise is cut off by black or white."""


class NoiseScorer:
    """noise_sigma."""

    name = "noise"

    def __init__(self, settings: NoiseSettings, clip: Clip) -> None:
        self.needs = Needs(fps=settings.sample_fps, coded=True)
        self._values: list[float] = []
        self._unmeasured = "too_few_frames"

    def see(self, sample: Sample) -> None:
        """Measures a part of it, as coded."""
        if sample.coded is not None:
            sigma = noise_sigma(patch(sample.coded, len(self._values)))
            if sigma is None:
                self._unmeasured = "no_grey_parts"
            else:
                self._values.append(sigma)

    def finish(self) -> Score:
        """Median over the pictures; unmeasured where they are all but black, white or tiny."""
        if not self._values:
            return Score(self.name, unmeasured=self._unmeasured)
        return Score(self.name, {"noise_sigma": float(np.median(self._values))})


@once
def noise_sigma(image: Grey) -> float | None:
    """Standard deviation of the noise in grey levels; None where too little is neither black nor white.

    Immerkaer, "Fast noise variance estimation" (1996): the mean response to the difference of two Laplacians, times
    sqrt(pi / 2) / 6. Taken per block, of which one of the evenest counts, so that texture is not taken for noise.
    """
    if min(image.shape) < BLOCK_PX + 2:
        return None
    levels = block_means(image[1:-1, 1:-1], BLOCK_PX)
    sigmas = block_means(np.abs(double_laplacian(image)), BLOCK_PX) * np.float32(np.sqrt(np.pi / 2) / 6)
    grey = sigmas[(levels > DARKEST_LEVEL) & (levels < BRIGHTEST_LEVEL)]
    return float(np.percentile(grey, EVENEST_PERCENT)) if len(grey) >= LEAST_BLOCKS else None


def double_laplacian(image: Grey) -> Floats:
    """The picture after the mask 1 -2 1, -2 4 -2, 1 -2 1; one pixel less on every side."""
    values = image.astype(np.int16)
    across = values[:, :-2] - 2 * values[:, 1:-1] + values[:, 2:]
    return np.asarray(across[:-2] - 2 * across[1:-1] + across[2:])
