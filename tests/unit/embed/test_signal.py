"""Copies of a clip come close to it, other clips and other moments do not."""

from collections.abc import Sequence

import numpy as np
import pytest

from tasks.embed.signal import DIMENSION, signal_vector
from tests.fixtures.made_video import shot_texture

FPS, SECONDS = 4, 5.0
SIZE = WIDTH, HEIGHT = 96, 64
ALIKE, APART = 0.9, 0.6

Pictures = Sequence[np.ndarray]


def shown(scene: int, way: int, fps: float = FPS, seconds: float = SECONDS) -> list[np.ndarray]:
    """A scene that stands still, through which three things pass, each in a third of the time."""
    back = shot_texture(scene, WIDTH, HEIGHT)
    found = [back.copy() for _ in range(round(fps * seconds))]
    random = np.random.default_rng(way)
    for level in (30, 225, 120):
        start, end = random.uniform(0.1, 0.8, (2, 2)) * (HEIGHT, WIDTH)
        begin = random.uniform(0, 0.6)
        for number, picture in enumerate(found):
            passed = (number / len(found) - begin) * 3
            if 0 <= passed < 1:
                top, left = (start + (end - start) * passed).astype(int)
                picture[top : top + 10, left : left + 10] = level
    return [picture.astype(np.uint8) for picture in found]


def vector_of(pictures: Pictures, fps: float = FPS, seconds: float = SECONDS) -> np.ndarray:
    return signal_vector(pictures, [number / fps for number in range(len(pictures))], seconds)


def changed(images: Pictures, how: str) -> list[np.ndarray]:
    noise = np.random.default_rng(1)
    changes = {
        "darker": lambda one: one * 0.7,
        "paler": lambda one: one * 0.6 + 80,
        "warmer": lambda one: one * (1.08, 1.0, 0.92),
        "noisy": lambda one: one + noise.normal(0, 12, one.shape),
        "cropped": lambda one: one[2:-3, 4:-1],
        "half size": lambda one: one[::2, ::2],
        "wide": lambda one: np.repeat(one, 2, axis=1),
        "mirrored": lambda one: one[:, ::-1],
    }
    return [np.clip(changes[how](one.astype(float)), 0, 255).astype(np.uint8) for one in images]


def test_a_vector_has_length_1() -> None:
    vector = vector_of(shown(1, 1))
    assert (vector.shape, vector.dtype) == ((DIMENSION,), np.float32)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("how", ["darker", "paler", "warmer", "noisy", "cropped", "half size", "wide", "mirrored"])
def test_a_copy_is_near_and_other_clips_are_not(how: str) -> None:
    original, copy = vector_of(shown(1, 1)), vector_of(changed(shown(1, 1), how))
    assert original @ copy > ALIKE
    assert all(vector_of(shown(scene, scene)) @ copy < APART for scene in range(2, 8))


def test_a_mirror_image_has_the_same_vector() -> None:
    pictures = shown(1, 1)
    np.testing.assert_allclose(vector_of(pictures), vector_of(changed(pictures, "mirrored")), atol=1e-6)


@pytest.mark.parametrize(("before", "after"), [(2, 0), (0, 2), (2, 2)])
def test_half_a_second_gone_is_still_a_copy(before: int, after: int) -> None:
    pictures = shown(1, 1)
    part = pictures[before : len(pictures) - after]
    assert vector_of(pictures) @ vector_of(part, seconds=len(part) / FPS) > ALIKE


@pytest.mark.parametrize("fps", [3, 10])
def test_another_frame_rate_is_still_a_copy(fps: int) -> None:
    assert vector_of(shown(1, 1)) @ vector_of(shown(1, 1, fps), fps) > ALIKE


@pytest.mark.parametrize("way", range(2, 8))
def test_the_same_scene_with_other_things_going_on_is_no_copy(way: int) -> None:
    assert vector_of(shown(1, 1)) @ vector_of(shown(1, way)) < 0.75


def test_backwards_is_no_copy() -> None:
    assert vector_of(shown(1, 1)) @ vector_of(shown(1, 1)[::-1]) < 0.75


def test_a_picture_counts_for_as_long_as_it_is_shown() -> None:
    first, second = shown(1, 1)[0], shown(1, 1)[-1]
    held = signal_vector([first, second], [0.0, 4.0], SECONDS)
    assert held @ vector_of([first] * 16 + [second] * 4) == pytest.approx(1, abs=1e-6)


def test_how_long_a_clip_is_does_not_count() -> None:
    assert vector_of(shown(1, 1)) @ vector_of(shown(1, 1, seconds=40), seconds=40) > ALIKE


@pytest.mark.parametrize("level", [0, 255])
def test_an_empty_picture_has_a_vector_too(level: int) -> None:
    vector = vector_of([np.full((36, 64, 3), level, np.uint8)] * 3)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-6)
    assert float(vector @ vector_of(shown(1, 1))) < APART


@pytest.mark.parametrize("count", [1, 2, 3])
def test_few_pictures_are_enough(count: int) -> None:
    still = shown(1, 1)[:1]
    assert vector_of(still * count) @ vector_of(still * 20) == pytest.approx(1, abs=1e-6)


def test_no_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="no picture"):
        signal_vector([], [], SECONDS)
