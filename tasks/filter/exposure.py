"""How the picture is lit."""

import numpy as np

from tasks.core.model import Score
from tasks.core.settings_filter import ExposureSettings
from tasks.filter.scorer import Clip, Needs, Samples


class ExposureScorer:
    """luma_mean, dark_share, bright_share, contrast."""

    name = "exposure"

    def __init__(self, settings: ExposureSettings) -> None:
        self._settings = settings

    def needs(self, clip: Clip) -> Needs:
        """Few small pictures."""
        return Needs(fps=self._settings.sample_fps)

    def measure(self, samples: Samples, clip: Clip) -> Score:
        """All four, over all pixels of all pictures."""
        if not samples.images:
            return Score(self.name, unmeasured="too_few_frames")
        pictures = np.stack(samples.images)
        numbers = {
            "luma_mean": float(pictures.mean()) / 255,
            "dark_share": float((pictures <= self._settings.dark_level).mean()),
            "bright_share": float((pictures >= self._settings.bright_level).mean()),
            "contrast": float(np.mean([picture.std() for picture in pictures])) / 255,
        }
        return Score(self.name, numbers)
