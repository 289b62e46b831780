"""Encoding writes exactly the span's frames at a constant rate, and the same bytes each time."""

import os
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tasks.core.errors import BadRendition, StageRefused, UnreadableVideo
from tasks.core.media import Encoding, Rendition, available_encoders, decode, encode, probe
from tasks.core.model import Box, Span
from tests.fixtures.made_video import Bars, Coding, MadeVideo, Shot, made_video, read_number, shot_texture, write_video

TWO_SHOTS = (Shot(1, seed=1), Shot(1, seed=2, motion=(-30, 0)))
FAST = Encoding(preset="veryfast")


def encoded(made: MadeVideo, frames: tuple[int, int], encoding: Encoding = FAST, name: str = "clip.mp4") -> Rendition:
    """The frames [first, last) of the file as a rendition next to it."""
    info = probe(made.path)
    ticks = [info.start_pts + round(time / info.time_base) for time in made.times_s]
    span = Span(ticks[frames[0]], [*ticks, info.end_pts][frames[1]], info.time_base)
    return encode(made.path, info, span, encoding, made.path.with_name(name))


def numbers(path: Path) -> list[int]:
    return [read_number(frame.image) for frame in decode(path, probe(path))]


ODDITIES: dict[str, tuple[str, tuple[int, int], dict[str, Any]]] = {
    "mp4": ("mp4", (160, 120), {}),
    "30000/1001 in the milliseconds of mkv": ("mkv", (160, 120), {"fps": Fraction(30000, 1001)}),
    "23.976 in mpegts": ("ts", (160, 120), {"fps": Fraction(24000, 1001)}),
    "avi": ("avi", (160, 120), {"codec": "mpeg4"}),
    "turned 90": ("mp4", (160, 120), {"rotation_deg": 90}),
    "turned 270": ("mp4", (120, 160), {"rotation_deg": 270}),
    "wide pixels": ("mp4", (160, 120), {"sample_aspect": Fraction(4, 3)}),
    "10 bit": ("mp4", (160, 120), {"pixel_format": "yuv420p10le"}),
    "odd size": ("mp4", (321, 241), {"pixel_format": "yuv444p"}),
    "interlaced": ("mp4", (160, 120), {"options": {"x264-params": "tff=1"}}),
    "open groups of pictures": ("mp4", (160, 120), {"b_frames": 3, "options": {"x264-params": "open-gop=1"}}),
}


