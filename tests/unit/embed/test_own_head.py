"""A head of the recipe's own: its arithmetic, the files that are none, and the key that its bytes make."""

import hashlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from tasks.core.errors import BadRecipe, StageRefused
from tasks.core.examples import Example, take_in
from tasks.core.keys import stage_keys
from tasks.core.recipe import Recipe, load_recipe
from tasks.embed.own_head import load_own_head, own_head, read_head
from tests.fixtures.made_catalog import recipe_body

ONE_LAYER = {"weight_1": [[1.0, -2.0, 0.0]], "bias_1": [0.5]}
TWO_LAYERS = {"weight_1": [[1, 0, 0], [-1, 0, 0]], "bias_1": [0, 0], "weight_2": [[2, 4]], "bias_2": [-1]}


def head_bytes(layers: dict[str, Any]) -> bytes:
    """A file of these arrays."""
    file = io.BytesIO()
    np.savez(file, **layers)
    return file.getvalue()


def logistic(value: float) -> float:
    """What the score is of the last layer's number."""
    return float(1 / (1 + np.exp(-value)))


@pytest.mark.parametrize(
    ("layers", "vector", "wanted"),
    [
        (ONE_LAYER, [1, 0, 0], logistic(1.5)),
        (ONE_LAYER, [0, 1, 0], logistic(-1.5)),
        (TWO_LAYERS, [0.5, 0, 0], logistic(0)),
        (TWO_LAYERS, [-0.5, 0, 0], logistic(1)),
        ({"weight_1": [[1000.0, 0, 0]], "bias_1": [0]}, [-1, 0, 0], 0.0),
    ],
)
def test_the_score_is_the_logistic_of_the_last_layer(layers: dict[str, Any], vector: Any, wanted: float) -> None:
    score = own_head(np.array(vector, np.float32), read_head(head_bytes(layers)))
    assert (score.scorer, score.numbers) == ("own_head", {"own_head": pytest.approx(wanted, abs=1e-6)})


def test_a_head_for_another_embedding_is_refused() -> None:
    with pytest.raises(StageRefused, match="takes 3 numbers, the embedding has 4"):
        read_head(head_bytes(ONE_LAYER)).value(np.zeros(4, np.float32))


def written(folder: Path, data: bytes) -> Example:
    """A file of these bytes, as a recipe takes it in."""
    (folder / "head.npz").write_bytes(data)
    return take_in("head.npz", folder, "embed.own_head.file")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no head"),
        (b"PK\x03\x04 not one", "no head"),
        (head_bytes({"weights": [1]}), "no weight_1"),
        (head_bytes({"weight_1": [[1.0]]}), "bias_1"),
        (head_bytes({"weight_1": [1.0, 2.0], "bias_1": [0.0]}), r"weight_1 is \(2,\)"),
        (head_bytes({"weight_1": [[1.0], [1.0]], "bias_1": [0.0, 0.0]}), "gives 2 numbers, and not one"),
        (head_bytes(ONE_LAYER | {"weight_2": [[1.0, 1.0]], "bias_2": [0.0]}), "gives 1 numbers, layer 2 takes 2"),
        (head_bytes({"weight_1": [[np.nan]], "bias_1": [0.0]}), "no finite number"),
        (head_bytes({"weight_1": np.array([[{}]], object), "bias_1": [0.0]}), "no head"),
    ],
)
def test_what_is_no_head_is_refused(tmp_path: Path, data: bytes, says: str) -> None:
    with pytest.raises(StageRefused, match=says):
        load_own_head(written(tmp_path, data))


def test_another_file_than_the_recipe_took_in_is_refused(tmp_path: Path) -> None:
    taken = written(tmp_path, head_bytes(ONE_LAYER))
    written(tmp_path, head_bytes(TWO_LAYERS))
    with pytest.raises(StageRefused, match=r"head\.npz has changed since the recipe took it in"):
        load_own_head(taken)


def recipe(folder: Path, layers: dict[str, Any], name: str = "head.npz", **embed: Any) -> Recipe:
    """The recipe of a file that names a head of these layers."""
    (folder / name).write_bytes(head_bytes(layers))
    (folder / "recipe.yaml").write_text(yaml.safe_dump(recipe_body(embed={"own_head": {"file": name}} | embed)))
    return load_recipe(folder / "recipe.yaml")


def changed(one: Recipe, other: Recipe) -> set[str]:
    """The stages and scorers whose keys are not the same."""
    keys, others = stage_keys(one), stage_keys(other)
    return {name for name in keys if keys[name].key != others[name].key}


def test_its_key_is_made_of_its_bytes_and_of_the_embedding(tmp_path: Path) -> None:
    before = recipe(tmp_path, ONE_LAYER)
    settings = before.embed.own_head
    assert settings is not None
    assert settings.file.sha256 == hashlib.sha256(head_bytes(ONE_LAYER)).hexdigest()
    assert changed(before, recipe(tmp_path, ONE_LAYER, "moved.npz")) == set()
    assert changed(before, recipe(tmp_path, TWO_LAYERS)) == {"embed.own_head", "embed"}
    other = recipe(tmp_path, ONE_LAYER, embedding={"model": "clip-vit-large-patch14"})
    assert "embed.own_head" in changed(before, other)
    assert other.embed.network("own_head") == "clip-vit-large-patch14"


def test_a_file_that_is_not_there_is_refused_with_the_field(tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(recipe_body(embed={"own_head": {"file": "gone.npz"}})))
    with pytest.raises(BadRecipe, match=r"embed\.own_head\.file: gone\.npz"):
        load_recipe(tmp_path / "recipe.yaml")
