"""The small network that tells marks from what a camera saw; plain matrix products, weights in `marks.npz`.

`bench/mark_training` makes the weights, from marks that it draws over photographs.
"""

from functools import cache
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


def mark_odds(channels: Floats) -> Floats:
    """float32 [corners, rows, columns]: log odds of each cell that a mark is there, from channels of `Evidence`."""
    weights, state = _weights(), np.ascontiguousarray(np.moveaxis(channels, 1, 3))
    for number, (_, _, side, step) in enumerate(LAYERS):
        state = _windows(state, side, step) @ weights[f"weight{number}"] + weights[f"bias{number}"]
        state = np.maximum(state, 0) if number < len(LAYERS) - 1 else state
    return np.asarray(state[..., 0])


def _windows(state: Floats, side: int, step: int) -> Floats:
    """[n, rows, columns, side * side * channels] around every step-th place, with zeros beyond the edges."""
    reach = side // 2
    rows, columns = (-(-length // step) for length in state.shape[1:3])
    padded = np.pad(state, ((0, 0), (reach, reach + step), (reach, reach + step), (0, 0)))
    count, down, across, channel = padded.strides
    shape = (len(state), rows, columns, side, side * state.shape[3])
    # A row of a window lies in one piece, so the whole is one copy of pieces that long.
    windows = as_strided(padded, shape, (count, down * step, across * step, down, channel), writeable=False)
    return windows.reshape(len(state), rows, columns, -1)


@cache
def _weights() -> dict[str, Floats]:
    """Weights are [side * side * entering, leaving]; stored in half precision."""
    with np.load(Path(__file__).with_name("marks.npz")) as stored:
        return {name: stored[name].astype(np.float32) for name in stored.files}
