"""The maths of the scorers on drawn pictures with exact truth."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import zip_longest

import numpy as np
import pytest

from tasks.core.model import Box, Score, Span, VideoInfo
from tasks.core.settings_filter import (
    DurationSettings,
    ExposureSettings,
    FreezeSettings,
    ResolutionSettings,
    SharpnessSettings,
)
from tasks.filter.duration import DurationScorer
from tasks.filter.exposure import ExposureScorer
from tasks.filter.freeze import FreezeScorer, change, run_lengths_s, stills
from tasks.filter.resolution import ResolutionScorer
from tasks.filter.scorer import Clip, Floats, Grey, Sample, Scorer
from tasks.filter.sharpness import SharpnessScorer, sharpness

WHOLE = Box(0, 0, 640, 360)


def video(**changes: object) -> VideoInfo:
    """A probe's answer: 640x360, 25 frames a second, 1 Mbit/s."""
    fields: dict[str, object] = {
        **dict(container="mov", codec="vp9", stream_index=0, coded_width_px=640, coded_height_px=360),
        **dict(width_px=640, height_px=360, rotation_deg=0, sample_aspect=Fraction(1), pixel_format="yuv420p"),
        **dict(bit_depth=8, interlaced=False, time_base=Fraction(1, 100), start_pts=0, end_pts=1000),
        **dict(frame_rate=Fraction(25), frame_count=250, bit_rate=1_000_000, audio_codec=None),
        **changes,
    }
    return VideoInfo(**fields)  # type: ignore[arg-type]


def clip_of(seconds: float = 4.0, box: Box = WHOLE, **changes: object) -> Clip:
    """A clip from the start of such a video."""
    return Clip(video(**changes), Span(0, round(seconds * 100), Fraction(1, 100)), box)


def scored(scorer: Scorer, images: Sequence[Grey] = (), vectors: Sequence[Floats | None] = ()) -> Score:
    """What the scorer says after these pictures, four a second."""
    for number, (image, seen) in enumerate(zip_longest(images, vectors)):
        scorer.see(Sample(number / 4, image, seen))
    return scorer.finish()


def texture(seed: int = 0, size: tuple[int, int] = (96, 160)) -> Grey:
    """uint8 [height, width] noise, smoothed a little."""
    noise = np.random.default_rng(seed).uniform(0, 255, size)
    smooth = sum(np.roll(noise, (dy, dx), axis=(0, 1)) for dy in range(3) for dx in range(3)) / 9
    return np.asarray(smooth, dtype=np.uint8)


def patches() -> Grey:
    """uint8 [240, 320] squares of random grey with hard edges."""
    levels = np.random.default_rng(2).uniform(20, 235, (10, 14))
    return np.kron(levels, np.ones((24, 24))).astype(np.uint8)[:240, :320]


def blurred(image: Grey, reach: int) -> Grey:
    """The picture after a box filter of 2 * reach + 1 pixels along both axes."""
    values = image.astype(float)
    for axis in (0, 1):
        values = np.mean([np.roll(values, step, axis) for step in range(-reach, reach + 1)], axis=0)
    return values.astype(np.uint8)


def test_resolution_is_that_of_the_picture_inside_the_bars() -> None:
    score = scored(ResolutionScorer(ResolutionSettings(), clip_of(box=Box(0, 60, 640, 240))))
    assert score.numbers["short_side_px"] == 240
    assert score.numbers["megapixels"] == pytest.approx(0.1536)
    assert score.numbers["aspect_ratio"] == pytest.approx(8 / 3)
    assert score.numbers["bits_per_pixel"] == pytest.approx(1_000_000 / (640 * 360 * 25))


def test_an_unknown_bit_rate_leaves_out_one_number_and_says_so() -> None:
    score = scored(ResolutionScorer(ResolutionSettings(), clip_of(bit_rate=None)))
    assert score.unmeasured == "no_bit_rate"
    assert "bits_per_pixel" not in score.numbers
    assert score.numbers["short_side_px"] == 360


