"""Frames of a span of a video, in display order, at the cost of the span and not of the video."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, cast

import av
import numpy as np
from av.codec.context import Flags2
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from tasks.core.errors import UnreadableVideo
from tasks.core.media.container import Source, open_container, video_stream
from tasks.core.media.motion import MotionTrack
from tasks.core.media.packets import packets_of, timed_frames
from tasks.core.media.picture import (
    Filter,
    Filtering,
    Shape,
    checked_box,
    coded_box,
    coded_filters,
    picture_filters,
    shape_within,
)
from tasks.core.media.sparing import Sampling, spared
from tasks.core.model import Box, Span, VideoInfo

_SCALING = "area"
"""Averages all pixels that fall into one, so that nothing aliases."""

_STEPS_BACK_S = (0, 2, 10, 60)


@dataclass(frozen=True, slots=True)
class View:
    """How the frames are wanted."""

    pixel_format: str = "rgb24"
    """`rgb24` gives uint8 [height, width, 3], `gray` gives uint8 [height, width]."""
    box: Box | None = None
    """Cut out of the displayed picture before scaling; None is all of it."""
    max_side_px: int | None = None
    """Scaled down so that the longer side is at most this, to even sides; None is the displayed size."""
    sample_fps: float | None = None
    """One frame for the k-th instant start + k / sample_fps, the first at or after it; None is every frame."""
    bursts: tuple[Span, ...] = ()
    """Pieces of which every frame is given, whatever `sample_fps` leaves out elsewhere."""
    motion_vectors: bool = False
    """Ask the decoder for the motion vectors of the codec."""
    key_frames_only: bool = False
    """Decode nothing but key frames: many times cheaper."""
    skip_loop_filter: bool = False
    """Leave out the codec's smoothing: cheaper, slightly blocky pictures, for detectors and never for output."""
    threads: int = 1
    on_gpu: bool = False
    """By NVDEC where there is a GPU that knows the codec, else as ever. It exports no motion vectors."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One displayed picture."""

    pts: int
    time_s: float
    """On the stream's clock."""
    image: np.ndarray
    motion_vectors: np.ndarray | None
    """float32 [N, 6]: x, y, width, height of the block and its dx, dy in displayed pixels of the full picture per frame
    interval, of the latest three frames predicted from the past alone (B frames do not say over how many they move);
    None where they were not asked for or the codec has none, empty between a key frame and the next such frame."""


@dataclass(frozen=True, slots=True)
class Look:
    """One displayed frame, of which pictures are made when they are asked for; good until the next one is."""

    pts: int
    time_s: float
    """On the stream's clock."""
    _frame: VideoFrame
    _renderer: "_Renderer"

    def picture(self, pixel_format: str, max_side_px: int | None) -> np.ndarray:
        """What lies inside the view's box, in the pixel format and of the size that a view says."""
        return self._renderer.picture(self._frame, pixel_format, max_side_px)

    def size(self, max_side_px: int | None) -> tuple[int, int]:
        """Width and height of that picture: two that are as large are the same."""
        return self._renderer.size(max_side_px)

    def is_coded_size(self) -> bool:
        """Whether the picture that is not shrunk has the size in which it was coded, and is then the same."""
        return self._renderer.coded_size(self._frame) == self._renderer.size(None)

    def coded_luma(self) -> np.ndarray:
        """uint8 [height, width] of what lies inside the view's box, turned but never scaled: as it was coded."""
        return self._renderer.coded_luma(self._frame)

    def motion_vectors(self) -> np.ndarray | None:
        """As in `Frame`."""
        return self._renderer.motion_vectors()


def decode(source: Source, info: VideoInfo, span: Span | None = None, view: View = View()) -> Iterator[Frame]:
    """The frames whose time lies in the span (None: all), turned, cropped and scaled as the view says."""
    for look in looks(source, info, span, view):
        image = look.picture(view.pixel_format, view.max_side_px)
        yield Frame(look.pts, look.time_s, image, look.motion_vectors())


def looks(source: Source, info: VideoInfo, span: Span | None = None, view: View = View()) -> Iterator[Look]:
    """The same frames, for whoever wants other pictures of some than of others."""
    span = span or Span(info.start_pts, info.end_pts, info.time_base)
    renderer = _Renderer(info, view)
    with open_container(source, on_gpu=view.on_gpu) as container:
        stream = prepared_stream(container, info, view)
        sampling = _sampling(span, view)
        frames = renderer.seen(frames_in(container, stream, info, span, sampling))
        for pts, frame in _sampled(frames, span, sampling):
            yield Look(pts, float(pts * info.time_base), frame, renderer)


def prepared_stream(container: InputContainer, info: VideoInfo, view: View) -> VideoStream:
    """The video's stream, set up for decoding as the view says."""
    stream = video_stream(container, info.stream_index)
    context = stream.codec_context
    context.thread_count = view.threads
    if view.motion_vectors:
        context.flags2 |= Flags2.export_mvs
    if view.key_frames_only:
        context.skip_frame = "NONKEY"
    if view.skip_loop_filter:
        context.options = {"skip_loop_filter": "all"}
    return stream


def frames_in(
    container: InputContainer, stream: VideoStream, info: VideoInfo, span: Span, sampling: Sampling | None = None
) -> Iterator[tuple[int, VideoFrame]]:
    """Every (pts, frame) of the span, in display order and always forward in time; given a sampling, frames that it
    does not want may be left out."""
    seen = False
    for pts, frame in _from_key_frame(container, stream, info, span, sampling):
        if pts >= span.end_pts:
            return
        if pts >= span.start_pts:
            seen = True
            yield pts, frame
    if not seen:
        raise UnreadableVideo("decode_error", f"no picture decodes between {span.start_s:.3f} s and {span.end_s:.3f} s")


