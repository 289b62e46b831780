"""Clusters of clips that are copies of one another, and the one of each that is kept.

The greedy maximal independent set in order of rank: a clip is a representative unless a better-ranked representative is
its copy. There is one such set for a ranking and its pairs, whatever the order in which they were found.
"""

import math
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Pair:
    """Two clips that count as copies."""

    clip_a: uuid.UUID
    clip_b: uuid.UUID
    similarity: float


WORDS = ("a larger picture", "more bits for each pixel", "an older file")


@dataclass(frozen=True, slots=True)
class Quality:
    """What copies are ranked by, as `catalog.clip_rank` gives it."""

    area_px: float | None
    """Of its picture, inside its box."""
    bits_per_pixel: float | None
    """A second, of its video's picture."""
    modified_at: datetime | None
    """Of the oldest file with these bytes."""

    @property
    def rank(self) -> tuple[float, float, float]:
        """Lower for the better of two, like the rank of `catalog.clip_rank`; what is not known comes last."""
        area, bits = (math.inf if one is None else -one for one in (self.area_px, self.bits_per_pixel))
        return area, bits, math.inf if self.modified_at is None else self.modified_at.timestamp()


def why_better(one: Quality, other: Quality) -> str | None:
    """What makes the first the better copy; None where it is not, or where nothing tells them apart."""
    told = next(((word, a < b) for word, a, b in zip(WORDS, one.rank, other.rank, strict=True) if a != b), None)
    return told[0] if told and told[1] else None


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
