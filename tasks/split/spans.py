"""Cuts a video into clips and what lies between them: every second of it belongs to one span."""

from bisect import bisect_left
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from tasks.core.model import Span, VideoSpan
from tasks.core.recipe import SplitSettings
from tasks.split.detection import Detection, usual_step

MAX_STILL_S = 10
"""A frame shown for longer is followed by a gap: the recording was interrupted there."""


def cut_spans(detection: Detection, settings: SplitSettings) -> tuple[VideoSpan, ...]:
    """Spans from the first frame to the end of the last, without gap or overlap."""
    return tuple(_spans(_Cutter(detection, settings)))


def _spans(cutter: "_Cutter") -> Iterator[VideoSpan]:
    start = 0
    for boundary in cutter.detection.boundaries:
        yield from cutter.shot(start, boundary.start_frame)
        yield from cutter.transition(boundary.start_frame, boundary.end_frame)
        start = boundary.end_frame
    yield from cutter.shot(start, cutter.detection.frame_count)


class _Cutter:
    def __init__(self, detection: Detection, settings: SplitSettings) -> None:
        self.detection = detection
        self._pts = detection.frame_pts.tolist()
        self._min_ticks = Fraction(settings.min_clip_s) / detection.time_base
        self._max_ticks = Fraction(settings.max_clip_s) / detection.time_base
        self._gap_ticks = MAX_STILL_S / detection.time_base
        self._step = min(usual_step(detection.frame_pts), int(self._gap_ticks))
        """How long the frame before a gap is taken to be shown."""

    def transition(self, start: int, end: int) -> Iterator[VideoSpan]:
        """The frames of a gradual change; nothing for a cut."""
        if start < end:
            yield self._span(start, end, "transition")

    def shot(self, start: int, end: int) -> Iterator[VideoSpan]:
        """The clips of the frames [start, end) of one shot, and the gaps in its time stamps."""
        for frame in range(start, end):
            if self._shown(frame) > self._gap_ticks:
                yield from self._pieces(start, frame + 1, self._pts[frame] + self._step)
                yield self._gap(frame)
                start = frame + 1
        if start < end:
            yield from self._pieces(start, end, self.detection.pts_of(end))

    def _shown(self, frame: int) -> int:
        return self.detection.pts_of(frame + 1) - self._pts[frame]

    def _gap(self, frame: int) -> VideoSpan:
        """The time after a frame in which nothing is shown; holds no frame."""
        span = Span(self._pts[frame] + self._step, self.detection.pts_of(frame + 1), self.detection.time_base)
        return VideoSpan(span, frame + 1, frame + 1, "remainder")

    def _pieces(self, start: int, end: int, end_pts: int) -> Iterator[VideoSpan]:
        """Frames [start, end), the last shown until `end_pts`, in as few equal pieces as the longest clip allows."""
        cuts = [*self._cuts(start, end, end_pts), end]
        for first, last in pairwise(cuts):
            stop_pts = end_pts if last == end else self._pts[last]
            span = Span(self._pts[first], stop_pts, self.detection.time_base)
            yield VideoSpan(span, first, last, self._reason(stop_pts - self._pts[first]))

    def _cuts(self, start: int, end: int, end_pts: int) -> list[int]:
        """First frames of the pieces; one piece more where whole frames make one too long."""
        length = end_pts - self._pts[start]
        fewest = max(-(-length // self._max_ticks), 1)
        cuts = [start]
        for count in (fewest, fewest + 1):
            instants = [self._pts[start] + length * k // count for k in range(int(count))]
            cuts = sorted({bisect_left(self._pts, instant, start, end - 1) for instant in instants})
            stops = [*(self._pts[cut] for cut in cuts[1:]), end_pts]
            if all(stop - self._pts[cut] <= self._max_ticks for cut, stop in zip(cuts, stops, strict=True)):
                break
        return cuts

    def _reason(self, ticks: int) -> str | None:
        if ticks < self._min_ticks:
            return "too_short"
        return "remainder" if ticks > self._max_ticks else None

    def _span(self, start: int, end: int, reason: str) -> VideoSpan:
        span = Span(self._pts[start], self.detection.pts_of(end), self.detection.time_base)
        return VideoSpan(span, start, end, reason)
