"""Full-size parts of large pictures: what coding, noise and blur did to a picture is seen in any part of it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.filter.once import once
from tasks.filter.scorer import Floats, Grey

WIDTH_PX, HEIGHT_PX = 384, 288
"""Largest size of a part."""

PLACES = ((0.5, 0.5), (0.25, 0.25), (0.75, 0.75), (0.75, 0.25), (0.25, 0.75))
"""Middles of the parts that are taken in turn, as shares of width and height."""


def patch(coded: Grey, number: int) -> Grey:
    """The part of the picture that is looked at when it is the clip's `number`-th; all of a small picture."""
    across, down = PLACES[number % len(PLACES)]
    height, width = coded.shape
    top, left = _start(height, HEIGHT_PX, down), _start(width, WIDTH_PX, across)
    return coded[top : top + HEIGHT_PX, left : left + WIDTH_PX]


@once
def turned(image: Grey) -> Grey:
    """The picture with its columns as rows, as quick to go through as rows are."""
    return np.ascontiguousarray(image.T)


def _start(length: int, wanted: int, share: float) -> int:
    return max(0, min(length - wanted, round(length * share - wanted / 2)))


def block_means(values: NDArray[Any], side: int) -> Floats:
    """Means over the whole squares of this side, float32 [squares]; what is left over at the edges does not count."""
    rows, columns = (length // side for length in values.shape)
    whole = values[: rows * side, : columns * side].astype(np.float32)
    sums = whole.reshape(rows, side, columns * side).sum(axis=1).reshape(rows, columns, side).sum(axis=2)
    return np.asarray((sums / side**2).ravel())
