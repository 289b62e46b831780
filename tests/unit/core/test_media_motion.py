"""What is kept of the frames whose motion vectors were read."""

import sys
from pathlib import Path

from tasks.core.media import View, probe
from tasks.core.media.container import open_container
from tasks.core.media.decode import frames_in, prepared_stream
from tasks.core.media.motion import motion_vectors
from tasks.core.model import Box, Span
from tests.fixtures.made_video import Shot, made_video


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
