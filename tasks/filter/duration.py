"""How long the clip is."""

from tasks.core.model import Score
from tasks.core.settings_filter import DurationSettings
from tasks.filter.scorer import Clip, Needs, Samples


class DurationScorer:
    """duration_s, frame_count, frame_rate."""

    name = "duration"

    def __init__(self, settings: DurationSettings) -> None:
        self._settings = settings

    def needs(self, clip: Clip) -> Needs:
        """No pictures."""
        return Needs()

    def measure(self, samples: Samples, clip: Clip) -> Score:
        """All three; with a variable frame rate the rate is the video's average and the count follows from it."""
        rate, duration_s = float(clip.info.frame_rate), clip.span.duration_s
        numbers = {"duration_s": duration_s, "frame_count": float(round(duration_s * rate)), "frame_rate": rate}
        return Score(self.name, numbers)
