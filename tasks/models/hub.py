"""Models on the hub: which files a revision has, and fetching them."""

from pathlib import Path
from typing import Any

from tasks.core.errors import StageRefused, TryAgain
from tasks.models.registry import Model

_NEVER = {401, 403, 404}
"""Statuses of what no second try will bring."""


def fetch(model: Model, folder: Path) -> dict[str, str]:
    """sha256 by name of those of the model's files of which the hub has it; all of them then lie in the folder.

    Raises TryAgain where the hub cannot be reached, StageRefused where it has not what is asked of it.
    """
    hub = _library()
    try:
        found = hub.HfApi().model_info(model.hub_id, revision=model.revision, files_metadata=True)
        there = {one.rfilename: one.lfs for one in found.siblings or ()}
        if lacking := [name for name in model.files if name not in there]:
            raise StageRefused(f"{_told(model)} has no {', '.join(lacking)}")
        names = [name for name in model.names if name in there]
        for name in names:
            hub.hf_hub_download(model.hub_id, name, revision=model.revision, local_dir=folder)
    except OSError as error:  # its errors of network and of what is not there are all of this kind
        status = getattr(getattr(error, "response", None), "status_code", None)
        kind = StageRefused if status in _NEVER else TryAgain
        raise kind(f"{_told(model)}: {error}") from error
    return {name: str(there[name].sha256) for name in names if there[name] is not None}


def _told(model: Model) -> str:
    return f"{model.hub_id} at {model.revision[:12]}"


def _library() -> Any:
    try:
        import huggingface_hub
    except ImportError as error:
        raise StageRefused("huggingface_hub is not installed: `make models` installs what models need") from error
    return huggingface_hub
