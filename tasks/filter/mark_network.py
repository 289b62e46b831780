"""The small network that tells marks from what a camera saw; plain matrix products, weights in `marks.npz`.

`bench/mark_training` makes the weights, from marks that it draws over photographs.
"""

from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import as_strided

from tasks.filter.mark_evidence import CHANNELS
from tasks.filter.scorer import Floats

LAYERS = (
    (CHANNELS, 16, 5, 2),
    (16, 24, 3, 1),
    (24, 40, 3, 2),
    (40, 48, 3, 1),
    (48, 64, 3, 2),
    (64, 64, 3, 1),
    (64, 64, 3, 1),
    (64, 1, 3, 1),
)
"""Channels that enter and leave, side of the window, and step from window to window."""
CELL_PX = 8
"""Side of the square of pixels that one number of the last layer is about."""
AT_ONCE = 1 << 16
"""Numbers of windows that are in memory at a time: they stay in a processor's cache."""


def mark_odds(channels: Floats) -> Floats:
    """float32 [corners, rows, columns]: log odds of each cell that a mark is there, from channels of `Evidence`."""
    weights, state = _weights(), np.ascontiguousarray(np.moveaxis(channels, 1, 3))
    for number, (_, _, side, step) in enumerate(LAYERS):
        state = _convolved(state, weights[f"weight{number}"], side, step)
        state += weights[f"bias{number}"]
        if number < len(LAYERS) - 1:
            np.maximum(state, 0, out=state)
    return state[..., 0]


def _convolved(state: Floats, weight: Floats, side: int, step: int) -> Floats:
    """[n, rows, columns, leaving] of the windows around every step-th place, with zeros beyond the edges."""
    reach = side // 2
    count, height, width, entering = state.shape
    rows, columns = -(-height // step), -(-width // step)
    padded = np.zeros((count, height + 2 * reach + step, width + 2 * reach + step, entering), np.float32)
    padded[:, reach : reach + height, reach : reach + width] = state
    of_one, down, across, channel = padded.strides
    # A row of a window lies in one piece, so all windows are one copy of pieces that long.
    shape, strides = (count, rows, columns, side, side * entering), (of_one, down * step, across * step, down, channel)
    windows = as_strided(padded, shape, strides, writeable=False)
    together = max(1, AT_ONCE // (columns * side * side * entering))
    found = np.empty((count, rows, columns, weight.shape[1]), np.float32)
    for one, first in product(range(count), range(0, rows, together)):
        some = windows[one, first : first + together]
        np.matmul(
            some.reshape(-1, len(weight)), weight, out=found[one, first : first + together].reshape(-1, weight.shape[1])
        )
    return found


@cache
def _weights() -> dict[str, Floats]:
    """Weights are [side * side * entering, leaving]; stored in half precision."""
    with np.load(Path(__file__).with_name("marks.npz")) as stored:
        return {name: stored[name].astype(np.float32) for name in stored.files}
