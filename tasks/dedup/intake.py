"""What comes into an index: vectors that are checked, and clips that are not in it yet."""

import uuid
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tasks.core.errors import StageRefused
from tasks.core.vectors import Made
from tasks.dedup.segments import Segment, id_bytes
from tasks.dedup.sketch import sketched

LENGTH_WITHIN = 1e-3
"""As files of vectors promise it."""


def taken_in(made: Made, file: str, clips: Sequence[uuid.UUID], vectors: NDArray[np.float32]) -> Segment:
    """The clips of a file, all in cell 0. Raises StageRefused, with the clip, for a vector that is none."""
    if len(clips) != len(vectors):
        raise StageRefused(f"{file} has {len(clips)} clips and {len(vectors)} vectors")
    check_dimension(made, vectors)
    if wrong := first_wrong(vectors):
        row, why = wrong
        raise StageRefused(f"the vector of clip {clips[row]} in {file} is none: {why}")
    cells = np.zeros(len(clips), np.int32)
    halves = vectors.astype(np.float16)
    return Segment(id_bytes(clips), halves, cells, frozenset([file]), sketched(halves))


def check_dimension(made: Made, vectors: NDArray[np.float32]) -> None:
    """Raises StageRefused where the vectors are not as long as those of the index."""
    if vectors.ndim != 2 or vectors.shape[1] != made.dimension:
        raise StageRefused(f"vectors of {made.model} have {made.dimension} numbers, these have {vectors.shape[-1]}")


def first_wrong(vectors: NDArray[np.float32]) -> tuple[int, str] | None:
    """Row of the first that is no vector of length 1, and why it is none."""
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    wrong = np.flatnonzero(~(np.abs(lengths - 1) <= LENGTH_WITHIN))
    return (int(wrong[0]), f"its length is {lengths[wrong[0]]:g}, not 1") if len(wrong) else None


def without_known(added: Sequence[Segment], known: Sequence[Segment]) -> list[Segment]:
    """What was added less the clips that are in a known segment, or more than once; the first vector stays.

    A segment of which no clip stays does so without rows, as its file is in the index.
    """
    if not any(map(len, added)):
        return list(added)
    ids, first = np.unique(np.concatenate([_names(segment) for segment in added]), return_index=True)
    is_new = np.ones(len(ids), bool)
    for segment in known:
        names = _names(segment)
        place = np.minimum(np.searchsorted(ids, names), len(ids) - 1)
        is_new[place[ids[place] == names]] = False
    rows = np.sort(first[is_new])
    starts = np.cumsum([0, *map(len, added)])[:-1]
    kept = np.split(rows, np.searchsorted(rows, starts[1:]))
    return [
        one if len(its) == len(one) else one.some(its - start)
        for one, its, start in zip(added, kept, starts, strict=True)
    ]


def _names(segment: Segment) -> NDArray[np.bytes_]:
    """[rows], the ids as values that can be sorted."""
    return np.ascontiguousarray(segment.clips).view("S16").ravel()
