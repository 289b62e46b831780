"""How much of its resolution the picture uses: an enlarged or blurred one has nothing to show in its finest detail."""

import numpy as np

from tasks.core.model import Score
from tasks.core.settings_filter import UpscalingSettings
from tasks.filter.patches import patch
from tasks.filter.scorer import Clip, Floats, Grey, Needs, Sample

LENGTHS_PX = (256, 128, 64)
"""Lengths of the lines whose spectrum is taken: the longest that fits."""
EVERY = 4
"""One line in this many is measured."""
LOWEST = 3
"""First frequency that counts; slower changes are light and shade."""
FLOOR = 0.42
"""Frequency, in cycles per pixel, above which there is more noise and rounding than picture."""
SHARP_HALF = 0.155
"""Where half of the edges' power lies when power falls with the square of the frequency up to the last."""
LEAST_SPREAD_LEVELS = 2.0
"""Plain pictures have no detail at all."""


class UpscalingScorer:
    """effective_share, effective_short_side_px."""

    name = "upscaling"

    def __init__(self, settings: UpscalingSettings, clip: Clip) -> None:
        self._short_side_px = min(clip.box.width, clip.box.height)
        self.needs = Needs(fps=settings.sample_fps, coded=True)
        self._values: list[float] = []
        self._pictures = 0

    def see(self, sample: Sample) -> None:
        """Measures a part of it, as coded."""
        if sample.coded is not None:
            share = effective_share(patch(sample.coded, self._pictures))
            if share is not None:
                self._values.append(share)
        self._pictures += 1

    def finish(self) -> Score:
        """Both, of the picture with the most detail: others may be out of focus."""
        if not self._values:
            return Score(self.name, unmeasured="plain_picture" if self._pictures else "too_few_frames")
        share = max(self._values)
        return Score(self.name, {"effective_share": share, "effective_short_side_px": share * self._short_side_px})


def effective_share(image: Grey) -> float | None:
    """Share of the sides in pixels at which the picture would show as much; None for a plain or tiny picture.

    Field, "Relations between the statistics of natural images and the response properties of cortical cells" (1987):
    power falls with the square of the frequency, so the power of the edges, which is power times that square, is level
    up to where the picture's detail ends. What lies above the level of the highest frequencies counts, since noise and
    rounding have the same power at all of them.
    """
    spectra = [spectrum(lines) for lines in (image[::EVERY], image.T[::EVERY])]
    seen = [frequency_of_half(power) for power in spectra if power is not None]
    return min(1.0, float(np.mean(seen)) / SHARP_HALF) if len(seen) == 2 else None


def spectrum(lines: Grey) -> Floats | None:
    """Mean power at each frequency of the lines [lines, pixels]; None where they are too short or plain."""
    length = next((length for length in LENGTHS_PX if length <= lines.shape[1]), None)
    if length is None:
        return None
    values = lines[:, :length].astype(np.float32)
    values -= values.mean(axis=1, keepdims=True)
    if values.std() < LEAST_SPREAD_LEVELS:
        return None
    power = np.abs(np.fft.rfft(values * np.hanning(length).astype(np.float32), axis=1)) ** 2
    return np.asarray(power.mean(axis=0), dtype=np.float32)


def frequency_of_half(power: Floats) -> float:
    """Frequency, in cycles per pixel, below which half of the power of the picture's edges (its gradient) lies."""
    frequencies = np.linspace(0, 0.5, len(power))
    detail = np.maximum(power - power[frequencies > FLOOR].mean(), 0) * frequencies**2
    below = np.cumsum(detail[LOWEST:])
    return float(np.interp(below[-1] / 2, below, frequencies[LOWEST:]))
