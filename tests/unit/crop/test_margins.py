"""Bars and blurred fills found on drawn line profiles: exact edges, and pictures that must stay whole."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from tasks.core.model import Box
from tasks.crop.box import CropResult, locate
from tasks.crop.profiles import column_cells, read_profiles, row_cells

WIDTH, HEIGHT, FRAMES = 320, 180, 8
WHOLE = Box(0, 0, WIDTH, HEIGHT)
Draw = Callable[[np.ndarray, int], np.ndarray]


def scene(number: int, size: tuple[int, int] = (WIDTH, HEIGHT)) -> np.ndarray:
    """float [height, width] grey patches that pan, 60 to 200 grey levels."""
    random = np.random.default_rng(5)
    texture = np.kron(random.uniform(60, 200, (60, 60)), np.ones((8, 8)))
    return np.roll(texture, (3 * number, 5 * number), axis=(0, 1))[: size[1], : size[0]]


def located(draw: Draw, min_bar_share: float = 0.015) -> CropResult:
    """The result on FRAMES frames of the scene as drawn over."""
    profiles = read_profiles(frames(draw))
    assert profiles is not None
    return locate(profiles, min_bar_share)


def frames(draw: Draw) -> Iterator[np.ndarray]:
    """uint8 frames of the scene as drawn over."""
    for number in range(FRAMES):
        yield draw(scene(number), number).clip(0, 255).astype(np.uint8)


def behind(box: Box, level: float = 0.0, noise: float = 0.0) -> Draw:
    """Leaves the picture in the box only; the rest gets this level, and noise."""

    def draw(picture: np.ndarray, number: int) -> np.ndarray:
        back = level + noise * np.random.default_rng(number).standard_normal(picture.shape)
        rows, columns = slice(box.y, box.y + box.height), slice(box.x, box.x + box.width)
        back[rows, columns] = picture[rows, columns]
        return back

    return draw


@pytest.mark.parametrize(
    "box",
    [Box(0, 23, 320, 134), Box(40, 0, 240, 180), Box(60, 34, 200, 112), Box(10, 30, 256, 144), Box(0, 0, 320, 151)],
    ids=["letterbox", "pillarbox", "windowbox", "asymmetric", "one_side"],
)
def test_black_bars_are_found_exactly(box: Box) -> None:
    found = located(behind(box))
    assert found.box == box
    assert found.confidence > 0.9


@pytest.mark.parametrize(("level", "noise"), [(255, 0), (128, 0), (22, 6), (235, 5)])
def test_bars_of_any_colour_and_with_noise_are_found(level: float, noise: float) -> None:
    box = Box(40, 24, 240, 132)
    assert located(behind(box, level, noise)).box == box


def test_coding_noise_near_a_small_picture_in_white_is_bar() -> None:
    box, ring = Box(110, 62, 100, 54), Box(107, 59, 106, 60)

    def draw(picture: np.ndarray, number: int) -> np.ndarray:
        framed = behind(ring, level=255)(np.full_like(picture, 249), number)
        return np.where(behind(box, level=-1)(picture, number) >= 0, picture, framed)

    assert located(draw).box == box


def test_a_bright_margin_on_one_side_alone_is_picture() -> None:
    assert located(behind(Box(0, 30, 320, 150), level=230)).box == WHOLE


def test_a_subtitle_within_a_bar_leaves_the_bar_a_bar() -> None:
    box = Box(0, 24, 320, 120)

    def draw(picture: np.ndarray, number: int) -> np.ndarray:
        framed = behind(box)(picture, number)
        framed[156:166, 100:220:4] = 235
        return framed

    assert located(draw).box == box


@pytest.mark.parametrize("letters", [slice(156, 160), slice(154, 170)], ids=["small", "large"])
def test_the_band_that_a_ticker_runs_through_is_no_bar(letters: slice) -> None:
    def draw(picture: np.ndarray, number: int) -> np.ndarray:
        framed = behind(Box(0, 0, 320, 144))(picture, number)
        line = np.random.default_rng(1).integers(0, 2, 400 + 40 * FRAMES).repeat(2) * 235.0
        framed[letters] = line[80 * number : 80 * number + WIDTH]
        return framed

    assert located(draw).box == WHOLE


@pytest.mark.parametrize("dark", [2, 6, 10])
def test_dark_lines_of_the_picture_near_a_bar_leave_it_a_bar(dark: int) -> None:
    box = Box(0, 24, 320, 132)

    def draw(picture: np.ndarray, number: int) -> np.ndarray:
        framed = behind(box)(picture, number)
        framed[30 : 30 + dark] = 0
        return framed

    assert located(draw).box == box


def test_a_dark_picture_within_bars_is_found() -> None:
    box = Box(0, 24, 320, 132)
    found = located(lambda picture, number: behind(box)(picture * 0.06, number))
    assert found.box == box


def test_a_dark_picture_without_bars_stays_whole() -> None:
    assert located(lambda picture, number: picture * 0.06).box == WHOLE


def test_a_night_sky_is_no_bar() -> None:
    ridge = 50 + 25 * np.sin(np.arange(WIDTH) / 23)
    sky = np.arange(HEIGHT)[:, None] < ridge
    assert located(lambda picture, number: np.where(sky, 0, picture)).box == WHOLE


def test_a_vignette_is_no_bar() -> None:
    y, x = np.linspace(-1, 1, HEIGHT)[:, None], np.linspace(-1, 1, WIDTH)
    light = np.clip(1.1 - 0.6 * (x**2 + y**2), 0, 1)
    assert located(lambda picture, number: picture * light).box == WHOLE


def test_a_straight_gradient_to_black_is_no_bar() -> None:
    light = np.clip(np.linspace(-0.5, 2, HEIGHT), 0, 1)[:, None]
    assert located(lambda picture, number: picture * light).box == WHOLE


def test_frames_of_a_fade_do_not_hide_the_bars() -> None:
    box = Box(0, 24, 320, 132)
    found = located(lambda picture, number: behind(box)(picture * min(1, number / 5), number))
    assert found.box == box


def test_a_fade_without_bars_stays_whole() -> None:
    assert located(lambda picture, number: picture * min(1, number / 5)).box == WHOLE


def test_a_thin_edge_stays_unless_asked_for() -> None:
    thin = behind(Box(3, 0, 314, 180))
    assert located(thin).box == WHOLE
    assert located(thin, min_bar_share=0.006).box == Box(3, 0, 314, 180)


def test_a_blurred_fill_is_left_out() -> None:
    box = Box(110, 0, 100, 180)

    def draw(picture: np.ndarray, number: int) -> np.ndarray:
        inner = scene(number, (box.width, box.height))
        back = box_blurred(enlarged(inner))
        back[:, box.x : box.x + box.width] = inner
        return back

    found = located(draw).box
    assert abs(found.x - box.x) <= 2
    assert abs(found.x + found.width - box.x - box.width) <= 2
    assert (found.y, found.height) == (0, HEIGHT)


def test_a_blurred_background_of_other_content_is_picture() -> None:
    def draw(picture: np.ndarray, number: int) -> np.ndarray:
        back = box_blurred(picture[::-1, ::-1])
        back[:, 110:210] = scene(number, (100, HEIGHT))
        return back

    assert located(draw).box == WHOLE


def enlarged(inner: np.ndarray) -> np.ndarray:
    """The picture enlarged to cover the frame."""
    zoom = WIDTH / inner.shape[1]
    rows = ((np.arange(HEIGHT) - HEIGHT / 2) / zoom + inner.shape[0] / 2).astype(int)
    return inner[rows][:, (np.arange(WIDTH) / zoom).astype(int)]


def box_blurred(image: np.ndarray, reach: int = 8) -> np.ndarray:
    """Two box filters along both axes."""
    kernel = np.ones(2 * reach + 1) / (2 * reach + 1)
    for axis in (0, 1, 0, 1):
        padded = np.pad(image, [(reach, reach) if axis == across else (0, 0) for across in (0, 1)], mode="edge")
        image = np.apply_along_axis(np.convolve, axis, padded, kernel, "valid")
    return image


def test_nothing_can_be_seen_in_black() -> None:
    assert read_profiles([np.full((HEIGHT, WIDTH), 3, np.uint8)] * 4) is None


def test_cells_are_means_along_the_line() -> None:
    image = np.zeros((10, 129), np.uint8)
    image[4] = 200
    assert row_cells(image).shape == (10, 64)
    assert row_cells(image)[:, 7].tolist() == [0, 0, 0, 0, 200, 0, 0, 0, 0, 0]
    assert np.allclose(column_cells(image).mean(axis=1), 20)


@pytest.mark.parametrize("size", [(2, 2), (5, 4), (11, 12), (16, 16), (33, 10), (400, 6)])
def test_pictures_of_any_size_get_a_box_inside_them(size: tuple[int, int]) -> None:
    random = np.random.default_rng(1)
    profiles = read_profiles(random.integers(0, 255, (4, size[1], size[0]), dtype=np.uint8))
    assert profiles is not None
    assert locate(profiles, 0.015).box == Box(0, 0, *size)