def test_duration_is_that_of_the_span() -> None:
    score = scored(DurationScorer(DurationSettings(), clip_of(seconds=4)))
    assert score.numbers == {"duration_s": 4.0, "frame_count": 100.0, "frame_rate": 25.0}


def test_freeze_counts_the_time_without_change() -> None:
    moving = [texture(seed) for seed in range(8)]
    images = [*moving, *[moving[-1]] * 8]
    score = scored(FreezeScorer(FreezeSettings(), clip_of(seconds=4)), images)
    assert score.numbers["freeze_share"] == pytest.approx(2.25 / 4)
    assert score.numbers["longest_freeze_s"] == pytest.approx(2.25)


def test_a_short_repeat_is_no_freeze() -> None:
    images = [texture(number // 2) for number in range(16)]
    score = scored(FreezeScorer(FreezeSettings(), clip_of(seconds=4)), images)
    assert score.numbers == {"freeze_share": 0.0, "longest_freeze_s": 0.0}


def test_freeze_needs_two_pictures() -> None:
    assert scored(FreezeScorer(FreezeSettings(), clip_of()), [texture()]).unmeasured == "too_few_frames"


def test_change_is_that_of_the_most_changed_hundredth() -> None:
    still = np.full((100, 100), 90, np.uint8)
    little, much = still.copy(), still.copy()
    little[0, :50], much[:3] = 255, 130
    assert change(still, still) == 0
    assert change(still, little) == 0
    assert change(still, much) == 40


def test_a_key_frame_does_not_end_a_freeze_and_motion_does() -> None:
    assert stills([0, 0, 5, 0, 0], 1, 6) == [True] * 5
    assert stills([0, 0, 9, 0, 0], 1, 8) == [True, True, False, True, True]
    assert stills([0, 5, 5, 0], 1, 6) == [True, False, False, True]
    assert stills([5, 0], 1, 6) == [True, True]


def test_runs_are_as_long_as_their_intervals() -> None:
    assert run_lengths_s([False, True, True, False, True], [0.0, 1.0, 2.5, 3.0, 4.0, 6.0]) == [2.0, 2.0]


def test_more_blur_is_less_sharp_whatever_the_contrast() -> None:
    sharp = patches()
    values = [
        sharpness(sharp),
        sharpness(blurred(sharp, 1)),
        sharpness(blurred(sharp, 3)),
        sharpness(blurred(sharp, 6)),
    ]
    assert all(value is not None for value in values)
    assert values == sorted(values, reverse=True)  # type: ignore[type-var]
    assert sharpness((sharp // 4 + 100).astype(np.uint8)) == pytest.approx(values[0], abs=0.02)


def test_sharpness_is_that_of_the_worse_direction() -> None:
    smeared = np.mean([np.roll(patches(), step, axis=1) for step in range(15)], axis=0).astype(np.uint8)
    still, moved = sharpness(patches()), sharpness(smeared)
    assert still is not None
    assert moved is not None
    assert moved < 0.6 * still
    assert sharpness(np.ascontiguousarray(smeared.T)) == pytest.approx(moved)


def test_a_plain_picture_is_neither_sharp_nor_blurred() -> None:
    plain = [np.full((96, 160), 16, np.uint8)] * 3
    assert scored(SharpnessScorer(SharpnessSettings(), clip_of()), plain).unmeasured == "plain_picture"


def test_sharpness_of_a_tiny_picture_is_unmeasured() -> None:
    tiny = [texture(seed, (16, 160)) for seed in range(3)]
    assert scored(SharpnessScorer(SharpnessSettings(), clip_of()), tiny).unmeasured == "too_small"


def test_exposure_of_known_levels() -> None:
    picture = np.zeros((100, 100), np.uint8)
    picture[:, 50:75], picture[:, 75:] = 102, 255
    numbers = scored(ExposureScorer(ExposureSettings(), clip_of()), [picture, picture]).numbers
    assert numbers["luma_mean"] == pytest.approx((0.25 * 102 + 0.25 * 255) / 255)
    assert numbers["dark_share"] == 0.5
    assert numbers["bright_share"] == 0.25
    assert numbers["contrast"] == pytest.approx(np.std([0, 0, 102, 255]) / 255)
