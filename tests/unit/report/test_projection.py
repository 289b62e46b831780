"""Axes of most variance, and groups of near vectors, on vectors whose structure is known."""

import numpy as np
import pytest

from tasks.report.projection import axes_of, k_means


def clumps(sizes: tuple[int, ...], spread: float = 0.02) -> np.ndarray:
    """Unit vectors around so many directions at right angles, in a mixed order."""
    random = np.random.default_rng(7)
    centres = np.repeat(np.eye(16, dtype=np.float32)[: len(sizes)], sizes, axis=0)
    vectors = centres + random.normal(0, spread, centres.shape).astype(np.float32)
    mixed = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return mixed[random.permutation(len(mixed))]


def test_the_axes_are_those_in_which_the_vectors_vary_most() -> None:
    random = np.random.default_rng(1)
    vectors = random.normal(0, (0.1, 3, 0.1, 5), (2000, 4)).astype(np.float32)
    axes, shown = axes_of(vectors)
    assert np.abs(axes).argmax(axis=0).tolist() == [3, 1]
    assert np.abs(axes).max(axis=0) == pytest.approx([1, 1], abs=0.01)
    assert shown == pytest.approx(34 / 34.02, abs=1e-3)


def test_the_axes_point_the_same_way_every_time() -> None:
    vectors = clumps((30, 20))
    assert np.allclose(axes_of(vectors)[0], axes_of(vectors[::-1])[0], atol=1e-6)


def test_vectors_that_do_not_vary_have_axes_too() -> None:
    axes, shown = axes_of(np.tile(np.eye(4, dtype=np.float32)[0], (9, 1)))
    assert np.isfinite(axes).all()
    assert shown == 1


def test_groups_are_the_clumps_the_largest_first() -> None:
    vectors = clumps((20, 90, 40))
    groups, centres = k_means(vectors, 3)
    assert np.bincount(groups).tolist() == [90, 40, 20]
    assert centres.argmax(axis=1).tolist() == [1, 2, 0]
    assert (centres.argmax(axis=1)[groups] == vectors.argmax(axis=1)).all()


def test_the_same_vectors_have_the_same_groups() -> None:
    vectors = np.random.default_rng(3).normal(size=(300, 8)).astype(np.float32)
    assert (k_means(vectors, 6)[0] == k_means(vectors, 6)[0]).all()


def test_no_group_is_empty_where_there_are_fewer_kinds_than_groups() -> None:
    vectors = np.repeat(np.eye(4, dtype=np.float32)[:2], 5, axis=0)
    groups, centres = k_means(vectors, 4)
    assert np.bincount(groups).tolist() == [5, 5]
    assert len(centres) == 2
