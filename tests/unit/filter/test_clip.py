"""Scores of coded clips: exact truth from made video, one decode for all, and a scorer's failure that stays its own."""

import weakref
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tasks.core.media import Look, probe
from tasks.core.model import Box, Score, Span
from tasks.core.policy import load_policy
from tasks.core.score_names import CRITERIA, SCORES
from tasks.core.settings_embed import EmbedSettings
from tasks.core.settings_filter import FilterSettings
from tasks.core.verdict import Judge
from tasks.filter import clip as filter_clip
from tasks.filter.aesthetic import AestheticScorer
from tasks.filter.banding import BandingScorer
from tasks.filter.blockiness import BlockinessScorer
from tasks.filter.clip import all_scorers, as_json, score_clip
from tasks.filter.combing import CombingScorer
from tasks.filter.content_type import ContentTypeScorer
from tasks.filter.duplicates import DuplicatesScorer
from tasks.filter.exposure import ExposureScorer
from tasks.filter.footage_hash import FootageHashScorer
from tasks.filter.freeze import FreezeScorer
from tasks.filter.motion import MotionScorer
from tasks.filter.noise import NoiseScorer
from tasks.filter.quality import QualityScorer
from tasks.filter.scorer import Clip
from tasks.filter.sharpness import SharpnessScorer
from tasks.filter.upscaling import UpscalingScorer
from tests.fixtures.made_video import Coding, Shot, made_video, shot_texture, write_video

FAST_VP9 = {"cpu-used": "8", "deadline": "realtime"}

OF_OTHER_STAGES = {*EmbedSettings.model_fields, CRITERIA, "captions"}


def whole(path: Path, box: Box | None = None) -> Clip:
    """The whole file as a clip."""
    info = probe(path)
    span = Span(info.start_pts, info.end_pts, info.time_base)
    return Clip(info, span, box or Box(0, 0, info.width_px, info.height_px))


def numbers_of(path: Path, only: set[str] | None = None) -> dict[str, float]:
    """All numbers of the whole file."""
    scores = score_clip(path, whole(path), FilterSettings(), frozenset(only) if only else None)
    return {name: value for score in scores for name, value in score.numbers.items()}


def panning(speed_px_s: float, size: tuple[int, int] = (320, 180), seconds: float = 2.0) -> Iterator[np.ndarray]:
    """25 frames a second of a window moving over a wide texture, to a fraction of a pixel."""
    width, height = size
    texture = shot_texture(3, width * 4, height)
    for number in range(round(seconds * 25)):
        start = number * speed_px_s / 25
        left, share = int(start), start % 1
        moved = texture[:, left : left + width] * (1 - share) + texture[:, left + 1 : left + 1 + width] * share
        yield moved.astype(np.uint8)


@pytest.mark.parametrize("heights_per_s", [0.1, 0.4, 1.2])
@pytest.mark.parametrize(
    ("suffix", "coding"),
    [
        ("mp4", Coding(b_frames=0)),
        ("mkv", Coding(b_frames=3, gop=50)),
        ("avi", Coding(codec="mpeg4", b_frames=0, options={"b": "3M"})),
        ("webm", Coding(codec="libvpx-vp9", options=FAST_VP9)),
    ],
    ids=["h264", "h264_b_frames", "mpeg4", "vp9"],
)
def test_speed_of_a_pan_is_the_same_in_every_codec(
    tmp_path: Path, suffix: str, coding: Coding, heights_per_s: float
) -> None:
    path = tmp_path / f"pan.{suffix}"
    write_video(path, panning(heights_per_s * 180), coding)
    numbers = numbers_of(path, {"motion"})
    assert numbers["motion_mean"] == pytest.approx(heights_per_s, rel=0.25)
    assert numbers["still_share"] < 0.1


@pytest.mark.parametrize(("suffix", "codec"), [("mp4", "libx264"), ("webm", "libvpx-vp9")])
def test_a_picture_that_stands_still_does_not_move(tmp_path: Path, suffix: str, codec: str) -> None:
    path = tmp_path / f"still.{suffix}"
    write_video(path, panning(0), Coding(codec=codec, options=FAST_VP9 if codec == "libvpx-vp9" else {}))
    numbers = numbers_of(path, {"motion", "freeze"})
    assert numbers["motion_mean"] < 0.005
    assert numbers["still_share"] == 1
    assert numbers["freeze_share"] > 0.8  # a new key frame may change the picture for an instant


