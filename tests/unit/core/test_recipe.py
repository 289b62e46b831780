"""A bad recipe is refused before any work, with the field, the value and what is allowed."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tasks.core.errors import BadRecipe
from tasks.core.model_names import commercial_refusal
from tasks.core.recipe import load_recipe, parse_recipe
from tests.fixtures.made_catalog import recipe_body


def test_the_same_recipe_has_the_same_hash_and_another_another() -> None:
    one, same = parse_recipe(recipe_body()), parse_recipe(dict(reversed(recipe_body().items())))
    assert one.recipe_hash == same.recipe_hash
    assert one.recipe_hash != parse_recipe(recipe_body(policy="strict")).recipe_hash


def test_a_recipe_survives_its_own_json() -> None:
    recipe = parse_recipe(recipe_body(transcode={"fps": 16}))
    assert parse_recipe(recipe.model_dump(mode="json")) == recipe


SERVED = {"backend": "openai", "url": "http://model/v1"}
OUR_WORD = {"allows_commercial_use": True}
SOURCE: dict[str, Any] = recipe_body()["sources"][0]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"split": {"min_clip": 5}}, ["split.min_clip: unknown field; did you mean min_clip_s? (allowed: algorithm,"]),
        ({"sources": [SOURCE | {"license": "MIT"}]}, ["sources.0.license: unknown field; did you mean licence?"]),
        ({"colour": "red"}, ["colour: unknown field (allowed: name, dataset,"]),
        ({"filter": {"freeze": {"fps": 2}}}, ["filter.freeze.fps: unknown field", "sample_fps"]),
        (
            {"split": {"method": "magic"}},
            ["split.method", "'clipmill', 'content', 'adaptive' or 'transnetv2'", "'magic'"],
        ),
        ({"split": {"min_clip_s": 40}}, ["split: max_clip_s must be at least twice min_clip_s"]),
        ({"transcode": {"quality": 99}}, ["transcode.quality", "less than or equal to 51", "given 99"]),
        ({"sources": []}, ["sources: at least 1 has to be given"]),
        ({"sources": SOURCE}, ["sources: a list is wanted"]),
        ({"shard": {"lengths": [{"name": 2568, "at_least": 5}]}}, ["shard.lengths.0.name", "given 2568", "in quotes"]),
        ({"split": 3}, ["split: a mapping of fields is wanted, given 3"]),
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


def test_a_wrong_entry_is_told_once_and_not_as_a_short_list_too() -> None:
    with pytest.raises(BadRecipe) as error:
        parse_recipe(recipe_body(sources=[SOURCE | {"licence": "do what you want"}]))
    _, *lines = str(error.value).splitlines()
    assert [line.split(":")[0].strip() for line in lines] == ["sources.0.licence"]


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


def test_a_policy_file_is_found_from_the_recipes_folder(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(yaml.safe_dump(recipe_body(policy="mine.yaml")))
    assert load_recipe(path).policy == str(tmp_path / "mine.yaml")


@pytest.mark.parametrize("model", ["musiq-koniq", "topiq-nr-koniq"])
def test_a_commercial_recipe_refuses_models_that_are_not(model: str) -> None:
    embed = {"perceptual_quality": {"model": model}, "clip_aesthetic": {}}
    assert parse_recipe(recipe_body(embed=embed)).embed.perceptual_quality is not None
    with pytest.raises(BadRecipe) as error:
        parse_recipe(recipe_body(embed=embed, commercial=True))
    for part in ("embed: commercial: true", f"perceptual_quality: {model} is under CC-BY-NC-SA-4.0", "leave it out"):
        assert part in str(error.value)
    assert "clip_aesthetic:" not in str(error.value).partition("given")[0]


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (
            {"model": "qwen2.5-vl-3b"},
            "LicenseRef-Qwen-Research, which forbids commercial use; there may be used smolvlm2",
        ),
        (SERVED | {"model": "Qwen/Qwen2.5-VL-3B-Instruct"}, "qwen2.5-vl-3b is under LicenseRef-Qwen-Research"),
        (SERVED | {"model": "ours"}, "the licence of ours is not known here"),
    ],
)
def test_a_commercial_recipe_refuses_who_may_not_be_asked(model: dict[str, Any], told: str) -> None:
    assert parse_recipe(recipe_body(validate={"model": model})).validation is not None
    with pytest.raises(BadRecipe, match="validate: commercial: true") as error:
        parse_recipe(recipe_body(validate={"model": model}, commercial=True))
    assert told in str(error.value)


@pytest.mark.parametrize(
    "model",
    [
        {"model": "qwen2.5-vl-7b"},
        SERVED | {"model": "Qwen/Qwen3-VL-4B-Instruct"},
        SERVED | {"model": "ours", **OUR_WORD},
    ],
)
def test_a_commercial_recipe_may_ask_the_others(model: dict[str, Any]) -> None:
    recipe = parse_recipe(recipe_body(validate={"model": model}, commercial=True))
    assert parse_recipe(recipe.model_dump(mode="json")) == recipe


def test_a_field_of_validate_is_told_by_its_own_name() -> None:
    with pytest.raises(BadRecipe, match=r"validate\.frame: unknown field; did you mean frames\?"):
        parse_recipe(recipe_body(validate={"model": {"model": "qwen3-vl-2b"}, "frame": 3}))
    with pytest.raises(BadRecipe, match=r"validatee: unknown field; did you mean validate\?"):
        parse_recipe(recipe_body(validatee={}))


def test_a_commercial_recipe_may_name_the_others() -> None:
    embed = {"embedding": {"model": "siglip2-base-patch16-224"}, "clip_aesthetic": {}, "zero_shot": {}}
    assert parse_recipe(recipe_body(embed=embed, commercial=True)).commercial


def test_what_may_stand_in_its_place_is_named() -> None:
    choices = ["signal", "clip-vit-large-patch14", "musiq-koniq"]
    assert str(commercial_refusal("musiq-koniq", choices)).endswith("may be used signal, clip-vit-large-patch14")
    assert commercial_refusal("clip-vit-large-patch14", choices) is None
