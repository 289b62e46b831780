"""The index gives each pair once and exactly, however it grew, and outlives crashes, damage and a second writer."""

import json
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.errors import IndexDamaged, StageRefused, TryAgain
from tasks.core.store import FolderStore
from tasks.core.store.base import NewObject
from tasks.core.vectors import Made
from tasks.dedup import segments
from tasks.dedup.compare import Pairs
from tasks.dedup.generations import numbers, sweep
from tasks.dedup.index import VectorIndex

MADE = Made("signal", "made", "1", 8)
PLACE = "index/made/key"
FLOOR = 0.9
Found = dict[tuple[uuid.UUID, uuid.UUID], float]


def clips(count: int, first: int = 0) -> list[uuid.UUID]:
    return [uuid.uuid5(uuid.NAMESPACE_URL, str(number)) for number in range(first, first + count)]


def vectors(count: int, seed: int = 1) -> np.ndarray:
    """Of length 1, a good part of them near each other."""
    random = np.random.default_rng(seed)
    rows = np.repeat(random.normal(size=(count // 4 + 1, 8)), 4, axis=0)[:count]
    rows = rows + random.normal(scale=0.2, size=(count, 8))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def brute(ids: Sequence[uuid.UUID], rows: np.ndarray, floor: float = FLOOR) -> Found:
    """Every pair, compared one by one."""
    stored = rows.astype(np.float16).astype(np.float64)
    found = {}
    for a, b in combinations(range(len(ids)), 2):
        near = np.float32(stored[a] @ stored[b] / np.sqrt((stored[a] @ stored[a]) * (stored[b] @ stored[b])))
        if near >= np.float32(floor):
            found[min(ids[a], ids[b]), max(ids[a], ids[b])] = float(near)
    return found


def gathered(some: Iterable[Pairs]) -> Found:
    """The pairs, none of them twice."""
    rows = [pair for pairs in some for pair in pairs]
    found = {(first, second): similarity for first, second, similarity in rows}
    assert len(found) == len(rows)
    return found


def close(found: Found, wanted: Found) -> bool:
    return found.keys() == wanted.keys() and all(abs(found[pair] - wanted[pair]) < 1e-6 for pair in wanted)


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "store")


def saved(store: FolderStore, count: int = 60) -> None:
    """An index of three generations."""
    for start in range(0, count, count // 3):
        index = VectorIndex.open(store, PLACE, MADE)
        index.add(f"{start}.parquet", clips(count // 3, start), vectors(count)[start : start + count // 3])
        index.save()


def test_the_pairs_are_those_of_brute_force(store: FolderStore) -> None:
    index = VectorIndex.open(store, PLACE, MADE)
    index.add("a", clips(300), vectors(300))
    wanted = brute(clips(300), vectors(300))
    assert len(wanted) > 100
    assert close(gathered(index.pairs(FLOOR)), wanted)


def test_many_blocks_are_as_good_as_one(store: FolderStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.dedup.blocks.QUERIES", 7)
    monkeypatch.setattr("tasks.dedup.blocks.MEMBERS", 11)
    monkeypatch.setattr("tasks.dedup.compare._EXACT", 3)
    index = VectorIndex.open(store, PLACE, MADE)
    index.add("a", clips(100), vectors(100))
    assert close(gathered(index.pairs(FLOOR)), brute(clips(100), vectors(100)))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=1, max_size=6), st.integers(0, 1000))
def test_any_split_into_increments_gives_the_same_pairs(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], seed: int
) -> None:
    store, start, found = FolderStore(tmp_path_factory.mktemp("store")), 0, {}
    ids, rows = clips(sum(sizes)), vectors(sum(sizes), seed)
    for number, size in enumerate(sizes):
        index = VectorIndex.open(store, PLACE, MADE)
        assert index.covered == {str(before) for before in range(number)}
        index.add(str(number), ids[start : start + size], rows[start : start + size])
        found.update(gathered(index.pairs(FLOOR)))
        index.save()
        start += size
    whole = VectorIndex.open(FolderStore(tmp_path_factory.mktemp("store")), PLACE, MADE)
    whole.add("whole", ids, rows)
    assert found == gathered(whole.pairs(FLOOR))


def test_a_clip_that_is_in_already_stays_as_it_is(store: FolderStore) -> None:
    saved(store)
    index = VectorIndex.open(store, PLACE, MADE)
    index.add("again", clips(70), vectors(70, seed=2))
    assert len({clip for pair in gathered(index.pairs(-1)) for clip in pair}) == 70
    assert len(gathered(index.pairs(-1))) == 70 * 69 / 2 - 60 * 59 / 2
    index.save()
    assert len(VectorIndex.open(store, PLACE, MADE)) == 70


def test_the_nearest_are_found(store: FolderStore) -> None:
    saved(store)
    index = VectorIndex.open(store, PLACE, MADE)
    (near,) = index.find(vectors(60)[7:8], 5)
    stored = vectors(60).astype(np.float16).astype(np.float64)
    order = np.argsort(-(stored @ stored[7]) / np.linalg.norm(stored, axis=1))
    assert [one.clip for one in near] == [clips(60)[row] for row in order[:5]]
    assert near[0].similarity == 1
    assert len(index.find(vectors(60)[:2], 100)[1]) == 60
    assert VectorIndex.open(store, "elsewhere", MADE).find(vectors(1), 3) == [[]]


def test_small_increments_become_few_segments(store: FolderStore) -> None:
    for number in range(40):
        index = VectorIndex.open(store, PLACE, MADE)
        index.add(str(number), clips(5, 5 * number), vectors(200)[5 * number : 5 * number + 5])
        index.save()
    manifest = json.loads(store.get_bytes(f"{PLACE}/generations/000040.json"))
    assert len(manifest["segments"]) <= 6
    assert VectorIndex.open(store, PLACE, MADE).covered == {str(number) for number in range(40)}


def test_an_increment_leaves_large_segments_alone(store: FolderStore) -> None:
    index = VectorIndex.open(store, PLACE, MADE)
    index.add("large", clips(200), vectors(200))
    index.save()
    (large,) = [stored.key for stored in store.list(f"{PLACE}/segments/")]
    index.add("small", clips(5, 200), vectors(5))
    index.save()
    assert [part["rows"] for part in json.loads(store.get_bytes(f"{PLACE}/generations/000002.json"))["segments"]] == [
        200, 5,
    ]  # fmt: skip
    assert store.exists(large)


def test_files_share_objects_as_far_as_they_hold(store: FolderStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "SEGMENT_BYTES", 50 * 2 * 8)
    index = VectorIndex.open(store, PLACE, MADE)
    ids, rows = clips(190), vectors(190)
    for start, end in ((0, 20), (20, 40), (40, 60), (60, 190)):
        index.add(str(start), ids[start:end], rows[start:end])
    index.add("known", ids[:10], rows[:10])
    found = gathered(index.pairs(FLOOR))
    index.save()
    parts = json.loads(store.get_bytes(f"{PLACE}/generations/000001.json"))["segments"]
    assert [part["rows"] for part in parts] == [40, 20, 50, 50, 30]
    assert close(found, brute(ids, rows))
    again = VectorIndex.open(store, PLACE, MADE)
    assert again.covered == {"0", "20", "40", "60", "known"}
    assert [one.clip for (one, *_) in again.find(rows, 1)] == ids


def test_nothing_new_is_no_generation(store: FolderStore) -> None:
    saved(store)
    VectorIndex.open(store, PLACE, MADE).save()
    assert numbers(store, PLACE) == [1, 2, 3]


def test_a_file_without_vectors_counts_as_covered(store: FolderStore) -> None:
    index = VectorIndex.open(store, PLACE, MADE)
    index.add("empty", [], np.empty((0, 8), np.float32))
    assert gathered(index.pairs(FLOOR)) == {}
    index.save()
    assert VectorIndex.open(store, PLACE, MADE).covered == {"empty"}


class Killed(Exception):
    """The process ends here."""


@pytest.mark.parametrize("puts", [0, 1])
def test_a_crash_between_objects_leaves_the_generation_before(
    store: FolderStore, monkeypatch: pytest.MonkeyPatch, puts: int
) -> None:
    saved(store)
    index = VectorIndex.open(store, PLACE, MADE)
    index.add("new", clips(30, 60), vectors(30, seed=5))
    with monkeypatch.context() as patch:
        left, put_bytes, new_object = [puts], store.put_bytes, store.new_object

        def put() -> None:
            if not left[0]:
                raise Killed
            left[0] -= 1

        def dying(key: str, data: bytes, *, if_absent: bool = False) -> object:
            put()
            return put_bytes(key, data, if_absent=if_absent)

        @contextmanager
        def dying_object() -> Iterator[NewObject]:
            with new_object() as new:
                yield NewObject(new.file, lambda key: [put(), new.put(key)][1])

        patch.setattr(store, "put_bytes", dying)
        patch.setattr(store, "new_object", dying_object)
        with pytest.raises(Killed):
            index.save()
    again = VectorIndex.open(store, PLACE, MADE)
    assert (again.generation, len(again)) == (3, 60)
    again.add("new", clips(30, 60), vectors(30, seed=5))
    again.save()
    assert len(VectorIndex.open(store, PLACE, MADE)) == 90


def test_of_two_savers_the_second_tries_again(store: FolderStore) -> None:
    saved(store)
    one, other = VectorIndex.open(store, PLACE, MADE), VectorIndex.open(store, PLACE, MADE)
    one.add("one", clips(5, 60), vectors(5))
    other.add("other", clips(5, 65), vectors(5, seed=3))
    one.save()
    with pytest.raises(TryAgain, match="somebody else has saved"):
        other.save()
    assert VectorIndex.open(store, PLACE, MADE).covered == {"0.parquet", "20.parquet", "40.parquet", "one"}


@pytest.mark.parametrize("field", ["kind", "model", "revision", "dimension"])
def test_vectors_of_another_making_are_refused(store: FolderStore, field: str) -> None:
    saved(store)
    said = {"kind": "signal", "model": "made", "revision": "1", "dimension": 8}
    other = Made(**{**said, field: 9 if field == "dimension" else "other"})  # type: ignore[arg-type]
    with pytest.raises(StageRefused, match=r"made at 1 with 8 numbers, and these are of .*(other|9)") as refused:
        VectorIndex.open(store, PLACE, other)
    assert not isinstance(refused.value, IndexDamaged)


@pytest.mark.parametrize("bad", [np.nan, np.inf, 0.0, 3.0])
def test_what_is_no_vector_is_refused_with_its_clip(store: FolderStore, bad: float) -> None:
    index, rows = VectorIndex.open(store, PLACE, MADE), vectors(20)
    rows[7] = bad
    with pytest.raises(StageRefused, match=str(clips(20)[7])):
        index.add("a", clips(20), rows)
    with pytest.raises(StageRefused, match="have 8 numbers, these have 7"):
        index.add("a", clips(20), rows[:, :7])
    with pytest.raises(StageRefused, match="19 clips and 20 vectors"):
        index.add("a", clips(19), rows)
    assert len(index) == 0


def damage(store: FolderStore, kind: str, data: bytes | None) -> None:
    """Cuts the last object of a kind short, or replaces or removes it."""
    key = list(store.list(f"{PLACE}/{kind}/"))[-1].key
    if data is None:
        store.delete(key)
    else:
        store.put_bytes(key, data or store.get_bytes(key)[:-9])


@pytest.mark.parametrize("kind", ["segments", "generations"])
@pytest.mark.parametrize("data", [b"", b"{}", b"\xff\xfe"])
def test_what_is_damaged_is_told_and_can_be_made_anew(store: FolderStore, kind: str, data: bytes) -> None:
    index = VectorIndex.open(store, PLACE, MADE)
    index.add("a", clips(60), vectors(60))
    index.save()
    damage(store, kind, data)
    with pytest.raises(IndexDamaged, match=kind):
        VectorIndex.open(store, PLACE, MADE)
    index = VectorIndex.anew(store, PLACE, MADE)
    assert index.covered == frozenset()
    index.add("a", clips(60), vectors(60))
    assert close(gathered(index.pairs(FLOOR)), brute(clips(60), vectors(60)))
    index.save()
    again = VectorIndex.open(store, PLACE, MADE)
    assert (again.generation, len(again), again.covered) == (2, 60, {"a"})


def test_a_missing_segment_is_told(store: FolderStore) -> None:
    index = VectorIndex.open(store, PLACE, MADE)
    index.add("a", clips(60), vectors(60))
    index.save()
    damage(store, "segments", None)
    with pytest.raises(IndexDamaged, match="is missing"):
        VectorIndex.open(store, PLACE, MADE)


def test_sweeping_leaves_two_generations_and_what_is_young(store: FolderStore) -> None:
    saved(store)
    store.put_bytes(f"{PLACE}/segments/orphan", b"of a writer that died")
    assert sweep(store, PLACE, older_than_s=3600) == 0
    assert sweep(store, PLACE, older_than_s=-60) == 3
    assert numbers(store, PLACE) == [2, 3]
    assert len(VectorIndex.open(store, PLACE, MADE)) == 60


def test_the_same_clips_make_the_same_objects(tmp_path: Path) -> None:
    stores = [FolderStore(tmp_path / name) for name in ("one", "other")]
    for store in stores:
        saved(store)
    one, other = ([(stored.key, store.get_bytes(stored.key)) for stored in store.list()] for store in stores)
    assert one == other
