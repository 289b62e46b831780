"""Packets and frames of one stream, with what is broken in between left out."""

from collections import deque
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING, Any

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from tasks.core.errors import UnreadableVideo

if TYPE_CHECKING:
    AnyPacket = Packet[Any]
    AudioPacket = Packet[AudioStream]
    VideoPacket = Packet[VideoStream]
else:
    # Generic in its stub only.
    AnyPacket = AudioPacket = VideoPacket = Packet

_MAX_BROKEN_READS = 100


def packets_of(container: InputContainer, stream: VideoStream) -> Iterator[VideoPacket]:
    """The packets of the stream from where the container stands to its end, in decoding order."""
    for _ in range(_MAX_BROKEN_READS):
        try:
            for packet in container.demux(stream):
                if packet.size:
                    yield packet
            return
        except av.error.InvalidDataError:
            continue


def timed_frames(packets: Iterable[VideoPacket], stream: VideoStream) -> Iterator[tuple[int, VideoFrame]]:
    """(pts, frame) in display order; a packet that does not decode is left out."""
    if has_decoding_times_only(stream):
        yield from _in_decoding_time(packets, stream)
    else:
        yield from _in_presentation_time(packets, stream)


def has_decoding_times_only(stream: VideoStream) -> bool:
    """Whether the container numbers packets without saying when they are shown, as AVI does."""
    return stream.container.format.name == "avi"


def packet_time(packet: VideoPacket, stream: VideoStream) -> int | None:
    """When the packet's frame is shown, in ticks; where only decoding times are known, when it is decoded."""
    if packet.pts is None or has_decoding_times_only(stream):
        return packet.dts
    return packet.pts


def usual_ticks(stream: VideoStream) -> int:
    """Ticks from one frame to the next at the nominal rate, at least 1."""
    return max(1, round(1 / (frame_rate(stream) * (stream.time_base or Fraction(1, 1000)))))


def frame_rate(stream: VideoStream) -> Fraction:
    """Frames per second: the average where it is sane, else FFmpeg's guess, else 25."""
    for rate in (stream.average_rate, stream.guessed_rate, stream.base_rate):
        if rate and Fraction(1, 1000) <= rate <= 1000:
            return rate
    return Fraction(25)


def _in_presentation_time(packets: Iterable[VideoPacket], stream: VideoStream) -> Iterator[tuple[int, VideoFrame]]:
    step, last = usual_ticks(stream), None
    for packet in chain(packets, [None]):
        for frame in _decoded(packet, stream):
            last = _frame_pts(frame, None if last is None else last + step)
            yield last, frame


def _in_decoding_time(packets: Iterable[VideoPacket], stream: VideoStream) -> Iterator[tuple[int, VideoFrame]]:
    """Packets hold one frame each, so the n-th frame shown takes the n-th of their times, whatever the order."""
    times: deque[int] = deque()
    for packet in chain(packets, [None]):
        if packet is not None and packet.dts is not None:
            times.append(packet.dts)
        frames = _decoded(packet, stream)
        # More packets than the decoder holds back: the oldest were dropped by it and never become frames.
        while packet is not None and frames and len(times) > stream.codec_context.reorder_depth + len(frames):
            times.popleft()
        for frame in frames:
            if times:
                yield times.popleft(), frame


def _decoded(packet: VideoPacket | None, stream: VideoStream) -> list[VideoFrame]:
    try:
        return stream.decode(packet)
    except av.FFmpegError:
        return []


def _frame_pts(frame: VideoFrame, expected: int | None) -> int:
    pts = next((time for time in (frame.pts, expected, frame.dts) if time is not None), None)
    if pts is None:
        raise UnreadableVideo("bad_timestamps", "the first frame has no time stamp")
    return pts
