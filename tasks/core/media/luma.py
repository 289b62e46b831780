"""Small grey pictures of a video as cheaply as they can be had: for finding changes, not for looking at.

The decoder leaves out its loop filter (AV1 keeps its own) and, where packets tell the time of every frame, frames that
no other refers to: about half the work of H.264 and HEVC, a third of VP9's, a fifth of AV1's. Pictures are sampled
points, averaged; frames are never turned.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from tasks.core.errors import UnreadableVideo
from tasks.core.media.container import Source, open_container, video_stream
from tasks.core.media.decode import frames_in
from tasks.core.media.packets import VideoPacket, packets_of, timed_frames
from tasks.core.media.vp9 import without_loop_filter
from tasks.core.model import Span, VideoInfo

SPARSE_CODECS = frozenset({"h264", "hevc", "av1"})
"""Codecs whose decoders can leave out the frames that no other frame refers to."""

BATCH = 64
"""Pictures per batch; batches of this size stay in the processor's cache."""

_SAMPLES = 3
"""Points sampled along each side of a cell."""


@dataclass(frozen=True, slots=True)
class LumaBatch:
    """Neighbouring frames in display order, as small pictures."""

    pts: NDArray[np.int64]
    is_key: NDArray[np.bool_]
    pictures: NDArray[np.float32]
    """[N, rows, columns], 0 (black) to 1 (white)."""


class SparseLuma:
    """Reads a whole video once. Iterate over it for batches; afterwards `frame_pts` knows every frame."""

    def __init__(self, source: Source, info: VideoInfo, rows: int, columns: int, *, sparse: bool = True) -> None:
        self._source = source
        self._info = info
        self._sampler = _Sampler(rows, columns)
        self._packet_pts: list[int] = []
        self._decoded_pts: list[int] = []
        self._sparse = sparse and info.codec in SPARSE_CODECS and info.container != "avi"

    def __iter__(self) -> Iterator[LumaBatch]:
        """Batches in display order. Raises Irregular where frames turn out not to be where their packets say."""
        with open_container(self._source) as container:
            stream = _hasty_stream(container, self._info, self._sparse)
            frames: list[tuple[int, bool, NDArray[np.uint8]]] = []
            for pts, frame in self._forward(container, stream):
                frames.append((pts, bool(frame.key_frame), self._sampler.sampled(frame)))
                if len(frames) == BATCH:
                    yield self._batch(frames)
                    frames = []
            if frames:
                yield self._batch(frames)
        self._check()

    def frame_pts(self) -> NDArray[np.int64]:
        """Time of every frame of the video, decoded or left out, ascending."""
        if not self._sparse:
            return np.array(self._decoded_pts, np.int64)
        known = np.unique(np.array(self._packet_pts, np.int64))
        return known[known >= self._decoded_pts[0]]

    def _forward(self, container: InputContainer, stream: VideoStream) -> Iterator[tuple[int, VideoFrame]]:
        """Decoded frames that move time forward."""
        last: int | None = None
        packets = self._counted(container, stream)
        if self._info.codec == "vp9":
            packets = without_loop_filter(packets)
        for pts, frame in timed_frames(packets, stream):
            if last is not None and pts <= last:
                if self._sparse:
                    raise Irregular("bad_timestamps", "time stamps run backwards")
                continue
            last = pts
            yield pts, frame

    def _counted(self, container: InputContainer, stream: VideoStream) -> Iterator[VideoPacket]:
        """The packets of the stream, their times noted."""
        for packet in packets_of(container, stream):
            if self._sparse and not packet.is_discard:
                if packet.pts is None:
                    raise Irregular("bad_timestamps", "a packet has no time stamp")
                self._packet_pts.append(packet.pts)
            yield packet

    def _batch(self, frames: list[tuple[int, bool, NDArray[np.uint8]]]) -> LumaBatch:
        pts = np.array([frame[0] for frame in frames], np.int64)
        self._decoded_pts.extend(pts.tolist())
        pictures = averaged(np.stack([frame[2] for frame in frames]))
        return LumaBatch(pts, np.array([frame[1] for frame in frames]), pictures)

    def _check(self) -> None:
        if not self._decoded_pts:
            raise UnreadableVideo("decode_error", "no picture decodes")
        if self._sparse and not np.isin(self._decoded_pts, self._packet_pts).all():
            raise Irregular("bad_timestamps", "frames are not shown at the times of their packets")


class Irregular(UnreadableVideo):
    """Packets do not say when frames are shown; read again with every frame decoded."""


