"""Products of rows with rows, on a GPU where the faiss that is installed knows one; the only file that knows faiss.

faiss-cpu knows none. A GPU sums in another order, so its products only say what has to be looked at closely; those of
sketches are whole numbers, the same everywhere.
"""

import threading
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.core.log import get_log

WORTH = 1 << 20
"""Products from which on carrying the rows to a GPU, and the products back, is quicker than making them here."""
TEMPORARY_BYTES = 64 << 20
"""Of a GPU's memory, for each thread."""
LOG = get_log(stage="dedup")

Single = NDArray[np.float32]


def products(queries: Single, members: Single) -> Single:
    """[queries, members], the inner product of each row with each."""
    if len(queries) * len(members) >= WORTH and GPUS.count():
        try:
            return GPUS.products(queries, members)
        except RuntimeError as error:
            GPUS.give_up(error)
    found: Single = queries @ members.T
    return found


class Gpus:
    """The GPUs that faiss may use, each thread with resources of its own on one of them."""

    def __init__(self) -> None:
        self._given_up = False
        self._own = threading.local()
        self._threads = 0
        self._lock = threading.Lock()

    def count(self) -> int:
        """How many there are; none once one has failed."""
        return 0 if self._given_up else known_gpus()

    def products(self, queries: Single, members: Single) -> Single:
        """As the function. Raises RuntimeError as faiss does, where a GPU lacks memory, say."""
        import faiss

        if not hasattr(self._own, "resources"):
            self._own.resources, self._own.device = self._taken(faiss)
        found: Single = faiss.pairwise_distance_gpu(
            self._own.resources, queries, members, metric=faiss.METRIC_INNER_PRODUCT, device=self._own.device
        )
        return found

    def give_up(self, error: RuntimeError) -> None:
        """Leaves the GPUs alone from now on, and says so once."""
        with self._lock:
            first, self._given_up = not self._given_up, True
        if first:
            LOG.warning("GPU left alone", message=str(error).strip().splitlines()[-1])

    def _taken(self, faiss: Any) -> tuple[Any, int]:
        """Resources for this thread, and which GPU it is to use: they take turns."""
        with self._lock:
            device, self._threads = self._threads % known_gpus(), self._threads + 1
        resources = faiss.StandardGpuResources()
        resources.setTempMemory(TEMPORARY_BYTES)
        return resources, device


GPUS = Gpus()


@cache
def known_gpus() -> int:
    """GPUs that faiss knows of: none where it is not installed, or built without."""
    try:
        import faiss
    except ImportError:
        return 0
    return int(faiss.get_num_gpus()) if hasattr(faiss, "pairwise_distance_gpu") else 0


def graph_of(centres: Single) -> Any:
    """A graph (HNSW) over the rows, which finds nearly the nearest of very many."""
    import faiss

    graph = faiss.IndexHNSWFlat(centres.shape[1], 32, faiss.METRIC_INNER_PRODUCT)
    graph.hnsw.efConstruction, graph.hnsw.efSearch = 80, 128
    faiss.omp_set_num_threads(1)  # several threads would make another graph each time
    graph.add(centres)
    return graph
