"""Composition, light and colour, and whether a camera made the picture: drawn pictures with known answers."""

import numpy as np
import pytest

from tasks.core.model import Score
from tasks.core.settings_filter import AestheticSettings, ContentTypeSettings
from tasks.filter.aesthetic import AestheticScorer, clutter, colourfulness, light, measured, thirds
from tasks.filter.content_type import (
    ContentTypeScorer,
    camera_likelihood,
    flat_share,
    hard_edge_share,
    palette_size,
    saturation,
)
from tasks.filter.scorer import Colour, Grey, Sample
from tests.fixtures.made_video import shot_texture
from tests.unit.filter.test_picture_quality import CLIP, SIZE, enlarged, natural, noisy


def coloured(image: Grey, tint: tuple[float, float, float] = (1.0, 0.95, 0.85)) -> Colour:
    """The picture in the light of one lamp."""
    return (image[..., None] * np.array(tint)).astype(np.uint8)


def slide() -> Grey:
    """Rows of hard dark marks on a white page."""
    page = np.full(SIZE, 250, np.uint8)
    marks = np.random.default_rng(3).random((SIZE[0] // 12, SIZE[1] // 3)) < 0.4
    for row in range(4, SIZE[0] // 12, 4):
        page[row * 12 : row * 12 + 6] = np.where(marks[row].repeat(3)[: SIZE[1]], 20, 250)
    return page


def spot(across: float, down: float) -> Colour:
    """A red spot on grey, its middle at these shares of the sides."""
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    near = np.hypot(columns - across * SIZE[1], rows - down * SIZE[0]) < 20
    return np.where(near[..., None], [220, 30, 30], [120, 120, 120]).astype(np.uint8)


def test_grey_is_colourless_and_pure_colours_are_not() -> None:
    patches = np.zeros((100, 100, 3), np.uint8)
    assert colourfulness(patches + np.uint8(90)) == 0
    patches[:50, :, 0], patches[50:, :, 2] = 255, 255
    # Red and blue: red less green is 255 and 0, yellow less blue 127.5 and -255.
    spread, mean = np.hypot(127.5, 191.25), np.hypot(127.5, 63.75)
    assert colourfulness(patches) == pytest.approx(spread + 0.3 * mean, rel=1e-4)


def test_a_thing_on_the_thirds_lies_better_than_one_in_the_corner() -> None:
    values = [thirds(spot(*place)) for place in ((1 / 3, 1 / 3), (0.5, 0.5), (0.08, 0.92))]
    assert values[0] > 0.9
    assert values == sorted(values, reverse=True)
    assert thirds(np.full((*SIZE, 3), 99, np.uint8)) == 0


def test_clutter_is_the_share_over_which_edges_spread() -> None:
    picture = np.full((200, 200), 80, np.uint8)
    assert clutter(picture) == 0
    picture[50:150, 50:150] = noisy(picture[50:150, 50:150], 30)
    assert clutter(picture) == pytest.approx(0.25, abs=0.02)
    assert clutter(noisy(np.full((200, 200), 80, np.uint8), 30)) > 0.9


def test_middle_light_is_best() -> None:
    values = [light(np.full((50, 50), level, np.uint8)) for level in (120, 60, 20, 0)]
    assert values == sorted(values, reverse=True)
    assert values[0] > 0.99
    assert light(np.full((50, 50), 255, np.uint8)) == 0


@pytest.mark.parametrize("spoilt", ["dark", "flat", "grey"])
def test_what_spoils_a_picture_lowers_its_aesthetic(spoilt: str) -> None:
    colour = shot_texture(3, 192, 144)
    changed = {
        "dark": colour * 0.15,
        "flat": colour.mean() + 0.2 * (colour - colour.mean()),
        "grey": np.repeat(colour.mean(axis=2, keepdims=True), 3, axis=2),
    }[spoilt]
    good, poor = (
        measured(values.mean(axis=2).astype(np.uint8), values.astype(np.uint8)) for values in (colour, changed)
    )
    assert poor["aesthetic"] < good["aesthetic"]
    assert 0 <= good["aesthetic"] <= 10


def test_aesthetic_without_colour_pictures_is_unmeasured() -> None:
    scorer = AestheticScorer(AestheticSettings(), CLIP)
    assert scorer.finish() == Score("aesthetic", unmeasured="too_few_frames")


def test_flat_squares_are_counted() -> None:
    picture = np.full((80, 80), 90, np.uint8)
    picture[:, :40] = noisy(picture[:, :40], 10)
    assert flat_share(picture) == 0.5


def test_the_palette_is_as_large_as_the_colours_that_matter() -> None:
    colour = np.zeros((100, 100, 3), np.uint8)
    colour[:50], colour[50:95], colour[95:] = (200, 0, 0), (0, 200, 0), (0, 0, 200)
    assert palette_size(colour) == 2
    assert saturation(colour) == pytest.approx(200 / 255)


def test_drawn_edges_are_hard_and_seen_ones_are_soft() -> None:
    drawn = np.repeat(np.array([[30, 200]], np.uint8), 20, axis=1).repeat(40, axis=0)
    ramp = np.linspace(30, 200, 5)
    seen = np.broadcast_to(np.concatenate([np.full(18, 30), ramp, np.full(17, 200)]), (40, 40)).astype(np.uint8)
    assert hard_edge_share(drawn) == 1
    assert hard_edge_share(seen) == 0
    assert hard_edge_share(np.zeros((40, 40), np.uint8)) == 0


def test_a_textured_picture_is_likelier_from_a_camera_than_a_page() -> None:
    found = []
    for image in (noisy(enlarged(natural(), 2), 2), slide()):
        scorer = ContentTypeScorer(ContentTypeSettings(), CLIP)
        scorer.see(Sample(0.0, image, colour=coloured(image), coded=image))
        found.append(scorer.finish().numbers)
    assert found[0]["camera_likelihood"] > 0.8
    assert found[1]["camera_likelihood"] < 0.2
    assert camera_likelihood(found[0]) == found[0]["camera_likelihood"]
