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
from itertools import islice


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
class Limits:
    """From which similarity on two clips count as copies; None for never."""

    similarity: float | None
    same_video: float | None
    """Where both are of one video."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A clip that may stand for others."""

    clip_id: uuid.UUID
    vector_id: uuid.UUID
    """The clip whose vector it has: itself, or one of the same footage."""
    video_id: uuid.UUID


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


def settle_vectors(ranked: Sequence[Candidate], alike: Iterable[Pair], limits: Limits) -> dict[uuid.UUID, Place]:
    """As `settle` of all pairs of clips that count, where only pairs of vectors are told.

    Clips that share a vector are each other's pairs, and so many squared. But of the representatives with a vector only
    the best of each video can be asked for, so each clip asks each vector beside its own once.
    """
    near = _copies({one.vector_id: 0 for one in ranked}, alike)
    kept: defaultdict[uuid.UUID, _Kept] = defaultdict(_Kept)
    others: list[Candidate] = []
    for rank, one in enumerate(ranked):
        beside = {**near[one.vector_id], one.vector_id: 1.0}
        if any(kept[vector].best(one.video_id, value, limits) for vector, value in beside.items()):
            others.append(one)
        else:
            kept[one.vector_id].add(one, rank)
    places = {one.clip_id: _nearest(one, near[one.vector_id], kept, limits) for one in others}
    return {one.clip_id: places.get(one.clip_id, Place(one.clip_id, None)) for one in ranked}


class _Kept:
    """The best representative with a vector of each video, the best first."""

    def __init__(self) -> None:
        self._by_video: dict[uuid.UUID, tuple[int, uuid.UUID]] = {}

    def add(self, one: Candidate, rank: int) -> None:
        """Takes it in; none that is better comes later."""
        self._by_video.setdefault(one.video_id, (rank, one.clip_id))

    def best(self, video: uuid.UUID, similarity: float, limits: Limits) -> tuple[int, uuid.UUID] | None:
        """Rank and id of the best that is a copy of a clip of that video which is so similar."""
        found = []
        if limits.same_video is not None and similarity >= limits.same_video and video in self._by_video:
            found.append(self._by_video[video])
        if limits.similarity is not None and similarity >= limits.similarity:
            found += islice((one for of, one in self._by_video.items() if of != video), 1)
        return min(found, default=None)


def _nearest(one: Candidate, near: dict[uuid.UUID, float], kept: dict[uuid.UUID, _Kept], limits: Limits) -> Place:
    found = [
        (-value, *best)
        for vector, value in {**near, one.vector_id: 1.0}.items()
        if (best := kept[vector].best(one.video_id, value, limits))
    ]
    value, _, clip = min(found)
    return Place(clip, -value)


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
