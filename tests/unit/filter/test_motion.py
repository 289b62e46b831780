"""Camera and things apart: on drawn pictures whose motion is known, and on coded ones in four codecs."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from tasks.core.media import probe
from tasks.core.model import Box, Score, Span, VideoInfo
from tasks.core.settings_filter import FilterSettings, MotionSettings
from tasks.filter.camera import CELL_PX, fitted, lengths, step_between
from tasks.filter.clip import score_clip
from tasks.filter.motion import MotionScorer, shake
from tasks.filter.pictures import flow, halved, jump, means, rough_flow
from tasks.filter.scorer import Clip, Floats, Grey, Sample
from tests.fixtures.made_video import Coding, write_video

SIZE = (192, 108)
FPS = MotionSettings().sample_fps
PLACE = VideoInfo(
    **dict(container="mov", codec="vp9", stream_index=0, coded_width_px=640, coded_height_px=360, width_px=640),
    **dict(height_px=360, rotation_deg=0, sample_aspect=Fraction(1), pixel_format="yuv420p", bit_depth=8),
    **dict(interlaced=False, time_base=Fraction(1, 100), start_pts=0, end_pts=300, frame_rate=Fraction(25)),
    **dict(frame_count=75, bit_rate=None, audio_codec=None),
)
LAYERS = ((80, 60), (30, 50), (12, 40), (5, 30))
"""Size in pixels and strength in grey levels of the layers of a drawn picture."""
CLIP = Clip(PLACE, Span(0, 300, Fraction(1, 100)), Box(0, 0, 640, 360))


def textured(seed: int, width: int, height: int) -> np.ndarray:
    """float32 [height, width] with detail of every size."""
    random = np.random.default_rng(seed)
    layers = [random.uniform(-1, 1, (height // cell + 2, width // cell + 2)) * strength for cell, strength in LAYERS]
    sized = [cv2.resize(layer.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC) for layer in layers]
    return np.asarray(np.sum(sized, axis=0) + 128, dtype=np.float32)


def picture(right: float = 0, down: float = 0, zoom: float = 1, turn: float = 0, seed: int = 1) -> Grey:
    """What a camera at that place (pixels, enlargement, degrees clockwise) sees of a large drawn picture."""
    large = textured(seed, 480, 360)
    matrix = cv2.getRotationMatrix2D((240 + right, 180 + down), turn, zoom)
    matrix[:, 2] += np.array(SIZE) / 2 - (240 + right, 180 + down)
    return np.asarray(cv2.warpAffine(large, matrix, SIZE, flags=cv2.INTER_CUBIC).clip(0, 255), dtype=np.uint8)


def with_thing(image: Grey, x: float, y: float = 40, side: int = 30) -> Grey:
    """The picture with a textured square in front of it."""
    thing = textured(9, side, side).clip(0, 255)
    moved = cv2.warpAffine(thing, np.float32([[1, 0, x], [0, 1, y]]), SIZE, borderValue=-1)
    return np.where(moved >= 0, np.maximum(moved, 0), image).astype(np.uint8)


def scored(images: Sequence[Grey], fps: float = FPS) -> Score:
    """What the scorer says of these pictures."""
    scorer = MotionScorer(MotionSettings(), CLIP)
    for number, image in enumerate(images):
        scorer.see(Sample(number / fps, image))
    return scorer.finish()


@pytest.mark.parametrize("measure", [flow, rough_flow])
def test_flow_follows_a_shift(measure: Callable[[Grey, Grey], Floats]) -> None:
    field = means(measure(picture(), picture(right=-5, down=-2)), CELL_PX)
    assert np.median(field[..., 0]) == pytest.approx(5, abs=0.2)
    assert np.median(field[..., 1]) == pytest.approx(2, abs=0.2)


def test_what_jumps_as_a_whole_is_followed_and_what_has_nothing_in_common_has_not_jumped() -> None:
    for right, down in ((40, 0), (-32, 16)):
        step = step_between(picture(), picture(right=right, down=down))
        assert step.affine is not None
        assert step.affine[0] == pytest.approx([-right, -down], abs=0.5)
        assert step.own_share < 0.05
    others = [jump(halved(picture(seed=seed)), halved(picture(seed=seed + 20))) for seed in range(20)]
    assert set(others) == {(0, 0)}


def test_the_fit_is_that_of_most_cells() -> None:
    random = np.random.default_rng(4)
    terms = np.vstack([np.ones(500), random.uniform(-90, 90, (2, 500))]).astype(np.float32)
    affine = np.array([[2, -1], [0.02, 0.01], [-0.01, 0.03]], np.float32)
    moves = affine.T @ terms + random.normal(0, 0.05, (2, 500)).astype(np.float32)
    moves[:, :200] += [[9], [-3]]
    found = fitted(terms, moves, np.ones(500, np.float32))
    assert found == pytest.approx(affine, abs=0.05)
    away = lengths(moves - found.T @ terms)
    assert away[:200].min() > 5
    assert away[200:].max() < 0.5


def test_pan_zoom_and_turn_are_told_with_their_direction() -> None:
    pan = scored([picture(right=3 * step, down=-2 * step) for step in range(12)]).numbers
    assert pan["camera_right"] == pytest.approx(3 * FPS / 108, rel=0.05)
    assert pan["camera_down"] == pytest.approx(-2 * FPS / 108, rel=0.05)
    assert pan["camera_speed"] == pytest.approx(np.hypot(3, 2) * FPS / 108, rel=0.05)
    assert pan["motion_mean"] == pytest.approx(pan["camera_speed"], rel=0.1)
    zoom = scored([picture(zoom=1.01**step) for step in range(12)]).numbers
    assert zoom["camera_zoom"] == pytest.approx(FPS * 0.01, rel=0.1)
    assert abs(zoom["camera_turn"]) < 0.5
    turn = scored([picture(turn=0.5 * step) for step in range(12)]).numbers
    assert turn["camera_turn"] == pytest.approx(0.5 * FPS, rel=0.1)  # OpenCV turns the picture to the left
    assert abs(turn["camera_zoom"]) < 0.01


def test_what_moves_by_itself_is_told_from_the_camera() -> None:
    steps = range(12)
    still = scored([with_thing(picture(), 30 + 4 * step) for step in steps]).numbers
    panned = scored([with_thing(picture(right=2 * step), 30 + 4 * step) for step in steps]).numbers
    alone = scored([picture(right=2 * step) for step in steps]).numbers
    assert still["camera_speed"] < 0.01
    assert panned["camera_right"] == pytest.approx(2 * FPS / 108, rel=0.1)
    area = 30 * 30 / (192 * 108)
    for numbers, relative_px in ((still, 4), (panned, 6)):
        # Flow is smooth: what is around a thing seems to move along with it.
        assert area < numbers["object_share"] < 0.4
        assert 0.7 < numbers["object_motion"] / (area * relative_px * FPS / 108) < 2.8
    assert alone["object_motion"] < 0.002
    assert alone["object_share"] < 0.01


def test_shake_is_the_distance_from_the_smoothed_path_however_fast_it_is() -> None:
    away = np.random.default_rng(2).normal(0, 1, (200, 2))
    steady = np.column_stack([np.arange(200) * 0.03, np.linspace(0, 1, 200) ** 2])
    assert shake(np.diff(steady, axis=0), 4) == pytest.approx(0, abs=1e-4)
    for scale in (0.01, 0.02):
        found = shake(np.diff(steady + scale * away, axis=0), 4)
        assert found == pytest.approx(
            scale * 1.177 * 0.86, rel=0.15
        )  # median of such lengths; part of it is smoothed in
    assert shake(np.zeros((7, 2)), 4) is None


def test_a_shaking_camera_shakes() -> None:
    random = np.random.default_rng(3)
    steady = scored([picture(right=step) for step in range(20)]).numbers
    shaken = scored([picture(right=step + random.normal(0, 2), down=random.normal(0, 2)) for step in range(20)]).numbers
    assert steady["shake"] < 0.001
    assert shaken["shake"] == pytest.approx(2 / 108, rel=0.35)


def test_a_plain_picture_has_no_camera_and_a_tiny_one_no_motion() -> None:
    plain = scored([np.full((108, 192), 90, np.uint8)] * 12)
    assert plain.unmeasured == "no_texture"
    assert plain.numbers == {"motion_mean": 0.0, "motion_p95": 0.0, "still_share": 1.0}
    assert scored([picture()[:16]] * 4).unmeasured == "too_small"
    assert scored([picture()]).unmeasured == "too_few_frames"


def test_a_path_too_short_to_smooth_costs_only_the_shake() -> None:
    short = scored([picture(right=step) for step in range(4)])
    assert short.unmeasured == "too_short_for_shake"
    assert "shake" not in short.numbers
    assert short.numbers["camera_right"] > 0


def test_what_leaves_the_picture_counts_for_nothing() -> None:
    step = step_between(picture(), picture(right=14))
    assert step.affine is not None
    assert -step.affine[0, 0] == pytest.approx(14, abs=0.5)
    assert np.average(step.residuals_px, weights=step.weights) < 0.5


@pytest.mark.parametrize(
    ("suffix", "codec", "options"),
    [
        ("mp4", "libx264", {"crf": "26"}),
        ("mp4", "libx265", {"crf": "26", "preset": "ultrafast", "x265-params": "log-level=error"}),
        ("webm", "libvpx-vp9", {"cpu-used": "8", "deadline": "realtime", "crf": "34", "b": "0"}),
        ("mkv", "libsvtav1", {"preset": "13", "crf": "34"}),
    ],
    ids=["h264", "hevc", "vp9", "av1"],
)
def test_a_zoom_over_a_still_is_told_from_action_in_every_codec(
    tmp_path: Path, suffix: str, codec: str, options: dict[str, str]
) -> None:
    zoom = [picture(zoom=1.003**number) for number in range(50)]
    action = [with_thing(image, 20 + 2 * number) for number, image in enumerate(zoom)]
    found = []
    for name, images in (("zoom", zoom), ("action", action)):
        path = tmp_path / f"{name}.{suffix}"
        write_video(path, (image[..., None].repeat(3, 2) for image in images), Coding(25, codec, options=options))
        info = probe(path)
        clip = Clip(info, Span(info.start_pts, info.end_pts, info.time_base), Box(0, 0, *SIZE))
        (score,) = score_clip(path, clip, FilterSettings(), frozenset({"motion"}))
        found.append(score.numbers)
    assert found[0]["camera_zoom"] == pytest.approx(25 * 0.003, rel=0.25)
    assert found[1]["camera_zoom"] == pytest.approx(25 * 0.003, rel=0.35)
    assert found[0]["object_motion"] < 0.006
    assert found[1]["object_motion"] > 0.012
