"""Still pictures shown one after the other, each at rest or under a moving camera."""

from collections.abc import Sequence
from itertools import groupby

from tasks.core.model import Score
from tasks.core.settings_filter import SlideshowSettings
from tasks.filter.camera import step_between
from tasks.filter.changes import Picture, comparable, unlike
from tasks.filter.pictures import LEAST_FLOW_SIDE_PX, halved
from tasks.filter.scorer import Clip, Grey, Needs, Sample

MOST_OWN_PX = 0.1
"""Mean motion in pixels that is not the camera's, up to which a picture is a still."""
SURELY_UNLIKE = 0.4
"""From here on two stills are surely not of the same place."""
LIKELY_UNLIKE = 0.2
"""From here on they count as two."""


class SlideshowScorer:
    """slideshow, slide_count."""

    name = "slideshow"

    def __init__(self, settings: SlideshowSettings, clip: Clip) -> None:
        self.needs = Needs(settings.sample_fps)
        self._least_steps = max(1, round(settings.shortest_slide_s * settings.sample_fps))
        self._last: Grey | None = None
        self._still: list[bool] = []
        self._run = 0
        self._end_of_slide: Picture | None = None
        self._unlike: list[float] = []
        self._unmeasured = "too_few_frames"

    def see(self, sample: Sample) -> None:
        """Tells whether it is the picture before, under a moved camera, and how unlike the slides on both sides are."""
        image = sample.image
        if min(image.shape) < 2 * LEAST_FLOW_SIDE_PX:
            self._unmeasured = "too_small"
            return
        if self._last is not None:
            is_still = step_between(self._last, image).own_px <= MOST_OWN_PX
            self._run = self._run + 1 if is_still else 0
            self._still.append(is_still)
            if self._run >= self._least_steps:
                slide = comparable(halved(image))
                if self._run == self._least_steps and self._end_of_slide is not None:
                    self._unlike.append(unlike(self._end_of_slide, slide))
                self._end_of_slide = slide
        self._last = image

    def finish(self) -> Score:
        """Both numbers; unmeasured with fewer than two pictures."""
        if not self._still:
            return Score(self.name, unmeasured=self._unmeasured)
        changed = min(1.0, max(self._unlike, default=0.0) / SURELY_UNLIKE)
        runs = slides(self._still, self._least_steps)
        count = 1 + sum(apart >= LIKELY_UNLIKE for apart in self._unlike) if runs else 0
        numbers = {"slideshow": changed * sum(runs) / len(self._still), "slide_count": float(count)}
        return Score(self.name, numbers)


def slides(still: Sequence[bool], least: int) -> list[int]:
    """Lengths of the runs of stills that are long enough."""
    lengths = [(is_still, len(list(run))) for is_still, run in groupby(still)]
    return [length for is_still, length in lengths if is_still and length >= least]
