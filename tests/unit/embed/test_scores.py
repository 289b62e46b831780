"""Scores off vectors whose answer is known."""

from collections.abc import Sequence

import numpy as np
import pytest

from tasks.core.errors import StageRefused
from tasks.core.score_names import SCORES
from tasks.core.taxonomy import ContentType, shipped_types
from tasks.embed.scores import aesthetic_of, clip_vector, type_vectors, zero_shot_of
from tasks.models.head import LinearHead

TYPES = shipped_types()
SPACE = np.eye(64, dtype=np.float32)


def words(prompts: Sequence[str]) -> np.ndarray:
    """Each prompt of a type lies near the axis of the type."""
    place = next(at for at, one in enumerate(TYPES) if one.prompts == tuple(prompts))
    rows = np.stack([SPACE[place] + 0.1 * SPACE[40 + at] for at in range(len(prompts))])
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_a_clip_is_of_the_type_that_it_lies_nearest_to() -> None:
    vectors = type_vectors(TYPES, words)
    for place, one in enumerate(TYPES):
        rows = np.stack([SPACE[place], SPACE[place]])
        numbers = zero_shot_of(rows, TYPES, vectors, sharpness=100).numbers
        assert numbers[f"type_{one.name}"] > 0.99
        assert numbers[f"zero_shot_{one.group}"] > 0.99
        assert numbers["zero_shot_confidence"] == numbers[f"type_{one.name}"]


def test_shares_add_up_and_every_named_score_is_there() -> None:
    rows = np.random.default_rng(2).normal(size=(8, 64)).astype(np.float32)
    numbers = zero_shot_of(rows, TYPES, type_vectors(TYPES, words), sharpness=10).numbers
    assert sum(numbers[name] for name in numbers if name.startswith("type_")) == pytest.approx(1)
    groups = [numbers[name] for name in numbers if name.startswith("zero_shot_") and name != "zero_shot_confidence"]
    assert sum(groups) == pytest.approx(1)
    assert {name for name, about in SCORES.items() if about.scorer == "zero_shot"} <= set(numbers)


def test_a_group_without_types_has_no_share() -> None:
    two = (
        ContentType(name="a", group="camera", prompts=("a photo",)),
        ContentType(name="b", group="game", prompts=("a game",)),
    )
    numbers = zero_shot_of(SPACE[:1], two, SPACE[:2], sharpness=5).numbers
    assert numbers["zero_shot_screen"] == 0
    assert numbers["zero_shot_camera"] > numbers["zero_shot_game"] > 0


def test_the_head_is_asked_of_each_picture() -> None:
    head = LinearHead(np.arange(4, dtype=np.float32), 0.5)
    rows = np.eye(4, dtype=np.float32)[[1, 3]]
    assert aesthetic_of(rows, head).numbers == {"clip_aesthetic": pytest.approx(2.5)}
    with pytest.raises(StageRefused, match="4 dimensions"):
        aesthetic_of(SPACE, head)


def test_a_clip_vector_is_the_mean_at_length_1() -> None:
    vector = clip_vector(np.eye(3, dtype=np.float32)[:2])
    assert vector == pytest.approx([2**-0.5, 2**-0.5, 0])
