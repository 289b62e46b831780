"""Copies of a clip come close to it, other clips do not."""

import numpy as np
import pytest

from tasks.embed.signal import DIMENSION, signal_vector
from tests.fixtures.made_video import Shot, pictures


def shown(seed: int, size: tuple[int, int] = (160, 120)) -> list[np.ndarray]:
    # Without the strip of numbers, which all made pictures have in common.
    return [image[size[1] // 4 :] for image in pictures([Shot(2, seed=seed)], size, fps=4)]


def changed(images: list[np.ndarray], how: str) -> list[np.ndarray]:
    noise = np.random.default_rng(1)
    changes = {
        "darker": lambda one: one * 0.7,
        "paler": lambda one: one * 0.6 + 80,
        "noisy": lambda one: one + noise.normal(0, 12, one.shape),
        "cropped": lambda one: one[4:-4, 5:-5],
        "half size": lambda one: one[::2, ::2],
        "wide": lambda one: np.repeat(one, 2, axis=1),
    }
    return [np.clip(changes[how](one.astype(float)), 0, 255).astype(np.uint8) for one in images]


def test_a_vector_has_length_1() -> None:
    vector = signal_vector(shown(1))
    assert (vector.shape, vector.dtype) == ((DIMENSION,), np.float32)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("how", ["darker", "paler", "noisy", "cropped", "half size", "wide"])
def test_a_copy_is_nearer_than_any_other_clip(how: str) -> None:
    original, copy = signal_vector(shown(1)), signal_vector(changed(shown(1), how))
    others = [signal_vector(shown(seed)) for seed in range(2, 8)]
    assert original @ copy > 0.9
    assert original @ copy > max(original @ other for other in others) + 0.1


def test_the_order_in_time_counts() -> None:
    forwards = shown(1) + shown(2)
    vector = signal_vector(forwards)
    assert vector @ signal_vector(forwards[::-1]) < vector @ signal_vector(forwards[1:-1])


@pytest.mark.parametrize("level", [0, 255])
def test_an_empty_picture_has_a_vector_too(level: int) -> None:
    empty = [np.full((36, 64, 3), level, np.uint8)] * 3
    vector = signal_vector(empty)
    assert np.isfinite(vector).all()
    assert vector @ signal_vector(empty) == pytest.approx(1)
    assert abs(float(vector @ signal_vector(shown(1)))) < 0.5


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_few_pictures_are_enough(count: int) -> None:
    vector = signal_vector(shown(1)[:1] * count)
    assert vector @ signal_vector(shown(1)[:1] * 8) == pytest.approx(1, abs=1e-6)


def test_no_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="no picture"):
        signal_vector([])
