"""What a video's own manifest says on training: manifests written here, and by C2PA's own library where it is there."""

import io
import json
import struct
from pathlib import Path
from typing import Any

import pytest

from tasks.core.media import probe
from tasks.ingest.manifest import read_claim
from tests.fixtures.made_video import Coding, Shot, made_video
from tests.fixtures.manifests import box, in_box, labelled, manifest


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("made") / "plain.mp4"
    made_video(path, [Shot(1, seed=1)], (64, 48), Coding(fps=10))
    return path.read_bytes()


def with_store(video: bytes, store: bytes) -> io.BytesIO:
    """The video with the box at its end, which moves no sample."""
    return io.BytesIO(video + in_box(store))


NO = {"use": "notAllowed"}
YES = {"use": "allowed"}


@pytest.mark.parametrize("name", ["ai_generative_training", "ai_training", "data_mining"])
@pytest.mark.parametrize("who", ["c2pa", "cawg"])
def test_a_refusal_is_told(video: bytes, who: str, name: str) -> None:
    entry = f"{who}.{name}"
    stream = with_store(video, labelled("c2pa", manifest("urn:a", {entry: NO}, f"{who}.training-mining")))
    claim = read_claim(stream)
    assert claim.refusal == f"its own manifest says {entry}: notAllowed"
    assert claim.entries[0] == {
        "manifest": "urn:a", "assertion": f"{who}.training-mining", "entry": entry, "use": "notAllowed",
        "constraint": None,
    }  # fmt: skip
    assert probe(stream).width_px == 64


def test_what_is_constrained_is_refused_with_its_condition(video: bytes) -> None:
    entries = {"cawg.ai_training": {"use": "constrained", "constraint_info": "ask rights@example.org"}, "x": YES}
    claim = read_claim(with_store(video, labelled("c2pa", manifest("urn:a", entries))))
    assert claim.refusal == "its own manifest says cawg.ai_training: constrained (ask rights@example.org)"


@pytest.mark.parametrize(
    "entries", [None, {"cawg.ai_training": YES}, {"cawg.ai_inference": NO}], ids=["silent", "allowed", "inference"]
)
def test_what_is_allowed_is_not_refused(video: bytes, entries: dict[str, Any] | None) -> None:
    claim = read_claim(with_store(video, labelled("c2pa", manifest("urn:a", entries))))
    assert (claim.refusal, claim.problem) == (None, None)


def test_the_last_manifest_speaks_and_where_it_is_silent_those_before(video: bytes) -> None:
    refused = manifest("urn:a", {"cawg.ai_training": NO})
    allowed = manifest("urn:b", {"cawg.ai_training": YES})
    assert read_claim(with_store(video, labelled("c2pa", refused, allowed))).refusal is None
    assert read_claim(with_store(video, labelled("c2pa", refused, manifest("urn:b", None)))).refusal
    assert read_claim(with_store(video, labelled("c2pa", allowed, refused))).refusal


def test_an_assertion_in_json_is_read_too(video: bytes) -> None:
    said = json.dumps({"entries": {"c2pa.ai_training": NO}}).encode()
    assertion = labelled("c2pa.training-mining__1", box(b"json", said))
    store = labelled("c2pa", labelled("urn:a", labelled("c2pa.assertions", assertion)))
    assert read_claim(with_store(video, store)).refusal


def test_an_avi_has_it_in_a_chunk() -> None:
    store = labelled("c2pa", manifest("urn:a", {"cawg.ai_training": NO}))
    chunks = struct.pack("<4sI", b"JUNK", 3) + b"abc\0" + struct.pack("<4sI", b"C2PA", len(store)) + store
    assert read_claim(io.BytesIO(b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"AVI " + chunks)).refusal


def test_a_file_without_manifest_says_nothing(video: bytes) -> None:
    for data in (video, b"", b"no video at all", b"\x1aE\xdf\xa3" + bytes(100)):
        claim = read_claim(io.BytesIO(data))
        assert (claim.entries, claim.refusal, claim.problem) == ((), None, None)


def test_a_broken_manifest_is_told_and_harms_nothing(video: bytes) -> None:
    whole = labelled("c2pa", manifest("urn:a", {"cawg.ai_training": NO}))
    for place in range(9, len(whole), 7):
        claim = read_claim(with_store(video, whole[:place]))
        assert claim.problem or claim.refusal is None
    assert (read_claim(with_store(video, whole[:-20])).problem or "").endswith("a box of it is cut short")
    deep = b""
    for _ in range(2000):
        deep = labelled("x", deep)
    assert "too deep" in (read_claim(with_store(video, deep)).problem or "")


def test_a_manifest_of_the_library_of_c2pa_is_read(video: bytes, tmp_path: Path) -> None:
    c2pa = pytest.importorskip("c2pa")
    from tests.fixtures.certificate import signing_certificate

    (tmp_path / "plain.mp4").write_bytes(video)
    chain, key = signing_certificate()
    signer = c2pa.Signer.from_info(c2pa.C2paSignerInfo(alg=b"es256", sign_cert=chain, private_key=key, ta_url=None))
    created = {
        "action": "c2pa.created",
        "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture",
    }
    assertions = [
        {"label": "c2pa.actions", "data": {"actions": [created]}},
        {"label": "cawg.training-mining", "data": {"entries": {"cawg.ai_generative_training": NO}}},
    ]
    about = {"claim_generator_info": [{"name": "test", "version": "1"}], "assertions": assertions}
    c2pa.Builder(about).sign_file(str(tmp_path / "plain.mp4"), str(tmp_path / "signed.mp4"), signer)
    with (tmp_path / "signed.mp4").open("rb") as stream:
        assert read_claim(stream).refusal == "its own manifest says cawg.ai_generative_training: notAllowed"
        assert stream.tell() == 0