@pytest.mark.parametrize("name", ODDITIES)
def test_the_frames_of_the_span_and_no_others(tmp_path: Path, name: str) -> None:
    suffix, size, coding = ODDITIES[name]
    rate = Fraction(coding.get("fps", 25))
    made = made_video(tmp_path / f"a.{suffix}", TWO_SHOTS, size, Coding(**coding))
    rendition = encoded(made, (7, 40))
    info = probe(rendition.path)
    assert numbers(rendition.path) == list(range(7, 40))
    assert (info.width_px, info.height_px) == (size[0] // 2 * 2, size[1] // 2 * 2)
    assert (info.pixel_format, info.rotation_deg, info.sample_aspect) == ("yuv420p", 0, 1)
    assert (info.interlaced, info.start_pts, info.frame_rate) == (False, 0, rate)
    assert (rendition.frames, rendition.frame_rate, rendition.copied) == (33, rate, False)
    assert rendition.duration_s == pytest.approx(33 / rate)


@pytest.mark.parametrize("name", ["mp4", "odd size", "wide pixels", "interlaced"])
@pytest.mark.parametrize("threads", [1, 2])
def test_the_same_bytes_each_time(tmp_path: Path, name: str, threads: int) -> None:
    suffix, size, coding = ODDITIES[name]
    made = made_video(tmp_path / f"a.{suffix}", TWO_SHOTS, size, Coding(**coding, audio="aac"))
    encoding = replace(FAST, threads=threads, audio="aac")
    first, *others = [encoded(made, (3, 30), encoding, f"{count}.mp4") for count in range(4)]
    assert {other.path.read_bytes() for other in others} == {first.path.read_bytes()}
    assert {other.sha256 for other in others} == {first.sha256}


@pytest.mark.parametrize("rate", [Fraction(25, 2), Fraction(50), Fraction(10), Fraction(30000, 1001)])
def test_another_rate_takes_the_picture_at_or_before(tmp_path: Path, rate: Fraction) -> None:
    made = made_video(tmp_path / "a.mp4", TWO_SHOTS)
    rendition = encoded(made, (0, 50), replace(FAST, frame_rate=rate))
    assert numbers(rendition.path) == [int(count / rate * 25) for count in range(round(2 * rate))]


def test_a_variable_rate_becomes_constant_by_time(tmp_path: Path) -> None:
    times_s = [0.0, *np.cumsum(np.random.default_rng(7).choice([0.02, 0.04, 0.1], 49)).tolist()]
    made = made_video(tmp_path / "a.mp4", TWO_SHOTS, coding=Coding(times_s=times_s))
    rendition = encoded(made, (0, 50), replace(FAST, frame_rate=Fraction(25)))
    found = numbers(rendition.path)
    truth = [max(n for n, time in enumerate(times_s) if time <= count / 25 + 1e-3) for count in range(len(found))]
    assert found == truth
    assert rendition.duration_s == pytest.approx(probe(made.path).duration_s, abs=0.021)


def test_the_box_is_cut_and_the_short_side_limited(tmp_path: Path) -> None:
    made = made_video(tmp_path / "bars.mp4", TWO_SHOTS, (320, 240), bars=Bars(10, 31, 21, 30))
    whole = encoded(made, (0, 20), replace(FAST, box=Box(10, 31, 289, 179)))
    small = encoded(made, (0, 20), replace(FAST, box=Box(10, 31, 289, 179), max_short_side_px=90), "small.mp4")
    exact = encoded(made, (0, 20), replace(FAST, size_px=(128, 96)), "exact.mp4")
    assert (whole.width_px, whole.height_px) == (288, 178)
    assert (small.width_px, small.height_px) == (146, 90)
    assert (exact.width_px, exact.height_px) == (128, 96)
    assert numbers(whole.path) == numbers(small.path) == list(range(20))


def test_colours_survive(tmp_path: Path) -> None:
    truth = shot_texture(0, 160, 120)[60:]
    for pixel_format in ("yuv420p", "yuvj420p", "yuv420p10le"):
        made = made_video(tmp_path / "a.mp4", coding=Coding(pixel_format=pixel_format))
        rendition = encoded(made, (0, 5))
        first = next(decode(rendition.path, probe(rendition.path))).image[60:]
        assert np.abs(first.astype(float) - truth).mean() < 12, pixel_format


def test_rgb_becomes_tagged_bt709(tmp_path: Path) -> None:
    made = made_video(tmp_path / "a.mkv", coding=Coding(codec="ffv1", pixel_format="bgr0", b_frames=0))
    rendition = encoded(made, (0, 5))
    with av.open(str(rendition.path)) as container:
        assert container.streams.video[0].codec_context.colorspace == 1
    assert numbers(rendition.path) == list(range(5))


def test_interlaced_pictures_lose_their_combs(tmp_path: Path) -> None:
    def comb(path: Path) -> float:
        lines = np.stack([frame.image[60:, :, 1] for frame in decode(path, probe(path))]).astype(float)
        return float(np.abs(2 * lines[:, 1:-1] - lines[:, :-2] - lines[:, 2:]).mean())

    coding = Coding(options={"x264-params": "tff=1", "crf": "12"})
    source = made_video(tmp_path / "progressive.mp4", [Shot(1, motion=(250, 0))])
    with av.open(str(source.path)) as container:
        fields = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    woven = [_woven(fields[n], fields[min(n + 1, 24)]) for n in range(25)]
    times_s = write_video(tmp_path / "interlaced.mp4", woven, coding)
    made = MadeVideo(tmp_path / "interlaced.mp4", 25, times_s, [])
    left = encoded(made, (0, 25), replace(FAST, deinterlace=False), "left.mp4")
    made_progressive = encoded(made, (0, 25))
    assert comb(made_progressive.path) < comb(left.path) / 2
    assert numbers(made_progressive.path) == list(range(25))


def _woven(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """A picture of two fields: its odd lines half a frame later; the number stays the first one's."""
    woven = first.copy()
    woven[61::2] = second[61::2]
    return woven


def sound_of(path: Path) -> np.ndarray:
    with av.open(str(path)) as container:
        return np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])


@pytest.mark.parametrize(
    ("suffix", "codec", "wish", "found"),
    [
        ("mp4", "aac", "drop", None),
        ("mp4", "aac", "copy", "aac"),
        ("mp4", "aac", "aac", "aac"),
        ("mkv", "libopus", "aac", "aac"),
        ("mkv", "libopus", "copy", "opus"),
        ("avi", "pcm_s16le", "copy", "aac"),
    ],
)
def test_sound(tmp_path: Path, suffix: str, codec: str, wish: Any, found: str | None) -> None:
    made = made_video(tmp_path / f"a.{suffix}", TWO_SHOTS, coding=Coding(audio=codec))
    rendition = encoded(made, (10, 40), replace(FAST, audio=wish))
    assert rendition.audio_codec == found
    assert numbers(rendition.path) == list(range(10, 40))
    if found is not None:
        assert len(sound_of(rendition.path)) / 48_000 == pytest.approx(1.2, abs=0.07)
        assert np.abs(sound_of(rendition.path)[4800:-4800]).max() == pytest.approx(0.2, abs=0.05)


