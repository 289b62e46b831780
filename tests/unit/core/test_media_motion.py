"""The vectors of decoded frames against a motion that is known, and what is kept of the frames they were read from."""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tasks.core.media import View, probe
from tasks.core.media.container import open_container
from tasks.core.media.decode import frames_in, prepared_stream
from tasks.core.media.motion import MotionTrack, motion_vectors
from tasks.core.model import Box, Span
from tests.fixtures.made_video import Coding, Shot, made_video, shot_texture, write_video


def test_a_frame_is_free_as_soon_as_its_vectors_are_read(tmp_path: Path) -> None:
    path = tmp_path / "video.mp4"
    made_video(path, [Shot(0.4, motion=(60, 0))])
    info = probe(path)
    whole, box = Span(info.start_pts, info.end_pts, info.time_base), Box(0, 0, info.width_px, info.height_px)
    found = 0
    with open_container(path) as container:
        stream = prepared_stream(container, info, View(motion_vectors=True))
        for _, frame in frames_in(container, stream, info, whole):
            holders = sys.getrefcount(frame)
            found += len(motion_vectors(frame, 1.0, info, box))
            assert sys.getrefcount(frame) == holders
    assert found > 0


def shifted(right_px: int, down_px: int, times: int = 1) -> Iterator[np.ndarray]:
    """30 pictures of a texture that moves so far with each, or with every second or third where shown so many times."""
    texture = shot_texture(3, 320, 192)
    for number in range(30):
        step = number // times
        yield np.roll(texture, (down_px * step, right_px * step), axis=(0, 1)).astype(np.uint8)


def tracked(path: Path, box: Box | None = None) -> list[np.ndarray]:
    """What the track knows after each frame of the file."""
    info = probe(path)
    track, found = MotionTrack(info), []
    whole, box = Span(info.start_pts, info.end_pts, info.time_base), box or Box(0, 0, info.width_px, info.height_px)
    with open_container(path) as container:
        stream = prepared_stream(container, info, View(motion_vectors=True))
        for pts, frame in frames_in(container, stream, info, whole):
            track.see(pts, frame)
            vectors = track.vectors(box)
            assert vectors is not None
            found.append(vectors)
    return found


def mean_motion(vectors: np.ndarray) -> np.ndarray:
    """Mean dx and dy over the area of the blocks, in pixels per frame interval."""
    return np.average(vectors[:, 4:], axis=0, weights=vectors[:, 2] * vectors[:, 3])


@pytest.mark.parametrize(
    ("suffix", "coding"),
    [
        ("mp4", Coding(b_frames=0, gop=30)),
        ("mkv", Coding(b_frames=3, gop=30)),
        ("avi", Coding(codec="mpeg4", b_frames=0, gop=30, options={"b": "4M"})),
    ],
    ids=["h264", "h264_b_frames", "mpeg4"],
)
def test_decoded_vectors_are_those_of_the_motion(tmp_path: Path, suffix: str, coding: Coding) -> None:
    path = tmp_path / f"moving.{suffix}"
    write_video(path, shifted(3, -2), coding)
    found = tracked(path)
    assert len(found[0]) == 0  # a key frame has none
    assert mean_motion(found[-1]) == pytest.approx([3, -2], abs=0.4)


def test_a_picture_shown_thrice_moves_a_third_as_fast(tmp_path: Path) -> None:
    path = tmp_path / "thrice.mp4"
    write_video(path, shifted(6, 0, times=3), Coding(b_frames=0, gop=30))
    assert mean_motion(tracked(path)[-1]) == pytest.approx([2, 0], abs=0.4)


def test_vectors_are_forgotten_at_a_key_frame(tmp_path: Path) -> None:
    path = tmp_path / "short.mp4"
    write_video(path, shifted(3, 0), Coding(b_frames=0, gop=10, options={"x264-params": "scenecut=0"}))
    found = tracked(path)
    assert [number for number, vectors in enumerate(found) if not len(vectors)] == [0, 10, 20]


def test_vectors_outside_the_box_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "moving.mp4"
    write_video(path, shifted(3, 0), Coding(b_frames=0, gop=30))
    box = Box(64, 32, 128, 96)
    vectors = tracked(path, box)[-1]
    middle_x, middle_y = vectors[:, 0] + vectors[:, 2] / 2, vectors[:, 1] + vectors[:, 3] / 2
    assert 0 < vectors[:, 2] @ vectors[:, 3] <= 3 * 1.3 * box.width * box.height
    assert middle_x.min() >= 64
    assert middle_x.max() < 192
    assert middle_y.min() >= 32
    assert middle_y.max() < 128


def test_a_turned_video_moves_as_it_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "turned.mp4"
    write_video(path, shifted(3, -2), Coding(b_frames=0, gop=30, rotation_deg=90))
    assert mean_motion(tracked(path)[-1]) == pytest.approx([3, -2], abs=0.4)


def test_codecs_without_vectors_say_so(tmp_path: Path) -> None:
    path = tmp_path / "moving.webm"
    write_video(path, shifted(3, 0), Coding(codec="libvpx-vp9", options={"cpu-used": "8", "deadline": "realtime"}))
    info = probe(path)
    assert MotionTrack(info).vectors(Box(0, 0, info.width_px, info.height_px)) is None
