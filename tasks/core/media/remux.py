"""Copies packets instead of encoding, where that gives exactly the frames that were asked for."""

import hashlib
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from tasks.core.errors import UnreadableVideo
from tasks.core.media.audio import added_sound
from tasks.core.media.container import Source, open_container, video_stream
from tasks.core.media.decode import View, frames_in, prepared_stream
from tasks.core.media.encoders import CODEC_OF
from tasks.core.media.output import mux_interleaved, open_output
from tasks.core.media.packets import VideoPacket, packets_of, timed_frames
from tasks.core.media.picture import even_shape
from tasks.core.media.rendition import Encoding
from tasks.core.media.timing import frame_count, nominal_rate
from tasks.core.model import Span, VideoInfo

_REORDER_PACKETS = 32
"""How far after its place in the file a frame may still belong before the end; H.264 and HEVC hold back at most 16."""


def copied_exactly(source: Source, info: VideoInfo, span: Span, encoding: Encoding, destination: Path) -> bool:
    """Whether the span was copied, and decodes to exactly its frames; nothing is left behind where it was not."""
    if encoding.copy == "never" or not _is_as_asked(info, encoding):
        return False
    rate = encoding.frame_rate or nominal_rate(info)
    if not _copied(source, info, span, encoding, destination):
        return False
    exact = _holds_the_same(source, info, span, rate, destination)
    if not exact:
        destination.unlink()
    return exact


def _is_as_asked(info: VideoInfo, encoding: Encoding) -> bool:
    """Whether the source's pictures need nothing done to them."""
    shape = even_shape(info, encoding.box, encoding.max_short_side_px)
    size = encoding.size_px or (shape.width_px, shape.height_px)
    return (
        info.codec == CODEC_OF[encoding.encoder]
        and info.pixel_format == encoding.pixel_format
        and size == (info.width_px, info.height_px) == (info.coded_width_px, info.coded_height_px)
        and info.rotation_deg == 0
        and not (info.interlaced and encoding.deinterlace)
        and encoding.frame_rate in (None, nominal_rate(info))
    )


def _copied(source: Source, info: VideoInfo, span: Span, encoding: Encoding, destination: Path) -> bool:
    with open_container(source) as container:
        stream = video_stream(container, info.stream_index)
        container.seek(span.start_pts, stream=stream)
        packets = _whole_groups(packets_of(container, stream), span)
        if packets is None:
            return False
        try:
            with open_output(destination) as output:
                sound = added_sound(output, source, span, encoding.audio)
                mux_interleaved(output, _shifted(packets, output.add_stream_from_template(stream), span), sound)
        except av.FFmpegError:
            return False
    return True


def _whole_groups(packets: Iterator[VideoPacket], span: Span) -> list[VideoPacket] | None:
    """The packets of the span where they begin with a key frame and no frame crosses its ends, else None."""
    chosen: list[VideoPacket] = []
    for packet in packets:
        if packet.pts is None or packet.dts is None or packet.is_corrupt:
            return None
        if not chosen and not (packet.is_keyframe and packet.pts == span.start_pts):
            return None
        if packet.pts < span.start_pts:
            return None
        if packet.pts >= span.end_pts:
            later = islice(packets, _REORDER_PACKETS)
            return chosen if all(after.pts is not None and after.pts >= span.end_pts for after in later) else None
        chosen.append(packet)
    return chosen


def _shifted(packets: list[VideoPacket], target: VideoStream, span: Span) -> Iterator[VideoPacket]:
    for packet in packets:
        packet.pts = (packet.pts or 0) - span.start_pts
        packet.dts = (packet.dts or 0) - span.start_pts
        packet.stream = target
        yield packet


def _holds_the_same(source: Source, info: VideoInfo, span: Span, rate: Fraction, destination: Path) -> bool:
    """Whether the file decodes to the span's frames, pixel by pixel, each at its place in the constant rate."""
    times, digests = [], []
    try:
        with open_container(source) as container:
            for pts, frame in frames_in(container, prepared_stream(container, info, View()), info, span):
                times.append((pts - span.start_pts) * span.time_base)
                digests.append(_digest(frame))
    except UnreadableVideo:
        return False
    slack = max(span.time_base, 1 / (4 * rate))
    on_time = all(abs(time - number / rate) <= slack for number, time in enumerate(times))
    return on_time and len(times) == frame_count(span, rate) and digests == list(_digests(destination))


def _digests(path: Path) -> Iterator[bytes]:
    with open_container(path) as container:
        stream = video_stream(container, container.streams.video[0].index)
        for _, frame in timed_frames(packets_of(container, stream), stream):
            yield _digest(frame)


def _digest(frame: VideoFrame) -> bytes:
    return hashlib.blake2b(frame.to_ndarray().tobytes(), digest_size=16).digest()
