"""The one decode of a clip: what each scorer is to see of it, in a process of its own that knows no network."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tasks.core.catalog.inputs import ClipInput
from tasks.core.errors import UnreadableVideo
from tasks.core.media import Look, Source, View, looks
from tasks.core.store import open_source
from tasks.embed.signal import SIDE_PX, signal_vector
from tasks.models.preparation import Picture, Preparation

MOST_PICTURES = 256
"""Of one clip, whatever its length, so that memory has a bound."""


@dataclass(frozen=True, slots=True)
class Asked:
    """How clips are to be looked at."""

    frames: int
    sample_fps: float | None
    networks: tuple[tuple[str, tuple[str, ...], Preparation], ...]
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
    """The clip's pictures, for the scorers that have not seen it. Raises UnreadableVideo."""
    with open_source(clip.uri) as source:
        return see(source, clip, asked)


def see(source: Source, clip: ClipInput, asked: Asked) -> Seen:
    """The same of an opened file."""
    wanted = [(name, preparation) for name, scorers, preparation in asked.networks if {*scorers} & {*clip.scorers}]
    found = Seen(None, {name: [] for name, _ in wanted})
    small: list[Picture] = []
    for look in _pictures(source, clip, asked):
        if asked.signal and "embedding" in clip.scorers:
            small.append(look.picture("rgb24", SIDE_PX))
        for name, preparation in wanted:
            side_px = _longer_side_px(clip, preparation.shorter_side_px)
            found.pictures[name].append(preparation.prepared(look.picture("rgb24", side_px)))
    if not small and not any(found.pictures.values()):
        raise UnreadableVideo("decode_error", "no picture of the clip decodes")
    if small:
        found.signal = signal_vector(small)
    return found


def _pictures(source: Source, clip: ClipInput, asked: Asked) -> Iterator[Look]:
    fps = asked.sample_fps or asked.frames / clip.span.duration_s
    view = View(box=clip.inner, sample_fps=min(fps, MOST_PICTURES / clip.span.duration_s))
    return looks(source, clip.info, clip.span, view)


def _longer_side_px(clip: ClipInput, shorter_side_px: int) -> int:
    """The longer side of a picture whose shorter side is this long; a hair more, as sides are rounded to even."""
    box = clip.inner
    return round((shorter_side_px + 2) * max(box.width, box.height) / min(box.width, box.height))