class LumaWindow:
    """Every frame of short pieces of a video, as small pictures."""

    def __init__(self, container: InputContainer, info: VideoInfo, rows: int, columns: int) -> None:
        self._container = container
        self._info = info
        self._stream = _hasty_stream(container, info, sparse=False)
        self._sampler = _Sampler(rows, columns)

    def read(self, span: Span) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Times and pictures of all frames in the span; empty where nothing decodes."""
        times, samples = [], []
        try:
            for pts, frame in frames_in(self._container, self._stream, self._info, span):
                times.append(pts)
                samples.append(self._sampler.sampled(frame))
        except (UnreadableVideo, av.FFmpegError):
            times = []
        if not times:
            return np.empty(0, np.int64), np.empty((0, 0, 0), np.float32)
        return np.array(times, np.int64), averaged(np.stack(samples))


@contextmanager
def luma_window(source: Source, info: VideoInfo, rows: int, columns: int) -> Iterator[LumaWindow]:
    """A reader of pieces of a video, open for as long as it is wanted."""
    with open_container(source) as container:
        yield LumaWindow(container, info, rows, columns)


def _hasty_stream(container: InputContainer, info: VideoInfo, sparse: bool) -> VideoStream:
    """The video's stream, its decoder told to save work; on one thread."""
    stream = video_stream(container, info.stream_index)
    stream.codec_context.thread_count = 1
    options = {"skip_loop_filter": "all"}
    if sparse:
        options["skip_frame"] = "noref"
    stream.codec_context.options = options
    return stream


def averaged(samples: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Means of the sampled points of each cell; uint8 [N, 3 rows, 3 columns] to float32 [N, rows, columns], 0 to 1."""
    count, height, width = samples.shape
    lines = samples.reshape(count, height // _SAMPLES, _SAMPLES, width)
    summed = lines[:, :, 0].astype(np.uint16) + lines[:, :, 1] + lines[:, :, 2]
    cells = summed.reshape(count, height // _SAMPLES, width // _SAMPLES, _SAMPLES)
    total: NDArray[np.uint16] = cells[..., 0] + cells[..., 1] + cells[..., 2]
    return total * np.float32(1 / (255 * _SAMPLES * _SAMPLES))


class _Sampler:
    """Takes evenly spread points of the brightness plane, without copying the rest."""

    def __init__(self, rows: int, columns: int) -> None:
        self._height, self._width = rows * _SAMPLES, columns * _SAMPLES
        self._shape: tuple[int, int, str] | None = None
        self._rows = self._columns = np.empty(0, np.intp)
        self._direct = False
        self._depth = 8
        self._dtype: type[np.generic] = np.uint8

    def sampled(self, frame: VideoFrame) -> NDArray[np.uint8]:
        """uint8 [3 rows, 3 columns]."""
        if self._shape != (frame.width, frame.height, frame.format.name):
            self._measure(frame)
        if not self._direct:
            frame = frame.reformat(format="gray")
        plane = frame.planes[0]
        lines: NDArray[Any] = np.frombuffer(memoryview(plane), self._dtype).reshape(plane.height, -1)
        points = lines[self._rows][:, self._columns] >> (self._depth - 8)
        return points.astype(np.uint8, copy=False)

    def _measure(self, frame: VideoFrame) -> None:
        self._shape = (frame.width, frame.height, frame.format.name)
        self._rows = _spread(frame.height, self._height)
        self._columns = _spread(frame.width, self._width)
        self._depth = frame.format.components[0].bits
        self._direct = _first_plane_is_light(frame)
        if not self._direct:
            self._depth = 8
        self._dtype = np.uint8 if self._depth == 8 else np.uint16


def _first_plane_is_light(frame: VideoFrame) -> bool:
    """Whether the first plane holds one sample of brightness (or green) per pixel, in native byte order."""
    name = frame.format.name
    return name.startswith(("yuv", "yuvj", "nv", "p0", "gray", "gbr")) and _is_plain(frame)


def _is_plain(frame: VideoFrame) -> bool:
    depth = frame.format.components[0].bits
    pitch = frame.planes[0].line_size // (1 if depth == 8 else 2)
    packed = frame.format.name in ("yuyv422", "yvyu422") or frame.format.name.endswith(("be", "f32le", "f16le"))
    return not packed and 8 <= depth <= 16 and pitch >= frame.width and not frame.format.name.startswith("p0")


def _spread(length: int, count: int) -> NDArray[np.intp]:
    """`count` positions in the middle of as many equal parts of a length."""
    return np.asarray((np.arange(count) + 0.5) * length / count, np.intp)
