"""Vectors seen from where they differ most, and put into groups of those that are near each other."""

import numpy as np
from numpy.typing import NDArray

SEED = 0
STARTS = 4
"""k-means finds the best groups near where it starts: the best of several is taken."""
ROUNDS = 100

Vectors = NDArray[np.float32]
"""float32 [clips, dimension], of length 1."""


def axes_of(vectors: Vectors) -> tuple[NDArray[np.float64], float]:
    """[dimension, 2], the two directions in which the vectors vary most, and their share of all that they vary."""
    varying = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    strengths, directions = np.linalg.eigh(varying.T @ varying)
    axes = directions[:, :-3:-1]
    # Either end may come first; this says which, so that the map is not mirrored from one report to the next.
    axes = axes * np.where(axes[np.abs(axes).argmax(axis=0), range(axes.shape[1])] < 0, -1, 1)
    whole = strengths.clip(0).sum()
    return axes, float(strengths[-2:].clip(0).sum() / whole) if whole > 0 else 1.0


def k_means(vectors: Vectors, count: int) -> tuple[NDArray[np.int64], Vectors]:
    """[clips], the group of each, and [groups, dimension], their centres; the largest group first, none empty."""
    random = np.random.default_rng(SEED)
    tried = [_settled(vectors, _start(vectors, count, random)) for _ in range(STARTS)]
    groups, centres, _ = min(tried, key=lambda one: one[2])
    sizes = np.bincount(groups, minlength=len(centres))
    order = np.argsort(-sizes, kind="stable")[: np.count_nonzero(sizes)]
    place = np.empty(len(centres), np.int64)
    place[order] = range(len(order))
    return place[groups], centres[order]


def distances(vectors: Vectors, centres: Vectors) -> Vectors:
    """[clips, centres], squared."""
    own, theirs = (vectors * vectors).sum(axis=1), (centres * centres).sum(axis=1)
    found: Vectors = (own[:, None] + theirs - 2 * vectors @ centres.T).clip(0)
    return found


def _start(vectors: Vectors, count: int, random: np.random.Generator) -> Vectors:
    """[count, dimension], each drawn the rather the farther it lies from those before (k-means++)."""
    chosen = [int(random.integers(len(vectors)))]
    nearest = distances(vectors, vectors[chosen])[:, 0].astype(np.float64)
    while len(chosen) < count and nearest.sum() > 0:
        chosen.append(int(random.choice(len(vectors), p=nearest / nearest.sum())))
        nearest = np.minimum(nearest, distances(vectors, vectors[chosen[-1:]])[:, 0])
    return vectors[chosen]


def _settled(vectors: Vectors, centres: Vectors) -> tuple[NDArray[np.int64], Vectors, float]:
    """The groups when no clip changes its own any more, their centres, and the squared distances to them in all."""
    groups = np.full(len(vectors), -1)
    for _ in range(ROUNDS):
        near = distances(vectors, centres)
        moved, groups = groups, near.argmin(axis=1)
        if (moved == groups).all():
            break
        centres = np.stack([vectors[groups == one].mean(axis=0) if (groups == one).any() else centre
                            for one, centre in enumerate(centres)])  # fmt: skip
    return groups, centres, float(near.min(axis=1).sum(dtype=np.float64))
