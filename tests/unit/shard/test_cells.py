"""The bins, at their edges."""

import pytest

from tasks.shard.cells import cell_of


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
    assert cell_of(width_px, height_px, 6.0).resolution == resolution


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
    assert cell_of(width_px, height_px, 6.0).aspect_ratio == aspect_ratio


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
    assert cell_of(1280, 720, duration_s).length == length


def test_the_path_is_what_trainers_parse() -> None:
    assert cell_of(1280, 720, 6.0).path == "resolution_720/aspect_ratio_16_9/length_005_010"
