"""How far to look is told by pairs, of which a sample is made to have enough; by few it is told with care."""

import numpy as np
import pytest

from tasks.dedup import reach
from tasks.dedup.cells import REACH, Cells
from tasks.dedup.compare import Table
from tasks.dedup.reach import held_by, learnt_reach
from tasks.dedup.segments import Segment
from tasks.dedup.sketch import sketched

DIMENSION = 32
COUNT = 20_000


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def table(copies: float, spread: float = 0.05) -> Table:
    """Vectors that lie anywhere, and so many of them copied once, at cosines from 0.9 to 0.99."""
    random = np.random.default_rng(4)
    own = unit(random.normal(size=(round(COUNT * (1 - copies)), DIMENSION)))
    away = random.normal(size=(COUNT - len(own), DIMENSION)) * spread
    rows = random.permutation(np.concatenate([own, unit(own[: len(away)] + away)])).astype(np.float16)
    return Table(
        [Segment(np.zeros((COUNT, 16), np.uint8), rows, np.zeros(COUNT, np.int32), frozenset(), sketched(rows))]
    )


def centres() -> Cells:
    return Cells(unit(np.random.default_rng(5).normal(size=(100, DIMENSION))).astype(np.float32), COUNT)


@pytest.fixture
def sizes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How large the samples were; the first are small."""
    seen: list[int] = []
    shown = reach._shown
    monkeypatch.setattr(reach, "_shown", lambda *asked: seen.append(len(asked[2])) or shown(*asked))
    monkeypatch.setattr(reach, "SAMPLE", 2048)
    return seen


def learnt(of: Table) -> float:
    return learnt_reach(centres(), of, np.random.default_rng(6))


def test_a_sample_with_few_pairs_is_doubled_up_to_what_the_root_allows(sizes: list[int]) -> None:
    learnt(table(copies=0.02))
    assert sizes == [2048, 4096, 8192, 16_384]


def test_a_sample_with_pairs_enough_is_not(sizes: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "PAIRS_ENOUGH", 40)
    learnt(table(copies=0.5))
    assert sizes == [2048]


def test_what_is_all_the_same_is_sampled_until_it_costs_too_much(
    sizes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reach, "PRODUCTS", 1 << 22)
    same = np.repeat(unit(np.ones((1, DIMENSION))), COUNT, axis=0).astype(np.float16)
    ids, cells = np.zeros((COUNT, 16), np.uint8), np.zeros(COUNT, np.int32)
    assert learnt(Table([Segment(ids, same, cells, frozenset(), sketched(same))])) == REACH
    assert sizes == [2048, 4096]


def test_the_reach_holds_nearly_all_pairs() -> None:
    of = table(copies=0.4)
    found, cells = learnt(of), centres()
    every = reach._shown(cells, of, np.arange(COUNT)).needed
    assert len(every) > 3000
    assert 0.98 < (every <= found).mean() < 1


def test_by_few_pairs_it_is_higher() -> None:
    needed = np.linspace(0, 1, 100_001, dtype=np.float32)
    assert held_by(needed) == pytest.approx(reach.REACHED, abs=2e-3)
    assert held_by(needed[::1000]) > held_by(needed) + 0.008
    assert held_by(needed[:: 100_000 // 40]) == REACH
    assert held_by(np.zeros(1000, np.float32)) == reach.LEAST
