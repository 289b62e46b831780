"""What blur, noise, coding, enlarging and interlacing do to drawn pictures, with exact truth."""

from collections.abc import Sequence
from fractions import Fraction
from functools import cache

import numpy as np
import pytest

from tasks.core.model import Box, Score, Span, VideoInfo
from tasks.core.settings_filter import (
    BandingSettings,
    BlockinessSettings,
    CombingSettings,
    DuplicatesSettings,
    NoiseSettings,
    QualitySettings,
    UpscalingSettings,
)
from tasks.filter.banding import BandingScorer, steps_and_slopes
from tasks.filter.blockiness import BlockinessScorer, blockiness
from tasks.filter.combing import CombingScorer, combed_share
from tasks.filter.duplicates import DuplicatesScorer, kinds_of
from tasks.filter.noise import NoiseScorer, noise_sigma
from tasks.filter.patches import HEIGHT_PX, WIDTH_PX, patch
from tasks.filter.quality import QualityScorer, quality
from tasks.filter.scorer import Clip, Grey, Sample, Scorer
from tasks.filter.upscaling import UpscalingScorer, effective_share

SIZE = (288, 384)
INFO = VideoInfo(
    **dict(container="mov", codec="h264", stream_index=0, coded_width_px=384, coded_height_px=288),
    **dict(width_px=384, height_px=288, rotation_deg=0, sample_aspect=Fraction(1), pixel_format="yuv420p"),
    **dict(bit_depth=8, interlaced=False, time_base=Fraction(1, 100), start_pts=0, end_pts=1000),
    **dict(frame_rate=Fraction(25), frame_count=250, bit_rate=1_000_000, audio_codec=None),
)
CLIP = Clip(INFO, Span(0, 400, Fraction(1, 100)), Box(0, 0, 384, 288))
PLAIN = np.full(SIZE, 120, np.uint8)


def grey(values: np.ndarray) -> Grey:
    """The values as a picture."""
    return values.round().clip(0, 255).astype(np.uint8)


