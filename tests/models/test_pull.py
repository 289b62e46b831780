"""`clipmill models pull` by the hub's own library, from a hub of the test's own."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tasks.models.registry import model_named
from tests.fixtures.web import Page, Site, site

pytest.importorskip("huggingface_hub", reason="huggingface_hub is not installed; `make models` installs it")

MODEL = model_named("smolvlm2-256m")
LACKS = {"added_tokens.json", "chat_template.jinja"}
FILES = {name: f"the bytes of {name}".encode() for name in MODEL.names if name not in LACKS}


def serve(on: Site, files: dict[str, bytes]) -> None:
    """The revision with these files, its large ones with their sums, as the hub answers."""
    siblings = []
    for name, data in {**files, "README.md": b"a card"}.items():
        sha256 = hashlib.sha256(FILES.get(name, data)).hexdigest()
        lfs = {"lfs": {"sha256": sha256, "size": len(data), "pointerSize": 133}} if "safetensors" in name else {}
        siblings.append({"rfilename": name, "size": len(data), "blobId": "0" * 40, **lfs})
        headers = {"X-Repo-Commit": MODEL.revision, "ETag": f'"{sha256}"', "X-Linked-Size": str(len(data))}
        on.pages[f"/{MODEL.hub_id}/resolve/{MODEL.revision}/{name}"] = Page(data, "binary/octet-stream", headers)
    about = {"id": MODEL.hub_id, "modelId": MODEL.hub_id, "sha": MODEL.revision, "siblings": siblings}
    on.pages[f"/api/models/{MODEL.hub_id}/revision/{MODEL.revision}?blobs=true"] = Page(
        json.dumps(about).encode(), "application/json"
    )


def pull(on: Site, folder: Path) -> "subprocess.CompletedProcess[str]":
    command = [Path(sys.executable).with_name("clipmill"), "models", "pull", MODEL.name]
    where = {"HF_ENDPOINT": on.url, "HF_HOME": str(folder / "hf"), "CLIPMILL_MODELS": str(folder / "models")}
    environment = {name: value for name, value in os.environ.items() if name != "HF_HUB_OFFLINE"}
    return subprocess.run(command, env=environment | where, capture_output=True, text=True, timeout=300)


def test_what_the_revision_has_is_fetched(tmp_path: Path) -> None:
    with site() as hub:
        serve(hub, FILES)
        ended = pull(hub, tmp_path)
    assert ended.returncode == 0, ended.stderr
    place = tmp_path / "models" / MODEL.name / MODEL.revision
    assert {path.name: path.read_bytes() for path in place.iterdir() if path.name != "sha256.json"} == FILES


def test_other_bytes_than_the_hub_told_are_refused(tmp_path: Path) -> None:
    with site() as hub:
        serve(hub, {**FILES, "model.safetensors": FILES["model.safetensors"].upper()})
        ended = pull(hub, tmp_path)
    assert ended.returncode == 78
    assert "model.safetensors is not the file of that revision" in ended.stderr


def test_a_revision_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with site() as hub:
        ended = pull(hub, tmp_path)
    assert ended.returncode == 78, ended.stderr
    assert MODEL.hub_id in ended.stderr
