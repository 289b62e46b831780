"""What a small network of the recipe's own says of a clip's vector.

A file of numpy (.npz) holds its layers, `weight_1` [out, in] and `bias_1` [out], `weight_2` and so on, with max(x, 0)
between them; the last gives one number, whose logistic is the score. One layer is a logistic regression.
"""

import io
from dataclasses import dataclass
from functools import cache
from itertools import pairwise, takewhile
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from tasks.core.errors import StageRefused
from tasks.core.examples import Example, sha256_of
from tasks.core.model import Score
from tasks.core.store import open_source

MOST_BYTES = 64 << 20
"""A head is small; a larger file is something else."""
MOST_LAYERS = 8

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class OwnHead:
    """One number, 0 to 1, of a vector."""

    layers: tuple[tuple[Floats, Floats], ...]
    """Weight [out, in] and bias [out] of each."""

    def value(self, vector: Floats) -> float:
        """Of a vector [dimension]. Raises StageRefused for another dimension than the first layer's."""
        first = self.layers[0][0]
        if len(vector) != first.shape[1]:
            raise StageRefused(
                f"embed.own_head: the head takes {first.shape[1]} numbers, the embedding has {len(vector)}; it is for "
                "the embedding that it was trained on"
            )
        for number, (weight, bias) in enumerate(self.layers):
            vector = weight @ (np.maximum(vector, 0) if number else vector) + bias
        return float((1 + np.tanh(vector[0] / 2)) / 2)


def own_head(vector: Floats, head: OwnHead) -> Score:
    """What the head says of the clip."""
    return Score("own_head", {"own_head": head.value(vector)})


@cache
def load_own_head(file: Example) -> OwnHead:
    """The head in the file, read once a process. Raises StageRefused where it is none, or not the one that the recipe
    took in."""
    with open_source(file.uri) as stream:
        data = stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise StageRefused(f"embed.own_head: {file.uri} is larger than {MOST_BYTES >> 20} MiB")
    if sha256_of(io.BytesIO(data)) != file.sha256:
        raise StageRefused(f"{file.uri} has changed since the recipe took it in; add the recipe again")
    try:
        return read_head(data)
    except (ValueError, KeyError, BadZipFile, EOFError) as error:
        raise StageRefused(f"embed.own_head: {file.uri} is no head: {error}") from error


def read_head(data: bytes) -> OwnHead:
    """The head of a file of these bytes. Raises ValueError, KeyError, EOFError or BadZipFile for others."""
    found = np.load(io.BytesIO(data), allow_pickle=False)
    if not isinstance(found, np.lib.npyio.NpzFile):
        raise ValueError("an .npz file is wanted")
    with found:
        names = list(takewhile(lambda name: f"weight_{name}" in found, range(1, MOST_LAYERS + 1)))
        layers = [(found[f"weight_{name}"], found[f"bias_{name}"]) for name in names]
    _check(layers)
    return OwnHead(tuple((weight.astype(np.float32), bias.astype(np.float32)) for weight, bias in layers))


def _check(layers: list[tuple[NDArray[np.generic], NDArray[np.generic]]]) -> None:
    """Raises ValueError for layers that are none or do not fit each other."""
    if not layers:
        raise ValueError("it has no weight_1")
    for number, (weight, bias) in enumerate(layers, start=1):
        if weight.ndim != 2 or bias.shape != weight.shape[:1]:
            raise ValueError(
                f"weight_{number} is {weight.shape} and bias_{number} {bias.shape}, not [out, in] and [out]"
            )
        if not all(np.issubdtype(one.dtype, np.number) and np.isfinite(one).all() for one in (weight, bias)):
            raise ValueError(f"layer {number} holds what is no finite number")
    for number, ((one, _), (other, _)) in enumerate(pairwise(layers), start=1):
        if one.shape[0] != other.shape[1]:
            raise ValueError(f"layer {number} gives {one.shape[0]} numbers, layer {number + 1} takes {other.shape[1]}")
    if layers[-1][0].shape[0] != 1:
        raise ValueError(f"the last layer gives {layers[-1][0].shape[0]} numbers, and not one")
