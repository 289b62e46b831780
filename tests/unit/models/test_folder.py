"""The model store: what is missing is refused with the command that fetches it."""

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import get_args

import pytest

from tasks.core.errors import ModelMissing, NotFound, StageRefused, TryAgain
from tasks.core.model_names import (
    LICENCES,
    REVISIONS,
    AestheticHead,
    Backbone,
    QualityMetric,
    TextEncoderName,
    VisionLanguage,
)
from tasks.core.settings_embed import EmbedSettings
from tasks.models import folder
from tasks.models.registry import MODELS, model_named

HEAD = "aesthetic-sac-logos-ava1-l14"


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(folder.VARIABLE, str(tmp_path))
    return tmp_path


def hub(monkeypatch: pytest.MonkeyPatch, error: OSError | None = None) -> list[tuple[str, str, str]]:
    """Stands in for huggingface_hub, which needs a network; what was asked of it."""
    asked: list[tuple[str, str, str]] = []
    fake = ModuleType("huggingface_hub")

    def download(repo: str, name: str, *, revision: str, local_dir: Path) -> None:
        if error is not None:
            raise error
        asked.append((repo, name, revision))
        (local_dir / ".cache").mkdir(exist_ok=True)
        (local_dir / name).write_text(f"{repo} {name}")

    fake.hf_hub_download = download  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "huggingface_hub", fake)
    return asked


def test_every_model_that_may_be_named_is_known() -> None:
    networks = (Backbone, AestheticHead, QualityMetric, VisionLanguage, TextEncoderName)
    named = {name for kind in networks for name in get_args(kind)}
    assert set(MODELS) == named == set(REVISIONS) == set(LICENCES)
    assert all(re.fullmatch("[0-9a-f]{40}", model.revision) for model in MODELS.values())
    for name, model in MODELS.items():
        assert model.name == name
        scorers = {"embedding", "clip_aesthetic", "zero_shot", "perceptual_quality"}
        assert set(model.serves) <= scorers | {"validate", "caption", "export"}
        assert set(model.sha256) <= set(model.files)


def test_the_default_needs_no_model() -> None:
    assert EmbedSettings().models == ()
    both = EmbedSettings.model_validate({"clip_aesthetic": {}, "zero_shot": {}})
    assert both.models == ("clip-vit-large-patch14", HEAD)


def test_a_missing_model_names_the_command_that_fetches_it() -> None:
    with pytest.raises(
        ModelMissing, match=f"clipmill models pull {HEAD}.*nothing is there|nothing is there.*pull {HEAD}"
    ):
        folder.require([HEAD])


def test_a_model_that_is_there_in_part_says_what_it_lacks(store: Path) -> None:
    place = folder.place_of(model_named("clip-vit-large-patch14"))
    place.mkdir(parents=True)
    (place / "config.json").write_text("{}")
    with pytest.raises(ModelMissing, match=r"it lacks .*model\.safetensors"):
        folder.model_folder("clip-vit-large-patch14")


def test_an_unknown_model_names_those_that_there_are() -> None:
    with pytest.raises(NotFound, match="clip-vit-large-patch14"):
        model_named("clip")


def test_a_model_is_pulled_once_at_its_revision(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = hub(monkeypatch)
    model = model_named(HEAD)
    place = folder.pull(HEAD)
    folder.pull(HEAD)
    assert asked == [(model.hub_id, "model.safetensors", model.revision)]
    assert folder.model_folder(HEAD) == place
    assert {path.name for path in place.iterdir()} == {"model.safetensors", folder.SUMS}
    assert folder.verify(HEAD) == []


def test_a_hub_that_does_not_answer_leaves_nothing(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub(monkeypatch, ConnectionError("no network"))
    with pytest.raises(TryAgain, match="no network"):
        folder.pull(HEAD)
    assert [path for path in store.rglob("*") if path.is_file()] == []


def test_without_the_hub_s_package_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(StageRefused, match="make models"):
        folder.pull(HEAD)


def test_verify_finds_what_has_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert folder.verify(HEAD) == ["model.safetensors is missing"]
    hub(monkeypatch)
    place = folder.pull(HEAD)
    (place / "model.safetensors").write_text("other")
    assert folder.verify(HEAD) == ["model.safetensors has changed since it was fetched"]
    (place / folder.SUMS).unlink()
    assert "not fetched" in folder.verify(HEAD)[0]