def test_a_half_frozen_clip_is_half_frozen(tmp_path: Path) -> None:
    path = tmp_path / "half.mp4"
    moving = list(panning(90, seconds=2))
    write_video(path, [*moving, *[moving[-1]] * 50])
    numbers = numbers_of(path, {"freeze"})
    assert numbers["freeze_share"] == pytest.approx(0.5, abs=0.07)
    assert numbers["longest_freeze_s"] == pytest.approx(2, abs=0.26)


def test_brightness_survives_coding(tmp_path: Path) -> None:
    path = tmp_path / "grey.mp4"
    picture = np.full((120, 160, 3), 51, np.uint8)
    picture[:, 80:] = 204
    write_video(path, [picture] * 25)
    numbers = numbers_of(path, {"exposure"})
    assert numbers["luma_mean"] == pytest.approx(0.5, abs=0.02)
    assert numbers["contrast"] == pytest.approx(0.3, abs=0.02)
    assert numbers["dark_share"] == numbers["bright_share"] == 0


def test_only_the_picture_inside_the_box_is_scored(tmp_path: Path) -> None:
    path = tmp_path / "split.mp4"
    picture = np.zeros((120, 160, 3), np.uint8)
    picture[:, 80:] = 204
    write_video(path, [picture] * 25)
    (score,) = score_clip(path, whole(path, Box(96, 0, 64, 120)), FilterSettings(), frozenset({"exposure"}))
    assert score.numbers["luma_mean"] == pytest.approx(0.8, abs=0.02)


def test_one_decode_serves_all_and_each_gets_its_own_rate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "video.mp4"
    made_video(path, [Shot(3)])
    views: list[Any] = []
    looks = filter_clip.looks
    monkeypatch.setattr(filter_clip, "looks", lambda *asked: views.append(asked[-1]) or looks(*asked))
    counts: Counter[str] = Counter()
    coded = (BlockinessScorer, NoiseScorer, BandingScorer, UpscalingScorer, CombingScorer, QualityScorer)
    coloured = (AestheticScorer, ContentTypeScorer)
    others = (FreezeScorer, SharpnessScorer, ExposureScorer, MotionScorer, DuplicatesScorer, FootageHashScorer)
    for scorer in (*others, *coded, *coloured):
        see = scorer.see
        monkeypatch.setattr(
            scorer, "see", lambda self, sample, see=see: counts.update([self.name]) or see(self, sample)
        )
    score_clip(path, whole(path), FilterSettings())
    few = {scorer.name: 2 for scorer in (*coded, *coloured)}
    asked = {"freeze": 12, "sharpness": 3, "exposure": 3, "motion": 12, "duplicates": 20, "footage_hash": 12, **few}
    assert counts == asked
    assert len(views) == 1


def test_what_all_look_at_nobody_can_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "video.mp4"
    made_video(path, [Shot(1)])
    monkeypatch.setattr(ExposureScorer, "see", lambda self, sample: sample.image.fill(0))
    scores = {score.scorer: score for score in score_clip(path, whole(path), FilterSettings())}
    assert scores["exposure"].unmeasured == "not_computable"
    assert scores["sharpness"].numbers["sharpness"] > 0


@pytest.mark.parametrize("codec", ["libx264", "libvpx-vp9"])
def test_no_scorer_keeps_the_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, codec: str) -> None:
    path = tmp_path / "video.mkv"
    write_video(path, panning(40), Coding(codec=codec, options=FAST_VP9 if codec == "libvpx-vp9" else {}))
    shown: list[weakref.ref[np.ndarray]] = []
    kept: list[int] = []
    picture_of = Look.picture

    def watched(look: Look, pixel_format: str, max_side_px: int | None) -> np.ndarray:
        kept.append(sum(picture() is not None for picture in shown))
        picture = picture_of(look, pixel_format, max_side_px)
        shown.append(weakref.ref(picture))
        return picture

    monkeypatch.setattr(Look, "picture", watched)
    score_clip(path, whole(path), FilterSettings())
    assert len(shown) > 8
    assert max(kept) <= 4, "more than the last pictures of those that look at four and at eight a second"


