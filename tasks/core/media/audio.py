"""The sound of a span, copied or encoded as AAC."""

from collections.abc import Iterator
from fractions import Fraction
from typing import cast

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.codec.context import Flags
from av.container import InputContainer, OutputContainer
from av.error import BlockingIOError as NothingYet
from av.filter import Graph
from av.stream import Discard

from tasks.core.media.container import Source, open_container
from tasks.core.media.packets import AudioPacket
from tasks.core.media.rendition import Audio
from tasks.core.model import Span

_COPIED_INTO_MP4 = frozenset({"aac", "mp3", "ac3", "eac3", "alac", "opus", "flac"})
_RATE_HZ = 48_000
_BIT_RATE = 160_000
_WARM_UP_S = 0.2
"""Decoders of sound need a few packets before theirs is right."""


def added_sound(output: OutputContainer, source: Source, span: Span, wish: Audio) -> list[AudioPacket]:
    """The span's packets of a new sound stream in the output; empty, and no stream, where there is no sound.

    `copy` encodes as AAC where the source's codec cannot live in an MP4.
    """
    if wish == "drop":
        return []
    with open_container(source) as container:
        stream = next((sound for sound in container.streams.audio if sound.codec_context is not None), None)
        if stream is None:
            return []
        for other in container.streams:
            other.discard = Discard.default if other.index == stream.index else Discard.all
        container.seek(round((span.start_s - _WARM_UP_S) / _tick_s(stream)), stream=stream)
        if wish == "copy" and stream.codec_context.codec.canonical_name in _COPIED_INTO_MP4:
            return _copied(output, container, stream, span)
        return _encoded(output, container, stream, span)


def _copied(output: OutputContainer, container: InputContainer, stream: AudioStream, span: Span) -> list[AudioPacket]:
    """Whole packets that begin inside the span."""
    target = output.add_stream_from_template(stream)
    shift, packets = round(span.start_s / _tick_s(stream)), []
    for packet in _packets_until(container, stream, span.end_s):
        packet.pts = packet.dts = (packet.pts or 0) - shift
        if packet.pts >= 0:
            packet.stream = target
            packets.append(packet)
    return packets


def _encoded(output: OutputContainer, container: InputContainer, stream: AudioStream, span: Span) -> list[AudioPacket]:
    target = output.add_stream("aac", rate=_RATE_HZ, layout="stereo")
    target.codec_context.bit_rate = _BIT_RATE
    target.codec_context.flags |= Flags.bitexact
    packets: list[AudioPacket] = []
    for frame in _trimmed(_frames(container, stream, span.end_s), span):
        packets += target.encode(frame)
    return packets + target.encode(None) if packets else packets


def _packets_until(container: InputContainer, stream: AudioStream, end_s: float) -> Iterator[AudioPacket]:
    for packet in container.demux(stream):
        if packet.pts is None:
            continue
        if packet.pts * _tick_s(stream) >= end_s:
            return
        yield packet


def _tick_s(stream: AudioStream) -> Fraction:
    return stream.time_base or Fraction(1, _RATE_HZ)


def _frames(container: InputContainer, stream: AudioStream, end_s: float) -> Iterator[AudioFrame]:
    for packet in _packets_until(container, stream, end_s):
        try:
            yield from stream.decode(packet)
        except av.FFmpegError:
            continue


def _trimmed(frames: Iterator[AudioFrame], span: Span) -> Iterator[AudioFrame]:
    """Exactly the span's sound as 48 kHz stereo, its clock beginning at 0, gaps filled with silence."""
    graph: Graph | None = None
    for frame in frames:
        graph = graph or _trimming(frame, span)
        graph.push(frame)
        yield from _pulled(graph)
    if graph is not None:
        graph.push(None)
        yield from _pulled(graph)


def _trimming(frame: AudioFrame, span: Span) -> Graph:
    graph = Graph()
    nodes = [
        graph.add_abuffer(
            sample_rate=frame.sample_rate, format=frame.format, layout=frame.layout, time_base=frame.time_base
        ),
        graph.add("atrim", f"start={span.start_s:.6f}:end={span.end_s:.6f}"),
        graph.add("asetpts", f"PTS-{span.start_s:.6f}/TB"),
        graph.add("aresample", f"{_RATE_HZ}:async=1:first_pts=0"),
        graph.add("aformat", f"sample_fmts=fltp:sample_rates={_RATE_HZ}:channel_layouts=stereo"),
        graph.add("abuffersink"),
    ]
    graph.link_nodes(*nodes).configure()
    return graph


def _pulled(graph: Graph) -> Iterator[AudioFrame]:
    while True:
        try:
            yield cast(AudioFrame, graph.pull())
        except (NothingYet, av.error.EOFError):
            return
