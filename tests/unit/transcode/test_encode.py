"""A clip becomes one file, as the settings of its recipe say."""

from fractions import Fraction
from pathlib import Path

import pytest

from tasks.core.errors import StageRefused
from tasks.core.media import available_encoders, decode, probe
from tasks.core.model import Box, Span
from tasks.core.recipe import TranscodeSettings
from tasks.transcode.encode import encoding_of, transcode_clip
from tests.fixtures.made_video import Bars, Coding, Shot, made_video, read_number

SETTINGS = TranscodeSettings(preset="veryfast", threads=1)


def test_a_clip_inside_its_box(tmp_path: Path) -> None:
    coding = Coding(rotation_deg=90, times_s=[n / 25 for n in range(50)])
    made = made_video(tmp_path / "a.mp4", [Shot(2)], (240, 320), coding, Bars(top=40, bottom=20))
    info, span = probe(made.path), Span(18_000, 90_000, Fraction(1, 90_000))
    settings = SETTINGS.model_copy(update={"max_short_side_px": 120, "fps": 12.5})
    with made.path.open("rb") as source:
        rendition = transcode_clip(source, info, span, Box(0, 40, 240, 260), settings, tmp_path)
    assert rendition.path.parent == tmp_path
    assert (rendition.width_px, rendition.height_px, rendition.frames) == (120, 130, 10)
    assert (rendition.codec, rendition.pixel_format, rendition.audio_codec) == ("h264", "yuv420p", None)
    written = decode(rendition.path, probe(rendition.path))
    assert [read_number(frame.image) for frame in written] == list(range(5, 25, 2))


def test_two_spans_of_one_video_are_two_files(tmp_path: Path) -> None:
    made = made_video(tmp_path / "a.mp4", [Shot(2)])
    info = probe(made.path)
    spans = [Span(0, 12_800, info.time_base), Span(12_800, 25_600, info.time_base)]
    paths = {transcode_clip(made.path, info, span, None, SETTINGS, tmp_path).path for span in spans}
    assert len(paths) == 2


def test_the_settings_reach_the_encoder() -> None:
    settings = TranscodeSettings(
        quality=30, preset="slow", fps=29.97, audio="aac", copy_streams="when_exact", threads=3
    )
    encoding = encoding_of(settings, Box(1, 2, 30, 40))
    assert (encoding.quality, encoding.preset, encoding.threads) == (30, "slow", 3)
    assert (encoding.audio, encoding.copy, encoding.box) == ("aac", "when_exact", Box(1, 2, 30, 40))
    assert encoding.frame_rate == Fraction(30000, 1001)
    assert encoding_of(TranscodeSettings(), None).frame_rate is None


def test_a_lower_quality_is_a_smaller_file(tmp_path: Path) -> None:
    made = made_video(tmp_path / "a.mp4", [Shot(1)], (320, 240))
    info = probe(made.path)
    sizes = []
    for quality in (18, 40):
        settings = SETTINGS.model_copy(update={"quality": quality})
        span = Span(info.start_pts, info.end_pts, info.time_base)
        sizes.append(transcode_clip(made.path, info, span, None, settings, tmp_path).size_bytes)
    assert sizes[1] < sizes[0] / 2


@pytest.mark.skipif(available_encoders()["h264_nvenc"] is None, reason="this machine has NVENC")
def test_nvenc_is_refused_where_it_is_absent(tmp_path: Path) -> None:
    made = made_video(tmp_path / "a.mp4")
    info = probe(made.path)
    settings = SETTINGS.model_copy(update={"encoder": "h264_nvenc"})
    with pytest.raises(StageRefused, match="usable: libx264"):
        transcode_clip(made.path, info, Span(0, 12_800, info.time_base), None, settings, tmp_path)
