"""Comparing rows of vectors with rows: matrix products in blocks, and the exact cosine of what is near."""

import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice, pairwise

import numpy as np
from numpy.typing import NDArray

from tasks.core.pool import worker_count
from tasks.dedup.halves import in_single
from tasks.dedup.products import products
from tasks.dedup.segments import Segment, joined
from tasks.dedup.sketch import maybe_alike

QUERIES = 512
"""In the block where rows meet themselves half of the products are in vain; more queries make it larger."""
MEMBERS = 4096
"""With so many queries a block makes 8 MiB of products."""
SLACK = 4e-3
"""How far a product in single precision, of vectors whose length is 1 within 1e-3, may lie below their cosine."""
DENSE = 0.01
"""Part of a block's products from which on a matrix product of vectors is quicker than one by one."""
TOGETHER = 1 << 23
"""Products of blocks that a thread makes before it looks closely at what they found."""
_EXACT = 4096
_AHEAD = 4

Rows = NDArray[np.int64]
"""Numbers of rows, counted through all segments of an index."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of clips that are alike, in no order."""

    first: NDArray[np.uint8]
    """[pairs, 16], ids as bytes, each below its second."""
    second: NDArray[np.uint8]
    similarity: NDArray[np.float32]
    """[pairs], cosine of the stored vectors."""

    def __len__(self) -> int:
        return len(self.similarity)

    def __iter__(self) -> Iterator[tuple[uuid.UUID, uuid.UUID, float]]:
        for first, second, similarity in zip(self.first, self.second, self.similarity.tolist(), strict=True):
            yield uuid.UUID(bytes=first.tobytes()), uuid.UUID(bytes=second.tobytes()), similarity


@dataclass(frozen=True, slots=True)
class Block:
    """Rows to be compared with rows that come before them."""

    queries: Rows
    members: Rows


class Table:
    """Rows of several segments under one count."""

    def __init__(self, segments: list[Segment]) -> None:
        self._segments = segments
        self.starts = np.cumsum([0, *map(len, segments)])
        """[segments + 1], the first row of each."""

    def __len__(self) -> int:
        return int(self.starts[-1])

    def vectors(self, rows: Rows) -> NDArray[np.float32]:
        """[rows, dimension] of ascending rows; exact, since single precision holds half precision."""
        return in_single(np.concatenate([self._segments[of].vectors[own] for of, own in self._split(rows)]))

    def sketches(self, rows: Rows) -> NDArray[np.int8]:
        """[rows, at most 64] of ascending rows."""
        return np.concatenate([self._segments[of].sketches.take(own, axis=0) for of, own in self._split(rows)])

    def some(self, rows: Rows) -> Segment:
        """These ascending rows as one segment; not stored."""
        return joined([self._segments[of].some(own) for of, own in self._split(rows)])

    def clips(self, rows: Rows) -> NDArray[np.uint8]:
        """[rows, 16], the ids of rows in any order."""
        found = np.empty((len(rows), 16), np.uint8)
        of = np.searchsorted(self.starts, rows, side="right") - 1
        for number in np.unique(of):
            found[of == number] = self._segments[number].clips[rows[of == number] - self.starts[number]]
        return found

    def _split(self, rows: Rows) -> Iterator[tuple[int, Rows]]:
        edges = np.searchsorted(rows, self.starts)
        for number, (start, end) in enumerate(pairwise(edges)):
            if end > start:
                yield number, rows[start:end] - self.starts[number]


Screen = Callable[[Table, Block, float], Rows]
"""Places in [queries, members] of a block, counted row by row, of those that may be alike."""


def by_vectors(table: Table, block: Block, floor: float) -> Rows:
    """All that are alike, and little else."""
    near = products(table.vectors(block.queries), table.vectors(block.members)) >= floor - SLACK
    return np.flatnonzero(near)


def by_sketches(table: Table, block: Block, floor: float) -> Rows:
    """Nearly all that are alike, at a quarter of the cost; where much is, the vectors themselves are quicker."""
    found = maybe_alike(table.sketches(block.queries), table.sketches(block.members), floor)
    is_dense = len(found) > DENSE * len(block.queries) * len(block.members)
    return by_vectors(table, block, floor) if is_dense else found


def compared(table: Table, blocks: Iterable[Block], floor: float, screen: Screen = by_vectors) -> Iterator[Pairs]:
    """The pairs of a row with one before it whose cosine is at least the floor, in the order of the blocks."""
    threads = worker_count()
    with ThreadPoolExecutor(threads, thread_name_prefix="compare") as pool:
        batches = _batches(blocks)
        while some := list(islice(batches, threads * _AHEAD)):
            for found in pool.map(lambda batch: _near(table, batch, floor, screen), some):
                yield from found


def cosines(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    """[rows], the cosine of each row with the other's, the same whichever comes first and whatever is beside it."""
    one, other = first.astype(np.float64), second.astype(np.float64)
    lengths = np.sqrt((one * one).sum(axis=1) * (other * other).sum(axis=1))
    return ((one * other).sum(axis=1) / lengths).astype(np.float32)


def _batches(blocks: Iterable[Block]) -> Iterator[list[Block]]:
    """Some blocks at a time, since many are small."""
    batch, made = [], 0
    for block in blocks:
        batch.append(block)
        made += len(block.queries) * len(block.members)
        if made >= TOGETHER:
            yield batch
            batch, made = [], 0
    yield batch


def _near(table: Table, blocks: list[Block], floor: float, screen: Screen) -> list[Pairs]:
    """The pairs of the blocks."""
    none = np.empty((2, 0), np.int64)
    rows, others = np.concatenate([none, *(_maybe(table, block, floor, screen) for block in blocks)], axis=1)
    parts = (slice(start, start + _EXACT) for start in range(0, len(rows), _EXACT))
    pairs = (_exact(table, rows[part], others[part], floor) for part in parts)
    return [some for some in pairs if len(some)]


def _maybe(table: Table, block: Block, floor: float, screen: Screen) -> NDArray[np.int64]:
    """[2, pairs], a row and one before it that may be alike."""
    query, member = np.divmod(screen(table, block, floor), len(block.members))
    found = np.stack([block.queries[query], block.members[member]])
    return found[:, found[1] < found[0]]


def _exact(table: Table, rows: Rows, others: Rows, floor: float) -> Pairs:
    """Those that are alike; most of the others fall to a product in single precision."""
    one, other = _vectors(table, rows), _vectors(table, others)
    near = np.einsum("ij,ij->i", one, other) >= floor - SLACK
    rows, others = rows[near], others[near]
    similarity = cosines(one[near], other[near])
    enough = similarity >= np.float32(floor)
    return _pairs(table.clips(rows[enough]), table.clips(others[enough]), similarity[enough])


def _vectors(table: Table, rows: Rows) -> NDArray[np.float32]:
    """[rows, dimension] of rows in any order."""
    ascending, place = np.unique(rows, return_inverse=True)
    return table.vectors(ascending)[place]


def _pairs(one: NDArray[np.uint8], other: NDArray[np.uint8], similarity: NDArray[np.float32]) -> Pairs:
    """With the lower id first, as big-endian numbers compare."""
    own, others = one.copy().view(">u8"), other.copy().view(">u8")
    swap = (own[:, 0] > others[:, 0]) | ((own[:, 0] == others[:, 0]) & (own[:, 1] > others[:, 1]))
    return Pairs(np.where(swap[:, None], other, one), np.where(swap[:, None], one, other), similarity)
