"""A linear map on a backbone's vectors, out of a safetensors file."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tasks.core.errors import StageRefused
from tasks.models.folder import model_folder


@dataclass(frozen=True, slots=True)
class LinearHead:
    """One number of a vector."""

    weight: NDArray[np.float32]
    """float32 [dimension]."""
    bias: float

    def values(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """float32 [count] of float32 [count, dimension]. Raises StageRefused for another dimension."""
        if vectors.shape[1] != len(self.weight):
            raise StageRefused(f"the head is for {len(self.weight)} dimensions, the vectors have {vectors.shape[1]}")
        return vectors @ self.weight + np.float32(self.bias)


def read_head(path: Path) -> LinearHead:
    """The head in a file: one linear layer, or several without anything between them, which are one as well."""
    layers = _layers(path)
    weight, bias = np.eye(layers[0][0].shape[1]), np.zeros(layers[0][0].shape[1])
    for layer, shift in layers:
        if layer.shape[1] != len(bias):
            raise StageRefused(f"{path}: a layer takes {layer.shape[1]} numbers, and the one before gives {len(bias)}")
        weight, bias = layer @ weight, layer @ bias + shift
    if len(bias) != 1:
        raise StageRefused(f"{path} gives {len(bias)} numbers, and not one")
    return LinearHead(weight[0].astype(np.float32), float(bias[0]))


def _layers(path: Path) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Weight and bias of each layer, in their order."""
    try:
        from safetensors.numpy import load_file
    except ImportError as error:
        raise StageRefused("safetensors is not installed: `make models` installs what models need") from error
    found = load_file(path)
    names = sorted((name.removesuffix("weight") for name in found if name.endswith("weight")), key=_number)
    if not names:
        raise StageRefused(f"{path} holds no linear layer")
    return [(found[f"{name}weight"].astype(np.float64), found[f"{name}bias"].astype(np.float64)) for name in names]


def _number(name: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", name)))


@cache
def load_head(name: str) -> LinearHead:
    """The head of the model store, loaded once a process. Raises ModelMissing or StageRefused."""
    return read_head(model_folder(name) / "model.safetensors")
