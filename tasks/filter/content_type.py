"""Whether a camera made the picture, or a computer: a rough prior from what cameras leave behind."""

import math

import numpy as np

from tasks.core.model import Score
from tasks.core.settings_filter import ContentTypeSettings
from tasks.filter.patches import patch, turned
from tasks.filter.pictures import apart
from tasks.filter.scorer import Clip, Colour, Grey, Needs, Sample

SQUARE_PX = 8
FLAT_LEVELS = 2
"""Largest difference inside a square without any texture."""
SHADES = 16
"""Shades of each colour that are told apart."""
COVERED = 0.9
"""Share of the picture that the palette covers."""
EDGE_LEVELS = 24
"""Least difference over three pixels of an edge."""
HARD_SHARE = 0.8
"""Share of an edge that lies between two neighbouring pixels where it was drawn and not seen through a lens."""
EVERY = 2
"""One line in this many is looked at for edges."""
LEAST_SIDE_PX = 4 * SQUARE_PX

INTERCEPT = 7.7
WEIGHTS = {"flat_share": -7.8, "palette_size": 0.35, "hard_edge_share": -9.0, "saturation": -11.7}
"""Of the numbers (of the palette its logarithm to base 2) in the logistic sum; fitted by `bench/content_type.py`."""


class ContentTypeScorer:
    """camera_likelihood, flat_share, palette_size, hard_edge_share, saturation."""

    name = "content_type"

    def __init__(self, settings: ContentTypeSettings, clip: Clip) -> None:
        self.needs = Needs(fps=settings.sample_fps, colour=True, coded=True)
        self._values: list[dict[str, float]] = []
        self._pictures = 0

    def see(self, sample: Sample) -> None:
        """Measures it in colour, and a part of it as coded."""
        if sample.colour is not None and sample.coded is not None and min(sample.coded.shape) >= LEAST_SIDE_PX:
            self._values.append(measured(patch(sample.coded, self._pictures), sample.colour))
        self._pictures += 1

    def finish(self) -> Score:
        """Means over the pictures, and the likelihood that they make."""
        if not self._values:
            return Score(self.name, unmeasured="too_small" if self._pictures else "too_few_frames")
        numbers = {name: float(np.mean([one[name] for one in self._values])) for name in self._values[0]}
        return Score(self.name, {"camera_likelihood": camera_likelihood(numbers), **numbers})


def camera_likelihood(numbers: dict[str, float]) -> float:
    """0 (drawn: a screen, slides, flat animation) to 1 (seen by a camera).

    A logistic sum of the four numbers. Athitsos, Swain and Frankel, "Distinguishing photographs and graphics on the
    World Wide Web" (1997) tell them apart likewise: by few colours, even areas, hard edges and strong colours.
    Rendered pictures with light and texture pass for seen ones.
    """
    values = {**numbers, "palette_size": math.log2(numbers["palette_size"])}
    total = INTERCEPT + sum(weight * values[name] for name, weight in WEIGHTS.items())
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, total))))


def measured(image: Grey, colour: Colour) -> dict[str, float]:
    """The four numbers of one picture: its part as coded, and all of it in colour."""
    return {
        "flat_share": flat_share(image),
        "palette_size": palette_size(colour),
        "hard_edge_share": hard_edge_share(image),
        "saturation": saturation(colour),
    }


def flat_share(image: Grey) -> float:
    """Share of the squares without texture: a lens and a sensor leave few."""
    return float((over_squares(image, np.maximum) - over_squares(image, np.minimum) <= FLAT_LEVELS).mean())


def over_squares(image: Grey, of: np.ufunc) -> Grey:
    """The largest or smallest level of each whole square; rows first, since columns of bytes are slow to go through."""
    height, width = (length // SQUARE_PX for length in image.shape)
    whole = image[: height * SQUARE_PX, : width * SQUARE_PX]
    rows = of.reduce(whole.reshape(height, SQUARE_PX, -1), axis=1)
    return np.asarray(of.reduce(rows.reshape(height, width, SQUARE_PX).transpose(2, 0, 1).copy(), axis=0))


def palette_size(colour: Colour) -> float:
    """How many of 4096 colours cover nine tenths of the picture."""
    shades = (colour // (256 // SHADES)).astype(np.int32)
    counts = np.bincount(((shades[..., 0] * SHADES + shades[..., 1]) * SHADES + shades[..., 2]).ravel())
    covered = np.cumsum(np.sort(counts)[::-1])
    return float(np.searchsorted(covered, COVERED * covered[-1]) + 1)


def hard_edge_share(image: Grey) -> float:
    """Share of the edges, across and down, that go from one side to the other between two pixels; 0 without edges.

    Of the three windows over three pixels that hold such an edge it lies in the middle of one.
    """
    hard = edges = 0
    for lines in (image[::EVERY], turned(image)[::EVERY]):
        whole, inner = apart(lines[:, 3:], lines[:, :-3]), apart(lines[:, 2:-1], lines[:, 1:-2])
        is_edge = whole >= EDGE_LEVELS
        edges += int(np.count_nonzero(is_edge))
        hard += int(np.count_nonzero(inner[is_edge] >= HARD_SHARE * whole[is_edge]))
    return min(1.0, 3 * hard / edges) if edges else 0.0


def saturation(colour: Colour) -> float:
    """Mean difference of the strongest and the weakest of the three colours, 0 to 1."""
    red, green, blue = (colour[..., channel] for channel in range(3))
    strongest, weakest = np.maximum(np.maximum(red, green), blue), np.minimum(np.minimum(red, green), blue)
    return float((strongest - weakest).mean()) / 255
