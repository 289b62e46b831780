"""Above some thousand vectors only near cells are compared; what that misses is little, and the same each time."""

import uuid
from pathlib import Path

import numpy as np
import pytest

from tasks.core.store import FolderStore
from tasks.core.vectors import Made
from tasks.dedup import cells, centres
from tasks.dedup.cells import Cells
from tasks.dedup.centres import made_cells
from tasks.dedup.compare import Table, cosines
from tasks.dedup.index import VectorIndex
from tasks.dedup.segments import Segment
from tasks.dedup.sketch import sketched

DIMENSION = 32
COUNT = 40_000
MADE = Made("signal", "made", "1", DIMENSION)
PLACE = "index/made/key"
FLOOR = 0.95


def clustered(count: int, seed: int = 1) -> np.ndarray:
    """Of length 1: clusters of unequal sizes on patches of six dimensions, and a tenth of near copies."""
    random = np.random.default_rng(seed)
    own = random.choice(200, count, p=(1 / np.arange(1, 201)) / (1 / np.arange(1, 201)).sum())
    middles = random.normal(size=(200, DIMENSION)) / np.sqrt(DIMENSION)
    patches = random.normal(size=(200, 6, DIMENSION)) / np.sqrt(DIMENSION)
    inner = random.normal(size=(count, 1, 6)) * 0.4
    rows = middles[own] + (inner @ patches[own])[:, 0]
    rows[: count // 10] = rows[-(count // 10) :] + random.normal(size=(count // 10, DIMENSION)) * 0.02
    return random.permutation((rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32))


VECTORS = clustered(COUNT)
SKETCHES = sketched(VECTORS.astype(np.float16))
CLIPS = [uuid.UUID(int=number) for number in range(COUNT)]


def put_in(index: VectorIndex, start: int, end: int) -> set[tuple[int, int]]:
    """The pairs that adding these rows gives, as row numbers; none of them twice."""
    index.add(f"{start}", CLIPS[start:end], VECTORS[start:end])
    found = [(first.int, second.int) for pairs in index.pairs(FLOOR) for first, second, _ in pairs]
    assert len(found) == len(set(found))
    return set(found)


def brute(sample: range) -> set[tuple[int, int]]:
    """Every pair of a sampled row with a row before it."""
    stored = VECTORS.astype(np.float16).astype(np.float32)
    found = set()
    for row in sample:
        near = np.flatnonzero(cosines(np.broadcast_to(stored[row], (row, DIMENSION)), stored[:row]) >= FLOOR)
        found.update((int(other), row) for other in near)
    return found


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "store")


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.dedup.segments.SEGMENT_BYTES", 2 * DIMENSION * 9_000)


def test_nearly_all_pairs_are_found_whether_built_at_once_or_grown(store: FolderStore) -> None:
    index, truth = VectorIndex.open(store, PLACE, MADE), brute(range(0, COUNT, 50))
    assert len(truth) > 4_000
    at_once = put_in(index, 0, COUNT)
    assert len(truth & at_once) / len(truth) >= 0.99
    assert not {pair for pair in at_once if pair[1] % 50 == 0} - truth
    grown: set[tuple[int, int]] = set()
    for start, end in ((0, 15_000), (15_000, 30_000), (30_000, 39_000), (39_000, COUNT)):
        index = VectorIndex.open(store, PLACE, MADE)
        grown |= put_in(index, start, end)
        index.save()
    assert len(truth & grown) / len(truth) >= 0.99


def test_few_members_are_looked_at(monkeypatch: pytest.MonkeyPatch, store: FolderStore) -> None:
    index = VectorIndex.open(store, PLACE, MADE)
    looked_at = []
    monkeypatch.setattr(
        "tasks.dedup.index.compared",
        lambda table, blocks, floor, screen: (
            looked_at.extend(len(one.queries) * len(one.members) for one in blocks) or []
        ),
    )
    put_in(index, 0, COUNT)
    assert sum(looked_at) < COUNT * COUNT / 2 / 5


def test_cells_are_made_anew_when_there_are_four_times_as_many(store: FolderStore) -> None:
    counts = []
    for start, end in ((0, 10_000), (10_000, 20_000), (20_000, 39_000), (39_000, COUNT)):
        index = VectorIndex.open(store, PLACE, MADE)
        index.add(f"{start}", CLIPS[start:end], VECTORS[start:end])
        index.save()
        counts.append([stored.key for stored in store.list(f"{PLACE}/cells/")])
    assert list(map(len, counts)) == [0, 1, 1, 1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(centres, "GROWN", 2)
        index = VectorIndex.open(store, PLACE, MADE)
        index.add("last", [uuid.UUID(int=COUNT)], VECTORS[:1])
        index.save()
    assert len(list(store.list(f"{PLACE}/cells/"))) == 2
    index = VectorIndex.open(store, PLACE, MADE)
    assert len(index) == COUNT + 1
    assert {one.clip.int for one in index.find(VECTORS[:1], 2)[0]} == {0, COUNT}


def test_the_same_vectors_make_the_same_objects(tmp_path: Path) -> None:
    keys = []
    for name in ("one", "other"):
        store = FolderStore(tmp_path / name)
        index = VectorIndex.open(store, PLACE, MADE)
        put_in(index, 0, 25_000)
        index.save()
        keys.append([stored.key for stored in store.list()])
    assert keys[0] == keys[1]


def table(rows: np.ndarray) -> Table:
    clips = np.zeros((len(rows), 16), np.uint8)
    halves = rows.astype(np.float16)
    return Table([Segment(clips, halves, np.zeros(len(rows), np.int32), frozenset(), sketched(halves))])


def looked_at(made: Cells, sketches: np.ndarray) -> set[tuple[int, int]]:
    """The cells that are looked at for each vector."""
    _, near = made.own_and_near(sketches, FLOOR)
    return set(zip(near.rows.tolist(), near.cells.tolist(), strict=True))


def test_a_graph_of_centres_finds_what_comparing_all_does(monkeypatch: pytest.MonkeyPatch) -> None:
    made, sketches = made_cells(table(VECTORS[:20_000])), SKETCHES[:2_000]
    flat = looked_at(made, sketches)
    monkeypatch.setattr(cells, "FLAT_CENTRES", 1)
    graph = Cells(made.centres, made.made_of, made.reach)
    assert (made.own(sketches) == graph.own(sketches)).mean() > 0.98
    assert len(flat & looked_at(graph, sketches)) > 0.98 * len(flat)


def test_a_vector_looks_at_its_own_cell_and_at_a_bounded_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "PROBED", 5)
    made = made_cells(table(VECTORS[:20_000]))
    own, near = made.own_and_near(SKETCHES[:2_000], floor=-1)
    assert max(np.bincount(near.rows)) == 5
    assert (own == made.own(SKETCHES[:2_000])).all()
    assert set(enumerate(own.tolist())) <= set(zip(near.rows.tolist(), near.cells.tolist(), strict=True))


def test_vectors_that_are_all_the_same_lie_in_one_cell() -> None:
    made = made_cells(table(np.repeat(VECTORS[:1], 20_000, axis=0)))
    assert len(made) == 1
    assert set(made.own(SKETCHES[:10]).tolist()) == {0}
