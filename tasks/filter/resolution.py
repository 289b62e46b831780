"""How large the picture is, and how many bits it has to live on."""

from tasks.core.model import Score
from tasks.core.settings_filter import ResolutionSettings
from tasks.filter.scorer import Clip, Needs, Sample


class ResolutionScorer:
    """short_side_px, megapixels, aspect_ratio, bits_per_pixel: of the picture inside the box."""

    name = "resolution"
    needs = Needs()

    def __init__(self, settings: ResolutionSettings, clip: Clip) -> None:
        self._clip = clip

    def see(self, sample: Sample) -> None:
        """Has asked for no picture."""

    def finish(self) -> Score:
        """All four; bits_per_pixel is left out where the file does not say its bit rate."""
        box, info = self._clip.box, self._clip.info
        numbers = {
            "short_side_px": float(min(box.width, box.height)),
            "megapixels": box.width * box.height / 1e6,
            "aspect_ratio": box.width / box.height,
        }
        if not info.bit_rate:
            return Score(self.name, numbers, "no_bit_rate")
        pixels_per_s = info.width_px * info.height_px * float(info.frame_rate)
        return Score(self.name, {**numbers, "bits_per_pixel": info.bit_rate / pixels_per_s})
