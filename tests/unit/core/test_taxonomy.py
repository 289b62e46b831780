"""What clips may show is a file that anyone can edit, and a recipe takes its content in."""

from pathlib import Path

import pytest
import yaml

from tasks.core.errors import BadRecipe
from tasks.core.recipe import load_recipe
from tasks.core.taxonomy import GROUPS, load_taxonomy, shipped_types
from tests.fixtures.made_catalog import recipe_body

TWO = [
    {"name": "road", "group": "camera", "prompts": ["a photo of a road"]},
    {"name": "chart", "group": "composed", "prompts": ["a chart"]},
]


def test_the_shipped_one_has_26_types_in_all_groups() -> None:
    types = shipped_types()
    assert len(types) == len({one.name for one in types}) == 26
    assert {one.group for one in types} == set(GROUPS)


def test_a_recipe_takes_in_the_file_that_it_names(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(yaml.safe_dump(TWO))
    path = tmp_path / "recipe.yaml"
    path.write_text(yaml.safe_dump(recipe_body(embed={"zero_shot": {"types": "own.yaml"}})))
    settings = load_recipe(path).embed.zero_shot
    assert settings is not None
    assert [one.name for one in settings.types] == ["road", "chart"]


@pytest.mark.parametrize(
    ("types", "says"),
    [
        ([*TWO, TWO[0]], "twice: road"),
        (TWO[:1], "two types"),
        ([*TWO, {"name": "x", "group": "film", "prompts": ["a film"]}], "entry 2.group.*'film'"),
        ([*TWO, {"name": "x", "group": "camera", "prompts": []}], "entry 2.prompts"),
        ("no list", "entry the file"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place(tmp_path: Path, types: object, says: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(yaml.safe_dump(types))
    with pytest.raises(BadRecipe, match=says):
        load_taxonomy(path)
