"""Files of vectors say what made them, and are the same for the same vectors."""

import uuid

import numpy as np
import pytest

from tasks.core.errors import StageRefused
from tasks.core.vectors import Made, read_vectors, vectors_file

MADE = Made("model", "made", "f" * 40, 64)
CLIPS = [uuid.uuid5(uuid.NAMESPACE_URL, str(number)) for number in range(20)]


def vectors() -> np.ndarray:
    rows = np.random.default_rng(4).normal(size=(20, 64)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_what_is_written_is_read() -> None:
    key, data = vectors_file(MADE, CLIPS, vectors())
    made, clips, found = read_vectors(data)
    assert (made, clips) == (MADE, CLIPS)
    assert np.abs((found * vectors()).sum(axis=1) - 1).max() < 1e-3
    assert key.startswith("embeddings/made/")


def test_the_same_vectors_are_the_same_file() -> None:
    assert vectors_file(MADE, CLIPS, vectors()) == vectors_file(MADE, CLIPS, vectors())
    assert vectors_file(MADE, CLIPS, vectors())[0] != vectors_file(MADE, CLIPS[::-1], vectors())[0]


@pytest.mark.parametrize("bad", [np.nan, np.inf, 0.0, 3.0])
def test_what_is_no_vector_is_refused(bad: float) -> None:
    rows = vectors()
    rows[3] = bad
    with pytest.raises(StageRefused, match="vector that is none"):
        vectors_file(MADE, CLIPS, rows)


def test_a_file_cut_short_is_refused() -> None:
    _, data = vectors_file(MADE, CLIPS, vectors())
    with pytest.raises(StageRefused, match="no file of vectors"):
        read_vectors(data[: len(data) // 2])
