"""Sketches: each vector in a quarter of its numbers or fewer, by which most of what is not alike is told apart.

A sketch is the vector as seen along 64 random directions at right angles, scaled so that the distance of two sketches
is on average that of their vectors (Johnson and Lindenstrauss, 1984). Its square departs from that by a sixth or so.
Each number is kept as one of 255 steps, which adds a hundredth to that.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from tasks.dedup.halves import in_single
from tasks.dedup.products import Single, products

NUMBERS = 64
LOOSE = 1.4
"""How many times as far from each other, squared, two sketches may lie as alike vectors: 98 in 100 of those that are
just so alike lie nearer, and 999 in 1000 of all that are more so."""
ROUNDED = 2e-3
"""What rounding may add to that."""
WIDEST = 6
"""Times its typical size: the largest number that is told. A larger one is cut, which only brings sketches nearer."""
STEPS = 127
AT_ONCE = 4096
SEED = 20_261_123

Half = NDArray[np.float16]
Sketches = NDArray[np.int8]


def sketched(vectors: Half) -> Sketches:
    """int8 [rows, 64 or what the vectors have if that is fewer]."""
    axes = _axes(vectors.shape[1])
    sketches = np.empty((len(vectors), axes.shape[1]), np.int8)
    for start in range(0, len(vectors), AT_ONCE):
        some = slice(start, start + AT_ONCE)
        numbers = np.rint(in_single(vectors[some]) @ axes)
        sketches[some] = np.clip(numbers, -STEPS, STEPS, out=numbers)
    return sketches


def step(kept: int) -> float:
    """What one step of so many numbers stands for."""
    return float(min(1, WIDEST / np.sqrt(kept)) / STEPS)


def unsketched(sketches: Sketches) -> Single:
    """The numbers that they stand for."""
    numbers = sketches.astype(np.float32)
    numbers *= np.float32(step(sketches.shape[1]))
    return numbers


def furthest(floor: float) -> float:
    """Squared distance up to which sketches may belong to vectors whose cosine is at least the floor."""
    return LOOSE * max(0.0, 2 - 2 * floor) + ROUNDED


def maybe_alike(queries: Sketches, members: Sketches, floor: float) -> NDArray[np.int64]:
    """Places in [queries, members], counted row by row, of the sketches that lie near enough to each other."""
    asked, others = _widened(queries), _widened(members)
    own, beside = (np.einsum("ij,ij->i", one[:, :-1], one[:, :-1]) for one in (asked, others))
    asked[:, -1], others[:, -1] = 1, -beside / 2
    limit = np.float32(furthest(floor) / step(queries.shape[1]) ** 2)
    return np.flatnonzero(products(asked, others) >= ((own - limit) / 2)[:, None])


def _widened(sketches: Sketches) -> Single:
    """In steps, with room for one more number, so that one product gives their distance."""
    wide = np.empty((len(sketches), sketches.shape[1] + 1), np.float32)
    wide[:, :-1] = sketches
    return wide


@cache
def _axes(dimension: int) -> Single:
    """[dimension, 64], or all that there are; in steps."""
    kept = min(NUMBERS, dimension)
    axes, _ = np.linalg.qr(np.random.default_rng(SEED).normal(size=(dimension, kept)))
    scaled: Single = (axes * (np.sqrt(dimension / kept) / step(kept))).astype(np.float32)
    return scaled
