"""The model store: a folder with each model's files, below its name and revision."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from tasks.core.errors import ModelMissing, StageRefused, TryAgain
from tasks.models.registry import Model, model_named

VARIABLE = "CLIPMILL_MODELS"
SUMS = "sha256.json"
"""sha256 of each file as it was fetched, beside the files."""
_BLOCK_BYTES = 1 << 20


def models_folder() -> Path:
    """The model store: CLIPMILL_MODELS, or a folder of the person's cache."""
    if named := os.environ.get(VARIABLE):
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "clipmill" / "models"


def place_of(model: Model) -> Path:
    """Where the model's files lie, or would."""
    return models_folder() / model.name / model.revision


def missing_files(model: Model) -> list[str]:
    """The files of a model that the store lacks."""
    return [name for name in model.files if not (place_of(model) / name).is_file()]


def model_folder(name: str) -> Path:
    """The folder with a model's files. Raises ModelMissing with the command that fetches them."""
    model = model_named(name)
    if missing := missing_files(model):
        lacks = "nothing is there" if len(missing) == len(model.files) else f"it lacks {', '.join(missing)}"
        raise ModelMissing(
            f"{name} at revision {model.revision[:12]} in {place_of(model)} ({lacks}); "
            f"`clipmill models pull {name}` fetches it, {VARIABLE} names the folder"
        )
    return place_of(model)


def require(names: Iterable[str]) -> None:
    """Raises ModelMissing unless all of the models are there."""
    for name in names:
        model_folder(name)


def pull(name: str) -> Path:
    """The folder with a model's files, fetched from the hub where they are not there yet.

    They are seen when all have come. Raises TryAgain where the hub cannot be reached, StageRefused for other bytes.
    """
    model = model_named(name)
    place = place_of(model)
    if not missing_files(model):
        return place
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=".pull-") as folder:
        _fetch(model, Path(folder))
        sums = _sums(model, Path(folder))
        if foreign := _foreign(model, sums):
            raise StageRefused(f"{model.hub_id} at {model.revision[:12]}: {'; '.join(foreign)}")
        (Path(folder) / SUMS).write_text(json.dumps(sums, indent=1))
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(folder, place, copy_function=shutil.move, ignore=shutil.ignore_patterns(".cache"))
    return place


def _fetch(model: Model, folder: Path) -> None:
    try:
        from huggingface_hub import hf_hub_download
    except ImportError as error:
        raise StageRefused("huggingface_hub is not installed: `make models` installs what models need") from error
    try:
        for name in model.files:
            hf_hub_download(model.hub_id, name, revision=model.revision, local_dir=folder)
    except OSError as error:  # its errors of network and of what is not there are all of this kind
        raise TryAgain(f"{model.hub_id} at {model.revision[:12]}: {error}") from error


def verify(name: str) -> list[str]:
    """What is wrong with a model's files, a sentence each; empty where all are there as they were fetched."""
    model, place = model_named(name), place_of(model_named(name))
    wrong = [f"{one} is missing" for one in missing_files(model)]
    if wrong or not (place / SUMS).is_file():
        return wrong or [f"{SUMS} is missing: the files were not fetched by `clipmill models pull`"]
    fetched: dict[str, str] = json.loads((place / SUMS).read_text())
    sums = _sums(model, place)
    changed = [f"{one} has changed since it was fetched" for one, sum_ in sums.items() if fetched.get(one) != sum_]
    return changed or _foreign(model, sums)


def require_unchanged(name: str) -> Path:
    """The folder with a model's files, all of whose bytes were read. Raises ModelMissing unless they are as fetched."""
    folder = model_folder(name)
    if wrong := verify(name):
        mend = f"rm -r {folder} && clipmill models pull {name}"
        raise ModelMissing(f"{name}: {'; '.join(wrong)}; `{mend}` fetches it anew")
    return folder


def _foreign(model: Model, sums: Mapping[str, str]) -> list[str]:
    """A sentence for each file that is not the one whose sum is known."""
    return [f"{one} is not the file of that revision" for one, known in model.sha256.items() if sums[one] != known]


def _sums(model: Model, folder: Path) -> dict[str, str]:
    return {name: _sha256(folder / name) for name in model.files}


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
