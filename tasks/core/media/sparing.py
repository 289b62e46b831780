"""Leaves undecoded what nobody will see: frames before a span or between sampled instants that no frame refers to."""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from av.video.stream import VideoStream

from tasks.core.media.packets import VideoPacket, has_decoding_times_only
from tasks.core.model import Span

_AHEAD = 32
"""Packets read ahead of the decoder; codecs hold back at most 16 frames."""

_REMEMBERED = 4 * _AHEAD


@dataclass(frozen=True, slots=True)
class Sampling:
    """Which frames of a span are wanted: the first at or after each instant, and every frame of the bursts."""

    step: Fraction
    """Ticks between instants, the first of which is the start of the span."""
    bursts: tuple[Span, ...] = ()

    def instant(self, ticks: int) -> int:
        """Number of the latest instant at or before so many ticks after the start of the span."""
        return ticks * self.step.denominator // self.step.numerator

    def is_in_burst(self, pts: int) -> bool:
        """Whether the frame shown then is wanted whatever the instants."""
        return any(burst.start_pts <= pts < burst.end_pts for burst in self.bursts)


def spared(
    packets: Iterable[VideoPacket], stream: VideoStream, span: Span, sampling: Sampling | None
) -> Iterator[VideoPacket]:
    """The same packets, the decoder told before each whether its frame is wanted; without a sampling every frame of the
    span is. For a decoder of one thread."""
    context = stream.codec_context
    told_already = context.skip_frame != "DEFAULT" or "skip_frame" in context.options
    # dav1d takes the wish when it is opened and never again: it would leave out frames of the span as well.
    if told_already or context.codec.name == "libdav1d" or context.thread_count != 1 or has_decoding_times_only(stream):
        yield from packets
        return
    known: list[int] = []
    for packet in packets if sampling is None else _read_ahead(packets, known):
        wanted = packet.pts is None or _is_wanted(packet.pts, known, span, sampling)
        context.skip_frame = "DEFAULT" if wanted else "NONREF"
        yield packet
    context.skip_frame = "DEFAULT"


def _read_ahead(packets: Iterable[VideoPacket], known: list[int]) -> Iterator[VideoPacket]:
    """The packets a little later, their times already known, in order."""
    waiting: deque[VideoPacket] = deque()
    for packet in packets:
        waiting.append(packet)
        if packet.pts is not None:
            insort(known, packet.pts)
            del known[:-_REMEMBERED]
        if len(waiting) > _AHEAD:
            yield waiting.popleft()
    yield from waiting


def _is_wanted(pts: int, known: Sequence[int], span: Span, sampling: Sampling | None) -> bool:
    """Whether the frame shown then is of the span and one that the sampling wants."""
    if pts < span.start_pts:
        return False
    if sampling is None or sampling.is_in_burst(pts):
        return True
    # A frame before it that is not known makes the gap wider, and the frame wanted once too often, never too rarely.
    at, start = bisect_left(known, pts), span.start_pts
    before = known[at - 1] if at else start - 1
    return before < start or sampling.instant(pts - start) > sampling.instant(before - start)
