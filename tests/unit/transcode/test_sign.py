"""An encoded clip with a manifest of its own, signed by a certificate made for the test."""

import hashlib
import json
import uuid
from pathlib import Path

import pytest

from tasks.core.catalog.inputs import ClipInput
from tasks.core.errors import StageRefused
from tasks.core.keys import stage_keys
from tasks.core.media import decode, probe
from tasks.core.model import Box, Span
from tasks.core.recipe import TranscodeSettings, parse_recipe
from tasks.core.store import path_to_uri
from tasks.transcode.sign import CERTIFICATE, KEY
from tasks.transcode.stage import transcode_one
from tests.fixtures.certificate import signing_certificate
from tests.fixtures.made_catalog import recipe_body
from tests.fixtures.made_video import Shot, made_video, read_number

c2pa = pytest.importorskip("c2pa")
SETTINGS = TranscodeSettings(preset="veryfast", threads=1, manifest="es256")


@pytest.fixture
def clip(tmp_path: Path) -> ClipInput:
    made_video(tmp_path / "a.mp4", [Shot(1)], (240, 160))
    info = probe(tmp_path / "a.mp4")
    span = Span(info.start_pts, info.end_pts, info.time_base)
    ids = uuid.uuid4(), uuid.uuid4()
    return ClipInput(*ids, path_to_uri(tmp_path / "a.mp4"), info, span, Box(0, 0, 240, 160), video_id=uuid.uuid4())


@pytest.fixture
def _certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, pem in zip((CERTIFICATE, KEY), signing_certificate(), strict=True):
        (tmp_path / variable).write_bytes(pem)
        monkeypatch.setenv(variable, str(tmp_path / variable))


@pytest.mark.usefixtures("_certificate")
def test_the_manifest_says_from_which_video_it_was_transcoded(clip: ClipInput) -> None:
    made = transcode_one(clip, SETTINGS)
    assert made.sha256 == hashlib.sha256(made.path.read_bytes()).hexdigest()
    assert made.size_bytes == made.path.stat().st_size
    assert [one.name for one in made.path.parent.iterdir()] == [made.path.name]
    story = json.loads(c2pa.Reader(str(made.path)).json())
    assert story["validation_state"] == "Valid"
    manifest = story["manifests"][story["active_manifest"]]
    (parent,) = manifest["ingredients"]
    assert (parent["relationship"], parent["instance_id"]) == ("parentOf", f"urn:uuid:{clip.video_id}")
    said = {one["label"]: one["data"] for one in manifest["assertions"]}
    assert [one["action"] for one in said["c2pa.actions.v2"]["actions"]] == ["c2pa.opened", "c2pa.transcoded"]
    assert said["org.clipmill.source"]["clip_id"] == str(clip.subject_id)
    assert [read_number(frame.image) for frame in decode(made.path, probe(made.path))] == list(range(25))


def test_without_a_certificate_it_is_refused(clip: ClipInput, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(CERTIFICATE, raising=False)
    with pytest.raises(StageRefused, match=f"set {CERTIFICATE} to the path of a PEM file"):
        transcode_one(clip, SETTINGS)


@pytest.mark.usefixtures("_certificate")
def test_another_algorithm_than_the_keys_is_refused(clip: ClipInput) -> None:
    with pytest.raises(StageRefused, match="cannot be signed with CLIPMILL_SIGNING_CERTIFICATE as ed25519"):
        transcode_one(clip, SETTINGS.model_copy(update={"manifest": "ed25519"}))


def test_a_manifest_is_another_encode_and_none_the_same_as_ever() -> None:
    def key(**transcode: str) -> uuid.UUID:
        return stage_keys(parse_recipe(recipe_body(transcode=transcode)))["transcode"].key

    assert key() == key(manifest="none") != key(manifest="es256")
    assert "manifest" not in TranscodeSettings().fingerprint
