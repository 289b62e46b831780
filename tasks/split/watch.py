"""One pass over a video: what the network makes of every moment, with memory bounded by the length of a window."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from tasks.core.media.luma import LumaBatch, SparseLuma
from tasks.split.changes import Evidence
from tasks.split.features import COLUMNS, REACH, ROWS, Floats, changed_share, describe, feature_count, sudden_share
from tasks.split.network import KINDS, SIGHT, judge

MAX_PICTURES_PER_S = 32
"""Decoded frames that come faster are passed over: transitions last fractions of a second, not of a frame."""

_ROUND = 64
"""Pictures described and judged at a time: they fit the cache, and their products are too small for a second thread."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What was seen of a video, per watched picture and per decoded frame."""

    evidence: Evidence
    watched: NDArray[np.int64]
    """Which decoded frames the rows of the evidence are."""
    decoded_pts: NDArray[np.int64]
    decoded_key: NDArray[np.bool_]
    step: Floats
    """Mean change of brightness since the decoded frame before, 0 to 1."""
    frame_pts: NDArray[np.int64]
    """Time of every frame of the video, left out by the decoder or not."""


def watch(luma: SparseLuma, time_base: Fraction) -> Watched:
    """All that is needed to place the changes of shot of a video."""
    watcher = _Watcher(Fraction(1, MAX_PICTURES_PER_S) / time_base)
    for batch in luma:
        watcher.see(batch)
    return watcher.finish(luma.frame_pts())


class _Watcher:
    def __init__(self, min_ticks: Fraction) -> None:
        self._min_ticks = min_ticks
        self._describer, self._judge = _Describer(), _Judge()
        self._chances: list[Floats] = []
        self._changed: list[Floats] = []
        self._sudden: list[Floats] = []
        self._pts: list[NDArray[np.int64]] = []
        self._keys: list[NDArray[np.bool_]] = []
        self._steps: list[Floats] = []
        self._watched: list[int] = []
        self._last: Floats | None = None
        self._next_pts: Fraction | None = None
        self._decoded = 0

    def see(self, batch: LumaBatch) -> None:
        """Takes in the next frames."""
        kept = self._chosen(batch.pts)
        self._pts.append(batch.pts)
        self._keys.append(batch.is_key)
        self._steps.append(self._changes(batch.pictures))
        self._watched.extend(self._decoded + i for i in kept)
        self._decoded += len(batch.pts)
        for features in self._describer.push(batch.pictures[kept]):
            self._weigh(features)

    def finish(self, frame_pts: NDArray[np.int64]) -> Watched:
        """Everything seen."""
        for features in self._describer.finish():
            self._weigh(features)
        self._chances.append(self._judge.finish())
        chances, changed, sudden = (np.concatenate(seen) for seen in (self._chances, self._changed, self._sudden))
        return Watched(
            evidence=Evidence(chances, changed, sudden),
            watched=np.array(self._watched, np.int64),
            decoded_pts=np.concatenate(self._pts),
            decoded_key=np.concatenate(self._keys),
            step=np.concatenate(self._steps),
            frame_pts=frame_pts,
        )

    def _weigh(self, features: Floats) -> None:
        self._chances.append(self._judge.push(features))
        self._changed.append(changed_share(features).copy())
        self._sudden.append(sudden_share(features))

    def _chosen(self, pts: NDArray[np.int64]) -> list[int]:
        """Which frames of a batch to watch, so that they do not come too fast."""
        kept = []
        for i, time in enumerate(pts.tolist()):
            if self._next_pts is None or time >= self._next_pts:
                kept.append(i)
                self._next_pts = time + self._min_ticks
        return kept

    def _changes(self, pictures: Floats) -> Floats:
        """Mean absolute change from each picture to the next, the first against the last of the batch before."""
        last = pictures[:1] if self._last is None else self._last
        changes: Floats = np.abs(np.diff(pictures, axis=0, prepend=last)).mean(axis=(1, 2))
        self._last = pictures[-1:]
        return changes


class _Describer:
    """Features of a stream of pictures, at most _ROUND rows at a time; both ends are continued as still pictures."""

    def __init__(self) -> None:
        self._pictures = np.empty((0, ROWS, COLUMNS), np.float32)

    def push(self, pictures: Floats) -> Iterator[Floats]:
        """Features of those pictures whose neighbours are all known by now, in full rounds."""
        if not len(self._pictures):
            self._pictures = np.repeat(pictures[:1], REACH, axis=0)
        self._pictures = np.concatenate([self._pictures, pictures])
        yield from self._described(_ROUND)

    def finish(self) -> Iterator[Floats]:
        """Features of the rest."""
        self._pictures = np.concatenate([self._pictures, np.repeat(self._pictures[-1:], REACH, axis=0)])
        yield from self._described(1)

    def _described(self, at_least: int) -> Iterator[Floats]:
        while (ready := len(self._pictures) - 2 * REACH) >= at_least:
            count = min(ready, _ROUND)
            yield describe(self._pictures[: count + 2 * REACH])
            self._pictures = self._pictures[count:]


class _Judge:
    """Chances for a stream of feature rows."""

    def __init__(self) -> None:
        self._rows = np.empty((0, feature_count()), np.float32)
        self._done = 0
        """How many of the kept rows have been judged already and serve as context."""

    def push(self, rows: Floats) -> Floats:
        """Chances of those rows whose neighbours are all known by now."""
        self._rows = np.concatenate([self._rows, rows])
        return self._judged(len(self._rows) - SIGHT)

    def finish(self) -> Floats:
        """Chances of the rest."""
        return self._judged(len(self._rows))

    def _judged(self, until: int) -> Floats:
        if until <= self._done:
            return np.empty((0, len(KINDS)), np.float32)
        chances = judge(self._rows)[self._done : until]
        start = max(until - SIGHT, 0)
        self._rows, self._done = self._rows[start:], until - start
        return chances