def test_a_silent_file_with_sound_asked_for(tmp_path: Path) -> None:
    assert encoded(made_video(tmp_path / "a.mp4"), (0, 10), replace(FAST, audio="aac")).audio_codec is None


COPIED = replace(FAST, copy="when_exact")


@pytest.mark.parametrize(
    ("frames", "coding", "copied"),
    [
        ((25, 50), {}, True),
        ((0, 25), {}, True),
        ((0, 50), {}, True),
        ((0, 20), {"gop": 10, "b_frames": 0}, True),
        ((0, 13), {"b_frames": 0}, True),
        ((7, 50), {}, False),
        ((25, 50), {"b_frames": 3, "options": {"x264-params": "open-gop=1:bframes=3:b-adapt=0"}}, None),
        ((25, 50), {"pixel_format": "yuv420p10le"}, False),
        ((25, 50), {"rotation_deg": 90}, False),
        ((25, 50), {"sample_aspect": Fraction(4, 3)}, False),
        ((25, 50), {"options": {"x264-params": "tff=1"}}, False),
        ((25, 50), {"codec": "mpeg4"}, False),
        ((25, 50), {"times_s": [n / 25 + (n % 3) / 100 for n in range(50)]}, False),
    ],
)
def test_packets_are_copied_only_where_that_is_exact(
    tmp_path: Path, frames: tuple[int, int], coding: dict[str, Any], copied: bool | None
) -> None:
    made = made_video(tmp_path / "a.mp4", TWO_SHOTS, coding=Coding(**coding))
    rendition = encoded(made, frames, COPIED)
    assert copied is None or rendition.copied == copied
    if "times_s" not in coding:
        assert numbers(rendition.path) == list(range(*frames))
    assert probe(rendition.path).start_pts == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda encoding: replace(encoding, box=Box(0, 0, 100, 100)),
        lambda encoding: replace(encoding, max_short_side_px=64),
        lambda encoding: replace(encoding, frame_rate=Fraction(10)),
        lambda encoding: replace(encoding, copy="never"),
    ],
)
def test_what_must_change_is_not_copied(tmp_path: Path, change: Callable[[Encoding], Encoding]) -> None:
    made = made_video(tmp_path / "a.mp4", TWO_SHOTS)
    assert not encoded(made, (0, 50), change(COPIED)).copied


def test_a_copied_clip_keeps_its_sound_and_its_pixels(tmp_path: Path) -> None:
    made = made_video(tmp_path / "a.mp4", TWO_SHOTS, coding=Coding(audio="aac"))
    rendition = encoded(made, (25, 50), replace(COPIED, audio="copy"))
    assert (rendition.copied, rendition.audio_codec) == (True, "aac")
    source = [frame.image for frame in decode(made.path, probe(made.path))][25:]
    assert all((a == b.image).all() for a, b in zip(source, decode(rendition.path, probe(rendition.path)), strict=True))


def test_an_encoder_this_machine_lacks_is_refused_with_the_reason(tmp_path: Path) -> None:
    assert available_encoders()["libx264"] is None
    with pytest.raises(StageRefused, match="libx264"):
        encoded(made_video(tmp_path / "a.mp4"), (0, 5), replace(FAST, encoder="libx999"))
    if reason := available_encoders()["h264_nvenc"]:
        with pytest.raises(StageRefused, match=reason):
            encoded(made_video(tmp_path / "a.mp4"), (0, 5), replace(FAST, encoder="h264_nvenc"))


def test_nothing_is_left_of_a_clip_that_cannot_be_read(tmp_path: Path) -> None:
    made = made_video(tmp_path / "a.mp4")
    info = probe(made.path)
    beyond = Span(info.end_pts + 100, info.end_pts + 20_000, info.time_base)
    with pytest.raises(UnreadableVideo):
        encode(made.path, info, beyond, FAST, tmp_path / "clip.mp4")
    assert not (tmp_path / "clip.mp4").exists()


def test_a_wrong_rendition_is_found_and_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = made_video(tmp_path / "a.mp4")
    monkeypatch.setattr("tasks.core.media.timing.frame_count", lambda span, rate: 9)
    with pytest.raises(BadRendition, match="frames"):
        encoded(made, (0, 20))
    assert not (tmp_path / "clip.mp4").exists()


def test_the_index_is_in_front_and_no_clock_is_inside(tmp_path: Path) -> None:
    data = encoded(made_video(tmp_path / "a.mp4"), (0, 20)).path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    assert data[data.index(b"mvhd") + 8 :][:8] == bytes(8)
    assert b"Lavf" not in data


def test_the_tests_own_encoders_leave_this_thread_the_priority_that_it_had(tmp_path: Path) -> None:
    made_video(tmp_path / "made.mkv", coding=Coding(codec="libsvtav1", options={"preset": "13"}))
    assert os.sched_getscheduler(0) == os.SCHED_OTHER
