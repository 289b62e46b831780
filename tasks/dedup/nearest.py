"""The nearest rows of a few vectors, by looking at all rows."""

import uuid
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.dedup.compare import MEMBERS, Rows, Table, cosines


@dataclass(frozen=True, slots=True)
class Found:
    """A clip that was found."""

    clip: uuid.UUID
    similarity: float


def nearest(table: Table, vectors: NDArray[np.float32], count: int) -> list[list[Found]]:
    """For each vector its nearest clips, at most `count`, the nearest first; of equals the one that came first."""
    asked = vectors.astype(np.float16).astype(np.float32)
    rows = np.empty((len(asked), 0), np.int64)
    products = np.empty((len(asked), 0), np.float32)
    for start in range(0, len(table), MEMBERS):
        some = np.arange(start, min(len(table), start + MEMBERS))
        rows = np.hstack([rows, np.broadcast_to(some, (len(asked), len(some)))])
        products = np.hstack([products, asked @ table.vectors(some).T])
        best = np.argsort(-products, axis=1, kind="stable")[:, :count]
        rows, products = np.take_along_axis(rows, best, axis=1), np.take_along_axis(products, best, axis=1)
    return [_exact(table, vector, found) for vector, found in zip(asked, rows, strict=True)]


def _exact(table: Table, vector: NDArray[np.float32], rows: Rows) -> list[Found]:
    rows = np.sort(rows)
    if not len(rows):
        return []
    similarity = cosines(np.broadcast_to(vector, (len(rows), len(vector))), table.vectors(rows))
    best = np.argsort(-similarity, kind="stable")
    clips = table.clips(rows[best])
    return [
        Found(uuid.UUID(bytes=clip.tobytes()), value)
        for clip, value in zip(clips, similarity[best].tolist(), strict=True)
    ]
