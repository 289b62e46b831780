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

MAX_PAUSE_PICTURES = 3
"""Two runs this near to one another are parts of one gradual change, such as a fade that is black for a moment."""

MIN_CHANGED_SHARE = 0.5
"""A gradual change must change at least this share of the picture: a hand that moves through it does not."""

MIN_SUDDEN_SHARE = 0.5
"""A cut that makes at least this share of the change around it leaves nothing for a gradual change there."""

NEAR_PICTURES = 2
"""A cut and a gradual change this near to one another are one change."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a change of shot at each watched picture."""

    chances: Floats
    """Of each of KINDS, as the network gives them; [N, 4]."""
    changed: Floats
    """Share of the picture that is different some time before and after; [N]."""
    sudden: Floats
    """Share of the change around the picture that happens at it; [N]."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change of shot in watched pictures: [start, end) is the transition, both the first new picture for a cut."""

    start: int
    end: int
    kind: str
    strength: float


def changes_of(evidence: Evidence) -> list[Change]:
    """The changes of shot in order of time, none overlapping, none at the very ends."""
    cuts = _cuts(evidence)
    sudden = [cut for cut in cuts if evidence.sudden[cut.start : cut.start + 2].max() >= MIN_SUDDEN_SHARE]
    gradual = [change for change in _gradual(evidence) if not any(_touches(cut, change) for cut in sudden)]
    lone = [cut for cut in cuts if not any(_touches(cut, change) for change in gradual)]
    found = sorted([*gradual, *lone], key=lambda change: change.start)
    return [change for change in found if change.start > 0 and change.end < len(evidence.chances)]


def _gradual(evidence: Evidence) -> list[Change]:
    highest = evidence.chances[:, 1:].max(axis=1)
    found = []
    for start, end in _without_pauses(runs(highest > GRADUAL_CHANCE)):
        if end - start >= MIN_GRADUAL_PICTURES and evidence.changed[start:end].max() >= MIN_CHANGED_SHARE:
            kind = KINDS[1 + int(evidence.chances[start:end, 1:].sum(axis=0).argmax())]
            found.append(Change(start, end, kind, float(highest[start:end].mean())))
    return found


def _without_pauses(parts: list[tuple[int, int]]) -> list[tuple[int, int]]:
    whole: list[tuple[int, int]] = []
    for start, end in parts:
        if whole and start - whole[-1][1] <= MAX_PAUSE_PICTURES:
            start = whole.pop()[0]
        whole.append((start, end))
    return whole


def _cuts(evidence: Evidence) -> list[Change]:
    chance = evidence.chances[:, 0]
    found = []
    for start, end in runs(chance > CUT_CHANCE):
        at = start + int(chance[start:end].argmax())
        found.append(Change(at, at, "cut", float(chance[at])))
    return found


def _touches(cut: Change, other: Change) -> bool:
    return other.start - NEAR_PICTURES <= cut.start <= other.end + NEAR_PICTURES


def runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """[start, end) of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(start), int(end)) for start, end in zip(edges[::2], edges[1::2], strict=True)]
