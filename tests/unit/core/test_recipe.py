"""A bad recipe is refused before any work, with the field, the value and what is allowed."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tasks.core.errors import BadRecipe
from tasks.core.recipe import load_recipe, parse_recipe
from tests.fixtures.made_catalog import recipe_body


def test_the_same_recipe_has_the_same_hash_and_another_another() -> None:
    one, same = parse_recipe(recipe_body()), parse_recipe(dict(reversed(recipe_body().items())))
    assert one.recipe_hash == same.recipe_hash
    assert one.recipe_hash != parse_recipe(recipe_body(policy="strict")).recipe_hash


def test_a_recipe_survives_its_own_json() -> None:
    recipe = parse_recipe(recipe_body(transcode={"fps": 16}))
    assert parse_recipe(recipe.model_dump(mode="json")) == recipe


SOURCE: dict[str, Any] = recipe_body()["sources"][0]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"split": {"min_clip": 5}}, ["split.min_clip", "given 5"]),
        (
            {"split": {"method": "magic"}},
            ["split.method", "'clipmill', 'content', 'adaptive' or 'transnetv2'", "'magic'"],
        ),
        ({"split": {"min_clip_s": 40}}, ["split", "at least twice min_clip_s"]),
        ({"transcode": {"quality": 99}}, ["transcode.quality", "less than or equal to 51", "given 99"]),
        ({"sources": []}, ["sources", "at least 1 item"]),
        ({"sources": [{k: v for k, v in SOURCE.items() if k != "licence"}]}, ["sources.0.licence", "Field required"]),
        ({"sources": [SOURCE | {"licence": "do what you want"}]}, ["sources.0.licence", "SPDX", "do what you want"]),
        ({"name": "../../etc"}, ["name", "../../etc"]),
    ],
)
def test_a_wrong_field_is_named_with_its_value_and_what_is_allowed(change: dict[str, Any], told: list[str]) -> None:
    with pytest.raises(BadRecipe) as error:
        parse_recipe(recipe_body(**change))
    for part in told:
        assert part in str(error.value)


@pytest.mark.parametrize("text", ["", "- a list", "{unclosed", "a: b: c"])
def test_what_is_no_mapping_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(text)
    with pytest.raises(BadRecipe, match=r"recipe\.yaml"):
        load_recipe(path)


def test_a_recipe_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(yaml.safe_dump(recipe_body()))
    assert load_recipe(path) == parse_recipe(recipe_body())
