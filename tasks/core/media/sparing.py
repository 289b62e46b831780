"""Leaves undecoded what nobody will see: frames before a span or between sampled instants that no frame refers to."""

from collections import deque
from collections.abc import Iterable, Iterator
from fractions import Fraction

from av.video.stream import VideoStream

from tasks.core.media.packets import VideoPacket, has_decoding_times_only
from tasks.core.model import Span

_AHEAD = 32
"""Packets read ahead of the decoder; codecs hold back at most 16 frames."""

_REMEMBERED = 4 * _AHEAD


def spared(
    packets: Iterable[VideoPacket], stream: VideoStream, span: Span, step: Fraction | None
) -> Iterator[VideoPacket]:
    """The same packets, the decoder told before each whether its frame is wanted; step is the ticks between sampled
    instants, None where every frame of the span is wanted. For a decoder of one thread."""
    context = stream.codec_context
    told_already = context.skip_frame != "DEFAULT" or "skip_frame" in context.options
    # dav1d takes the wish when it is opened and never again: it would leave out frames of the span as well.
    if told_already or context.codec.name == "libdav1d" or context.thread_count != 1 or has_decoding_times_only(stream):
        yield from packets
        return
    known: deque[int] = deque(maxlen=_REMEMBERED)
    for packet in packets if step is None else _read_ahead(packets, known):
        wanted = packet.pts is None or _is_wanted(packet.pts, known, span, step)
        context.skip_frame = "DEFAULT" if wanted else "NONREF"
        yield packet
    context.skip_frame = "DEFAULT"


def _read_ahead(packets: Iterable[VideoPacket], known: deque[int]) -> Iterator[VideoPacket]:
    """The packets a little later, their times already known."""
    waiting: deque[VideoPacket] = deque()
    for packet in packets:
        waiting.append(packet)
        if packet.pts is not None:
            known.append(packet.pts)
        if len(waiting) > _AHEAD:
            yield waiting.popleft()
    yield from waiting


def _is_wanted(pts: int, known: Iterable[int], span: Span, step: Fraction | None) -> bool:
    """Whether the frame shown then is of the span and the first at or after one of its instants."""
    if pts < span.start_pts:
        return False
    if step is None:
        return True
    # A frame before it that is not known makes the gap wider, and the frame wanted once too often, never too rarely.
    before = max((time for time in known if time < pts), default=span.start_pts - 1)
    return before < span.start_pts or (pts - span.start_pts) // step > (before - span.start_pts) // step