@cache
def natural(seed: int = 0, size: tuple[int, int] = SIZE) -> Grey:
    """Discs of every size that hide each other ("dead leaves"): like photographs in its edges, even parts, spectrum."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[: size[0], : size[1]]
    picture = np.full(size, 120.0)
    for radius in 4 / np.sqrt(random.uniform(0.002, 1, 200)):
        middle, level = random.uniform(0, size), random.uniform(40, 215)
        picture[np.hypot(rows - middle[0], columns - middle[1]) < radius] = level
    return grey(picture)


def enlarged(image: Grey, times: int) -> Grey:
    """Means of squares of so many pixels, and straight lines between them."""
    height, width = (side // times * times for side in image.shape)
    few = image[:height, :width].reshape(height // times, times, width // times, times).mean(axis=(1, 3))
    for axis, length in ((0, height), (1, width)):
        places = np.clip((np.arange(length) + 0.5) / times - 0.5, 0, few.shape[axis] - 1)
        low = places.astype(int)
        high = np.minimum(low + 1, few.shape[axis] - 1)
        share = (places - low).reshape((-1, 1) if axis == 0 else (1, -1))
        few = np.take(few, low, axis) * (1 - share) + np.take(few, high, axis) * share
    return grey(few)


def noisy(image: Grey, sigma: float, seed: int = 5) -> Grey:
    """The picture with Gaussian noise."""
    return grey(image + np.random.default_rng(seed).normal(0, sigma, image.shape))


def blocky(image: Grey, shift: tuple[int, int] = (0, 0)) -> Grey:
    """Half of each pixel's difference from the mean of its 8x8 block taken away."""
    moved = np.roll(image, shift, (0, 1)).astype(float)
    height, width = moved.shape
    means = moved.reshape(height // 8, 8, width // 8, 8).mean(axis=(1, 3)).repeat(8, 0).repeat(8, 1)
    return np.roll(grey((moved + means) / 2), (-shift[0], -shift[1]), (0, 1))


def woven(image: Grey, shift_px: int) -> Grey:
    """The picture, with its odd lines moved aside."""
    moved = image.copy()
    moved[1::2] = np.roll(image, shift_px, axis=1)[1::2]
    return moved


def ramp(step_levels: int) -> Grey:
    """A gentle slope from left to right in steps of so many levels."""
    slope = np.linspace(40, 140, SIZE[1])
    return grey(np.broadcast_to(slope // step_levels * step_levels, SIZE))


def scored(scorer: Scorer, pictures: Sequence[Grey], fps: float = 2) -> Score:
    """What the scorer says of these pictures, as coded and as shown."""
    for number, picture in enumerate(pictures):
        scorer.see(Sample(number / fps, picture, coded=picture))
    return scorer.finish()


def test_a_grid_shows_wherever_it_lies() -> None:
    clean = natural()
    assert blockiness(clean) < 0.3
    assert blockiness(blocky(clean)) > 1.0
    assert blockiness(blocky(clean, (3, 5))) == pytest.approx(blockiness(blocky(clean)), rel=0.3)


@pytest.mark.parametrize("sigma", [2.0, 6.0, 15.0])
def test_noise_is_measured_in_grey_levels(sigma: float) -> None:
    assert noise_sigma(PLAIN) == 0
    assert noise_sigma(noisy(PLAIN, sigma)) == pytest.approx(sigma, rel=0.15)
    half = natural().copy()
    half[:144] = 120
    assert noise_sigma(noisy(half, sigma)) == pytest.approx(sigma, rel=0.25)


def test_noise_of_black_is_unmeasured() -> None:
    score = scored(NoiseScorer(NoiseSettings(), CLIP), [np.full(SIZE, 8, np.uint8)])
    assert score == Score("noise", unmeasured="no_grey_parts")


def test_a_slope_in_steps_is_banded_and_a_smooth_one_is_not() -> None:
    smooth, stepped = (scored(BandingScorer(BandingSettings(), CLIP), [picture]) for picture in (ramp(1), ramp(6)))
    assert stepped.numbers["banding"] > 0.25  # a step fills a third of the windows around it
    assert smooth.numbers["banding"] < 0.05
    assert scored(BandingScorer(BandingSettings(), CLIP), [PLAIN]).unmeasured == "no_gentle_slopes"


def test_an_edge_of_a_thing_is_no_band() -> None:
    edge = np.repeat(np.array([[50, 150]], np.uint8), 20, axis=1)
    assert steps_and_slopes(edge) == (0, 0)


@pytest.mark.parametrize("times", [2, 3, 4])
def test_an_enlarged_picture_shows_the_detail_of_a_smaller_one(times: int) -> None:
    score = scored(UpscalingScorer(UpscalingSettings(), CLIP), [enlarged(natural(), times)])
    assert score.numbers["effective_share"] == pytest.approx(1 / times, rel=0.2)
    assert score.numbers["effective_short_side_px"] == pytest.approx(288 * score.numbers["effective_share"])
    whole = effective_share(natural())
    assert whole is not None
    assert whole > 0.85


def test_a_plain_picture_has_no_resolution() -> None:
    assert scored(UpscalingScorer(UpscalingSettings(), CLIP), [PLAIN]).unmeasured == "plain_picture"


def test_two_instants_in_alternate_lines_are_combed() -> None:
    smooth = enlarged(natural(), 2)
    assert combed_share(smooth) < 0.02
    assert combed_share(noisy(smooth, 20)) < 0.02
    assert combed_share(woven(smooth, 12)) > 0.6
    half = woven(smooth, 12)
    half[:, :192] = smooth[:, :192]
    score = scored(CombingScorer(CombingSettings(), CLIP), [smooth, half])
    assert score.numbers["combing"] == pytest.approx(combed_share(half) / 2, abs=0.01)
    assert score.numbers["combing_max"] == pytest.approx(combed_share(half))


def test_a_turned_picture_is_combed_along_its_columns() -> None:
    combed = np.ascontiguousarray(woven(enlarged(natural(), 2), 12).T)
    upright = scored(CombingScorer(CombingSettings(), CLIP), [combed])
    turned = VideoInfo(**{**{name: getattr(INFO, name) for name in INFO.__slots__}, "rotation_deg": 90})
    sideways = scored(CombingScorer(CombingSettings(), Clip(turned, CLIP.span, CLIP.box)), [combed])
    assert upright.numbers["combing"] < 0.05
    assert sideways.numbers["combing"] > 0.6


@pytest.mark.parametrize(("pattern", "share"), [([1], 0.0), ([1, 0], 0.5), ([1, 0, 0], 2 / 3), ([1, 1, 1, 1, 0], 0.2)])
def test_repeated_frames_are_counted_while_something_moves(pattern: list[int], share: float) -> None:
    steps = np.cumsum(pattern * (20 // len(pattern)))
    pictures = [np.roll(natural(), int(3 * step), axis=1) for step in steps]
    numbers = scored(DuplicatesScorer(DuplicatesSettings(), CLIP), pictures, fps=25).numbers
    assert numbers["duplicate_share"] == pytest.approx(share, abs=0.1)
    assert numbers["effective_fps"] == pytest.approx(25 * (1 - numbers["duplicate_share"]))
    assert numbers["jump_share"] == 0


def test_a_missing_frame_is_a_jump() -> None:
    changes = np.array([3.0, 3.1, 3.2, 6.4, 3.2, 3.1, 3.0])
    repeats, jumps = kinds_of(changes)
    assert not repeats.any()
    assert jumps.tolist() == [False, False, False, True, False, False, False]


def test_a_burst_ends_where_time_leaps() -> None:
    scorer = DuplicatesScorer(DuplicatesSettings(), CLIP)
    for start in (0.0, 2.0):
        for number in range(8):
            scorer.see(Sample(start + number / 25, np.roll(natural(round(start)), 4 * number, axis=1)))
    assert scorer.finish().numbers == {"duplicate_share": 0.0, "effective_fps": 25.0, "jump_share": 0.0}


def test_where_nothing_moves_nothing_is_repeated() -> None:
    score = scored(DuplicatesScorer(DuplicatesSettings(), CLIP), [natural()] * 20, fps=25)
    assert score == Score("duplicates", unmeasured="nothing_moves")


@pytest.mark.parametrize("seed", range(4))
def test_every_defect_lowers_quality(seed: int) -> None:
    picture = natural(seed)
    whole = quality(picture)
    assert whole is not None
    for spoilt in (noisy(picture, 5), blocky(picture), enlarged(picture, 3), woven(enlarged(picture, 2), 12)):
        value = quality(spoilt)
        assert value is not None
        assert 0 <= value < whole <= 1


def test_more_noise_is_less_quality() -> None:
    values = [quality(noisy(natural(), sigma)) for sigma in (0.0, 4.0, 8.0, 16.0)]
    assert values == sorted(values, reverse=True)  # type: ignore[type-var]
    assert scored(QualityScorer(QualitySettings(), CLIP), [PLAIN]).unmeasured == "plain_picture"


@pytest.mark.parametrize(
    "scorer",
    [
        BlockinessScorer(BlockinessSettings(), CLIP),
        CombingScorer(CombingSettings(), CLIP),
    ],
)
def test_a_tiny_picture_is_unmeasured(scorer: Scorer) -> None:
    assert scored(scorer, [np.zeros((16, 16), np.uint8)]).unmeasured == "too_small"


def test_parts_of_a_large_picture_are_taken_in_turn() -> None:
    image = np.arange(1080)[:, None] * np.ones((1, 1920), int)
    parts = [patch(image.astype(np.uint8), number) for number in range(6)]
    assert {part.shape for part in parts} == {(HEIGHT_PX, WIDTH_PX)}
    assert (parts[0] == parts[5]).all()
    assert parts[0][0, 0] == (540 - HEIGHT_PX // 2) % 256
    assert len({int(part[0, 0]) for part in parts}) == 3
    assert patch(PLAIN[:100], 3).shape == (100, 384)
