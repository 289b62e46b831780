"""What networks make of the pictures of clips, and how clips go through them together."""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tasks.models.preparation import Picture

Vectors = NDArray[np.float32]
"""float32 [count, dimension], each of length 1."""

Clip = Sequence[Picture]
"""The prepared pictures of one clip, in order of time; at least one."""

BATCH_PICTURES = 64
"""In one pass, as the memory of a device has a bound; a clip that a network takes whole may be longer."""


class Encoder(Protocol):
    """What turns the pictures of clips into vectors."""

    def vectors_of(self, clips: Sequence[Clip]) -> list[Vectors]:
        """For each clip one vector per picture, or one of all its pictures together."""


def picture_by_picture(clips: Sequence[Clip], vectors_of: Callable[[Sequence[Picture]], Vectors]) -> list[Vectors]:
    """For each clip one vector per picture; pictures of several clips share a pass."""
    pictures = [picture for clip in clips for picture in clip]
    parts = range(0, len(pictures), BATCH_PICTURES)
    rows = np.concatenate([vectors_of(pictures[at : at + BATCH_PICTURES]) for at in parts])
    return np.split(rows, np.cumsum([len(clip) for clip in clips])[:-1])


def clip_by_clip(
    clips: Sequence[Clip], count_of: Callable[[int], int], vectors_of: Callable[[Sequence[Clip]], Vectors]
) -> list[Vectors]:
    """For each clip one vector; clips share a pass where as many pictures stand for them, by `count_of` theirs."""
    found: dict[int, Vectors] = {}
    counts = [count_of(len(clip)) for clip in clips]
    for count in sorted(set(counts)):
        places = [place for place, own in enumerate(counts) if own == count]
        most = max(1, BATCH_PICTURES // count)
        for some in (places[at : at + most] for at in range(0, len(places), most)):
            rows = vectors_of([spread(clips[place], count) for place in some])
            found |= {place: row[None] for place, row in zip(some, rows, strict=True)}
    return [found[place] for place in range(len(clips))]


def spread(clip: Clip, count: int) -> list[Picture]:
    """So many of the clip's pictures, evenly over it; some more than once where there are fewer."""
    return [clip[(2 * place + 1) * len(clip) // (2 * count)] for place in range(count)]
