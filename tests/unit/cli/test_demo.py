"""Where a demo reads and writes, and what it refuses before any work."""

from pathlib import Path

import pytest

from tasks.cli import demo
from tasks.cli.demo import _place, _terms
from tasks.cli.local.state import PROJECT_ROOT
from tasks.cli.run import check_output, policy_named
from tasks.core.errors import BadRecipe, StageRefused
from tasks.core.recipe import Recipe, parse_recipe
from tasks.core.store import open_store
from tasks.publish.versions import Version, put_version
from tests.fixtures.command import Command


def recipe(output: Path, dataset: str) -> Recipe:
    """A recipe for a dataset."""
    source = {"name": "here", "path": "/data/in", "licence": "CC0-1.0", "rights": "our own"}
    return parse_recipe({"name": "mine", "dataset": dataset, "output": str(output), "sources": [source]})


def test_every_folder_of_videos_has_an_output_of_its_own(tmp_path: Path) -> None:
    folders = [tmp_path / "a" / "My Videos", tmp_path / "b" / "My Videos"]
    for folder in folders:
        folder.mkdir(parents=True)
    places = [_place(None, None), *(_place(folder, None) for folder in folders)]
    assert places[0].output == PROJECT_ROOT / "dataset" / "demo"
    assert len({place.output for place in places}) == 3
    for place in places[1:]:
        assert place.name.startswith("my-videos-")
        assert place.output == PROJECT_ROOT / "dataset" / place.name


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StageRefused, match=r"asked.*: --input: .* is not a folder"):
        _place(tmp_path / "none", None)


def test_an_output_that_holds_another_dataset_is_refused_before_any_work(clipmill: Command, tmp_path: Path) -> None:
    (tmp_path / "videos").mkdir()
    put_version(open_store(str(tmp_path / "out")), Version(1, b'{"dataset": "theirs"}'))
    check_output(recipe(tmp_path / "out", "theirs"))
    with pytest.raises(BadRecipe, match="already holds the dataset 'theirs'"):
        check_output(recipe(tmp_path / "out", "ours"))
    ended = clipmill("demo", "--input", tmp_path / "videos", "--output", tmp_path / "out")
    assert ended.code == 78
    assert "already holds the dataset 'theirs'" in ended.err
    assert "starting" not in ended.err


def test_a_licence_that_was_not_given_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert _terms("CC-BY-4.0")["licence"] == "CC-BY-4.0"
    assert capsys.readouterr().err == ""
    assert _terms(None)["licence"] == demo.NOT_STATED
    assert capsys.readouterr().err.startswith("no licence given: recorded as LicenseRef-not-stated; set LICENCE=")


def test_a_policy_is_looked_at_first_and_a_file_means_its_whole_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rule = "{rule: still, score: motion_mean, min: 0.02, because: nothing moves}"
    Path("mine.yaml").write_text(f"name: mine\nversion: 1\nrules: [{rule}]\n")
    assert policy_named("default") == "default"
    assert policy_named("mine.yaml") == str(tmp_path / "mine.yaml")
    with pytest.raises(BadRecipe, match="no such policy"):
        policy_named("strictest")
    with pytest.raises(BadRecipe, match=r"there is no file yours\.yaml"):
        policy_named("yours.yaml")
