"""What a person chooses for one run, and what it makes of the recipe that is named."""

import json
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest

from tasks.core.catalog import Catalog
from tasks.core.catalog.work import load_run
from tasks.core.errors import BadRecipe
from tasks.core.recipe import Recipe, parse_recipe
from tasks.plan.__main__ import register
from tasks.plan.params import parse_params
from tasks.plan.register import add_recipe, add_run, resolve
from tests.fixtures.made_catalog import policy_file, recipe_body, table


@pytest.fixture
def recipe(catalog: Catalog) -> Recipe:
    given = parse_recipe(recipe_body())
    with catalog.begin() as connection:
        add_recipe(connection, given)
    return given


def registered(catalog: Catalog, answers: str, run: str = "curate.one") -> Recipe:
    """The recipe of a run that these answers started."""
    params = parse_params(answers)
    with catalog.begin() as connection:
        add_run(connection, run, params, resolve(connection, params))
        return load_run(connection, run).recipe


def test_what_is_chosen_stands_in_place_of_the_recipes_own(catalog: Catalog, recipe: Recipe) -> None:
    made = registered(
        catalog, '{"recipe": "made", "policy": "strict", "fps": 24, "settings": {"split": {"min_clip_s": 3}}}'
    )
    assert (made.policy, made.transcode.fps, made.split.min_clip_s) == ("strict", 24, 3)
    assert made.sources == recipe.sources
    assert made.transcode.quality == recipe.transcode.quality


@pytest.mark.parametrize(
    ("chosen", "caption"),
    [
        ({"caption_model": "none"}, None),
        ({"caption_model": "signals"}, {"model": None, "prompt": "driving"}),
        ({"caption_prompt": "robotics"}, {"prompt": "robotics", "prompt_text": None, "model.model": "smolvlm2-256m"}),
        (
            {"caption_model": "qwen3-vl-4b"},
            {"model.backend": "transformers", "model.model": "qwen3-vl-4b", "prompt": "driving"},
        ),
        (
            {"caption_model": "mine", "caption_server": "http://vlm:8000/v1"},
            {"model.backend": "openai", "model.model": "mine", "model.url": "http://vlm:8000/v1"},
        ),
        ({"caption_model": "none", "settings": {"caption": {"frames": 4}}}, None),
    ],
)
def test_captions_are_chosen_for_a_run(
    catalog: Catalog, chosen: dict[str, Any], caption: dict[str, Any] | None
) -> None:
    own = {"prompt": "driving", "prompt_text": None, "model": {"model": "smolvlm2-256m"}}
    with catalog.begin() as connection:
        add_recipe(connection, parse_recipe(recipe_body(caption=own)))
    made = registered(catalog, json.dumps({"recipe": "made"} | chosen)).caption
    if caption is None:
        assert made is None
        return
    assert {name: attrgetter(name)(made) for name in caption} == caption


def test_a_name_goes_on_to_mean_what_it_meant(catalog: Catalog, recipe: Recipe) -> None:
    changed = registered(catalog, '{"recipe": "made", "policy": "strict"}')
    with catalog.begin() as connection:
        assert resolve(connection, parse_params('{"recipe": "made"}')).recipe == recipe
        assert resolve(connection, parse_params(f'{{"recipe": "{changed.recipe_hash}"}}')).recipe == changed


def test_a_recipe_by_its_hash_is_run_and_its_name_goes_on_to_mean_another(catalog: Catalog, recipe: Recipe) -> None:
    newer = parse_recipe(recipe_body(policy="strict"))
    with catalog.begin() as connection:
        add_recipe(connection, newer)
    assert registered(catalog, f'{{"recipe": "{recipe.recipe_hash}"}}') == recipe
    assert registered(catalog, f'{{"recipe": "{recipe.recipe_hash}", "fps": 24}}', "curate.two").transcode.fps == 24
    with catalog.begin() as connection:
        assert resolve(connection, parse_params('{"recipe": "made"}')).recipe == newer


