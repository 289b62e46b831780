"""The index of `dedup` on a million made vectors: recall, time and memory, beside brute force and k-means.

    python -m bench dedup_index [--clips 1000000]

The vectors are those of bench/clustered.py. An index is built of a hundredth, a tenth and all of them, in a process
each, from nothing to what is saved. A tenth of the clips has a tenth of the clusters, as a corpus grows by new scenes.
It does so twice. By Zipf's sizes the largest cluster has a ninth of a million clips and a fourth of ten thousand: it
grows sevenfold where the corpus grows tenfold, and alike pairs more than tenfold. Clusters of one size do not grow.
Then 10,000 more go into the largest, in a process that opens it. Recall is of the pairs that brute force finds for a
sample. The published recipe is k-means of clips / 1,000 clusters and 20 iterations over all vectors, then all pairs
within a cluster, by matrix products. What is compared is processor time, since the machine may be shared.
"""

import multiprocessing
import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from bench.clustered import CLUSTERS, DIMENSION, clustered
from bench.figure import CLIPS_VARIABLE, Figure
from bench.memory import peak_bytes
from tasks.core.pool import worker_count
from tasks.core.store import FolderStore
from tasks.core.vectors import Made
from tasks.dedup import index as index_module
from tasks.dedup.blocks import cut_blocks
from tasks.dedup.compare import Block, Table, by_sketches, compared, cosines
from tasks.dedup.index import VectorIndex
from tasks.dedup.segments import Segment, id_bytes

CLIPS = 1_000_000
MORE = 10_000
FLOOR = 0.95
TRIES = 3
"""Of which the one in the middle, by processor time, is told."""
SAMPLE = 20_000
SAMPLE_OF_MORE = 4_000
FILE = 5_000
"""Vectors in a file that is added."""
ITERATIONS = 20
PER_CLUSTER = 1_000
SEED = 1
"""Settings were found on even seeds."""
MADE = Made("signal", "made", "1", DIMENSION)
PLACE = "index/made/bench"
Keys = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Cost:
    """What a piece of work took, in a process of its own."""

    wall_s: float
    cpu_s: float
    peak_bytes: int
    pairs: int = 0
    products: int = 0
    """Sketches that were compared."""
    candidates: int = 0
    """Vectors that were compared one by one."""


@dataclass(frozen=True, slots=True)
class Truth:
    """Pairs of sampled rows with other rows, by brute force."""

    sampled: Keys
    other: Keys
    cpu_s: float


def figures() -> Iterator[Figure]:
    """What it costs to build and to add, what is found, and the same of the two others."""
    clips = int(os.environ.get(CLIPS_VARIABLE, CLIPS))
    with tempfile.TemporaryDirectory() as name:
        even = yield from _curve(Path(name) / "even", clips, is_even=True)
        yield Figure("scenes of one size: resident at most", even.peak_bytes / 2**20, "MiB")
        folder = Path(name) / "zipf"
        cost = yield from _curve(folder, clips, is_even=False)
        yield Figure("resident at most while built", cost.peak_bytes / 2**20, "MiB")
        more = median_cost(folder / f"store-{clips}", grown, folder, clips, clips + MORE)
        yield Figure(f"{MORE:,} more: open, pairs and save", more.wall_s, "s")
        yield Figure(f"{MORE:,} more: processor", more.cpu_s, "s")
        yield Figure(f"{MORE:,} more, of the full build's processor time", more.cpu_s / cost.cpu_s, at_most=0.05)
        yield Figure("resident at most while opened and added to", more.peak_bytes / 2**20, "MiB")
        yield from _others(folder, clips, cost.cpu_s)


