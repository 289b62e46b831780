"""The one base of all scorers: what a scorer sees of a clip, and what it says of it."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tasks.core.model import Box, Score, Span, VideoInfo

Grey = NDArray[np.uint8]
Floats = NDArray[np.float32]


SMALL_SIDE_PX = 192
"""Longer side of the pictures that most scorers work on; they share one copy."""


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
    """Pictures a second, sampled by time; 0 for none at all."""
    max_side_px: int = SMALL_SIDE_PX
    """Pictures are shrunk to this longer side; smaller ones stay."""
    motion_vectors: bool = False


@dataclass(frozen=True, slots=True)
class Samples:
    """What a scorer gets to see: the picture inside the box, grey; equal needs share one set."""

    times_s: tuple[float, ...]
    """On the stream's clock."""
    images: tuple[Grey, ...]
    """uint8 [height, width] each, all of one size."""
    vectors: tuple[Floats | None, ...]
    """Per picture the codec's motion vectors as `core.media` gives them; None where the codec has none."""


class Scorer(Protocol):
    """Measures one thing of a clip. A scorer is one file, knows no other, and never judges."""

    name: str

    def needs(self, clip: Clip) -> Needs:
        """What must be decoded for it."""

    def measure(self, samples: Samples, clip: Clip) -> Score:
        """The scorer's numbers; ValueError or ArithmeticError where it cannot be measured."""
