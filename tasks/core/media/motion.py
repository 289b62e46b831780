"""Motion as the codec already knows it."""

from collections import deque

import numpy as np
from av.sidedata.motionvectors import MotionVectors
from av.sidedata.sidedata import SideDataContainer
from av.video.frame import PictureType, VideoFrame

from tasks.core.media.picture import unturned_size
from tasks.core.model import Box, VideoInfo

CODECS_WITH_VECTORS = frozenset({"h264", "mpeg4", "mpeg2video", "mpeg1video", "h263", "flv1", "msmpeg4v2", "msmpeg4v3"})
"""FFmpeg's decoders that give their motion vectors away."""

_FROM_THE_PAST = (PictureType.P, PictureType.S)

_TOGETHER = 3
"""Frames whose vectors are given together: where each picture is shown twice or thrice, one alone may not move."""


class MotionTrack:
    """Knows the vectors of the latest frames that are predicted from the past alone.

    FFmpeg does not say how far back the picture lies that a vector points to. For such a frame it is, as encoders work,
    the reference shown before it, so the time since then counts; of a B frame nothing can be said.
    """

    def __init__(self, info: VideoInfo) -> None:
        self._info = info
        self._latest: deque[tuple[VideoFrame, float]] = deque(maxlen=_TOGETHER)
        self._reference_pts: int | None = None

    def see(self, pts: int, frame: VideoFrame) -> None:
        """Takes note of the next frame in display order; frames that no other refers to may be left out."""
        if frame.pict_type in _FROM_THE_PAST and self._reference_pts is not None:
            since_s = (pts - self._reference_pts) * self._info.time_base
            self._latest.append((frame, float(since_s * self._info.frame_rate)))
        elif frame.pict_type != PictureType.I:
            return
        else:
            self._latest.clear()
        self._reference_pts = pts

    def vectors(self, box: Box) -> np.ndarray | None:
        """The `motion_vectors` of the latest such frames since the key frame, empty before the first."""
        if self._info.codec not in CODECS_WITH_VECTORS:
            return None
        found = [motion_vectors(frame, intervals, self._info, box) for frame, intervals in self._latest]
        return np.concatenate([np.empty((0, 6), np.float32), *found])


def motion_vectors(frame: VideoFrame, intervals: float, info: VideoInfo, box: Box) -> np.ndarray:
    """float32 [N, 6]: x, y, width, height of each block and its dx, dy per frame interval, in displayed pixels of the
    full picture, for a frame predicted from the one that many intervals ago; blocks whose middle lies outside the box
    are left out."""
    # `frame.side_data` would be kept by the frame that it keeps: neither is freed before the garbage collector runs.
    data: MotionVectors | None = SideDataContainer(frame).get("MOTION_VECTORS")  # type: ignore[call-arg]
    if data is None:
        return np.empty((0, 6), np.float32)
    blocks = _displayed(_coded(data.to_ndarray(), intervals), info, frame)
    middle_x, middle_y = blocks[:, 0] + blocks[:, 2] / 2, blocks[:, 1] + blocks[:, 3] / 2
    across = (middle_x >= box.x) & (middle_x < box.x + box.width)
    down = (middle_y >= box.y) & (middle_y < box.y + box.height)
    return blocks[across & down]


def _coded(vectors: np.ndarray, intervals: float) -> np.ndarray:
    """float32 [N, 6] in coded pixels: the block's left top corner, size, and its motion since one frame ago."""
    # A vector points from the block to where it comes from, so the motion since then is its opposite.
    scale = -np.maximum(vectors["motion_scale"], 1).astype(np.float32) * intervals
    width, height = vectors["w"].astype(np.float32), vectors["h"].astype(np.float32)
    return np.stack(
        [
            vectors["dst_x"] - width / 2,
            vectors["dst_y"] - height / 2,
            width,
            height,
            vectors["motion_x"] / scale,
            vectors["motion_y"] / scale,
        ],
        axis=1,
    ).astype(np.float32)


def _displayed(blocks: np.ndarray, info: VideoInfo, frame: VideoFrame) -> np.ndarray:
    """The blocks after the pixel aspect and the turn of a player."""
    x, y, width, height, dx, dy = blocks.T
    stretch = unturned_size(info)[0] / frame.width
    x, width, dx = x * stretch, width * stretch, dx * stretch
    if info.rotation_deg == 90:
        return np.stack([info.width_px - y - height, x, height, width, -dy, dx], axis=1)
    if info.rotation_deg == 180:
        return np.stack([info.width_px - x - width, info.height_px - y - height, width, height, -dx, -dy], axis=1)
    if info.rotation_deg == 270:
        return np.stack([y, info.height_px - x - width, height, width, dy, -dx], axis=1)
    return np.stack([x, y, width, height, dx, dy], axis=1)
