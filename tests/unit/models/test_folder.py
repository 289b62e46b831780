"""The model store: what is missing is refused with the command that fetches it."""

import hashlib
import re
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, get_args

import pytest

from tasks.core.errors import ModelMissing, StageRefused, TryAgain
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
from tasks.core.settings_language import VisionLanguageSettings
from tasks.core.store import open_store
from tasks.models import folder
from tasks.models.backends import open_backend
from tasks.models.registry import MODELS, model_named

HEAD = "aesthetic-sac-logos-ava1-l14"


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(folder.VARIABLE, str(tmp_path))
    return tmp_path


def hub(
    monkeypatch: pytest.MonkeyPatch, error: OSError | None = None, lacks: tuple[str, ...] = (), damages: str = ""
) -> list[tuple[str, str, str]]:
    """Stands in for huggingface_hub, which needs a network; what was fetched from it. It has all but what it lacks."""
    asked: list[tuple[str, str, str]] = []
    fake = ModuleType("huggingface_hub")

    def model_info(_: Any, repo: str, *, revision: str, files_metadata: bool) -> SimpleNamespace:
        if error is not None:
            raise error
        (model,) = (one for one in MODELS.values() if one.revision == revision)
        names = [name for name in (*model.names, "README.md") if name not in lacks]
        return SimpleNamespace(siblings=[_sibling(repo, name) for name in names])

    def download(repo: str, name: str, *, revision: str, local_dir: Path) -> None:
        asked.append((repo, name, revision))
        (local_dir / ".cache").mkdir(exist_ok=True)
        (local_dir / name).write_text("cut" if name == damages else f"{repo} {name}")

    fake.HfApi = type("HfApi", (), {"model_info": model_info})  # type: ignore[attr-defined]
    fake.hf_hub_download = download  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "huggingface_hub", fake)
    return asked


def _sibling(repo: str, name: str) -> SimpleNamespace:
    """A file as the hub lists it: it knows the sum of those that are large."""
    sha256 = hashlib.sha256(f"{repo} {name}".encode()).hexdigest()
    return SimpleNamespace(rfilename=name, lfs=SimpleNamespace(sha256=sha256) if "json" not in name else None)


def no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)


def test_every_model_that_may_be_named_is_known() -> None:
    networks = (Backbone, AestheticHead, QualityMetric, VisionLanguage, TextEncoderName)
    named = {name for kind in networks for name in get_args(kind)}
    assert set(MODELS) == named == set(REVISIONS) == set(LICENCES)
    assert all(re.fullmatch("[0-9a-f]{40}", model.revision) for model in MODELS.values())
    for name, model in MODELS.items():
        assert model.name == name
        scorers = {"embedding", "clip_aesthetic", "zero_shot", "perceptual_quality"}
        assert set(model.serves) <= scorers | {"validate", "caption", "export", "shard"}
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
    with pytest.raises(ModelMissing, match=r"clip; there are .*clip-vit-large-patch14"):
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