def test_scorers_without_pictures_decode_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "video.mp4"
    made_video(path, [Shot(1)])
    monkeypatch.setattr(filter_clip, "looks", lambda *_: pytest.fail("decoded"))
    scores = score_clip(path, whole(path), FilterSettings(), frozenset({"duration", "resolution"}))
    assert [score.scorer for score in scores] == ["resolution", "duration"]


@pytest.mark.parametrize("error", [ZeroDivisionError(), cv2.error("scale is 0")])
@pytest.mark.parametrize("method", ["see", "finish"])
def test_a_scorer_that_breaks_costs_its_own_score_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str, error: Exception
) -> None:
    path = tmp_path / "video.mp4"
    made_video(path, [Shot(2)])

    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr(ExposureScorer, method, broken)
    scores = {score.scorer: score for score in score_clip(path, whole(path), FilterSettings())}
    assert scores["exposure"] == Score("exposure", unmeasured="not_computable")
    assert all(score.unmeasured != "not_computable" for name, score in scores.items() if name != "exposure")


@pytest.mark.parametrize("method", ["see", "finish"])
def test_a_fault_of_a_scorer_is_not_taken_for_the_clip_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    path = tmp_path / "video.mp4"
    made_video(path, [Shot(0.5)])

    def broken(*_: object) -> None:
        raise TypeError("a fault")

    monkeypatch.setattr(ExposureScorer, method, broken)
    with pytest.raises(TypeError, match="a fault"):
        score_clip(path, whole(path), FilterSettings(), frozenset({"exposure"}))


def test_every_number_is_in_the_catalogue_and_in_its_range(tmp_path: Path) -> None:
    path = tmp_path / "video.mp4"
    made_video(path, [Shot(2)])
    scores = score_clip(path, whole(path), FilterSettings())
    told = {(score.scorer, name) for score in scores for name in score.numbers}
    assert [score.scorer for score in scores if score.unmeasured] == []
    assert told == {(about.scorer, name) for name, about in SCORES.items() if about.scorer not in OF_OTHER_STAGES}
    for score in scores:
        for name, value in score.numbers.items():
            assert SCORES[name].low <= value <= SCORES[name].high, name


def test_numbers_have_the_digits_that_every_machine_agrees_on(tmp_path: Path) -> None:
    path = tmp_path / "video.mp4"
    made_video(path, [Shot(2)])
    scores = score_clip(path, whole(path), FilterSettings())
    numbers = [value for score in scores for value in score.numbers.values()]
    assert len(numbers) > len(scores)
    assert numbers == [float(f"{value:.6g}") for value in numbers]


def test_every_scorer_has_its_settings_under_its_name(tmp_path: Path) -> None:
    path = tmp_path / "video.mp4"
    made_video(path)
    names = [scorer.name for scorer in all_scorers(FilterSettings(), whole(path))]
    assert names == list(FilterSettings.model_fields)
    measuring = set(names) - {"footage_hash"}
    assert {about.scorer for about in SCORES.values()} - OF_OTHER_STAGES == measuring


def test_json_has_every_score_with_its_state(tmp_path: Path) -> None:
    shown = as_json([Score("exposure", unmeasured="not_computable"), Score("freeze", {"freeze_share": 0.5})])["scores"]
    assert shown["freeze_share"] == {"value": 0.5, "unit": "1", "state": "measured"}
    assert shown["longest_freeze_s"]["state"] == shown["luma_mean"]["state"] == "unmeasured"
    assert "duration_s" not in shown


@pytest.mark.parametrize("name", ["default", "permissive"])
def test_shipped_policies_name_scores_that_exist_and_keep_made_video(tmp_path: Path, name: str) -> None:
    path = tmp_path / "video.mp4"
    # Without the painted number of made_video, whose blocks change by themselves as a video in the video does.
    write_video(path, panning(60, (320, 240), 2.5), Coding())
    assert Judge(numbers_of(path)).verdict(load_policy(name)).failed == ()
