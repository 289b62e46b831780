"""Cells: vectors near one centre lie in one cell, so that few cells need be looked at."""

import io
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from tasks.core.pool import worker_count
from tasks.dedup.compare import Rows
from tasks.dedup.products import Single, graph_of, products
from tasks.dedup.segments import Near, Segment, joined, places
from tasks.dedup.sketch import Sketches, unsketched

PROBED = 64
"""Cells that are looked at for one vector, at most."""
REACH = 0.5
"""The reach where nothing says better; between 0.2 and 0.5 was measured."""
FLAT_CENTRES = 65_536
"""Centres up to which all are compared, one matrix product; above, a graph (HNSW) that looks at a few hundred."""
AT_ONCE = 1 << 20
"""Products with centres that are in memory at a time, in each thread."""
ROUNDED = 1e-4
"""What a product may be off by."""

T = TypeVar("T")


class Cells:
    """The centres, and how vectors find theirs."""

    def __init__(self, centres: Single, made_of: int, reach: float = REACH) -> None:
        self.centres = centres
        """[cells, dimension], of length 1."""
        self.made_of = made_of
        """How many vectors there were."""
        self.reach = reach
        """How much lower the product with the centre of another's cell may be, by the distance to that other."""

    def __len__(self) -> int:
        return len(self.centres)

    def own(self, sketches: Sketches) -> NDArray[np.int32]:
        """[vectors], the cell that each lies in: that of the centre nearest to it."""
        parts = self._in_parts(lambda cells, near: _of(cells, near.argmax(axis=1)), sketches)
        return np.concatenate([np.zeros(0, np.int32), *parts])

    def own_and_near(self, sketches: Sketches, floor: float) -> tuple[NDArray[np.int32], Near]:
        """The cells that vectors lie in, and those that may hold what is alike to them down to that cosine."""
        none, below = np.zeros(0, np.int32), self.below(floor)
        parts = list(self._in_parts(lambda cells, near: _within(cells, near, below), sketches))
        first = np.cumsum([0, *(len(own) for own, _, _ in parts)])
        own = np.concatenate([none, *(own for own, _, _ in parts)])
        rows = np.concatenate([none, *(rows + start for (_, rows, _), start in zip(parts, first, strict=False))])
        return own, Near(floor, rows, np.concatenate([none, *(cells for _, _, cells in parts)]))

    def _in_parts(self, look: Callable[[Rows | None, Single], T], sketches: Sketches) -> Iterator[T]:
        """What a look at some vectors' products with centres gives, in order."""
        size = AT_ONCE // (len(self) if self._is_flat else PROBED)
        graph = None if self._is_flat else self._graph  # made before several threads ask for it
        with ThreadPoolExecutor(worker_count(), thread_name_prefix="cells") as pool:
            starts = range(0, len(sketches), size)
            yield from pool.map(lambda start: look(*self._products(sketches[start : start + size], graph)), starts)

    def _products(self, sketches: Sketches, graph: Any) -> tuple[Rows | None, Single]:
        """([vectors, some], cells, or None for all of them; the products with their centres)."""
        if graph is None:
            return None, products(unsketched(sketches), self.centres)
        near, cells = graph.search(unsketched(sketches), PROBED)
        return cells, near

    def to_bytes(self) -> bytes:
        """The cells as an .npz file."""
        file = io.BytesIO()
        np.savez(file, centres=self.centres, reach=self.reach)
        return file.getvalue()

    def below(self, floor: float) -> float:
        """How much lower than its nearest a vector's product with a centre may be, for the cell to be looked at."""
        return ROUNDED + self.reach * float(np.sqrt(max(0.0, 2 - 2 * floor)))

    @classmethod
    def from_bytes(cls, data: bytes | memoryview, made_of: int) -> "Cells":
        """As `to_bytes` gave them."""
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            return cls(file["centres"], made_of, float(file["reach"]))

    @property
    def _is_flat(self) -> bool:
        return len(self) <= FLAT_CENTRES

    @cached_property
    def _graph(self) -> Any:
        return graph_of(self.centres)


def in_cells(segments: Sequence[Segment], cells: Cells, floor: float | None = None) -> Segment:
    """The rows of all in order of the cells that they lie in; with the cells that they look at, down to a floor."""
    sketches = np.concatenate([segment.sketches for segment in segments])
    own, near = (cells.own(sketches), None) if floor is None else cells.own_and_near(sketches, floor)
    order = np.argsort(own, kind="stable")
    if near is not None:
        near = replace(near, rows=places(order).astype(np.int32)[near.rows])
    return replace(joined(segments, order), cells=own[order], near=near)


def rows_of(cells: NDArray[np.int32] | Rows, count: int) -> Rows:
    """[count + 1], where the rows of each cell begin in cells that ascend."""
    return np.searchsorted(cells, np.arange(count + 1))


def _within(cells: Rows | None, near: Single, below: float) -> tuple[NDArray[np.int32], NDArray[np.int32], Any]:
    """(the cells that vectors lie in; rows; and cells whose products are little lower than the highest of the row)."""
    best = near.argmax(axis=1)
    least = np.take_along_axis(near, best[:, None], axis=1) - np.float32(below)
    found, places = _places(near, least)
    many = np.bincount(found, minlength=len(near)) > PROBED
    if many.any():
        least[many] = -np.partition(-near[many], PROBED - 1)[:, PROBED - 1 : PROBED]
        found, places = _places(near, least)
    looked_at = places if cells is None else cells[found, places]
    return _of(cells, best), found.astype(np.int32), looked_at.astype(np.int32)


def _places(near: Single, least: Single) -> tuple[Rows, Rows]:
    """(rows, columns) where a number is no lower than the row's least; many times as fast as `np.nonzero`."""
    found, places = np.divmod(np.flatnonzero(near >= least), near.shape[1])
    return found, places


def _of(cells: Rows | None, best: Rows) -> NDArray[np.int32]:
    """[vectors], the cells at these places."""
    return (best if cells is None else np.take_along_axis(cells, best[:, None], axis=1)[:, 0]).astype(np.int32)
