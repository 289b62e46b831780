"""How the picture is composed and lit, by rules of thumb: a rough prior, not a judgement of taste."""

import math

import numpy as np
from numpy.typing import NDArray

from tasks.core.model import Score
from tasks.core.settings_filter import AestheticSettings
from tasks.filter.once import once
from tasks.filter.scorer import Clip, Colour, Floats, Grey, Needs, Sample

BEST_LUMA, LUMA_WIDTH = 0.47, 0.22
"""Mean brightness of well lit pictures, and how far from it the part for light falls to 0.6."""
FULL_CONTRAST = 0.22
"""Standard deviation of brightness from which on more is no better."""
FULL_COLOUR = 59.0
"""Colourfulness that people call `quite colourful` (Hasler and Suesstrunk)."""
EDGE_ENERGY = 0.98
"""Share of the edges that the box of clutter holds, along each axis."""
DARK_LEVEL, BRIGHT_LEVEL = 5, 250
LEAST_SIDE_PX = 16

WEIGHTS = {"light": 0.25, "contrast": 0.2, "colour": 0.2, "simplicity": 0.2, "thirds": 0.15}
"""Ours: light first, place last; nothing was trained."""


class AestheticScorer:
    """aesthetic, colourfulness, clutter, thirds."""

    name = "aesthetic"

    def __init__(self, settings: AestheticSettings, clip: Clip) -> None:
        self.needs = Needs(fps=settings.sample_fps, colour=True)
        self._values: list[dict[str, float]] = []
        self._pictures = 0

    def see(self, sample: Sample) -> None:
        """Measures it."""
        self._pictures += 1
        if sample.colour is not None and min(sample.image.shape) >= LEAST_SIDE_PX:
            self._values.append(measured(sample.image, sample.colour))

    def finish(self) -> Score:
        """Means over the pictures."""
        if not self._values:
            return Score(self.name, unmeasured="too_small" if self._pictures else "too_few_frames")
        names = self._values[0]
        return Score(self.name, {name: float(np.mean([one[name] for one in self._values])) for name in names})


def measured(image: Grey, colour: Colour) -> dict[str, float]:
    """The scorer's numbers of one picture.

    `aesthetic` is 10 times the weighted mean of five parts from 0 to 1: light, contrast, colour, simplicity (1 less
    clutter) and thirds, the ones that Datta et al., "Studying aesthetics in photographic images using a computational
    approach" (2006) and Ke, Tang and Jing, "The design of high-level features for photo quality assessment" (2006)
    found to tell good photographs from poor ones.
    """
    colours, cluttered, placed = colourfulness(colour), clutter(image), thirds(colour)
    parts = {
        "light": light(image),
        "contrast": min(1.0, float(image.std()) / 255 / FULL_CONTRAST),
        "colour": min(1.0, colours / FULL_COLOUR),
        "simplicity": 1 - cluttered,
        "thirds": placed,
    }
    aesthetic = 10 * sum(WEIGHTS[name] * part for name, part in parts.items())
    return {"aesthetic": aesthetic, "colourfulness": colours, "clutter": cluttered, "thirds": placed}


def light(image: Grey) -> float:
    """1 for a picture of middle brightness in which nothing is black or white, less for others."""
    off = (float(image.mean()) / 255 - BEST_LUMA) / LUMA_WIDTH
    clipped = float(((image <= DARK_LEVEL) | (image >= BRIGHT_LEVEL)).mean())
    return float(np.exp(-(off**2) / 2)) * (1 - clipped)


def colourfulness(colour: Colour) -> float:
    """0 (grey), 33 (moderately colourful) to 109 (extremely) and more: spread and mean of the opponent colours.

    Hasler and Suesstrunk, "Measuring colourfulness in natural images" (2003).
    """
    red, green, blue = planes(colour)
    red_green, yellow_blue = red - green, (red + green) / 2 - blue
    spread = np.hypot(red_green.std(), yellow_blue.std())
    return float(spread + 0.3 * np.hypot(red_green.mean(), yellow_blue.mean()))


@once
def planes(colour: Colour) -> tuple[Floats, Floats, Floats]:
    """float32 [height, width] each: red, green and blue; not to be written to."""
    red, green, blue = (np.ascontiguousarray(plane, np.float32) for plane in np.moveaxis(colour, 2, 0))
    return red, green, blue


def clutter(image: Grey) -> float:
    """Share of the picture that the middle 98 % of its edges take up, along both axes (Ke, Tang and Jing): small where
    there is one thing before a plain ground."""
    values = image.astype(np.int16)
    edges = np.abs(np.diff(values, axis=0))[:, :-1] + np.abs(np.diff(values, axis=1))[:-1]
    return extent(edges.sum(axis=0)) * extent(edges.sum(axis=1))


def extent(weights: NDArray[np.int64]) -> float:
    """Share of the length that holds the middle part of the weights; 0 without any."""
    total = np.cumsum(weights, dtype=np.float64)
    if total[-1] == 0:
        return 0.0
    first, last = np.searchsorted(total / total[-1], [(1 - EDGE_ENERGY) / 2, (1 + EDGE_ENERGY) / 2])
    return float(last - first + 1) / len(weights)


def thirds(colour: Colour) -> float:
    """1 where the middle of what stands out lies where lines at the thirds of the picture cross, 0 at a corner or
    edge far from all of them; 0 where nothing stands out.

    What stands out is what differs from the mean colour: Achanta et al., "Frequency-tuned salient region detection"
    (2009).
    """
    red, green, blue = (np.square(plane - plane.mean()) for plane in planes(colour))
    stands_out = red + green + blue
    total = float(stands_out.sum())
    if total == 0:
        return 0.0
    down, across = (middle(stands_out.sum(axis=axis)) for axis in (1, 0))
    off_down, off_across = (min(abs(place - 1 / 3), abs(place - 2 / 3)) for place in (down, across))
    return max(0.0, 1 - math.hypot(off_down, off_across) / math.hypot(1 / 3, 1 / 3))


def middle(weights: Floats) -> float:
    """Where the weights balance, as a share of the length."""
    places = (np.arange(len(weights)) + 0.5) / len(weights)
    return float(weights @ places / weights.sum())
