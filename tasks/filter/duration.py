"""How long the clip is."""

from tasks.core.model import Score
from tasks.core.settings_filter import DurationSettings
from tasks.filter.scorer import Clip, Needs, Sample


class DurationScorer:
    """duration_s, frame_count, frame_rate."""

    name = "duration"
    needs = Needs()

    def __init__(self, settings: DurationSettings, clip: Clip) -> None:
        self._clip = clip

    def see(self, sample: Sample) -> None:
        """Has asked for no picture."""

    def finish(self) -> Score:
        """All three; with a variable frame rate the rate is the video's average and the count follows from it."""
        rate, duration_s = float(self._clip.info.frame_rate), self._clip.span.duration_s
        numbers = {"duration_s": duration_s, "frame_count": float(round(duration_s * rate)), "frame_rate": rate}
        return Score(self.name, numbers)
