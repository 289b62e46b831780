"""Decoding gives exactly the frames of a span, whatever the file is like."""

import io
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tasks.core.errors import StoreUnavailable, UnreadableVideo
from tasks.core.media import View, decode, probe
from tasks.core.model import Box, Span, VideoInfo
from tests.fixtures.made_video import (
    Bars,
    Coding,
    MadeVideo,
    Shot,
    made_video,
    read_number,
    remuxed,
    shot_texture,
    with_bars,
)

EVERY_FRAME = View()
TWO_SHOTS = (Shot(1, seed=1), Shot(1, seed=2, motion=(-30, 0)))
UNEVEN_S = tuple(float(time) for time in np.cumsum([0, *np.random.default_rng(7).choice([0.02, 0.04, 0.1], 49)]))

FILES: dict[str, tuple[str, dict[str, Any]]] = {
    "mp4": ("mp4", {}),
    "mkv": ("mkv", {}),
    "mpegts": ("ts", {}),
    "avi with B-frames": ("avi", {}),
    "avi mpeg4": ("avi", {"codec": "mpeg4"}),
    "mpeg2": ("mkv", {"codec": "mpeg2video"}),
    "open groups of pictures": ("mp4", {"b_frames": 3, "options": {"x264-params": "open-gop=1"}}),
    "one group of pictures": ("mp4", {"gop": 500}),
    "hevc": ("mp4", {"codec": "libx265", "options": {"x265-params": "log-level=none"}}),
    "vp9": ("webm", {"codec": "libvpx-vp9", "b_frames": 0, "options": {"cpu-used": "8", "deadline": "realtime"}}),
    "10 bit": ("mp4", {"pixel_format": "yuv420p10le"}),
    "interlaced": ("mp4", {"options": {"x264-params": "tff=1"}}),
    "variable rate": ("mp4", {"times_s": UNEVEN_S}),
    "variable rate in mkv": ("mkv", {"times_s": UNEVEN_S}),
    "turned 90": ("mp4", {"rotation_deg": 90}),
    "turned 180": ("mp4", {"rotation_deg": 180}),
    "turned 270": ("mp4", {"rotation_deg": 270}),
    "wide pixels": ("mp4", {"sample_aspect": Fraction(4, 3)}),
    "wide pixels turned": ("mp4", {"sample_aspect": Fraction(4, 3), "rotation_deg": 90}),
}


def numbers(source: Path, info: VideoInfo, span: Span | None = None, view: View = EVERY_FRAME) -> list[int]:
    return [read_number(frame.image) for frame in decode(source, info, span, view)]


def span_of(made: MadeVideo, info: VideoInfo, start_frame: int, end_frame: int) -> Span:
    """The span of these frames, on the stream's clock."""
    ticks = [info.start_pts + round(time / info.time_base) for time in made.times_s]
    return Span(ticks[start_frame], [*ticks, info.end_pts][end_frame], info.time_base)


@pytest.mark.parametrize("name", FILES)
def test_every_span_holds_exactly_its_frames(tmp_path: Path, name: str) -> None:
    suffix, coding = FILES[name]
    made = made_video(tmp_path / f"a.{suffix}", TWO_SHOTS, coding=Coding(**coding))
    info = probe(made.path)
    assert (info.width_px, info.height_px) == (160, 120)
    assert numbers(made.path, info) == list(range(50))
    for start, end in ((0, 5), (7, 20), (23, 27), (25, 40), (27, 28), (40, 50)):
        assert numbers(made.path, info, span_of(made, info, start, end)) == list(range(start, end)), (start, end)


def test_times_are_those_of_the_stream(tmp_path: Path) -> None:
    made = made_video(tmp_path / "a.mp4", TWO_SHOTS, coding=Coding(times_s=UNEVEN_S))
    times = [frame.time_s for frame in decode(made.path, probe(made.path))]
    assert times == pytest.approx(made.times_s, abs=1e-4)


def test_odd_sizes_keep_their_size(tmp_path: Path) -> None:
    made = made_video(tmp_path / "odd.mp4", size=(321, 241), coding=Coding(pixel_format="yuv444p"))
    frames = list(decode(made.path, probe(made.path)))
    assert frames[0].image.shape == (241, 321, 3)
    assert [read_number(frame.image) for frame in frames] == list(range(25))


