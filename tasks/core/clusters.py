"""Clusters of clips that are copies of one another, and the one of each that is kept.

The greedy maximal independent set in order of rank: a clip is a representative unless a better-ranked representative is
its copy. There is one such set for a ranking and its pairs, whatever the order in which they were found.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pair:
    """Two clips that count as copies."""

    clip_a: uuid.UUID
    clip_b: uuid.UUID
    similarity: float


@dataclass(frozen=True, slots=True)
class Place:
    """Where a clip stands: by itself, or behind another."""

    representative_id: uuid.UUID
    similarity: float | None
    """With the representative; None for itself."""


def settle(ranked: Sequence[uuid.UUID], pairs: Iterable[Pair]) -> dict[uuid.UUID, Place]:
    """The place of every clip, best clip first in `ranked`; pairs of clips that are not ranked count for nothing.

    A clip that is no representative joins the nearest one; of several as near, the better-ranked.
    """
    rank = {clip: place for place, clip in enumerate(ranked)}
    copies = _copies(rank, pairs)
    representatives: set[uuid.UUID] = set()
    for clip in ranked:
        if not any(copy in representatives for copy in copies[clip]):
            representatives.add(clip)
    return {clip: _place(clip, copies[clip], representatives, rank) for clip in ranked}


def _copies(rank: dict[uuid.UUID, int], pairs: Iterable[Pair]) -> defaultdict[uuid.UUID, dict[uuid.UUID, float]]:
    copies: defaultdict[uuid.UUID, dict[uuid.UUID, float]] = defaultdict(dict)
    for pair in pairs:
        if pair.clip_a in rank and pair.clip_b in rank:
            copies[pair.clip_a][pair.clip_b] = pair.similarity
            copies[pair.clip_b][pair.clip_a] = pair.similarity
    return copies


def _place(
    clip: uuid.UUID, copies: dict[uuid.UUID, float], representatives: set[uuid.UUID], rank: dict[uuid.UUID, int]
) -> Place:
    if clip in representatives:
        return Place(clip, None)
    nearest = max((copy for copy in copies if copy in representatives), key=lambda one: (copies[one], -rank[one]))
    return Place(nearest, copies[nearest])
