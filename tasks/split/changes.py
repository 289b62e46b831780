"""From chances per picture to changes of shot: every threshold of the detector is here."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.split.network import KINDS, Floats

CUT_CHANCE = 0.5
"""A cut is told where its chance peaks above this."""

GRADUAL_CHANCE = 0.5
"""A gradual change lasts while the chance of any of its kinds is above this."""

MIN_GRADUAL_PICTURES = 3
"""Shorter runs are no gradual change."""

NEAR_PICTURES = 2
"""A cut this near to a gradual change is part of it."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change of shot in watched pictures: [start, end) is the transition, both the first new picture for a cut."""

    start: int
    end: int
    kind: str
    strength: float


def changes_of(chances: Floats) -> list[Change]:
    """The changes of shot in order of time, none overlapping; chances [N, 4] as the network gives them."""
    gradual = _gradual(chances)
    cuts = [cut for cut in _cuts(chances) if not any(_touches(cut, other) for other in gradual)]
    found = sorted([*gradual, *cuts], key=lambda change: change.start)
    return [change for change in found if change.start > 0 and change.end < len(chances)]


def _gradual(chances: Floats) -> list[Change]:
    highest = chances[:, 1:].max(axis=1)
    found = []
    for start, end in runs(highest > GRADUAL_CHANCE):
        if end - start >= MIN_GRADUAL_PICTURES:
            kind = KINDS[1 + int(chances[start:end, 1:].sum(axis=0).argmax())]
            found.append(Change(start, end, kind, float(highest[start:end].mean())))
    return found


def _cuts(chances: Floats) -> list[Change]:
    found = []
    for start, end in runs(chances[:, 0] > CUT_CHANCE):
        at = start + int(chances[start:end, 0].argmax())
        found.append(Change(at, at, "cut", float(chances[at, 0])))
    return found


def _touches(cut: Change, other: Change) -> bool:
    return other.start - NEAR_PICTURES <= cut.start <= other.end + NEAR_PICTURES


def runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """[start, end) of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(start), int(end)) for start, end in zip(edges[::2], edges[1::2], strict=True)]