def test_pictures_are_the_right_way_up_and_in_the_right_colours(tmp_path: Path) -> None:
    for rotation_deg in (0, 90, 180, 270):
        made = made_video(tmp_path / f"{rotation_deg}.mp4", coding=Coding(rotation_deg=rotation_deg))
        first = next(decode(made.path, probe(made.path))).image
        truth = shot_texture(0, 160, 120)
        assert np.abs(first[60:].astype(float) - truth[60:]).mean() < 12


def test_a_list_of_edits_is_obeyed(tmp_path: Path) -> None:
    made = made_video(tmp_path / "a.mp4", TWO_SHOTS)
    cut = remuxed(made.path, tmp_path / "cut.mp4", lambda pts, dts: (pts - 10 * 512, dts - 10 * 512))
    info = probe(cut)
    assert numbers(cut, info) == list(range(10, 50))
    assert numbers(cut, info, Span(5 * 512, 9 * 512, info.time_base)) == [15, 16, 17, 18]


def test_a_clock_that_does_not_begin_at_zero(tmp_path: Path) -> None:
    made = made_video(tmp_path / "a.mkv", TWO_SHOTS, coding=Coding(b_frames=0))
    late = remuxed(made.path, tmp_path / "late.mkv", lambda pts, dts: (pts + 5000, dts + 5000))
    info = probe(late)
    assert numbers(late, info) == list(range(50))
    assert numbers(late, info, Span(6000, 6200, info.time_base)) == [25, 26, 27, 28, 29]


def test_a_gap_of_an_hour_costs_no_frame(tmp_path: Path) -> None:
    made = made_video(tmp_path / "a.mkv", TWO_SHOTS, coding=Coding(b_frames=0))
    hour, gap = 3_600_000, tmp_path / "gap.mkv"
    remuxed(made.path, gap, lambda pts, dts: (pts + hour * (pts >= 1000), dts + hour * (pts >= 1000)))
    info = probe(gap)
    assert numbers(gap, info) == list(range(50))
    assert numbers(gap, info, Span(800, hour + 1200, info.time_base)) == list(range(20, 30))


def test_time_never_runs_backwards(tmp_path: Path) -> None:
    made = made_video(tmp_path / "a.mkv", TWO_SHOTS, coding=Coding(b_frames=0))
    jump = tmp_path / "jump.mkv"
    remuxed(made.path, jump, lambda pts, dts: (pts - 400 if pts >= 1000 else pts, dts - 5000))
    frames = list(decode(jump, probe(jump)))
    times = [frame.pts for frame in frames]
    assert times == sorted(set(times))
    assert len(frames) == 40


def test_what_is_corrupt_in_the_middle_is_left_out(tmp_path: Path) -> None:
    made = made_video(tmp_path / "a.mp4", [Shot(4)], size=(320, 240))
    data = bytearray(made.path.read_bytes())
    middle = data.index(b"mdat") + (len(data) - data.index(b"mdat")) // 3
    data[middle : middle + 3000] = np.random.default_rng(0).bytes(3000)
    made.path.write_bytes(data)
    frames = list(decode(made.path, probe(made.path)))
    assert len(frames) >= 60
    assert [read_number(frame.image) for frame in frames[-25:]] == list(range(75, 100))


def test_a_span_of_which_nothing_decodes_is_an_error(tmp_path: Path) -> None:
    made = made_video(tmp_path / "a.mp4", [Shot(4)])
    info = probe(made.path)
    data = bytearray(made.path.read_bytes())
    start = data.index(b"mdat") + 4
    for at in range(start + 200, data.index(b"moov") - 8):
        data[at] = 0
    made.path.write_bytes(data)
    with pytest.raises(UnreadableVideo) as refusal:
        list(decode(made.path, info, Span(2 * 12800, 3 * 12800, info.time_base)))
    assert refusal.value.kind == "decode_error"


def test_a_box_is_cut_out_exactly(tmp_path: Path) -> None:
    bars = Bars(left=20, top=31, right=40, bottom=30, level=16)
    made = made_video(tmp_path / "bars.mp4", size=(320, 240), bars=bars)
    info = probe(made.path)
    box = Box(20, 31, 260, 179)
    frames = list(decode(made.path, info, None, View(box=box)))
    assert frames[0].image.shape == (179, 260, 3)
    assert [read_number(frame.image) for frame in frames] == list(range(25))
    whole = next(decode(made.path, info)).image
    assert np.abs(whole[31:210, 20:280].astype(int) - frames[0].image).mean() < 1.5


@pytest.mark.parametrize("rotation_deg", [90, 180, 270])
def test_a_box_is_in_displayed_pixels(tmp_path: Path, rotation_deg: int) -> None:
    coding = Coding(rotation_deg=rotation_deg)
    made = made_video(tmp_path / "bars.mp4", size=(320, 240), bars=Bars(20, 30, 60, 10), coding=coding)
    view = View(box=Box(20, 30, 240, 200), max_side_px=120, pixel_format="gray")
    frames = list(decode(made.path, probe(made.path), None, view))
    assert frames[0].image.shape == (100, 120)
    assert [read_number(frame.image) for frame in frames] == list(range(25))


def test_a_box_outside_the_picture_is_refused(tmp_path: Path) -> None:
    made = made_video(tmp_path / "a.mp4")
    with pytest.raises(ValueError, match="160x120"):
        list(decode(made.path, probe(made.path), None, View(box=Box(100, 0, 100, 50))))


def test_gray_is_full_range(tmp_path: Path) -> None:
    made = made_video(tmp_path / "a.mp4", bars=Bars(top=40, level=255))
    frame = next(decode(made.path, probe(made.path), None, View(pixel_format="gray")))
    assert frame.image.dtype == np.uint8
    assert frame.image[:30].mean() > 252


@pytest.mark.parametrize(("suffix", "gop"), [("mp4", 25), ("mp4", 500), ("mkv", 12), ("avi", 25)])
@pytest.mark.parametrize("sample_fps", [1.0, 3.0, 7.3, 25.0, 60.0])
def test_sampling_by_time_gives_what_decoding_all_gives(
    tmp_path: Path, suffix: str, gop: int, sample_fps: float
) -> None:
    made = made_video(tmp_path / f"a.{suffix}", TWO_SHOTS, coding=Coding(gop=gop, b_frames=3))
    info = probe(made.path)
    span = span_of(made, info, 6, 46)
    instants = [span.start_s + count / sample_fps for count in range(200)]
    times = [frame.time_s for frame in decode(made.path, info, span)]
    wanted = {next((n for n, time in enumerate(times, 6) if time >= instant - 1e-9), None) for instant in instants}
    assert numbers(made.path, info, span, View(sample_fps=sample_fps)) == sorted(wanted - {None})


def test_sampling_a_variable_rate_goes_by_time_not_by_count(tmp_path: Path) -> None:
    times_s = [count / 100 for count in range(40)] + [0.4 + count / 5 for count in range(10)]
    made = made_video(tmp_path / "a.mkv", TWO_SHOTS, coding=Coding(times_s=times_s))
    assert numbers(made.path, probe(made.path), None, View(sample_fps=5)) == [0, 20, *range(40, 50)]


def test_key_frames_alone(tmp_path: Path) -> None:
    made = made_video(tmp_path / "a.mp4", TWO_SHOTS, coding=Coding(gop=10))
    key_frames = numbers(made.path, probe(made.path), None, View(key_frames_only=True))
    assert set(key_frames) >= {0, 10, 20}
    assert len(key_frames) < 10


def test_a_span_is_read_without_what_lies_before(tmp_path: Path) -> None:
    made = made_video(tmp_path / "long.mp4", [Shot(40)], size=(320, 240))
    info = probe(made.path)
    counted = _Counted(made.path.read_bytes())
    for _ in decode(counted, info, Span(20 * 12800, 21 * 12800, info.time_base)):
        pass
    assert counted.bytes_read < made.path.stat().st_size / 4


class _Counted(io.BytesIO):
    bytes_read = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.bytes_read += len(data)
        return data


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_a_store_that_fails_is_never_a_bad_video(tmp_path: Path, suffix: str) -> None:
    made = made_video(tmp_path / f"a.{suffix}", [Shot(4)], size=(320, 240))
    info, data = probe(made.path), made.path.read_bytes()
    for reads in range(6):
        with pytest.raises(StoreUnavailable):
            list(decode(_Failing(data, reads), info))
    with pytest.raises(StoreUnavailable):
        probe(_Failing(data, 1))


class _Failing(io.BytesIO):
    """Fails after this many reads."""

    def __init__(self, data: bytes, reads: int) -> None:
        super().__init__(data)
        self.reads_left = reads

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads_left -= 1
        if self.reads_left < 0:
            raise StoreUnavailable("the connection was reset")
        return super().read(size)


def test_bars_are_where_they_were_asked_for() -> None:
    framed = with_bars(np.full((10, 10, 3), 200, np.uint8), Bars(left=2, top=3, level=16))
    assert framed.shape == (13, 12, 3)
    assert (framed[3:, 2:] == 200).all()
    assert (framed[:3] == 16).all()
