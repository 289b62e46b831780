"""Cells: vectors near one centre lie in one cell, so that few cells need be looked at. The only file that knows faiss.

A cell holds about as many vectors however many there are, so a vector is compared with about as many.
"""

import io
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.core.pool import worker_count
from tasks.dedup.compare import Rows

PROBED = 32
"""Cells that are looked at for one vector, at most."""
REACH = 0.5
"""The reach where nothing says better; between 0.2 and 0.5 was measured."""
FLAT_CENTRES = 8192
"""Centres up to which all are compared, one matrix product; above, a graph (HNSW) that looks at a few hundred."""
AT_ONCE = 65_536
"""Vectors that are in single precision at a time."""

Vectors = NDArray[np.float16] | NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Near:
    """The cells nearest to some vectors, of each the nearest first."""

    cells: NDArray[np.int32]
    """[vectors, some]"""
    products: NDArray[np.float16]
    """[vectors, some], cosine with the cell's centre."""

    @property
    def own(self) -> NDArray[np.int32]:
        """[vectors], the cell that each lies in."""
        return self.cells[:, 0]

    def __getitem__(self, order: Rows) -> "Near":
        return Near(self.cells[order], self.products[order])

    def within(self, below: float) -> tuple[Rows, NDArray[np.int32]]:
        """(vectors, cells) whose product is at most so much below that of the nearest."""
        vectors, places = np.nonzero(self.products >= self.products[:, :1] - np.float16(below))
        return vectors, self.cells[vectors, places]


class Cells:
    """The centres, and how vectors find theirs."""

    def __init__(self, centres: NDArray[np.float32], made_of: int, reach: float = REACH) -> None:
        self.centres = centres
        """[cells, dimension], of length 1."""
        self.made_of = made_of
        """How many vectors there were."""
        self.reach = reach
        """How much lower the product with the centre of another's cell may be, by the distance to that other."""

    def __len__(self) -> int:
        return len(self.centres)

    def near(self, vectors: Vectors, count: int = PROBED) -> "Near":
        """The cells nearest to each vector; a part of the vectors is in single precision at a time."""
        import faiss

        index = self._index
        faiss.omp_set_num_threads(worker_count())
        cells = np.empty((len(vectors), min(count, len(self))), np.int32)
        products = np.empty(cells.shape, np.float16)
        for start in range(0, len(vectors), AT_ONCE):
            some = slice(start, start + AT_ONCE)
            products[some], cells[some] = index.search(vectors[some].astype(np.float32), cells.shape[1])
        return Near(cells, products)

    def to_bytes(self) -> bytes:
        """The cells as an .npz file."""
        file = io.BytesIO()
        np.savez(file, centres=self.centres, reach=self.reach)
        return file.getvalue()

    def below(self, floor: float) -> float:
        """How much lower than its nearest a vector's product with a centre may be, for the cell to be looked at."""
        return self.reach * float(np.sqrt(max(0.0, 2 - 2 * floor)))

    @classmethod
    def from_bytes(cls, data: bytes, made_of: int) -> "Cells":
        """As `to_bytes` gave them."""
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            return cls(file["centres"], made_of, float(file["reach"]))

    @cached_property
    def _index(self) -> Any:
        import faiss

        dimension = self.centres.shape[1]
        index: Any
        if faiss.get_num_gpus():
            index = faiss.index_cpu_to_all_gpus(faiss.IndexFlatIP(dimension))
        elif len(self) <= FLAT_CENTRES:
            index = faiss.IndexFlatIP(dimension)
        else:
            index = faiss.IndexHNSWFlat(dimension, 32, faiss.METRIC_INNER_PRODUCT)
            index.hnsw.efConstruction, index.hnsw.efSearch = 80, 128
        faiss.omp_set_num_threads(1)  # several threads would make another graph each time
        index.add(self.centres)
        return index


def rows_of(cells: NDArray[np.int32], count: int) -> Rows:
    """[count + 1], where the rows of each cell begin in cells that ascend."""
    return np.searchsorted(cells, np.arange(count + 1))