@pytest.mark.parametrize("chosen", [{}, {"fps": 24}])
def test_what_a_run_started_goes_on_with_its_recipe_and_policy(
    catalog: Catalog, tmp_path: Path, chosen: dict[str, Any]
) -> None:
    loose = policy_file(tmp_path, {"rule": "too_short", "score": "duration_s", "min": 1})
    with catalog.begin() as connection:
        add_recipe(connection, parse_recipe(recipe_body(policy=loose)))
    answers = json.dumps({"recipe": "made"} | chosen)
    with catalog.begin() as connection:
        register(connection, "ingest.one", answers)
    with catalog.begin() as connection:
        add_recipe(connection, parse_recipe(recipe_body(policy="strict")))
    for run in ("curate.ingest.one", "curate.wave-2.ingest.one", "curate.wave-3.ingest.one", "curate.other"):
        with catalog.begin() as connection:
            register(connection, run, answers)
    runs = dict(table(catalog, "select run_id, array[recipe_hash, policy_hash] from catalog.run"))
    other = runs.pop("curate.other")
    (one,) = {tuple(hashes) for hashes in runs.values()}
    assert len(runs) == 4
    assert not set(one) & set(other)


def test_other_answers_make_no_run_the_one_before(catalog: Catalog, recipe: Recipe) -> None:
    with catalog.begin() as connection:
        register(connection, "ingest.one", '{"recipe": "made"}')
        register(connection, "curate.ingest.one", '{"recipe": "made", "policy": "strict"}')
        assert load_run(connection, "curate.ingest.one").recipe.policy == "strict"


def test_a_variant_that_is_added_by_its_name_becomes_what_it_means(catalog: Catalog, recipe: Recipe) -> None:
    changed = registered(catalog, '{"recipe": "made", "policy": "strict"}')
    with catalog.begin() as connection:
        add_recipe(connection, changed)
    with catalog.begin() as connection:
        assert resolve(connection, parse_params('{"recipe": "made"}')).recipe == changed


def test_a_source_and_a_place_make_a_recipe(catalog: Catalog, tmp_path: Path) -> None:
    source = f'"source": "{tmp_path}", "licence": "CC0-1.0", "rights": "our own"'
    made = registered(catalog, f'{{{source}, "dataset": "cams", "output": "{tmp_path}/out"}}')
    assert (made.name, made.dataset, made.sources[0].licence) == ("cams", "cams", "CC0-1.0")


def test_a_source_is_added_to_what_the_name_means(catalog: Catalog, recipe: Recipe, tmp_path: Path) -> None:
    source = f'"source": "{tmp_path}", "licence": "CC-BY-4.0", "rights": "asked"'
    made = registered(catalog, f'{{"recipe": "made", "policy": "strict", {source}}}')
    with catalog.begin() as connection:
        named = resolve(connection, parse_params('{"recipe": "made"}')).recipe
    assert [one.path for one in named.sources] == [recipe.sources[0].path, str(tmp_path)]
    assert (named.policy, made.policy) == ("permissive", "strict")
    assert made.sources == named.sources
    again = registered(catalog, f'{{"recipe": "made", {source.replace("asked", "told")}}}', run="curate.two")
    assert [one.rights for one in again.sources] == ["made by the test", "told"]


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ("{}", "name one, or give source"),
        ('{"recipe": "made", "source": "/videos"}', r"params:\n  licence: a source needs its licence [^{]*$"),
        ('{"recipe": "made", "stages": ["splitt"]}', "stages.0"),
        ('{"recipe": "made", "limit": 0}', "limit"),
        ('{"recipe": "made", "settings": {"splitt": {}}}', "did you mean split"),
        ('{"recipe": "made", "settings": {"split": {"min_clip_s": -1}}}', "split.min_clip_s"),
        ('{"recipe": "made", "window_from": "2026-02-02T00:00:00Z", "window_to": "2026-02-01T00:00:00Z"}', "window_to"),
        ('{"recipe": "made", "caption_model": "gpt"}', "caption.model.*'gpt' is not in the model store"),
        ('{"recipe": "made", "caption_server": "http://vlm:8000/v1"}', "name the model that it serves"),
        ("nonsense", "no JSON"),
    ],
)
def test_wrong_answers_are_refused_with_their_field(catalog: Catalog, recipe: Recipe, answers: str, said: str) -> None:
    with pytest.raises(BadRecipe, match=said):
        registered(catalog, answers)


def test_what_was_chosen_is_kept_with_the_run(catalog: Catalog, recipe: Recipe) -> None:
    registered(catalog, '{"recipe": "made", "policy": "", "limit": null, "dry_run": true}')
    assert table(catalog, "select params from catalog.run") == [({"recipe": "made", "dry_run": True},)]
    with catalog.begin() as connection:
        assert load_run(connection, "curate.one").is_dry