@pytest.mark.parametrize(("status", "kind"), [(404, StageRefused), (401, StageRefused), (503, TryAgain)])
def test_what_the_hub_never_gives_is_not_tried_again(
    status: int, kind: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    error = OSError("it answers otherwise")
    error.response = SimpleNamespace(status_code=status)  # type: ignore[attr-defined]
    hub(monkeypatch, error)
    with pytest.raises(kind, match="it answers otherwise"):
        folder.pull(HEAD)


def test_what_only_some_revisions_have_is_fetched_where_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_named("smolvlm2-256m")
    hub(monkeypatch, lacks=("added_tokens.json", "chat_template.jinja"))
    place = folder.pull(model.name)
    fetched = set(model.names) - {"added_tokens.json", "chat_template.jinja"}
    assert {path.name for path in place.iterdir()} == fetched | {folder.SUMS}
    assert folder.require_unchanged(model.name) == place
    (place / "merges.txt").unlink()
    assert folder.verify(model.name) == ["merges.txt is missing"]
    (place / "merges.txt").write_text(f"{model.hub_id} merges.txt")
    (place / "modeling.py").write_text("import os")
    assert folder.verify(model.name) == ["modeling.py was not fetched with it"]


def in_process() -> VisionLanguageSettings:
    return VisionLanguageSettings.model_validate({"model": "smolvlm2-256m"})


def test_weights_that_changed_since_they_came_answer_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    hub(monkeypatch)
    place = folder.pull("smolvlm2-256m")
    (place / "model.safetensors").write_text("other weights")
    with pytest.raises(ModelMissing, match=r"model\.safetensors has changed.*rm -r .* && clipmill models pull"):
        open_backend(in_process())


def test_weights_of_another_revision_answer_nothing(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub(monkeypatch)
    place = folder.pull("smolvlm2-256m")
    place.rename(place.with_name("0" * 40))
    with pytest.raises(ModelMissing, match=r"at revision 067788b187b9.*nothing is there"):
        open_backend(in_process())


def test_a_revision_without_a_file_that_is_needed_is_refused(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub(monkeypatch, lacks=("model.safetensors",))
    with pytest.raises(StageRefused, match=r"has no model\.safetensors"):
        folder.pull(HEAD)
    assert [path for path in store.rglob("*") if path.is_file()] == []


def test_bytes_that_are_not_the_hub_s_are_refused(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub(monkeypatch, damages="model.safetensors")
    with pytest.raises(StageRefused, match=r"model\.safetensors is not the file of that revision"):
        folder.pull(HEAD)
    assert [path for path in store.rglob("*") if path.is_file()] == []


@pytest.fixture
def shared(bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A bucket as the model store, and a machine that has nothing yet."""
    monkeypatch.setenv(folder.VARIABLE, f"s3://{bucket}/models")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "first"))
    return f"s3://{bucket}/models"


def other_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One without internet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "second"))
    no_hub(monkeypatch)


def test_a_bucket_is_filled_once_and_machines_without_internet_copy_from_it(
    shared: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = hub(monkeypatch)
    assert not folder.is_at_hand(model_named(HEAD))
    folder.pull(HEAD)
    folder.pull(HEAD)
    assert len(asked) == 1
    other_machine(tmp_path, monkeypatch)
    assert folder.missing_files(model_named(HEAD)) == ["model.safetensors"]
    assert folder.is_at_hand(model_named(HEAD))
    place = folder.require_unchanged(HEAD)
    assert tmp_path / "second" in place.parents
    assert {path.name for path in place.iterdir()} == {"model.safetensors", folder.SUMS}


def test_a_model_that_lies_here_is_put_into_an_empty_bucket(
    shared: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub(monkeypatch)
    monkeypatch.setenv(folder.VARIABLE, "")
    folder.pull(HEAD)
    monkeypatch.setenv(folder.VARIABLE, shared)
    no_hub(monkeypatch)
    folder.pull(HEAD)
    other_machine(tmp_path, monkeypatch)
    assert folder.verify(HEAD) == []


def test_a_bucket_without_the_model_is_named_with_the_command(shared: str) -> None:
    with pytest.raises(ModelMissing, match=rf"{shared}.*clipmill models pull {HEAD}"):
        folder.require([HEAD])


def test_bytes_that_changed_in_the_bucket_are_not_taken(
    shared: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub(monkeypatch)
    folder.pull(HEAD)
    model = model_named(HEAD)
    open_store(shared).put_bytes(f"{model.name}/{model.revision}/model.safetensors", b"other")
    other_machine(tmp_path, monkeypatch)
    with pytest.raises(ModelMissing, match="not as it was put there"):
        folder.require([HEAD])
    assert [path for path in (tmp_path / "second").rglob("*") if path.is_file()] == []


def test_a_bucket_that_was_half_filled_has_nothing(
    shared: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub(monkeypatch)
    folder.pull(HEAD)
    model = model_named(HEAD)
    open_store(shared).delete(f"{model.name}/{model.revision}/{folder.SUMS}")
    other_machine(tmp_path, monkeypatch)
    with pytest.raises(ModelMissing):
        folder.require([HEAD])


def test_without_the_hub_s_package_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    no_hub(monkeypatch)
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