def _from_key_frame(
    container: InputContainer, stream: VideoStream, info: VideoInfo, span: Span, sampling: Sampling | None
) -> Iterator[tuple[int, VideoFrame]]:
    """Frames from one at or before the start of the span on."""
    for target in _seek_targets(info, span):
        if target > info.start_pts:
            container.seek(target, stream=stream)
        else:
            _rewind(container, stream, info)
        packets = spared(packets_of(container, stream), stream, span, sampling)
        frames = _forward(timed_frames(packets, stream))
        first = next(frames, None)
        if first is not None and (first[0] <= span.start_pts or target <= info.start_pts):
            yield first
            yield from frames
            return


def _seek_targets(info: VideoInfo, span: Span) -> Iterator[int]:
    """Where to begin: a container that seeks by decoding time may land on a key frame shown after the start."""
    for step_s in _STEPS_BACK_S:
        target = span.start_pts - round(step_s / info.time_base)
        if target <= info.start_pts:
            break
        yield target
    yield info.start_pts


def _rewind(container: InputContainer, stream: VideoStream, info: VideoInfo) -> None:
    try:
        container.seek(min(0, info.start_pts), stream=stream)
    except av.FFmpegError as error:
        raise UnreadableVideo("decode_error", "the file cannot be read from its start") from error


def _forward(frames: Iterable[tuple[int, VideoFrame]]) -> Iterator[tuple[int, VideoFrame]]:
    """The frames that move time forward; one whose time stamp jumps back has no place on the clock."""
    last: int | None = None
    for pts, frame in frames:
        if last is None or pts > last:
            last = pts
            yield pts, frame


def _sampling(span: Span, view: View) -> Sampling | None:
    """What the view wants of the span, None where that is every frame."""
    if view.sample_fps is None:
        return None
    step = 1 / (Fraction(view.sample_fps).limit_denominator(1_000_000) * span.time_base)
    return Sampling(step, view.bursts)


def _sampled(
    frames: Iterable[tuple[int, VideoFrame]], span: Span, sampling: Sampling | None
) -> Iterator[tuple[int, VideoFrame]]:
    """For each instant the first frame at or after it, and all of the bursts; one frame may stand for several
    instants."""
    if sampling is None:
        yield from frames
        return
    latest = -1
    for pts, frame in frames:
        instant = sampling.instant(pts - span.start_pts)
        if instant > latest or sampling.is_in_burst(pts):
            yield pts, frame
        latest = max(latest, instant)


class _Renderer:
    """Makes pictures of decoded frames, each kind through one filter chain while the frames' shape stays the same."""

    def __init__(self, info: VideoInfo, view: View) -> None:
        self._info = info
        self._box = checked_box(info, view.box)
        self._track = MotionTrack(info) if view.motion_vectors else None
        self._filtering: dict[tuple[str, int | None], Filtering] = {}
        self._shapes: dict[int | None, Shape] = {}

    def seen(self, frames: Iterable[tuple[int, VideoFrame]]) -> Iterator[tuple[int, VideoFrame]]:
        """The same frames; those that are not sampled count for the motion as well."""
        for pts, frame in frames:
            if self._track is not None:
                self._track.see(pts, frame)
            yield pts, frame

    def motion_vectors(self) -> np.ndarray | None:
        """Of the frame seen last, and those before it."""
        return self._track.vectors(self._box) if self._track is not None else None

    def picture(self, frame: VideoFrame, pixel_format: str, max_side_px: int | None) -> np.ndarray:
        """The box of the frame in this format, its longer side at most this."""
        shape = self._shape(max_side_px)

        def filters(frame: VideoFrame) -> list[Filter]:
            scaled = picture_filters(self._info, shape, (frame.width, frame.height), _SCALING)
            return [*scaled, ("format", pixel_format)]

        return self._filtered((pixel_format, max_side_px), filters, frame)

    def size(self, max_side_px: int | None) -> tuple[int, int]:
        """Width and height of the picture."""
        shape = self._shape(max_side_px)
        return shape.width_px, shape.height_px

    def _shape(self, max_side_px: int | None) -> Shape:
        if max_side_px not in self._shapes:
            self._shapes[max_side_px] = shape_within(self._info, self._box, max_side_px)
        return self._shapes[max_side_px]

    def coded_size(self, frame: VideoFrame) -> tuple[int, int]:
        """Width and height of the box in coded pixels, turned."""
        cut = coded_box(self._info, self._box, (frame.width, frame.height))
        return (cut.height, cut.width) if self._info.rotation_deg in (90, 270) else (cut.width, cut.height)

    def coded_luma(self, frame: VideoFrame) -> np.ndarray:
        """The box of the frame in grey, each coded pixel one of the picture."""

        def filters(frame: VideoFrame) -> list[Filter]:
            return [*coded_filters(self._info, self._box, (frame.width, frame.height)), ("format", "gray")]

        return self._filtered(("coded", None), filters, frame)

    def _filtered(
        self, kind: tuple[str, int | None], filters: Callable[[VideoFrame], list[Filter]], frame: VideoFrame
    ) -> np.ndarray:
        if kind not in self._filtering:
            self._filtering[kind] = Filtering(filters)
        return cast("np.ndarray[Any, np.dtype[np.uint8]]", self._filtering[kind].filtered(frame).to_ndarray())
