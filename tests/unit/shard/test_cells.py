"""The bins, at their edges."""

import pytest

from tasks.core.settings_shard import Bin, RatioBin, ShardSettings, bins_of
from tasks.shard.cells import Look, content_type, place_of

DEFAULT = ShardSettings()


def bin_of(axis: str, width_px: int = 1280, height_px: int = 720, duration_s: float = 6.0) -> str:
    """The name of the bin on one axis, under the bins that a recipe has which names none."""
    cell = place_of(Look(width_px, height_px, duration_s, {}), DEFAULT).cell
    assert cell is not None
    return bins_of(cell, DEFAULT.axes)[axis]  # type: ignore[index]


@pytest.mark.parametrize(
    ("width_px", "height_px", "resolution"),
    [
        (3840, 2160, "1080"),
        (1920, 1080, "1080"),
        (1080, 1920, "1080"),
        (1920, 1056, "720"),
        (1280, 720, "720"),
        (1278, 718, "480"),
        (640, 480, "480"),
        (320, 256, "256"),
        (320, 254, "below_256"),
        (2, 2, "below_256"),
    ],
)
def test_resolution_goes_by_the_short_side(width_px: int, height_px: int, resolution: str) -> None:
    assert bin_of("resolution", width_px, height_px) == resolution


@pytest.mark.parametrize(
    ("width_px", "height_px", "aspect_ratio"),
    [
        (1920, 1080, "16_9"),
        (2560, 1080, "16_9"),
        (1551, 1000, "16_9"),
        (1550, 1000, "4_3"),
        (640, 480, "4_3"),
        (1160, 1000, "1_1"),
        (1000, 1000, "1_1"),
        (881, 1000, "1_1"),
        (880, 1000, "3_4"),
        (650, 1000, "9_16"),
        (1080, 1920, "9_16"),
    ],
)
def test_aspect_ratio_goes_by_width_by_height(width_px: int, height_px: int, aspect_ratio: str) -> None:
    assert bin_of("aspect_ratio", width_px, height_px) == aspect_ratio


@pytest.mark.parametrize(
    ("duration_s", "length"),
    [
        (0.04, "000_005"),
        (4.999, "000_005"),
        (5.0, "005_010"),
        (9.999, "005_010"),
        (10.0, "010_030"),
        (30.0, "030_inf"),
        (4000.0, "030_inf"),
    ],
)
def test_a_length_bin_has_its_start_and_not_its_end(duration_s: float, length: str) -> None:
    assert bin_of("length", duration_s=duration_s) == length


@pytest.mark.parametrize(
    ("scores", "kind"),
    [
        ({}, "unknown"),
        ({"sharpness": 0.9}, "unknown"),
        ({"camera_likelihood": 0.5}, "camera"),
        ({"camera_likelihood": 0.49}, "drawn"),
        ({"zero_shot_camera": 0.2, "zero_shot_game": 0.7, "zero_shot_drawn": 0.1}, "game"),
        ({"camera_likelihood": 1.0, "zero_shot_camera": 0.3, "zero_shot_screen": 0.7}, "screen"),
    ],
)
def test_what_it_shows_is_the_networks_word_before_the_pictures_make(scores: dict[str, float], kind: str) -> None:
    assert content_type(scores) == kind


def test_the_path_has_the_axes_in_the_order_asked_for() -> None:
    look = Look(1280, 720, 6.0, {"camera_likelihood": 0.9})
    all_axes = "content_type_camera/resolution_720/aspect_ratio_16_9/length_005_010"
    assert place_of(look, DEFAULT).cell == all_axes
    two = ShardSettings(axes=("length", "aspect_ratio"))
    assert place_of(look, two).cell == "length_005_010/aspect_ratio_16_9"


def test_a_clip_that_no_bin_has_says_on_which_axes() -> None:
    narrow = ShardSettings(
        resolutions=(Bin(name="720", at_least=720, below=1080),),
        aspect_ratios=(RatioBin(name="16_9", up_to=1.8),),
        lengths=(Bin(name="005_010", at_least=5, below=10),),
    )
    assert place_of(Look(1280, 720, 6.0, {}), narrow).no_bin is None
    found = place_of(Look(2560, 1080, 12.0, {}), narrow)
    assert (found.cell, found.no_bin) == (None, "resolution 1080 px, aspect_ratio 2560:1080, length 12.00 s")


@pytest.mark.parametrize("wrong", [{"axes": ("length", "length")}, {"lengths": (Bin(name="a"), Bin(name="a"))}])
def test_a_name_stands_for_one_thing(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="twice"):
        ShardSettings(**wrong)
