"""Boxes of coded files, whatever their size, codec and quality."""

from pathlib import Path

import numpy as np
import pytest

from tasks.core.media import probe
from tasks.core.model import Box, Span
from tasks.core.settings_filter import CropSettings
from tasks.crop.box import CropResult
from tasks.crop.find import as_json, find_box
from tests.fixtures.made_video import Bars, Coding, Shot, made_video, write_video

FAST_VP9 = {"cpu-used": "8", "deadline": "realtime"}


def found_in(path: Path) -> CropResult:
    """What the stage says of the whole file."""
    info = probe(path)
    return find_box(path, info, Span(info.start_pts, info.end_pts, info.time_base), CropSettings())


def off_px(found: Box, truth: Box) -> int:
    """Largest distance of an edge from the truth."""
    edges = [(box.x, box.y, box.x + box.width, box.y + box.height) for box in (found, truth)]
    return max(abs(one - other) for one, other in zip(*edges, strict=True))


@pytest.mark.parametrize(
    ("bars", "coding"),
    [
        (Bars(top=30, bottom=30, level=0), Coding(options={"crf": "35"})),
        (Bars(left=50, right=50, level=255), Coding(codec="libvpx-vp9", options=FAST_VP9)),
        (Bars(left=24, right=60, top=20, bottom=44, level=0), Coding(codec="mpeg4")),
        (Bars(top=30, bottom=30, level=22, noise=8), Coding()),
    ],
    ids=["letterbox_coarse", "white_vp9", "asymmetric_mpeg4", "noisy"],
)
def test_bars_of_coded_video_are_found_within_two_pixels(tmp_path: Path, bars: Bars, coding: Coding) -> None:
    path = tmp_path / "video.mkv"
    made_video(path, [Shot(2, seed=4, motion=(60, 30))], (320, 240), coding, bars)
    found = found_in(path)
    truth = Box(bars.left, bars.top, 320 - bars.left - bars.right, 240 - bars.top - bars.bottom)
    assert off_px(found.box, truth) <= 2
    assert found.confidence > 0.5


def test_a_turned_video_gets_its_box_in_displayed_pixels(tmp_path: Path) -> None:
    path = tmp_path / "video.mp4"
    bars = Bars(top=40, bottom=30, level=0)
    made_video(path, [Shot(1.5, motion=(60, 30))], (160, 240), Coding(rotation_deg=90), bars)
    found = found_in(path)
    assert off_px(found.box, Box(0, 40, 160, 170)) <= 2


def test_video_without_bars_keeps_its_frame(tmp_path: Path) -> None:
    path = tmp_path / "video.mp4"
    made_video(path, [Shot(1.5, motion=(60, 30))], (320, 240))
    found = found_in(path)
    assert found.box == Box(0, 0, 320, 240)
    assert found.confidence > 0.8


def test_black_video_keeps_its_frame_but_without_confidence(tmp_path: Path) -> None:
    path = tmp_path / "video.mp4"
    write_video(path, [np.zeros((120, 160, 3), np.uint8)] * 25)
    found = found_in(path)
    assert found == CropResult(Box(0, 0, 160, 120), 0.0)


def test_json_names_every_number() -> None:
    result = CropResult(Box(1, 2, 3, 4), 0.5)
    assert as_json(result) == {"box": {"x": 1, "y": 2, "width": 3, "height": 4}, "confidence": 0.5}
