"""Videos inside videos and side by side, drawn with exact places, against single scenes."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
import pytest

from tasks.core.model import Score
from tasks.core.settings_filter import CompositeSettings
from tasks.filter.composite import CompositeScorer
from tasks.filter.scorer import Grey, Sample
from tasks.filter.seams import along
from tests.unit.filter.test_motion import CLIP, picture, with_thing

STEPS = range(24)


def scored(images: Sequence[Grey]) -> Score:
    """What the scorer says of these pictures, spread over the three seconds of the clip."""
    scorer = CompositeScorer(CompositeSettings(), CLIP)
    for number, image in enumerate(images):
        scorer.see(Sample(number / 8, image))
    return scorer.finish()


def filmed(image: Grey, level: int) -> Grey:
    """The drawn picture as soft and as low in contrast as filmed ones, and so bright."""
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 1.2) * 0.5 + level, dtype=np.uint8)


def scene(step: int) -> Grey:
    """A camera that moves over a large picture while something crosses it."""
    return filmed(with_thing(picture(right=1.5 * step, down=0.4 * step), 10 + 5 * step), 100)


def other(step: int) -> Grey:
    """Another one that moves otherwise."""
    return filmed(with_thing(picture(right=-2 * step, zoom=0.8, seed=7), 150 - 5 * step, 60), 40)


def inset(step: int, left: int = 120, top: int = 60, border: int = 0) -> Grey:
    """The other scene at a third of its size in front of the first."""
    image, small = scene(step).copy(), other(step)[::3, ::3]
    image[top - border : top + 36 + border, left - border : left + 64 + border] = 255
    image[top : top + 36, left : left + 64] = small
    return image


def test_sums_are_those_of_the_rows_around_and_of_nothing_nothing() -> None:
    values = np.random.default_rng(6).normal(0, 100, (40, 50)).astype(np.float32)
    values[12:] *= values[12:] > 50
    values[:, :20] = 0
    rows = [values[max(0, row - 5) : row + 6].sum(axis=0) for row in range(40)]
    found = along(values, 5)
    assert found == pytest.approx(np.stack(rows), abs=1e-3)
    assert not found[:, :20].any()


@pytest.mark.parametrize(("left", "top", "border"), [(120, 60, 0), (12, 10, 2), (128, 72, 0), (2, 3, 0), (125, 69, 1)])
def test_a_video_in_the_video_is_found_where_it_is(left: int, top: int, border: int) -> None:
    numbers = scored([inset(step, left, top, border) for step in STEPS]).numbers
    assert numbers["video_in_video"] > 0.8
    assert numbers["inset_left"] * 192 == pytest.approx(left - border, abs=3)
    assert numbers["inset_top"] * 108 == pytest.approx(top - border, abs=3)
    assert numbers["inset_width"] * 192 == pytest.approx(64 + 2 * border, abs=5)
    assert numbers["inset_height"] * 108 == pytest.approx(36 + 2 * border, abs=5)
    assert numbers["split_screen"] < 0.6


def test_a_video_that_appears_later_is_found_as_well() -> None:
    assert scored([inset(step) if step > 9 else scene(step) for step in STEPS]).numbers["video_in_video"] > 0.7


def across(step: int) -> Grey:
    """Two scenes left and right of column 80."""
    return np.where(np.arange(192) < 80, scene(step), other(step)).astype(np.uint8)


def down(step: int) -> Grey:
    """Two scenes above and below row 60."""
    return np.where(np.arange(108)[:, None] < 60, scene(step), other(step)).astype(np.uint8)


def test_a_split_screen_is_found_where_it_is_split() -> None:
    numbers = scored([across(step) for step in STEPS]).numbers
    assert numbers["split_screen"] > 0.65
    assert (numbers["split_x"] * 192, numbers["split_y"]) == (pytest.approx(80, abs=2), 0)
    numbers = scored([down(step) for step in STEPS]).numbers
    assert numbers["split_screen"] > 0.65
    assert (numbers["split_x"], numbers["split_y"] * 108) == (0, pytest.approx(60, abs=2))


def with_caption(step: int) -> Grey:
    """A scene with a still box of one colour on it."""
    image = scene(step).copy()
    image[8:34, 8:70] = 240
    return image


def with_photo(step: int) -> Grey:
    """A scene with a still of the other on it, all as grainy as weak coding leaves it."""
    image = scene(step).copy()
    image[60:96, 120:184] = other(0)[::3, ::3]
    grain = np.random.default_rng(step).normal(0, 1.1, image.shape)
    return np.asarray(np.clip(image + grain, 0, 255).round(), dtype=np.uint8)


@pytest.mark.parametrize("made", [scene, with_caption, with_photo, lambda step: picture(zoom=1 + 0.01 * step)])
def test_one_scene_is_one_scene(made: Callable[[int], Grey]) -> None:
    numbers = scored([made(step) for step in STEPS]).numbers
    assert numbers["video_in_video"] < 0.5
    assert numbers["split_screen"] < 0.6


def test_what_cannot_be_measured_says_so() -> None:
    assert scored([picture()]).unmeasured == "too_few_frames"
    assert scored([picture()[:40]] * 9).unmeasured == "too_small"


def test_a_picture_that_stands_still_has_nothing_in_it() -> None:
    numbers = scored([np.full((108, 192), 90, np.uint8)] * 9).numbers
    assert set(numbers.values()) == {0.0} or numbers["video_in_video"] == numbers["split_screen"] == 0
