"""Cuts and dissolves inside a clip against flashes, pans and things that move; and stills shown one after the other."""

from collections.abc import Sequence

import numpy as np
import pytest

from tasks.core.settings_filter import ChangesSettings, SlideshowSettings, SpeedRampSettings
from tasks.filter.changes import ChangesScorer, comparable, halved, unlike
from tasks.filter.scorer import Grey, Sample, Scorer
from tasks.filter.slideshow import SlideshowScorer
from tasks.filter.speed_ramp import SpeedRampScorer
from tests.unit.filter.test_composite import other, scene
from tests.unit.filter.test_motion import CLIP, picture


def numbers_of(scorer: Scorer, images: Sequence[Grey]) -> dict[str, float]:
    """What the scorer says of these pictures, as many a second as it asks for."""
    for number, image in enumerate(images):
        scorer.see(Sample(number / scorer.needs.fps, image))
    return scorer.finish().numbers


def changes(images: Sequence[Grey]) -> dict[str, float]:
    """How surely there are changes of shot."""
    return numbers_of(ChangesScorer(ChangesSettings(), CLIP), images)


def mixed(one: Grey, two: Grey, share: float) -> Grey:
    """One picture over another."""
    return (one * (1 - share) + two * share).astype(np.uint8)


def dissolved(steps: int, start: int, length: int) -> list[Grey]:
    """One scene that dissolves into another."""
    shares = np.clip((np.arange(steps) - start) / length, 0, 1)
    return [mixed(scene(step), other(step), float(share)) for step, share in enumerate(shares)]


def test_the_same_moved_is_alike_and_another_picture_is_not() -> None:
    pictures = picture(), picture(right=6, down=3), picture(seed=5)
    one, moved, two = (comparable(halved(image)) for image in pictures)
    assert unlike(one, one) < 0.01
    assert unlike(one, moved) < 0.1
    assert unlike(one, two) > 0.4
    black = np.zeros_like(one.image)
    assert unlike(comparable(black), comparable(black + 2)) < 0.01


def test_a_cut_is_found_when_it_is() -> None:
    numbers = changes([scene(step) if step < 13 else other(step) for step in range(24)])
    assert numbers["cut_strength"] > 0.4
    assert numbers["cut_s"] == pytest.approx(13 / 8)


@pytest.mark.parametrize("length", [4, 8, 12])
def test_a_dissolve_is_found_when_it_is(length: int) -> None:
    numbers = changes(dissolved(32, 12, length))
    assert numbers["dissolve_strength"] > 0.43
    assert numbers["dissolve_s"] == pytest.approx((12 + length / 2) / 8, abs=0.4)


def test_one_shot_has_no_change() -> None:
    pan = [picture(right=4 * step, down=-step) for step in range(24)]
    for images in ([scene(step) for step in range(24)], pan):
        numbers = changes(images)
        assert numbers["cut_strength"] < 0.2
        assert numbers["dissolve_strength"] < 0.4


def test_flashes_and_fades_of_the_light_are_no_change_of_shot() -> None:
    images = [scene(step) for step in range(24)]
    images[11] = np.full_like(images[11], 250)
    assert changes(images)["cut_strength"] < 0.2
    darker = [(scene(step) * (1 - 0.02 * step)).astype(np.uint8) for step in range(24)]
    assert changes(darker)["dissolve_strength"] < 0.4


def test_what_is_too_short_or_too_small_is_unmeasured() -> None:
    for scorer, few in (
        (ChangesScorer(ChangesSettings(), CLIP), 2),
        (SlideshowScorer(SlideshowSettings(), CLIP), 1),
        (SpeedRampScorer(SpeedRampSettings(), CLIP), 6),
    ):
        assert not numbers_of(scorer, [picture()] * few)
        assert scorer.finish().unmeasured == "too_few_frames"
        scorer.see(Sample(2.0, picture()[:20]))
        assert scorer.finish().unmeasured == "too_small"


def slideshow(images: Sequence[Grey]) -> dict[str, float]:
    """How much of the pictures is a slideshow."""
    return numbers_of(SlideshowScorer(SlideshowSettings(), CLIP), images)


def slide(seed: int, moves: bool, steps: int = 16) -> list[Grey]:
    """A still for two seconds, at rest or under a slow camera."""
    return [picture(right=0.8 * step * moves, zoom=1 + 0.004 * step * moves, seed=seed) for step in range(steps)]


@pytest.mark.parametrize("moves", [False, True])
@pytest.mark.parametrize("fade", [0, 5])
def test_stills_that_change_are_a_slideshow(moves: bool, fade: int) -> None:
    images = slide(1, moves)
    for seed in (2, 3):
        follows = slide(seed, moves)
        shares = [(step + 1) / (fade + 1) for step in range(fade)]
        between = [mixed(images[-1], follows[0], share) for share in shares]
        images = [*images, *between, *follows]
    numbers = slideshow(images)
    assert numbers["slideshow"] > 0.6
    assert numbers["slide_count"] == 3


def test_one_still_and_real_shots_are_no_slideshow() -> None:
    assert slideshow(slide(1, True, 32)) == {"slideshow": 0.0, "slide_count": 1.0}
    assert slideshow([scene(step) for step in range(24)]) == {"slideshow": 0.0, "slide_count": 0.0}
    joined = [scene(step) if step < 12 else other(step) for step in range(24)]
    assert slideshow(joined)["slideshow"] < 0.2


def test_a_change_of_speed_is_stronger_than_none() -> None:
    places = np.concatenate([np.arange(12), 11 + 4 * np.arange(1, 13)])
    even = numbers_of(SpeedRampScorer(SpeedRampSettings(), CLIP), [picture(right=1.0 * step) for step in range(24)])
    ramp = numbers_of(SpeedRampScorer(SpeedRampSettings(), CLIP), [picture(right=1.0 * at) for at in places])
    assert even["speed_ramp"] < 0.2
    assert ramp["speed_ramp"] > 0.8
    assert ramp["speed_ramp_s"] == pytest.approx(12 / 4, abs=0.3)
