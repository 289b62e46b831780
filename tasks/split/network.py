"""The small network that names what happens at each picture; plain matrix products, weights in `network.npz`.

`bench/split_training` makes the weights, on transitions it makes itself.
"""

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

KINDS = ("cut", "dissolve", "fade", "wipe")
"""What each column of the output is the chance of; a cut is told at the first picture of the new shot."""

SPREADS = (1, 2, 4, 8)
"""How far each layer looks to either side."""

SIGHT = sum(SPREADS)
"""Rows on either side that bear on the verdict of one row."""

_LIMIT = 8.0
"""Features further than this many deviations from their mean are pulled back to it."""

Floats = NDArray[np.float32]


def judge(features: Floats) -> Floats:
    """Chance of each of KINDS for each row of features; float32 [N, 4]. Rows beyond either end count as nothing."""
    weights = _weights()
    scaled = np.clip((features - weights["mean"]) / weights["deviation"], -_LIMIT, _LIMIT)
    state = np.maximum(scaled @ weights["enter"] + weights["enter_bias"], 0)
    for layer, spread in enumerate(SPREADS):
        state = state + np.maximum(_mixed(state, weights[f"mix{layer}"], spread) + weights[f"mix{layer}_bias"], 0)
    leave: Floats = state @ weights["leave"] + weights["leave_bias"]
    return np.float32(1) / (np.float32(1) + np.exp(-leave))


def _mixed(state: Floats, weight: Floats, spread: int) -> Floats:
    """Each row with those `spread` before and after it, through the three matrices of a layer."""
    count = len(state)
    padded = np.pad(state, ((spread, spread), (0, 0)))
    before, after = padded[:count], padded[2 * spread :]
    mixed: Floats = before @ weight[0] + state @ weight[1] + after @ weight[2]
    return mixed


@cache
def _weights() -> dict[str, Floats]:
    with np.load(Path(__file__).with_name("network.npz")) as stored:
        return {name: stored[name] for name in stored.files}
