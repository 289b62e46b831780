"""The small networks that name what happens at each picture; plain matrix products, weights in `network.npz`.

Three of one shape, trained from different beginnings, are asked and their chances averaged. `bench/split_training`
makes the weights, from footage that it draws and transitions that it makes.
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
        mixed = _mixed(state, weights[f"mix{layer}"], spread)
        state += np.maximum(mixed + weights[f"mix{layer}_bias"], 0)
    leave = state @ weights["leave"] + weights["leave_bias"]
    chances: Floats = (np.float32(1) / (np.float32(1) + np.exp(-leave))).mean(axis=0)
    return chances


def _mixed(state: Floats, weight: Floats, spread: int) -> Floats:
    """Each row with those `spread` before and after it, through the three matrices of a layer; [networks, N, 32]."""
    mixed: Floats = state @ weight[:, 1]
    mixed[:, spread:] += state[:, :-spread] @ weight[:, 0]
    mixed[:, :-spread] += state[:, spread:] @ weight[:, 2]
    return mixed


@cache
def _weights() -> dict[str, Floats]:
    """Arrays by name, each with the networks along its first axis, but for the scale of the features."""
    with np.load(Path(__file__).with_name("network.npz")) as stored:
        return {name: stored[name] for name in stored.files}
