"""Recipes on the command line."""

import json
from pathlib import Path

import pytest
import yaml

from tasks.cli.local.state import PROJECT_ROOT
from tasks.cli.recipes import PARAMS_SCHEMA, SCHEMA, schema_text
from tests.fixtures.command import Command

RECIPE = {
    "name": "mine",
    "dataset": "mine",
    "output": "/data/out",
    "sources": [{"name": "here", "path": "/data/in", "licence": "CC-BY-4.0", "rights": "we made them"}],
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A right recipe."""
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(RECIPE))
    return path


def test_the_schema_in_the_project_is_that_of_the_models() -> None:
    assert SCHEMA.read_text() == schema_text(), "run `make schema`"
    assert PARAMS_SCHEMA.read_text() == schema_text(params=True), "run `make schema`"


def test_schema_is_written_where_asked(clipmill: Command, tmp_path: Path) -> None:
    assert clipmill("recipe", "schema", "--output", tmp_path / "schema.json").code == 0
    assert json.loads((tmp_path / "schema.json").read_text())["title"] == "Recipe"


def test_schema_is_printed_unless_told_otherwise(clipmill: Command) -> None:
    assert clipmill("recipe", "schema").out == schema_text()


def test_a_right_recipe(clipmill: Command, file: Path) -> None:
    ended = clipmill("recipe", "check", file)
    assert ended.code == 0
    assert ended.out.startswith("ok  mine  ")
    assert ended.err.strip() == "warning: source here: there is no folder /data/in on this machine"


def test_a_bucket_is_looked_for_by_the_run_alone(clipmill: Command, file: Path) -> None:
    source = RECIPE["sources"][0] | {"kind": "s3", "path": "s3://bucket/in"}
    file.write_text(yaml.safe_dump({**RECIPE, "output": "s3://bucket/out", "sources": [source]}))
    ended = clipmill("recipe", "check", file)
    assert (ended.code, ended.err) == (0, "")


def test_a_wrong_field_is_named_with_its_value(clipmill: Command, file: Path) -> None:
    file.write_text(yaml.safe_dump({**RECIPE, "split": {"min_clip_s": -1}}))
    ended = clipmill("recipe", "check", file)
    assert (ended.code, ended.out) == (78, "")
    assert "split.min_clip_s: Input should be greater than 0, given -1" in ended.err


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"output": "kitchen"}, "output: an absolute path, file:///absolute/folder or s3://bucket/prefix is wanted"),
        ({"sources": [RECIPE["sources"][0] | {"path": "videos"}]}, "path: an absolute path is wanted"),
    ],
)
def test_a_place_that_depends_on_where_one_stands_is_refused(
    clipmill: Command, file: Path, wrong: dict[str, object], said: str
) -> None:
    file.write_text(yaml.safe_dump(RECIPE | wrong))
    for command in ("check", "add"):
        ended = clipmill("recipe", command, file)
        assert ended.code == 78
        assert said in ended.err


def test_a_recipe_that_is_to_be_filled_in_is_refused_until_it_is(clipmill: Command, tmp_path: Path) -> None:
    given = (PROJECT_ROOT / "recipes" / "physical-ai-driving.yaml").read_text()
    file = tmp_path / "drive.yaml"
    file.write_text(given)
    for command in ("check", "add"):
        ended = clipmill("recipe", command, file)
        assert ended.code == 78
        assert "sources.0.hub.revision: holds no commit yet" in ended.err
    file.write_text(given.replace("0" * 40, "0123" * 10))
    ended = clipmill("recipe", "check", file)
    assert ended.code == 0
    assert "contact is still 'your name'" in ended.err


def test_a_wrong_policy_is_refused(clipmill: Command, file: Path) -> None:
    file.write_text(yaml.safe_dump({**RECIPE, "policy": "strictest"}))
    ended = clipmill("recipe", "check", file)
    assert ended.code == 78
    assert "strictest" in ended.err