def _curve(folder: Path, clips: int, *, is_even: bool) -> Generator[Figure, None, Cost]:
    """What a hundredth, a tenth and all cost; the last of them."""
    of, before = "scenes of one size" if is_even else "Zipf's sizes", None
    for count in (clips // 100, clips // 10, clips):
        cost = built(folder, count, CLUSTERS * count // clips, is_even=is_even)
        yield Figure(f"{of}: build, pairs and save, {count:,}", cost.wall_s, "s")
        yield Figure(f"{of}: the same, processor", cost.cpu_s, "s")
        yield Figure(f"{of}: pairs found in {count:,}", cost.pairs, "pairs")
        if cost.products:
            yield Figure(f"{of}: sketches compared for each clip", cost.products / count)
            yield Figure(f"{of}: vectors compared for each clip", cost.candidates / count)
        if before:
            yield Figure(f"{of}: {count:,}, of a tenth, by the clock", cost.wall_s / before.wall_s, "x", at_most=12)
            yield Figure(f"{of}: {count:,}, of a tenth, processor", cost.cpu_s / before.cpu_s, "x", at_most=12)
            yield Figure(f"{of}: {count:,}, of a tenth, pairs", cost.pairs / before.pairs, "x")
        before = cost
    return cost


def _others(folder: Path, clips: int, own_s: float) -> Iterator[Figure]:
    """Recall, and what brute force and the published recipe take."""
    found = np.load(folder / f"pairs-{clips}.npy")
    truth = alone(brute_force, folder, clips, 0, min(SAMPLE, clips))
    yield Figure("pairs found", len(found), "pairs")
    yield Figure("true pairs of the sample", len(truth.sampled), "pairs")
    own = recall(found, truth)
    yield Figure(f"recall of cosine >= {FLOOR}", own, at_least=0.99)
    added = np.concatenate([found, np.load(folder / f"pairs-{clips + MORE}.npy")])
    yield Figure(
        f"recall, of {MORE:,} more",
        recall(added, alone(brute_force, folder, clips + MORE, clips, SAMPLE_OF_MORE)),
        at_least=0.99,
    )
    whole_s = truth.cpu_s * clips / min(SAMPLE, clips)
    yield Figure("brute force, processor, from the sample's", whole_s, "s")
    yield Figure("times as fast as brute force", whole_s / own_s, "x", at_least=1)
    clusters, recipe = alone(published_recipe, folder, clips)
    theirs = float((clusters[truth.sampled] == clusters[truth.other]).mean())
    yield Figure(f"k-means, {clips // PER_CLUSTER:,} clusters, and pairs within", recipe.wall_s, "s")
    yield Figure("the same, processor", recipe.cpu_s, "s")
    yield Figure("recall of k-means", theirs)
    yield Figure("times as fast as k-means", recipe.cpu_s / own_s, "x", at_least=1)
    yield Figure("recall above that of k-means", own - theirs, at_least=0)


def alone(work: Callable[..., Any], *asked: Any) -> Any:
    """What comes out of the work in a process of its own."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(work, *asked).result()


def built(folder: Path, count: int, clusters: int, *, is_even: bool) -> Cost:
    """What it takes to build the index of made vectors; there are some more of them in the file."""
    folder.mkdir(exist_ok=True)
    alone(made_file, folder, count, clusters, is_even)
    return median_cost(folder / f"store-{count}", grown, folder, 0, count)


def median_cost(store: Path, work: Callable[..., Cost], *asked: Any) -> Cost:
    """What the work on a store takes, each time from what is there now, where it leaves what it last made."""
    store.mkdir(exist_ok=True)
    before, tries = store.with_name("before"), []
    shutil.copytree(store, before, copy_function=os.link)
    for _ in range(TRIES):
        shutil.rmtree(store)
        shutil.copytree(before, store, copy_function=os.link)  # objects are replaced, never written into
        tries.append(alone(work, *asked))
    shutil.rmtree(before)
    return sorted(tries, key=lambda cost: cost.cpu_s)[TRIES // 2]


def made_file(folder: Path, count: int, clusters: int, is_even: bool) -> None:
    """Writes the vectors."""
    clustered(count + MORE, SEED, clusters, is_even=is_even).tofile(folder / f"vectors-{count}")


def rows_of(folder: Path, count: int, first: int, end: int) -> NDArray[np.float16]:
    """Some rows of the vectors that were made."""
    path = folder / f"vectors-{count}"
    rows = np.fromfile(path, np.float16, (end - first) * DIMENSION, offset=2 * DIMENSION * first)
    return rows.reshape(-1, DIMENSION)


def grown(folder: Path, first: int, end: int) -> Cost:
    """Adds rows to the index in the folder, writes the pairs that this gives, and saves it."""
    clips, counted = first or end, Counted()
    index_module.by_sketches = counted  # type: ignore[attr-defined]  # in a process of its own
    started, cpu_s = time.perf_counter(), time.process_time()
    index = VectorIndex.open(FolderStore(folder / f"store-{clips}"), PLACE, MADE)
    for start in range(first, end, FILE):
        ids = [uuid.UUID(int=number) for number in range(start, min(end, start + FILE))]
        index.add(str(start), ids, rows_of(folder, clips, start, start + len(ids)).astype(np.float32))
    found = np.concatenate([keys(numbers(pairs.first), numbers(pairs.second)) for pairs in index.pairs(FLOOR)])
    index.save()
    wall_s, cpu_s = time.perf_counter() - started, time.process_time() - cpu_s
    np.save(folder / f"pairs-{end}.npy", found)
    return Cost(wall_s, cpu_s, peak_bytes(), len(found), counted.products, counted.candidates)


class Counted:
    """What is compared, counted."""

    def __init__(self) -> None:
        self.products = self.candidates = 0
        self._lock = Lock()

    def __call__(self, table: Table, block: Block, floor: float) -> Keys:
        """As `by_sketches`."""
        found = by_sketches(table, block, floor)
        with self._lock:
            self.products += len(block.queries) * len(block.members)
            self.candidates += len(found)
        return found


def numbers(clips: NDArray[np.uint8]) -> Keys:
    """The rows that the ids were made of."""
    return np.ascontiguousarray(clips).view(">u8")[:, 1].astype(np.int64)


def keys(one: Keys, other: Keys) -> Keys:
    """A number for each pair, whichever of it comes first."""
    return np.minimum(one, other) << 32 | np.maximum(one, other)


def recall(found: Keys, truth: Truth) -> float:
    """Part of the true pairs that was found."""
    return float(np.isin(keys(truth.sampled, truth.other), found).mean())


def brute_force(folder: Path, count: int, first: int, sample: int) -> Truth:
    """Of a sample of the rows from `first` on, all rows whose cosine is at least the floor."""
    clips = first or count
    vectors = rows_of(folder, clips, 0, count).astype(np.float32)
    sampled = np.random.default_rng(SEED).choice(count - first, sample, replace=False) + first
    index = faiss.IndexFlatIP(DIMENSION)
    index.add(vectors)
    faiss.omp_set_num_threads(worker_count())
    cpu_s = time.process_time()
    bounds, _, near = index.range_search(vectors[sampled], FLOOR - 0.004)
    cpu_s = time.process_time() - cpu_s
    one, other = np.repeat(sampled, np.diff(bounds.astype(np.int64))), near.astype(np.int64)
    true = (one != other) & (cosines(vectors[one], vectors[other]) >= np.float32(FLOOR))
    return Truth(one[true], other[true], cpu_s)


def published_recipe(folder: Path, clips: int) -> tuple[Keys, Cost]:
    """The cluster of each row, and the cost of clustering and of comparing all within a cluster."""
    halves = rows_of(folder, clips, 0, clips)
    started, cpu_s = time.perf_counter(), time.process_time()
    vectors = halves.astype(np.float32)
    faiss.omp_set_num_threads(worker_count())
    means = faiss.Kmeans(
        DIMENSION, clips // PER_CLUSTER, niter=ITERATIONS, spherical=True, seed=SEED, max_points_per_centroid=clips
    )
    means.train(vectors)
    clusters = means.index.search(vectors, 1)[1].ravel()
    order = np.argsort(clusters, kind="stable")
    ids = id_bytes([uuid.UUID(int=int(number)) for number in order])
    no_sketches = np.empty((clips, 0), np.int8)
    table = Table([Segment(ids, halves[order], clusters[order].astype(np.int32), frozenset(), no_sketches)])
    del vectors
    sum(map(len, compared(table, within_clusters(clusters[order]), FLOOR)))
    return clusters, Cost(time.perf_counter() - started, time.process_time() - cpu_s, peak_bytes())


def within_clusters(clusters: Keys) -> Iterator[Block]:
    """All rows of a cluster with all of it."""
    starts = np.flatnonzero(np.diff(clusters, prepend=-1, append=-1))
    for start, end in pairwise(starts):
        rows = np.arange(start, end)
        yield from cut_blocks(rows, rows)
