"""Constant frame rates out of any time stamps."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import TypeVar

from tasks.core.model import Span, VideoInfo

_STANDARD_RATES = [
    *(Fraction(rate * 1000, 1001) for rate in (12, 15, 24, 30, 48, 60, 120)),
    *(Fraction(rate) for rate in (5, 6, 8, 10, 12, 15, 16, 18, 20, 24, 25, 30, 48, 50, 60, 90, 100, 120, 240)),
    Fraction(25, 2),
]
_SNAP = Fraction(4, 10_000)
"""Well under the 0.1 % between 30 and 30000/1001."""

_LOWEST, _HIGHEST = Fraction(1), Fraction(240)

Picture = TypeVar("Picture")


def nominal_rate(info: VideoInfo) -> Fraction:
    """The constant rate that stands for the video's own: the standard one next to its average, or the average."""
    return standard_rate(min(max(info.frame_rate, _LOWEST), _HIGHEST))


def standard_rate(rate: Fraction) -> Fraction:
    """The standard rate that is meant by this one (29.97 is 30000/1001), or the rate itself where none is near."""
    nearest = min(_STANDARD_RATES, key=lambda standard: abs(standard - rate))
    return nearest if abs(nearest - rate) <= rate * _SNAP else rate.limit_denominator(1001)


def frame_count(span: Span, rate: Fraction) -> int:
    """How many frames of this rate the span holds, at least 1."""
    return max(1, round((span.end_pts - span.start_pts) * span.time_base * rate))


def at_rate(frames: Iterable[tuple[int, Picture]], span: Span, rate: Fraction) -> Iterator[tuple[int, Picture]]:
    """(times it is shown, picture): for each output instant the nearest picture at or before it.

    Pictures that stand for no instant are left out; before the first picture, the first one stands.
    """
    total, step = frame_count(span, rate), 1 / (rate * span.time_base)
    # A container's ticks round the true time: 66.73 ms is written as 67 in Matroska, and must count as before 66.73.
    slack = min(Fraction(1), step / 4)
    shown, previous = 0, None
    for pts, picture in frames:
        if previous is not None:
            due = _instants_before(pts - span.start_pts - slack, step, total)
            if due > shown:
                yield due - shown, previous
                shown = due
        previous = picture
    if previous is not None and total > shown:
        yield total - shown, previous


def _instants_before(ticks: Fraction, step: Fraction, total: int) -> int:
    """How many of the instants 0, step, 2 step ... lie before this time."""
    return min(total, max(0, -(-ticks // step)))
