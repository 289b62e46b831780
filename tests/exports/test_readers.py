"""Exports as the trainers' own libraries read them; those have an environment of their own (`make test-exports`)."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tasks.dataset.put_card import put_card
from tasks.export.export import export
from tasks.export.targets import target_named
from tests.fixtures.made_version import CLIPS, MadeVersion

ROOT = Path(__file__).parents[2]
READERS = Path(os.environ.get("CLIPMILL_READERS") or ROOT / ".venv-readers") / "bin" / "python"

pytestmark = pytest.mark.skipif(
    not READERS.exists(), reason="the trainers' libraries are not installed: `make test-exports` does it"
)


def read(kind: str, place: Path) -> dict[str, dict[str, Any]]:
    """What the library reads, by clip."""
    found = subprocess.run(
        [READERS, Path(__file__).with_name("read.py"), kind, place],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(place.parent / "hub"), "PYTHONPATH": ""},
    )
    assert found.returncode == 0, found.stderr[-3000:]
    lines = [line.removeprefix("sample ") for line in found.stdout.splitlines() if line.startswith("sample ")]
    samples = [json.loads(line) for line in lines]
    assert len({sample["clip_id"] for sample in samples}) == len(samples)
    return {sample["clip_id"]: sample for sample in samples}


def exported(made: MadeVersion, name: str, place: Path, **options: Any) -> Path:
    target = target_named(name)
    export(made.version, target, target.options.model_validate(options), str(place))
    return place


def sums(made: MadeVersion) -> dict[str, str]:
    return {row["clip_id"]: row["sha256"] for row in made.version.rows(["clip_id", "sha256"])}


def captioned() -> set[str]:
    return {clip.name for clip in CLIPS if clip.windows}


def test_datasets_reads_the_hugging_face_export(made_version: MadeVersion, tmp_path: Path) -> None:
    found = read("hugging_face", exported(made_version, "hugging-face", tmp_path / "out"))
    assert {clip: sample["sha256"] for clip, sample in found.items()} == sums(made_version)
    for clip in CLIPS:
        texts = [window["captions"]["long"] for window in clip.captions]
        assert found[made_version.ids[clip.name]]["captions"] == texts
    assert {sample["licence"] for sample in found.values()} == {"CC0-1.0"}


def test_streaming_reads_the_mds_export(made_version: MadeVersion, tmp_path: Path) -> None:
    place = exported(made_version, "mds", tmp_path / "out", shard_bytes=30_000)
    found = read("mds", place)
    assert {made_version.name_of(clip) for clip in found} == captioned()
    assert all(sample["sha256"] == sums(made_version)[clip] for clip, sample in found.items())
    assert found[made_version.ids["long"]]["captions"] == ["long, window 0, long, éè"]
    assert len(list(place.glob("*.mds"))) > 1


def test_energon_reads_the_energon_export(made_version: MadeVersion, tmp_path: Path) -> None:
    place = exported(made_version, "energon", tmp_path / "out", tar_bytes=100_000, captions="optional")
    found = read("energon", place)
    frames = {made_version.ids[clip.name]: clip.frames for clip in CLIPS}
    assert {clip: sample["frames"] for clip, sample in found.items()} == frames
    assert found[made_version.ids["wordless"]]["captions"] == [""]
    assert found[made_version.ids["square"]]["captions"] == ["square, window 0, long, éè"]
    assert len(list(place.glob("shards/*.tar"))) > 1


def test_mlcroissant_takes_the_card(made_version: MadeVersion) -> None:
    folder = put_card(made_version.version)
    found = read("croissant", made_version.folder / folder / "croissant.json")
    assert {clip: sample["sha256"] for clip, sample in found.items()} == sums(made_version)
