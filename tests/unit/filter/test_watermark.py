"""Marks in corners: drawn pictures whose truth is exact, and the network that tells them."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
import pytest

from tasks.core.model import Score
from tasks.core.settings_filter import WatermarkSettings
from tasks.filter.drawn_shapes import Shape, log_odds, shapes_in
from tasks.filter.mark_evidence import (
    CHANNELS,
    PARTS,
    SIGNED,
    Evidence,
    above_surroundings,
    corner_size,
    corners_of,
    from_corner,
    pressed,
)
from tasks.filter.mark_network import CELL_PX, mark_odds
from tasks.filter.scorer import Floats, Grey
from tasks.filter.watermark import WatermarkScorer, likeliest, numbers_of
from tests.fixtures.grey_scene import CLIP, HEIGHT, STEPS, WIDTH, backdrop, scored

PLACES = ((24, 24), (WIDTH - 25, 24), (24, HEIGHT - 25), (WIDTH - 25, HEIGHT - 25))


def mark_of(images: Sequence[Grey]) -> Score:
    """What the scorer of marks says."""
    return scored(WatermarkScorer(WatermarkSettings(), CLIP), images)


def with_ring(image: Grey, place: tuple[int, int]) -> Grey:
    """The picture with a half transparent ring there."""
    over = image.copy()
    cv2.circle(over, place, 14, 255, 4, cv2.LINE_AA)
    cv2.circle(over, place, 6, 0, -1, cv2.LINE_AA)
    return cv2.addWeighted(image, 0.4, over, 0.6, 0)


def with_word(image: Grey, place: tuple[int, int]) -> Grey:
    """The picture with a word whose middle lies about there, kept inside."""
    x, y = min(max(6, place[0] - 30), WIDTH - 80), place[1] + 6
    over = image.copy()
    cv2.putText(over, "CHAN7", (x, y), cv2.FONT_HERSHEY_DUPLEX, 0.7, 255, 2, cv2.LINE_AA)
    return cv2.addWeighted(image, 0.3, over, 0.7, 0)


def with_frame(image: Grey, place: tuple[int, int]) -> Grey:
    """The picture with an outlined box with a triangle in it, dark on light or light on dark."""
    x, y = place
    over, level = image.copy(), 0 if image.mean() > 128 else 255
    cv2.rectangle(over, (x - 15, y - 10), (x + 15, y + 10), level, 3)
    cv2.fillPoly(over, [np.array([(x - 4, y - 5), (x - 4, y + 5), (x + 6, y)])], level)
    return cv2.addWeighted(image, 0.3, over, 0.7, 0)


@pytest.mark.parametrize("mark", [with_ring, with_word, with_frame])
@pytest.mark.parametrize("corner", range(4))
def test_a_mark_over_a_moving_scene_is_found_in_its_corner(mark: Callable[..., Grey], corner: int) -> None:
    numbers = mark_of([mark(backdrop(37 * step), PLACES[corner]) for step in STEPS]).numbers
    assert numbers["watermark"] > 0.6
    assert numbers["watermark_corner"] == corner + 1
    assert 0.002 < numbers["watermark_share"] < 0.06


@pytest.mark.parametrize("mark", [with_ring, with_word, with_frame])
@pytest.mark.parametrize("corner", range(4))
def test_a_mark_over_a_still_scene_is_told_by_its_looks(mark: Callable[..., Grey], corner: int) -> None:
    numbers = mark_of([mark(backdrop(0), PLACES[corner])] * 8).numbers
    assert numbers["watermark"] > 0.6
    assert numbers["watermark_corner"] == corner + 1


@pytest.mark.parametrize(("mark", "first"), [(with_word, 3), (with_frame, 3), (with_ring, 2)])
def test_a_mark_of_some_of_the_time_is_found(mark: Callable[..., Grey], first: int) -> None:
    still = [backdrop(0)] * 8
    images = [mark(image, PLACES[1]) if first <= number <= 5 else image for number, image in enumerate(still)]
    assert mark_of(images).numbers["watermark"] > 0.7


@pytest.mark.parametrize("step_px", [0, 3, 37])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_scene_without_a_mark_has_none(step_px: int, seed: int) -> None:
    numbers = mark_of([backdrop(step_px * step, seed) for step in STEPS]).numbers
    assert numbers["watermark"] < 0.3
    assert numbers["watermark_corner"] == numbers["watermark_share"] == 0


def test_a_plain_picture_and_a_moving_edge_have_no_mark() -> None:
    plain = np.full((HEIGHT, WIDTH), 90, np.uint8)
    assert mark_of([plain] * 8).numbers["watermark"] < 0.3
    edges = [plain.copy() for _ in STEPS]
    for step, image in enumerate(edges):
        image[:, : 60 + 20 * step] = 180
    assert mark_of(edges).numbers["watermark"] < 0.3


FAR = pytest.param(
    17, marks=pytest.mark.xfail(reason="a crisp ring that goes so far (docs/decisions/0006)", strict=True)
)


@pytest.mark.parametrize("step_px", [5, 9, 13, FAR, 21])
def test_a_ring_that_moves_with_the_scene_is_no_mark(step_px: int) -> None:
    large = np.hstack([backdrop(0), backdrop(WIDTH)])
    cv2.circle(large, (150, 30), 14, 255, 4, cv2.LINE_AA)
    assert mark_of([large[:, step_px * step : step_px * step + WIDTH] for step in STEPS]).numbers["watermark"] < 0.3


def test_what_looks_drawn_in_every_corner_is_less_of_a_mark() -> None:
    image = backdrop(0)
    for place in PLACES:
        image = with_ring(image, place)
    one = mark_of([with_ring(backdrop(0), PLACES[0])] * 8).numbers["watermark"]
    assert mark_of([image] * 8).numbers["watermark"] < one


def test_what_is_as_likely_in_another_corner_is_less_of_a_mark() -> None:
    none, alone, beside = np.full(4, -5.0), np.array([3.0, -5, -5, -5]), np.array([3.0, 3, -5, -5])
    assert likeliest(alone, none) == (pytest.approx(likeliest(alone, none)[0]), 0)
    assert likeliest(alone, none)[0] > likeliest(beside, none)[0]
    assert likeliest(alone, alone)[0] > likeliest(alone, beside)[0] > likeliest(alone, none)[0]
    assert likeliest(np.zeros(4), np.array([-5.0, -5, 1, -5]))[1] == 2


def test_a_mark_needs_several_pictures_with_room() -> None:
    assert mark_of([backdrop(37 * step) for step in range(3)]).unmeasured == "too_few_frames"
    assert mark_of([backdrop(0)[:60]] * 8).unmeasured == "too_small"


def test_corner_and_share_are_those_of_the_likeliest() -> None:
    odds = np.full((4, 8, 12), -6, np.float32)
    odds[2, 1, 1:4] = 5
    shapes = np.array([-3.0, -3, 1, -3])
    numbers = numbers_of(odds, shapes, (192, 320))
    assert numbers["watermark_corner"] == 3
    assert numbers["watermark_share"] == pytest.approx(3 * CELL_PX**2 / (192 * 320))
    none = numbers_of(np.full((4, 8, 12), -6, np.float32), np.full(4, -3.0), (192, 320))
    assert none["watermark"] < 0.1
    assert none["watermark_corner"] == none["watermark_share"] == 0


def test_a_shape_that_surely_looks_drawn_is_enough() -> None:
    nothing = np.full((4, 8, 12), -6, np.float32)
    numbers = numbers_of(nothing, np.array([-3.0, 2.5, -3, -3]), (192, 320))
    assert numbers["watermark"] > 0.6
    assert numbers["watermark_corner"] == 2
    assert numbers_of(nothing, np.array([2.5, 2.5, -3, -3]), (192, 320))["watermark"] < 0.6


def test_corners_are_turned_so_that_the_outer_one_lies_top_left() -> None:
    image = np.zeros((HEIGHT, WIDTH), np.uint8)
    for number, (y, x) in enumerate(((0, 0), (0, -1), (-1, 0), (-1, -1)), start=1):
        image[y, x] = number
    corners = corners_of(image)
    assert corners.shape == (4, *corner_size(image.shape)) == (4, 58, 96)
    assert corners[:, 0, 0].tolist() == [1, 2, 3, 4]


def test_evidence_is_of_the_mean_the_thirds_the_level_and_the_change() -> None:
    evidence = Evidence((1, 40, 60))
    still, lit = np.full((1, 40, 60), 100, np.uint8), np.full((1, 40, 60), 160, np.uint8)
    for part in (0, 1, 2):
        evidence.add(lit if part == 1 else still, part)
    channels = evidence.channels()
    assert evidence.count == 3
    assert channels.shape == (1, CHANNELS, 40, 60)
    assert CHANNELS == SIGNED + 2 == PARTS + 4
    assert np.allclose(channels[0, 0], 0, atol=1e-4)
    assert np.allclose(channels[0, 1:4, 0, 0], pressed(np.array([-20, 40, -20])), atol=1e-4)
    assert np.allclose(channels[0, 4], (120 - 127.5) / 64, atol=1e-4)
    assert np.allclose(channels[0, 5], pressed(np.array(np.std([100, 160, 100]))), atol=1e-4)
    assert np.array_equal(channels[0, 6], from_corner((40, 60)))


def test_a_third_without_a_picture_tells_nothing() -> None:
    evidence = Evidence((1, 40, 60))
    evidence.add(np.full((1, 40, 60), 100, np.uint8), 0)
    assert np.allclose(evidence.channels()[:, [0, 1, 2, 3, 5]], 0, atol=1e-4)


def test_the_level_changes_its_sign_where_light_and_dark_change_places() -> None:
    image = np.random.default_rng(1).integers(0, 256, (1, 40, 60)).astype(np.uint8)
    light, dark = Evidence((1, 40, 60)), Evidence((1, 40, 60))
    for part in range(PARTS):
        light.add(image, part)
        dark.add(255 - image, part)
    assert np.allclose(light.channels()[:, :SIGNED], -dark.channels()[:, :SIGNED], atol=1e-3)
    assert np.allclose(light.channels()[:, SIGNED:], dark.channels()[:, SIGNED:], atol=1e-3)


def test_the_distance_is_from_the_sides_that_meet_in_the_corner() -> None:
    far = from_corner((10, 40))
    assert far[0, 0] == 0
    assert far[3, 2] == far[2, 3] == far[0, 3] == pytest.approx(0.3)
    assert far[9, 39] == far.max() == 2


def test_what_is_above_its_surroundings_is_more() -> None:
    mean = np.full((1, 40, 60), 100, np.float32)
    mean[0, 18:22, 28:32] = 150
    assert above_surroundings(mean)[0, 20, 30] > 40
    assert pressed(np.float32(3)) - pressed(np.float32(0)) > pressed(np.float32(60)) - pressed(np.float32(57))


def test_the_network_tells_the_cell() -> None:
    evidence = Evidence((4, *corner_size((HEIGHT, WIDTH))))
    for step in STEPS:
        evidence.add(corners_of(with_ring(backdrop(37 * step), PLACES[0])), step * PARTS // len(STEPS))
    odds = mark_odds(evidence.channels())
    assert odds.shape == (4, 8, 12)
    row, column = np.unravel_index(int(odds[0].argmax()), odds[0].shape)
    assert 1 <= row <= 4
    assert 1 <= column <= 4
    assert odds[1:].max() < odds[0].max() - 2


def disc(radius: int, blur_px: float = 0, at: tuple[int, int] = (24, 24)) -> Floats:
    """A light disc on plain grey, as crisp as it can be or blurred."""
    image = np.full((HEIGHT, WIDTH), 90, np.uint8)
    cv2.circle(image, at, radius, 190, -1, cv2.LINE_AA)
    return (cv2.GaussianBlur(image, (0, 0), blur_px) if blur_px else image).astype(np.float32)


def best_shape(picture: Floats) -> Shape:
    """The shape of any corner that looks drawn the most."""
    return max((shape for corner in shapes_in(picture) for shape in corner), key=log_odds)


def test_a_crisp_disc_looks_drawn_and_a_soft_one_less() -> None:
    crisp, soft = best_shape(disc(12)), best_shape(disc(12, blur_px=2))
    assert crisp.crispness > 0.8
    assert crisp.evenness > 0.85
    assert crisp.roughness < 0.05
    assert crisp.outline == pytest.approx(2 * np.pi * 13 / HEIGHT, rel=0.35)
    assert crisp.margin == pytest.approx(12 / HEIGHT, abs=0.01)
    assert log_odds(crisp) > 0.5 > log_odds(soft)


@pytest.mark.parametrize(("place", "corner"), [((24, 24), 0), ((295, 24), 1), ((24, 167), 2), ((295, 167), 3)])
def test_shapes_are_told_by_corner_wherever_it_is(place: tuple[int, int], corner: int) -> None:
    found = shapes_in(disc(12, at=place))
    assert [bool(shapes) for shapes in found] == [number == corner for number in range(4)]
    assert max(map(log_odds, found[corner])) == pytest.approx(log_odds(best_shape(disc(12))), abs=0.2)


def test_what_is_small_large_faint_or_cut_off_does_not_look_drawn() -> None:
    faint = np.full((HEIGHT, WIDTH), 90, np.uint8)
    cv2.circle(faint, (24, 24), 12, 97, -1)
    for picture in (disc(2), disc(40), faint.astype(np.float32), disc(12, at=(5, 24))):
        assert all(log_odds(shape) < 0 for corner in shapes_in(picture) for shape in corner)
