"""Made vectors that lie as embeddings do: clusters of very unequal sizes, each of few dimensions, with near copies."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float64]

DIMENSION = 256
CLUSTERS = 5_000
"""The n-th largest holds a share of 1/n (Zipf), so the largest holds a ninth of all."""
PATCH = (12, 24)
"""Dimensions of the affine patch that a cluster lies on, even."""
SPREAD = (0.5, 0.8)
"""Typical distance of a member from the middle of its patch, which has length 1, even."""
NOISE = 0.005
"""Standard deviation of each number, so that members lie a little beside the patch."""
COPIES = 0.1
"""Part of all that are copies of another: cosine 0.95 to 1, even; half moved within the patch, half anywhere."""
LEAST = 0.95


def clustered(count: int, seed: int, clusters: int = CLUSTERS, *, is_even: bool = False) -> NDArray[np.float16]:
    """[count, 256], of length 1 within what half precision holds, in no order; even clusters are of about one size."""
    random = np.random.default_rng(seed)
    weights = np.ones(clusters) if is_even else 1 / np.arange(1, clusters + 1)
    own = np.sort(random.choice(clusters, count - round(COPIES * count), p=weights / weights.sum()))
    is_copied = np.zeros(len(own), bool)
    is_copied[random.choice(len(own), count - len(own), replace=False)] = True
    vectors = np.empty((count, DIMENSION), np.float16)
    filled = 0
    for some in _clusters(own, is_copied, random):
        vectors[filled : filled + len(some)] = some
        filled += len(some)
    random.shuffle(vectors)
    return vectors


def _clusters(own: NDArray[np.int64], is_copied: NDArray[np.bool_], random: np.random.Generator) -> Iterator[Rows]:
    """The members of each cluster, then the copies of some of them."""
    for start, end in pairwise(np.searchsorted(own, np.arange(own[-1] + 2))):
        middle = _unit(random.normal(size=(1, DIMENSION)))
        patch = np.linalg.qr(random.normal(size=(DIMENSION, random.integers(*PATCH, endpoint=True))))[0].T
        inner = random.normal(size=(end - start, len(patch))) * random.uniform(*SPREAD) / np.sqrt(len(patch))
        members = _unit(middle + inner @ patch + random.normal(size=(end - start, DIMENSION)) * NOISE)
        yield members
        yield _copies(members[is_copied[start:end]], patch, random)


def _copies(originals: Rows, patch: Rows, random: np.random.Generator) -> Rows:
    """One of each, at a cosine that is even from LEAST to 1."""
    anywhere = random.random((len(originals), 1)) < 0.5
    within = random.normal(size=(len(originals), len(patch))) @ patch
    away = np.where(anywhere, random.normal(size=originals.shape), within)
    away = _unit(away - (away * originals).sum(axis=1, keepdims=True) * originals)
    cosine = random.uniform(LEAST, 1, (len(originals), 1))
    return _unit(cosine * originals + np.sqrt(1 - cosine**2) * away)


def _unit(vectors: Rows) -> Rows:
    unit: Rows = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit
