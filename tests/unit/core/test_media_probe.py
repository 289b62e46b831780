"""Probing says the truth of good files, and why of bad ones."""

import io
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.stream import Disposition

from tasks.core.errors import UnreadableVideo
from tasks.core.media import probe
from tests.fixtures.made_video import Coding, Shot, made_video, pictures, remuxed, write_video


def refused(path: Path) -> str:
    """The kind of the refusal."""
    with pytest.raises(UnreadableVideo) as refusal:
        probe(path)
    assert refusal.value.detail
    return refusal.value.kind


def test_a_plain_file(tmp_path: Path) -> None:
    made = made_video(tmp_path / "plain.mp4", coding=Coding(fps=Fraction(30000, 1001), audio="aac"))
    info = probe(made.path)
    assert (info.codec, info.width_px, info.height_px, info.pixel_format) == ("h264", 160, 120, "yuv420p")
    assert (info.frame_rate, info.frame_count, info.audio_codec) == (Fraction(30000, 1001), 30, "aac")
    assert (info.bit_depth, info.interlaced, info.rotation_deg) == (8, False, 0)
    assert info.duration_s == pytest.approx(30 * 1.001 / 30, abs=1e-6)


def test_a_file_object_is_read_like_a_path(tmp_path: Path) -> None:
    made = made_video(tmp_path / "plain.mp4")
    assert probe(io.BytesIO(made.path.read_bytes())) == probe(made.path)


@pytest.mark.parametrize("rotation_deg", [0, 90, 180, 270])
def test_the_displayed_size_is_after_turn_and_pixel_aspect(tmp_path: Path, rotation_deg: int) -> None:
    coding = Coding(rotation_deg=rotation_deg, sample_aspect=Fraction(4, 3))
    info = probe(made_video(tmp_path / "turned.mp4", size=(192, 128), coding=coding).path)
    assert (info.width_px, info.height_px, info.rotation_deg) == (192, 128, rotation_deg)
    stored = (96, 192) if rotation_deg in (90, 270) else (144, 128)
    assert (info.coded_width_px, info.coded_height_px) == stored


@pytest.mark.parametrize(
    ("pixel_format", "options", "found"),
    [
        ("yuv420p10le", {}, ("yuv420p10le", 10, False)),
        ("yuv444p", {}, ("yuv444p", 8, False)),
        ("yuv420p", {"x264-params": "tff=1"}, ("yuv420p", 8, True)),
    ],
)
def test_pixel_format_depth_and_interlacing(
    tmp_path: Path, pixel_format: str, options: dict[str, str], found: tuple[str, int, bool]
) -> None:
    made = made_video(tmp_path / "a.mp4", coding=Coding(pixel_format=pixel_format, options=options))
    info = probe(made.path)
    assert (info.pixel_format, info.bit_depth, info.interlaced) == found


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts", "avi"])
def test_the_clock_covers_every_frame(tmp_path: Path, suffix: str) -> None:
    info = probe(made_video(tmp_path / f"a.{suffix}", [Shot(2)]).path)
    assert info.duration_s == pytest.approx(2, abs=0.002)


def test_a_clock_that_begins_late_and_one_cut_by_a_list_of_edits(tmp_path: Path) -> None:
    made = made_video(tmp_path / "a.mp4", [Shot(2)])
    late = probe(remuxed(made.path, tmp_path / "late.mp4", lambda pts, dts: (pts + 5120, dts + 5120)))
    cut = probe(remuxed(made.path, tmp_path / "cut.mp4", lambda pts, dts: (pts - 5120, dts - 5120)))
    assert (late.start_pts, late.end_pts) == (5120, 30720)
    assert (cut.start_pts, cut.end_pts) == (0, 20480)


def test_an_hour_of_gap_lies_inside_the_clock(tmp_path: Path) -> None:
    made = made_video(tmp_path / "a.mkv", [Shot(2)], coding=Coding(b_frames=0))
    hour = 3_600_000
    gap = tmp_path / "gap.mkv"
    remuxed(made.path, gap, lambda pts, dts: (pts + hour * (pts >= 1000), dts + hour * (pts >= 1000)))
    assert probe(gap).duration_s == pytest.approx(3602, abs=0.01)


def test_a_header_that_lies_about_its_length_is_not_believed(tmp_path: Path) -> None:
    made = made_video(tmp_path / "a.mkv", [Shot(2)])
    data = made.path.read_bytes()
    at = data.index(b"\x44\x89\x88") + 3
    made.path.write_bytes(data[:at] + np.array([4e15], ">f8").tobytes() + data[at + 8 :])
    assert probe(made.path).duration_s == pytest.approx(2, abs=0.002)


def test_the_largest_stream_of_moving_pictures_is_taken(tmp_path: Path) -> None:
    small, large = (made_video(tmp_path / f"{size[0]}.mp4", size=size).path for size in ((64, 48), (160, 120)))
    with av.open(str(tmp_path / "two.mkv"), "w") as target:
        sources = [av.open(str(small)), av.open(str(large))]
        streams = [target.add_stream_from_template(source.streams.video[0]) for source in sources]
        for source, stream in zip(sources, streams, strict=True):
            for packet in [packet for packet in source.demux(video=0) if packet.size]:
                packet.stream = stream
                target.mux(packet)
            source.close()
    info = probe(tmp_path / "two.mkv")
    assert (info.width_px, info.stream_index) == (160, 1)


def test_a_cover_picture_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "cover.mp4"
    with av.open(str(path), "w") as container:
        sound = container.add_stream("aac", rate=48_000)
        cover = container.add_stream("png", rate=1)
        cover.width, cover.height, cover.pix_fmt = 160, 120, "rgb24"
        cover.disposition = Disposition.attached_pic
        tone = av.AudioFrame.from_ndarray(np.zeros((1, 4800), np.float32), format="fltp", layout="mono")
        tone.sample_rate = 48_000
        picture = av.VideoFrame.from_ndarray(next(pictures([Shot(1)], (160, 120))), format="rgb24")
        container.mux([*cover.encode(picture), *cover.encode(None), *sound.encode(tone), *sound.encode(None)])
    assert refused(path) == "no_video_stream"


def test_sound_alone_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=48_000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4800), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 48_000
        container.mux([*stream.encode(frame), *stream.encode(None)])
    assert refused(path) == "no_video_stream"


def test_one_frame_is_no_video(tmp_path: Path) -> None:
    write_video(tmp_path / "one.mp4", list(pictures([Shot(0.04)], (160, 120))))
    assert refused(tmp_path / "one.mp4") == "single_frame"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "empty_file"),
        (np.random.default_rng(0).bytes(50_000), "not_a_video"),
        (b"<!doctype html><html><body>No such video</body></html>" * 100, "not_a_video"),
        (b"\x00\x00\x00\x18ftypisom" + bytes(3000), "truncated"),
        (b"RIFF" + bytes(5000), "not_a_video"),
    ],
)
def test_what_is_no_video(tmp_path: Path, data: bytes, kind: str) -> None:
    (tmp_path / "bad.mp4").write_bytes(data)
    assert refused(tmp_path / "bad.mp4") == kind


LISTS = [
    "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{path}\n#EXT-X-ENDLIST\n",
    "ffconcat version 1.0\nfile '{path}'\n",
    "file '{path}'\n",
    '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>{path}</BaseURL></MPD>',
]


@pytest.mark.parametrize("script", LISTS)
def test_a_list_with_the_name_of_a_video_is_never_followed(tmp_path: Path, script: str) -> None:
    secret = made_video(tmp_path / "secret.mp4").path
    (tmp_path / "list.mp4").write_text(script.format(path=secret))
    assert refused(tmp_path / "list.mp4") == "playlist"


def test_a_list_that_is_not_recognised_is_refused_all_the_same(tmp_path: Path) -> None:
    secret = made_video(tmp_path / "secret.mp4").path
    (tmp_path / "list.mp4").write_text(f"# a comment first\nffconcat version 1.0\nfile '{secret}'\n")
    assert refused(tmp_path / "list.mp4") in ("not_a_video", "unsupported_container")


def test_a_raw_stream_has_no_clock_and_is_refused(tmp_path: Path) -> None:
    made = made_video(tmp_path / "a.mp4")
    with av.open(str(made.path)) as source, av.open(str(tmp_path / "a.h264"), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = stream
                target.mux(packet)
    assert refused(tmp_path / "a.h264") == "unsupported_container"


def test_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.mp4").mkdir()
    assert refused(tmp_path / "folder.mp4") == "not_a_video"


def test_a_file_cut_off_before_its_index(tmp_path: Path) -> None:
    made = made_video(tmp_path / "a.mp4")
    made.path.write_bytes(made.path.read_bytes()[: made.path.stat().st_size * 6 // 10])
    assert refused(made.path) == "truncated"


def test_a_file_cut_off_after_its_index_ends_where_its_frames_end(tmp_path: Path) -> None:
    made = made_video(tmp_path / "a.mkv", [Shot(4)])
    whole = made.path.stat().st_size
    made.path.write_bytes(made.path.read_bytes()[: whole * 6 // 10])
    assert 1.5 < probe(made.path).duration_s < 3.5


def test_a_picture_that_says_it_is_huge_is_refused(tmp_path: Path) -> None:
    made = made_video(tmp_path / "a.mkv", size=(320, 300), coding=Coding(codec="ffv1", b_frames=0))
    said, huge = bytes.fromhex("b0820140ba82012c"), bytes.fromhex("b0824e20ba82012c")
    assert said in made.path.read_bytes()
    made.path.write_bytes(made.path.read_bytes().replace(said, huge))
    assert refused(made.path) == "too_large_picture"
