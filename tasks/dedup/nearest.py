"""The nearest rows of a few vectors, by looking at all rows."""

import uuid
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.dedup.compare import MEMBERS, Rows, Table, cosines

ASKED = 64
"""Vectors that are looked for at a time."""


@dataclass(frozen=True, slots=True)
class Found:
    """A clip that was found."""

    clip: uuid.UUID
    similarity: float


def nearest(table: Table, vectors: NDArray[np.float32], count: int) -> list[list[Found]]:
    """For each vector its nearest clips, at most `count`, the nearest first; of equals the one that came first."""
    asked = vectors.astype(np.float16).astype(np.float32)
    found = []
    for start in range(0, len(asked), ASKED):
        some = asked[start : start + ASKED]
        found += [_exact(table, vector, rows) for vector, rows in zip(some, _best(table, some, count), strict=True)]
    return found


def _best(table: Table, asked: NDArray[np.float32], count: int) -> Rows:
    """[asked, count], the rows whose product is highest."""
    rows = np.empty((len(asked), 0), np.int64)
    products = np.empty((len(asked), 0), np.float32)
    for start in range(0, len(table), MEMBERS):
        some = np.arange(start, min(len(table), start + MEMBERS))
        rows = np.hstack([rows, np.broadcast_to(some, (len(asked), len(some)))])
        products = np.hstack([products, asked @ table.vectors(some).T])
        if products.shape[1] > count:
            best = np.argsort(-products, axis=1, kind="stable")[:, :count]
            rows, products = np.take_along_axis(rows, best, axis=1), np.take_along_axis(products, best, axis=1)
    return rows


def _exact(table: Table, vector: NDArray[np.float32], rows: Rows) -> list[Found]:
    rows = np.sort(rows)
    if not len(rows):
        return []
    parts = (table.vectors(rows[start : start + MEMBERS]) for start in range(0, len(rows), MEMBERS))
    similarity = np.concatenate([cosines(np.broadcast_to(vector, part.shape), part) for part in parts])
    best = np.argsort(-similarity, kind="stable")
    clips = table.clips(rows[best])
    return [
        Found(uuid.UUID(bytes=clip.tobytes()), value)
        for clip, value in zip(clips, similarity[best].tolist(), strict=True)
    ]
