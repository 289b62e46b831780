"""The one decode of a clip: what each scorer is to see of it, in a process of its own that knows no network."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from tasks.core import nvdec
from tasks.core.catalog.inputs import ClipInput
from tasks.core.errors import UnreadableVideo
from tasks.core.media import Look, Source, View, looks
from tasks.core.model import Span
from tasks.core.store import open_source
from tasks.embed.signal import FPS, SIDE_PX, signal_vector
from tasks.models.preparation import AsSeen, Picture, Preparation

MOST_PICTURES = 256
"""Of one clip, whatever its length, so that memory has a bound."""

BY_EMBEDDING = {"embedding", "domain", "own_head"}
"""Scorers that need the clip's vector."""


@dataclass(frozen=True, slots=True)
class Asked:
    """How clips are to be looked at."""

    frames: int
    sample_fps: float | None
    networks: tuple[tuple[str, tuple[str, ...], Preparation | AsSeen], ...]
    """Each network with the scorers that it serves and how it wants its pictures."""
    signal: bool
    """Whether the embedding is made without a network."""


@dataclass(slots=True)
class Seen:
    """What became of one clip; networks fill in what they make of its pictures."""

    signal: NDArray[np.float32] | None
    pictures: dict[str, list[Picture]] = field(default_factory=dict)
    """Prepared pictures by network, until it has seen them."""
    vectors: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    """float32 [pictures, dimension] by network, each row of length 1."""
    place: tuple[str, int] | None = None
    """Object key and row where the embedding lies, once it is stored."""


def see_one(clip: ClipInput, asked: Asked) -> Seen:
    """The clip's pictures, for the scorers that have not seen it. Raises UnreadableVideo.

    What a GPU cannot decode, for want of memory say, is decoded without one before it counts as unreadable.
    """
    with open_source(clip.uri) as source:
        if nvdec.is_asked():
            with suppress(UnreadableVideo):
                return see(source, clip, asked, on_gpu=True)
        return see(source, clip, asked)


def see(source: Source, clip: ClipInput, asked: Asked, *, on_gpu: bool = False) -> Seen:
    """The same of an opened file."""
    wanted = [(name, preparation) for name, scorers, preparation in asked.networks if {*scorers} & {*clip.scorers}]
    found = Seen(None, {name: [] for name, _ in wanted})
    small: list[Picture] = []
    times_s: list[float] = []
    for look, for_signal, for_networks in _pictures(source, clip, asked, bool(wanted), on_gpu):
        if for_signal:
            small.append(look.picture("rgb24", SIDE_PX))
            times_s.append(look.time_s - clip.span.start_s)
        for name, preparation in wanted if for_networks else ():
            side_px = _longer_side_px(clip, preparation.shorter_side_px)
            found.pictures[name].append(preparation.prepared(look.picture("rgb24", side_px)))
    if not small and not any(found.pictures.values()):
        raise UnreadableVideo("decode_error", "no picture of the clip decodes")
    if small:
        found.signal = signal_vector(small, times_s, clip.span.duration_s)
    return found


def _pictures(
    source: Source, clip: ClipInput, asked: Asked, networks: bool, on_gpu: bool
) -> Iterator[tuple[Look, bool, bool]]:
    """Looks at the clip, each with whether the signal embedding and whether networks are to see it: the same pictures
    for each as if the other were not asked for."""
    signal = asked.signal and bool(BY_EMBEDDING & {*clip.scorers})
    length_s = clip.span.duration_s
    rates = [FPS, asked.sample_fps or asked.frames / length_s]
    rhythms = [Rhythm(clip.span, min(rate, MOST_PICTURES / length_s)) for rate in rates]
    sample_fps = None if signal and networks else rhythms[networks].fps
    view = View(box=clip.inner, sample_fps=sample_fps, on_gpu=on_gpu)
    for look in looks(source, clip.info, clip.span, view):
        due = [rhythm.is_due(look.pts) for rhythm in rhythms]
        yield look, signal and due[0], networks and due[1]


class Rhythm:
    """Finds the first frame at or after each k / fps of a span, as a view's `sample_fps` does."""

    def __init__(self, span: Span, fps: float) -> None:
        self.fps = fps
        self._start_pts = span.start_pts
        self._step = 1 / (Fraction(fps).limit_denominator(1_000_000) * span.time_base)
        self._count = 0

    def is_due(self, pts: int) -> bool:
        """Whether this frame is one; asked of each in order of time."""
        past = (pts - self._start_pts) // self._step + 1
        is_due = past > self._count
        self._count = max(self._count, past)
        return is_due


def _longer_side_px(clip: ClipInput, shorter_side_px: int) -> int:
    """The longer side of a picture whose shorter side is this long; a hair more, as sides are rounded to even."""
    box = clip.inner
    return round((shorter_side_px + 2) * max(box.width, box.height) / min(box.width, box.height))
