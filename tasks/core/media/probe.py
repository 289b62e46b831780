"""What a file says of its best video stream, checked against the stream itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from tasks.core.errors import UnreadableVideo
from tasks.core.media.container import MAX_PICTURE_PX, MAX_SIDE_PX, Source, open_container, video_stream
from tasks.core.media.packets import VideoPacket, frame_rate, packet_time, packets_of, timed_frames, usual_ticks
from tasks.core.model import VideoInfo

_NOT_PICTURES = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
_INTERLACED_ORDERS = frozenset({2, 3, 4, 5})
_FAR_PTS = 2**62
_PROBE_PACKETS = 2_000
_REORDER_S = 5
_NEARLY_SQUARE = Fraction(1, 200)
"""676:675 and the like: nobody sees it, and scaling for it would only blur."""


@dataclass(frozen=True, slots=True)
class _Picture:
    """The shape of the displayed picture."""

    width_px: int
    height_px: int
    rotation_deg: int
    sample_aspect: Fraction


def probe(source: Source) -> VideoInfo:
    """What the file is; raises UnreadableVideo for what cannot be read as a video of at least two frames."""
    with open_container(source) as container:
        stream = video_stream(container, _best_stream(container).index)
        _check_size(stream)
        (start_pts, first), (_, second) = _first_frames(container, stream)
        frames = [first, second]
        picture = _picture(stream, first)
        end_pts = _end_pts(container, stream, start_pts)
        return _info(container, stream, frames, picture, (start_pts, end_pts))


def _info(
    container: InputContainer, stream: VideoStream, frames: list[VideoFrame], picture: _Picture, clock: tuple[int, int]
) -> VideoInfo:
    time_base = stream.time_base or Fraction(1, 1000)
    duration_s = float((clock[1] - clock[0]) * time_base)
    return VideoInfo(
        container=container.format.name,
        codec=stream.codec_context.codec.canonical_name,
        stream_index=stream.index,
        coded_width_px=frames[0].width,
        coded_height_px=frames[0].height,
        width_px=picture.width_px,
        height_px=picture.height_px,
        rotation_deg=picture.rotation_deg,
        sample_aspect=picture.sample_aspect,
        pixel_format=frames[0].format.name,
        bit_depth=max(component.bits for component in frames[0].format.components),
        interlaced=_interlaced(stream, frames),
        time_base=time_base,
        start_pts=clock[0],
        end_pts=clock[1],
        frame_rate=frame_rate(stream),
        frame_count=stream.frames or None,
        bit_rate=stream.bit_rate or (round(container.size * 8 / duration_s) if container.size > 0 else None),
        audio_codec=next((audio.codec_context.name for audio in container.streams.audio if audio.codec_context), None),
    )


def _best_stream(container: InputContainer) -> VideoStream:
    streams = [stream for stream in container.streams.video if not stream.disposition & _NOT_PICTURES]
    if not streams:
        raise UnreadableVideo("no_video_stream", "the file holds no moving pictures (sound, covers or data only)")
    decodable = [stream for stream in streams if stream.codec_context is not None]
    if not decodable:
        raise UnreadableVideo("unsupported_codec", "no decoder for the codec of this video")
    return max(decodable, key=_preference)


def _preference(stream: VideoStream) -> tuple[bool, int, int]:
    return bool(stream.disposition & Disposition.default), stream.width * stream.height, -stream.index


def _check_size(stream: VideoStream) -> None:
    width, height = stream.width, stream.height
    if max(width, height) > MAX_SIDE_PX or width * height > MAX_PICTURE_PX:
        raise UnreadableVideo("too_large_picture", f"{width}x{height} pixels; at most {MAX_SIDE_PX} a side")


def _first_frames(container: InputContainer, stream: VideoStream) -> list[tuple[int, VideoFrame]]:
    """(pts, frame) of the first two frames."""
    packets = islice(packets_of(container, stream), _PROBE_PACKETS)
    frames = list(islice(timed_frames(packets, stream), 2))
    if not frames:
        raise UnreadableVideo("no_frames", "no picture could be decoded")
    if len(frames) == 1:
        raise UnreadableVideo("single_frame", "the file holds one picture only")
    return frames


def _picture(stream: VideoStream, frame: VideoFrame) -> _Picture:
    aspect = stream.sample_aspect_ratio or Fraction(1)
    if abs(aspect - 1) < _NEARLY_SQUARE:
        aspect = Fraction(1)
    width = round(frame.width * aspect)
    if not 0 < width <= MAX_SIDE_PX or not Fraction(1, 8) <= aspect <= 8:
        aspect, width = Fraction(1), frame.width
    # FFmpeg counts counter-clockwise, people and players clockwise; only quarter turns are displayed.
    rotation = round(-frame.rotation / 90) * 90 % 360
    if rotation in (90, 270):
        return _Picture(frame.height, width, rotation, aspect)
    return _Picture(width, frame.height, rotation, aspect)


def _interlaced(stream: VideoStream, frames: list[VideoFrame]) -> bool:
    by_order = stream.codec_context.field_order in _INTERLACED_ORDERS
    return by_order or any(frame.interlaced_frame for frame in frames)


def _end_pts(container: InputContainer, stream: VideoStream, start_pts: int) -> int:
    """End of the last frame, read from the last packets, since headers lie."""
    for target in _tail_targets(container, stream, start_pts):
        try:
            container.seek(target, stream=stream)
        except av.FFmpegError:
            continue
        end = _last_end(packets_of(container, stream), stream)
        if end is not None and end > start_pts:
            return end if target <= start_pts else max(end, _end_after(container, stream, end))
    raise UnreadableVideo("bad_timestamps", "no time stamp lies after the first")


def _end_after(container: InputContainer, stream: VideoStream, end: int) -> int:
    """The end again, from a little before it: MPEG-TS finds the last packet, which need not be the last one shown."""
    if "mpeg" not in container.format.name:
        return end
    container.seek(end - round(_REORDER_S / (stream.time_base or 1)), stream=stream)
    return _last_end(packets_of(container, stream), stream) or end


def _tail_targets(container: InputContainer, stream: VideoStream, start_pts: int) -> Iterator[int]:
    """Where to look for the last packets: the end, the last key frame that the file still holds, the start."""
    yield _FAR_PTS
    entries = stream.index_entries
    for number in range(len(entries) - 1, 0, -1):
        entry = entries[number]
        if entry.is_keyframe and entry.pos + entry.size <= container.size:
            yield entry.timestamp
            break
    yield start_pts


def _last_end(packets: Iterator[VideoPacket], stream: VideoStream) -> int | None:
    usual = usual_ticks(stream)
    times = ((packet_time(packet, stream), packet.duration) for packet in packets if not packet.is_discard)
    return max((time + (duration or usual) for time, duration in times if time is not None), default=None)
