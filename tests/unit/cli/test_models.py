"""`clipmill models`."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tasks.cli.main import app
from tasks.models.folder import VARIABLE, place_of
from tasks.models.registry import MODELS, model_named

HEAD = "aesthetic-sac-logos-ava1-l14"


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))


def test_the_list_says_what_is_here() -> None:
    place = place_of(model_named(HEAD))
    place.mkdir(parents=True)
    (place / "model.safetensors").touch()
    answer = CliRunner().invoke(app, ["models", "list", "--json"])
    assert {one["name"]: one["is_here"] for one in json.loads(answer.stdout)} == {name: name == HEAD for name in MODELS}
    assert HEAD in CliRunner().invoke(app, ["models", "list"]).stdout


def test_a_model_that_is_not_here_does_not_pass() -> None:
    answer = CliRunner().invoke(app, ["models", "verify", HEAD])
    assert answer.exit_code != 0
    assert "model.safetensors is missing" in str(answer.exception)
