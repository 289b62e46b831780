"""The one base of all scorers: what a scorer sees of a clip, and what it says of it."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tasks.core.model import Box, Score, Span, VideoInfo

Grey = NDArray[np.uint8]
Colour = NDArray[np.uint8]
"""uint8 [height, width, 3]: red, green, blue."""
Floats = NDArray[np.float32]


SMALL_SIDE_PX = 192
"""Longer side of the pictures that most scorers work on; they share one copy."""

EVERY_FRAME = float("inf")
"""Pictures a second of a scorer that compares neighbouring frames. It sees short bursts of them, spread over the clip,
since most frames of a clip are never decoded."""


@dataclass(frozen=True, slots=True)
class Clip:
    """What is known of a clip without decoding it."""

    info: VideoInfo
    span: Span
    box: Box
    """The picture without bars, in displayed pixels."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What a scorer has to see."""

    fps: float = 0.0
    """Pictures a second, sampled by time; 0 for none at all, EVERY_FRAME for every one of the clip's bursts."""
    max_side_px: int = SMALL_SIDE_PX
    """Pictures are shrunk to this longer side; smaller ones stay."""
    motion_vectors: bool = False
    colour: bool = False
    """The picture in colour as well."""
    coded: bool = False
    """The picture as it was coded as well, in its full size: dear, so for few pictures."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One picture of the clip as a scorer needs it; all scorers look at the same arrays, and none can write to them."""

    time_s: float
    """On the stream's clock."""
    image: Grey
    """uint8 [height, width] of what lies inside the box, the same size all through the clip."""
    vectors: Floats | None = None
    """The codec's motion vectors as `core.media` gives them; None where they were not asked for or it has none."""
    colour: Colour | None = None
    """The same picture in colour; None where it was not asked for."""
    coded: Grey | None = None
    """Its grey pixels as they were coded: neither scaled nor put into shape by the pixel aspect; None likewise."""


class Parts:
    """Equal parts of a clip, for what is summed over each."""

    def __init__(self, span: Span, count: int) -> None:
        self._start_s, self._duration_s, self._count = span.start_s, span.duration_s, count

    def at(self, time_s: float) -> int:
        """Number of the part, from 0, that this time on the stream's clock lies in."""
        part = int((time_s - self._start_s) / self._duration_s * self._count)
        return min(max(part, 0), self._count - 1)


class Scorer(Protocol):
    """Measures one thing of one clip, whose pictures come one by one. It is one file, knows no other, and never judges.

    It keeps numbers, and the last few pictures at most, so that memory does not grow with the clip. ValueError or
    ArithmeticError, from either method, says that the clip cannot be measured.
    """

    name: str
    needs: Needs
    """What must be decoded for it."""

    def see(self, sample: Sample) -> None:
        """Takes in the next picture, in order of time."""

    def finish(self) -> Score:
        """The scorer's numbers, once all pictures were seen."""
