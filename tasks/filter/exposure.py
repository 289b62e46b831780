"""How the picture is lit."""

import numpy as np

from tasks.core.model import Score
from tasks.core.settings_filter import ExposureSettings
from tasks.filter.pictures import level_counts
from tasks.filter.scorer import Clip, Needs, Sample


class ExposureScorer:
    """luma_mean, dark_share, bright_share, contrast."""

    name = "exposure"

    def __init__(self, settings: ExposureSettings, clip: Clip) -> None:
        self._settings = settings
        self.needs = Needs(fps=settings.sample_fps)
        self._levels = np.zeros(256, np.int64)
        self._contrasts: list[float] = []

    def see(self, sample: Sample) -> None:
        """Counts its pixels by grey level."""
        self._levels += level_counts(sample.image).astype(np.int64)
        self._contrasts.append(float(sample.image.std()))

    def finish(self) -> Score:
        """All four, over all pixels of all pictures."""
        if not self._contrasts:
            return Score(self.name, unmeasured="too_few_frames")
        pixels = self._levels.sum()
        numbers = {
            "luma_mean": float(self._levels @ np.arange(256) / pixels) / 255,
            "dark_share": float(self._levels[: self._settings.dark_level + 1].sum() / pixels),
            "bright_share": float(self._levels[self._settings.bright_level :].sum() / pixels),
            "contrast": float(np.mean(self._contrasts)) / 255,
        }
        return Score(self.name, numbers)
