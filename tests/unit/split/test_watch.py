"""The stream through the network gives what the whole would give at once."""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest

from tasks.core.media.luma import LumaBatch
from tasks.split.features import COLUMNS, REACH, ROWS, describe, feature_count
from tasks.split.network import judge
from tasks.split.watch import watch


class MadeLuma:
    """Pictures from memory in place of a video."""

    def __init__(self, pictures: np.ndarray, step: int, batch: int) -> None:
        self._pictures, self._batch = pictures, batch
        self._pts = np.arange(len(pictures), dtype=np.int64) * step

    def __iter__(self) -> Iterator[LumaBatch]:
        for i in range(0, len(self._pts), self._batch):
            part = slice(i, i + self._batch)
            yield LumaBatch(self._pts[part], np.zeros(len(self._pts[part]), bool), self._pictures[part])

    def frame_pts(self) -> np.ndarray:
        return self._pts


def drawn(count: int) -> np.ndarray:
    random = np.random.default_rng(1)
    shots = random.random((4, ROWS, COLUMNS), np.float32)
    return np.stack([np.roll(shots[i * 4 // count], i % 7, axis=1) for i in range(count)])


@pytest.mark.parametrize("batch", [1, 37, 64])
@pytest.mark.parametrize("count", [1, 5, 70, 300])
def test_batches_do_not_show(count: int, batch: int) -> None:
    pictures = drawn(count)
    seen = watch(MadeLuma(pictures, 40, batch), Fraction(1, 1000))
    ends = np.repeat(pictures[:1], REACH, axis=0), np.repeat(pictures[-1:], REACH, axis=0)
    whole = judge(describe(np.concatenate([ends[0], pictures, ends[1]])))
    np.testing.assert_allclose(seen.evidence.chances, whole, atol=1e-3)


def test_frames_that_come_fast_are_passed_over() -> None:
    seen = watch(MadeLuma(drawn(120), 16, 64), Fraction(1, 1000))
    assert (np.diff(seen.decoded_pts[seen.watched]) >= 31).all()
    assert len(seen.evidence.chances) == len(seen.watched) == 60


def test_every_feature_is_described() -> None:
    rows = describe(drawn(2 * REACH + 3))
    assert rows.shape == (3, feature_count())
    assert np.isfinite(rows).all()
