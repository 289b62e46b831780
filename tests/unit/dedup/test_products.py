"""Products are the same with and without a GPU, and a GPU that fails is left alone."""

from typing import Any

import faiss
import numpy as np
import pytest

from tasks.dedup import products as module
from tasks.dedup.halves import in_single
from tasks.dedup.products import Gpus, known_gpus, products

RANDOM = np.random.default_rng(1)
QUERIES = RANDOM.normal(size=(1024, 8)).astype(np.float32)
MEMBERS = RANDOM.normal(size=(2048, 8)).astype(np.float32)


class Resources:
    """What stands for a GPU's."""

    def setTempMemory(self, size: int) -> None:
        assert size == module.TEMPORARY_BYTES


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """Two GPUs that faiss knows of, by faiss' own names: sizes of what they were asked, and which was."""
    calls: list[tuple[int, ...]] = []

    def pairwise(resources: Any, one: np.ndarray, other: np.ndarray, *, metric: int, device: int) -> np.ndarray:
        assert (type(resources), metric) == (Resources, faiss.METRIC_INNER_PRODUCT)
        calls.append((len(one), len(other), device))
        return one @ other.T

    monkeypatch.setattr(faiss, "get_num_gpus", lambda: 2)
    monkeypatch.setattr(faiss, "StandardGpuResources", Resources, raising=False)
    monkeypatch.setattr(faiss, "pairwise_distance_gpu", pairwise)
    monkeypatch.setattr(module, "GPUS", Gpus())
    known_gpus.cache_clear()
    yield calls
    known_gpus.cache_clear()


def test_a_gpu_makes_large_products_and_no_small_ones(asked: list[tuple[int, ...]]) -> None:
    found = products(QUERIES, MEMBERS)
    assert found == pytest.approx(QUERIES @ MEMBERS.T, abs=1e-5)
    products(QUERIES[:10], MEMBERS)
    assert asked == [(1024, 2048, 0)]


def test_a_gpu_that_fails_is_left_alone(
    asked: list[tuple[int, ...]], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise RuntimeError("Error in void* faiss::gpu::...\nCUDA memory allocation error: out of memory")

    with monkeypatch.context() as patch:
        patch.setattr(faiss, "pairwise_distance_gpu", failing)
        assert products(QUERIES, MEMBERS) == pytest.approx(QUERIES @ MEMBERS.T, abs=1e-5)
    products(QUERIES, MEMBERS)
    assert asked == []
    assert module.GPUS.count() == 0
    assert [record.getMessage() for record in caplog.records] == ["GPU left alone"]
    assert "out of memory" in caplog.records[0].fields["message"]


def test_without_a_gpu_or_without_faiss_the_processor_makes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    known_gpus.cache_clear()
    monkeypatch.setitem(__import__("sys").modules, "faiss", None)
    assert Gpus().count() == 0
    assert products(QUERIES, MEMBERS) == pytest.approx(QUERIES @ MEMBERS.T, abs=1e-5)
    known_gpus.cache_clear()


def test_every_finite_half_is_the_same_number_in_single() -> None:
    halves = np.arange(65_536, dtype=np.uint16).view(np.float16)
    finite = np.isfinite(halves)
    single = in_single(halves)[finite]
    assert (single == halves[finite].astype(np.float32)).all()
    assert (np.signbit(single) == np.signbit(halves[finite])).all()
