"""Sketches: each vector in a quarter of its numbers or fewer, by which most of what is not alike is told apart.

A sketch is the vector as seen along 64 random directions at right angles, scaled so that the distance of two sketches
is on average that of their vectors (Johnson and Lindenstrauss, 1984). Its square departs from that by a sixth or so.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

NUMBERS = 64
LOOSE = 1.4
"""How many times as far from each other, squared, two sketches may lie as alike vectors: 98 in 100 of those that are
just so alike lie nearer, and 999 in 1000 of all that are more so."""
ROUNDED = 2e-3
"""What rounding to half precision may add to that."""
AT_ONCE = 65_536
SEED = 20_261_123

Half = NDArray[np.float16]
Single = NDArray[np.float32]


def sketched(vectors: Half) -> Half:
    """float16 [rows, 64 or what the vectors have if that is fewer]."""
    axes = _axes(vectors.shape[1])
    sketches = np.empty((len(vectors), axes.shape[1]), np.float16)
    for start in range(0, len(vectors), AT_ONCE):
        some = slice(start, start + AT_ONCE)
        sketches[some] = vectors[some].astype(np.float32) @ axes
    return sketches


def furthest(floor: float) -> float:
    """Squared distance up to which sketches may belong to vectors whose cosine is at least the floor."""
    return LOOSE * max(0.0, 2 - 2 * floor) + ROUNDED


def maybe_alike(queries: Half, members: Half, floor: float) -> NDArray[np.int64]:
    """Places in [queries, members], counted row by row, of the sketches that lie near enough to each other."""
    asked, others = _widened(queries), _widened(members)
    own, beside = (np.einsum("ij,ij->i", one[:, :-1], one[:, :-1]) for one in (asked, others))
    asked[:, -1], others[:, -1] = 1, -beside / 2
    return np.flatnonzero(asked @ others.T >= ((own - furthest(floor)) / 2)[:, None])


def _widened(sketches: Half) -> Single:
    """In single precision, with room for one more number, so that one product gives their distance."""
    wide = np.empty((len(sketches), sketches.shape[1] + 1), np.float32)
    wide[:, :-1] = sketches
    return wide


@cache
def _axes(dimension: int) -> Single:
    """[dimension, 64], or all that there are."""
    kept = min(NUMBERS, dimension)
    axes, _ = np.linalg.qr(np.random.default_rng(SEED).normal(size=(dimension, kept)))
    scaled: Single = (axes * np.sqrt(dimension / kept)).astype(np.float32)
    return scaled
