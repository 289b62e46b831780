"""How sharp the picture is, whatever its size, brightness and contrast."""

import numpy as np

from tasks.core.model import Score
from tasks.core.settings_filter import SharpnessSettings
from tasks.filter.pictures import apart
from tasks.filter.scorer import Clip, Grey, Needs, Sample

BLUR_LENGTH_PX = 9
"""Length of the box filter that the picture is compared with (Crete et al. 2007)."""
EVERY = 4
"""One line in this many is measured: neighbouring lines say nearly the same."""
LEAST_SIDE_PX = 4 * BLUR_LENGTH_PX
"""Pictures with a shorter side have too few pixels to tell."""
LEAST_VARIATION_LEVELS = 0.05
"""Mean difference of neighbouring pixels under which a picture is plain and can be neither sharp nor blurred."""


class SharpnessScorer:
    """sharpness, sharpness_min."""

    name = "sharpness"

    def __init__(self, settings: SharpnessSettings, clip: Clip) -> None:
        self.needs = Needs(fps=settings.sample_fps, max_side_px=settings.max_side_px)
        self._values: list[float] = []
        self._unmeasured = "plain_picture"

    def see(self, sample: Sample) -> None:
        """Measures it, where there is something to measure."""
        if min(sample.image.shape) < LEAST_SIDE_PX:
            self._unmeasured = "too_small"
        elif (value := sharpness(sample.image)) is not None:
            self._values.append(value)

    def finish(self) -> Score:
        """Median and least sharpness over the pictures; unmeasured where all of them are plain (black, say)."""
        if not self._values:
            return Score(self.name, unmeasured=self._unmeasured)
        return Score(self.name, {"sharpness": float(np.median(self._values)), "sharpness_min": min(self._values)})


def sharpness(image: Grey) -> float | None:
    """0 (blurred) to 1: the share of the variation between neighbouring pixels that blurring takes away, in the worse
    of both directions; None for a plain picture.

    One minus the blur of Crete, Dolmiere, Ladret and Nicolas, "The blur effect: perception and estimation with a new
    no-reference perceptual blur metric" (2007). A blurred picture has little to lose by another blur.
    """
    lost = [lost_variation(image[::EVERY]), lost_variation(np.ascontiguousarray(image[:, ::EVERY].T))]
    seen = [share for share in lost if share is not None]
    return min(seen) if seen else None


def lost_variation(lines: Grey) -> float | None:
    """Share of the variation along the lines [lines, pixels] that a box filter takes away; None without variation.

    What is left of it are the ends of the filter, since its inside cancels out; in whole numbers, all of it times the
    filter's length.
    """
    half = BLUR_LENGTH_PX // 2
    sharp = apart(lines[:, 1:], lines[:, :-1])[:, half : -half or None]
    total = int(sharp.sum(dtype=np.int64))
    if total < LEAST_VARIATION_LEVELS * sharp.size:
        return None
    soft = apart(lines[:, BLUR_LENGTH_PX:], lines[:, :-BLUR_LENGTH_PX])
    lost = sharp.astype(np.int16) * BLUR_LENGTH_PX - soft
    return int(np.maximum(lost, 0, out=lost).sum(dtype=np.int64)) / (total * BLUR_LENGTH_PX)
