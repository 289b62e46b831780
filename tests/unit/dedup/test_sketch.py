"""Sketches keep what is alike together, and leave little else to be compared."""

import numpy as np
import pytest

from tasks.dedup.sketch import furthest, maybe_alike, sketched, unsketched

RANDOM = np.random.default_rng(3)


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def pairs(count: int, cosine: float, dimension: int = 256) -> tuple[np.ndarray, np.ndarray]:
    """Vectors, and one of each at that cosine from it."""
    one = unit(RANDOM.normal(size=(count, dimension)))
    away = RANDOM.normal(size=one.shape)
    away = unit(away - (away * one).sum(axis=1, keepdims=True) * one)
    other = cosine * one + np.sqrt(1 - cosine**2) * away
    return one.astype(np.float16), other.astype(np.float16)


def found(one: np.ndarray, other: np.ndarray, floor: float) -> float:
    """Part of the pairs that are left to be compared."""
    rows, others = np.divmod(maybe_alike(sketched(one), sketched(other), floor), len(other))
    return float((rows == others).sum() / len(one))


@pytest.mark.parametrize("dimension", [256, 768, 1152])
def test_a_sketch_is_on_average_as_far_from_another_as_their_vectors(dimension: int) -> None:
    one, other = pairs(500, 0.9, dimension)
    apart = ((unsketched(sketched(one)) - unsketched(sketched(other))) ** 2).sum(axis=1)
    assert apart.mean() == pytest.approx(0.2, rel=0.05)
    assert sketched(one).shape == (500, 64)


@pytest.mark.parametrize(("cosine", "least"), [(0.95, 0.97), (0.96, 0.99), (0.98, 1), (1, 1)])
@pytest.mark.parametrize("dimension", [256, 1152])
def test_what_is_alike_is_left(cosine: float, least: float, dimension: int) -> None:
    assert found(*pairs(800, cosine, dimension), 0.95) >= least


def test_most_of_what_is_not_alike_is_not() -> None:
    assert found(*pairs(800, 0.85), 0.95) < 0.01
    assert found(*pairs(800, 0.5), 0.95) == 0


def test_what_is_equal_is_left_at_any_floor() -> None:
    one, _ = pairs(800, 1)
    assert found(one, one, 1) == 1
    assert furthest(1) > 0


def test_vectors_of_few_numbers_are_only_turned() -> None:
    one, other = pairs(300, 0.95, 32)
    assert sketched(one).shape == (300, 32)
    assert found(one, other, 0.949) == 1
    assert found(one, other, 0.97) < found(one, other, 0.949)
