"""Pictures made when they are asked for: small, in colour, as coded; and bursts in which no frame is missing."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tasks.core.media import View, decode, looks, probe
from tasks.core.model import Box, Span
from tests.fixtures.made_video import Coding, Shot, made_video, read_number, shot_texture, write_video


def test_pictures_of_one_frame_come_in_every_kind(tmp_path: Path) -> None:
    path = tmp_path / "video.mp4"
    made_video(path, [Shot(1)], (320, 240))
    (plain, *_), look = decode(path, probe(path), None, View(max_side_px=160)), next(looks(path, probe(path)))
    assert (look.picture("rgb24", 160) == plain.image).all()
    assert look.picture("gray", 80).shape == (60, 80)
    assert look.picture("rgb24", None).shape == (240, 320, 3)
    assert look.size(80) == (80, 60)
    assert look.is_coded_size()
    assert (look.coded_luma() == look.picture("gray", 1280)).all()
    assert look.motion_vectors() is None


def test_coded_pixels_are_neither_scaled_nor_mixed(tmp_path: Path) -> None:
    path = tmp_path / "wide.mp4"
    coding = Coding(sample_aspect=Fraction(2), options={"crf": "10"})
    write_video(path, [shot_texture(1, 320, 120).astype(np.uint8)] * 5, coding)
    info = probe(path)
    assert (info.width_px, info.coded_width_px) == (320, 160)
    look = next(looks(path, info, None, View(box=Box(80, 20, 160, 80))))
    assert not look.is_coded_size()
    assert look.coded_luma().shape == (80, 80)
    assert look.picture("gray", None).shape == (80, 160)


def test_coded_pixels_are_turned(tmp_path: Path) -> None:
    path = tmp_path / "turned.mp4"
    made_video(path, [Shot(0.2)], (120, 160), Coding(rotation_deg=90))
    look = next(looks(path, probe(path), None, View(box=Box(0, 0, 100, 160))))
    assert look.is_coded_size()
    assert (look.coded_luma() == look.picture("gray", None)).all()
    assert read_number(next(looks(path, probe(path))).coded_luma()) == 0


@pytest.mark.parametrize("b_frames", [0, 3])
def test_no_frame_of_a_burst_is_missing(tmp_path: Path, b_frames: int) -> None:
    path = tmp_path / "video.mp4"
    made_video(path, [Shot(3)], coding=Coding(b_frames=b_frames))
    info = probe(path)
    burst = Span(*(info.start_pts + round(second / info.time_base) for second in (1.2, 1.6)), info.time_base)
    frames = decode(path, info, None, View(sample_fps=1, bursts=(burst,)))
    numbers = [read_number(frame.image) for frame in frames]
    assert numbers == [0, 25, *range(30, 40), 50]
