"""Cells: vectors near one centre lie in one cell, so that few cells need be looked at. The only file that knows faiss.

A cell holds about as many vectors however many there are, so a vector is compared with about as many.
"""

import io
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.core.pool import worker_count
from tasks.dedup.compare import Rows

PROBED = 64
"""Cells that are looked at for one vector, at most."""
REACH = 0.5
"""The reach where nothing says better; between 0.2 and 0.5 was measured."""
FLAT_CENTRES = 16_384
"""Centres up to which all are compared, one matrix product; above, a graph (HNSW) that looks at a few hundred."""
OWN_AT_ONCE = 65_536
"""Sketches that are in single precision at a time."""
AT_ONCE = 1024
"""Sketches whose products with all centres are in memory at a time, in each thread."""
ROUNDED = 1e-4
"""What a product may be off by."""

Sketches = NDArray[np.float16] | NDArray[np.float32]


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

    def own(self, sketches: Sketches) -> NDArray[np.int32]:
        """[vectors], the cell that each lies in: that of the centre nearest to it."""
        import faiss

        index = self._index
        faiss.omp_set_num_threads(worker_count())
        own = np.empty(len(sketches), np.int32)
        for start in range(0, len(sketches), OWN_AT_ONCE):
            some = slice(start, start + OWN_AT_ONCE)
            own[some] = index.search(sketches[some].astype(np.float32), 1)[1][:, 0]
        return own

    def near(self, sketches: Sketches, floor: float) -> tuple[Rows, Rows]:
        """(vectors, cells) where a cell may hold what is alike to a vector down to that cosine."""
        with ThreadPoolExecutor(worker_count(), thread_name_prefix="cells") as pool:
            starts = range(0, len(sketches), AT_ONCE)
            found = list(pool.map(lambda start: self._near(sketches[start : start + AT_ONCE], floor), starts))
        vectors = [some + start for (some, _), start in zip(found, starts, strict=True)]
        return np.concatenate([*vectors, np.zeros(0, np.int64)]), np.concatenate(
            [*(cells for _, cells in found), np.zeros(0, np.int64)]
        )

    def _near(self, sketches: Sketches, floor: float) -> tuple[Rows, Rows]:
        cells, products = self._products(sketches.astype(np.float32))
        least = products.max(axis=1, keepdims=True) - self.below(floor)
        if (many := (products >= least).sum(axis=1) > PROBED).any():
            least[many] = -np.partition(-products[many], PROBED - 1)[:, PROBED - 1 : PROBED]
        vectors, places = np.nonzero(products >= least)
        return vectors, places if cells is None else cells[vectors, places]

    def _products(self, sketches: NDArray[np.float32]) -> tuple[Rows | None, NDArray[np.float32]]:
        """([vectors, some], cells, or None for all of them; the products with their centres)."""
        if self._is_flat:
            return None, sketches @ self.centres.T
        products, cells = self._index.search(sketches, PROBED)
        return cells, products

    def to_bytes(self) -> bytes:
        """The cells as an .npz file."""
        file = io.BytesIO()
        np.savez(file, centres=self.centres, reach=self.reach)
        return file.getvalue()

    def below(self, floor: float) -> float:
        """How much lower than its nearest a vector's product with a centre may be, for the cell to be looked at."""
        return ROUNDED + self.reach * float(np.sqrt(max(0.0, 2 - 2 * floor)))

    @classmethod
    def from_bytes(cls, data: bytes, made_of: int) -> "Cells":
        """As `to_bytes` gave them."""
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            return cls(file["centres"], made_of, float(file["reach"]))

    @property
    def _is_flat(self) -> bool:
        import faiss

        return len(self) <= FLAT_CENTRES and not faiss.get_num_gpus()

    @cached_property
    def _index(self) -> Any:
        import faiss

        dimension = self.centres.shape[1]
        index: Any
        if faiss.get_num_gpus():
            index = faiss.index_cpu_to_all_gpus(faiss.IndexFlatIP(dimension))
        elif self._is_flat:
            index = faiss.IndexFlatIP(dimension)
        else:
            index = faiss.IndexHNSWFlat(dimension, 32, faiss.METRIC_INNER_PRODUCT)
            index.hnsw.efConstruction, index.hnsw.efSearch = 80, 128
        faiss.omp_set_num_threads(1)  # several threads would make another graph each time
        index.add(self.centres)
        return index


def rows_of(cells: NDArray[np.int32] | Rows, count: int) -> Rows:
    """[count + 1], where the rows of each cell begin in cells that ascend."""
    return np.searchsorted(cells, np.arange(count + 1))
