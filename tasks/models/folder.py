"""The model store: a folder with each model's files, below its name and revision; filled from a bucket, or the hub."""

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from tasks.core.errors import ModelMissing, StageRefused
from tasks.core.store import is_s3
from tasks.models.hub import fetch
from tasks.models.registry import Model, model_named
from tasks.models.shared import SharedModels
from tasks.models.sums import SUMS, read_sums, sums_of, write_sums

VARIABLE = "CLIPMILL_MODELS"


def models_folder() -> Path:
    """The model store of this machine: what CLIPMILL_MODELS names, or a folder of the person's cache."""
    if (named := os.environ.get(VARIABLE)) and not is_s3(named):
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "clipmill" / "models"


def shared_models() -> SharedModels | None:
    """The bucket that CLIPMILL_MODELS names, where it names one."""
    named = os.environ.get(VARIABLE, "")
    return SharedModels(named) if is_s3(named) else None


def place_of(model: Model) -> Path:
    """Where the model's files lie on this machine, or would."""
    return models_folder() / model.name / model.revision


def missing_files(model: Model) -> list[str]:
    """The files of a model that this machine lacks."""
    return [name for name in model.files if not (place_of(model) / name).is_file()]


def is_at_hand(model: Model) -> bool:
    """Whether the model is on this machine, or in the bucket."""
    shared = shared_models()
    return not missing_files(model) or (shared is not None and shared.has(model))


def model_folder(name: str) -> Path:
    """The folder with a model's files, copied from the bucket where there is one.

    Raises ModelMissing with the command that fetches them.
    """
    model = model_named(name)
    if missing_files(model):
        _bring(model)
    if missing := missing_files(model):
        lacks = "nothing is there" if len(missing) == len(model.files) else f"it lacks {', '.join(missing)}"
        raise ModelMissing(
            f"{name} at revision {model.revision[:12]} in {os.environ.get(VARIABLE) or place_of(model)} ({lacks}); "
            f"`clipmill models pull {name}` fetches it, {VARIABLE} names the folder or bucket"
        )
    return place_of(model)


def _bring(model: Model) -> bool:
    """Whether the bucket had the model, which then lies here."""
    shared = shared_models()
    if shared is None or not shared.has(model):
        return False
    with _new_folder(model) as folder:
        shared.bring(model, folder)
    return True


def require(names: Iterable[str]) -> None:
    """Raises ModelMissing unless all of the models are there."""
    for name in names:
        model_folder(name)


def pull(name: str) -> Path:
    """The folder with a model's files, fetched from the hub where they are not there yet, and put into the bucket.

    They are seen when all have come. Raises TryAgain where the hub cannot be reached, StageRefused for other bytes.
    """
    model = model_named(name)
    if missing_files(model) and not _bring(model):
        with _new_folder(model) as folder:
            told = fetch(model, folder)
            sums = sums_of(folder, [one for one in model.names if (folder / one).is_file()])
            if foreign := _foreign(sums, {**told, **model.sha256}):
                raise StageRefused(f"{model.hub_id} at {model.revision[:12]}: {'; '.join(foreign)}")
            write_sums(folder, sums)
    shared = shared_models()
    if shared is not None and not shared.has(model):
        shared.put(model, require_unchanged(name))
    return place_of(model)


@contextmanager
def _new_folder(model: Model) -> Iterator[Path]:
    """An empty folder that becomes the model's own when it is filled."""
    place = place_of(model)
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=".pull-") as made:
        folder = Path(made) / "files"
        folder.mkdir()
        yield folder
        shutil.rmtree(folder / ".cache", ignore_errors=True)
        if missing_files(model):
            shutil.rmtree(place, ignore_errors=True)
        with suppress(OSError):  # another process was quicker
            folder.rename(place)


def verify(name: str) -> list[str]:
    """What is wrong with a model's files, a sentence each; empty where all are there as they were fetched.

    Of a bucket's they are copied here first. Raises ModelMissing where those are not as they were put there.
    """
    model, place = model_named(name), place_of(model_named(name))
    if missing_files(model):
        _bring(model)
    if missing := missing_files(model):
        return [f"{one} is missing" for one in missing]
    fetched = read_sums(place)
    if fetched is None:
        return [f"{SUMS} is missing: the files were not fetched by `clipmill models pull`"]
    lost = [f"{one} is missing" for one in fetched if not (place / one).is_file()]
    strange = [f"{one.name} was not fetched with it" for one in place.iterdir() if one.name not in {*fetched, SUMS}]
    if lost or strange:
        return lost + strange
    sums = sums_of(place, fetched)
    changed = [f"{one} has changed since it was fetched" for one, sum_ in sums.items() if fetched[one] != sum_]
    return changed or _foreign(sums, model.sha256)


def require_unchanged(name: str) -> Path:
    """The folder with a model's files, all of whose bytes were read. Raises ModelMissing unless they are as fetched."""
    folder = model_folder(name)
    if wrong := verify(name):
        mend = f"rm -r {folder} && clipmill models pull {name}"
        raise ModelMissing(f"{name}: {'; '.join(wrong)}; `{mend}` fetches it anew")
    return folder


def _foreign(sums: Mapping[str, str], known: Mapping[str, str]) -> list[str]:
    """A sentence for each file that is not the one whose sum is known."""
    return [f"{one} is not the file of that revision" for one, sum_ in known.items() if sums[one] != sum_]
