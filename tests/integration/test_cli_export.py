"""`clipmill dataset export` and its siblings, on a published version and without a catalog."""

import json
from pathlib import Path

import pytest

from tests.fixtures.command import Command
from tests.fixtures.made_version import MadeVersion


def test_a_version_is_exported_from_its_folder(clipmill: Command, made_version: MadeVersion, tmp_path: Path) -> None:
    ended = clipmill("dataset", "export", "--format", "mds", "--output", tmp_path / "out", made_version.folder)
    assert ended.code == 0
    assert ended.out.splitlines() == [f"5 clips, 0.009 hours: {tmp_path}/out", "left out  1 no_caption"]
    assert json.loads((tmp_path / "out" / "export.json").read_text())["target"] == "mds"


def test_options_are_set_and_the_report_is_json(clipmill: Command, made_version: MadeVersion, tmp_path: Path) -> None:
    chosen = ("--set", "captions=optional", "--set", "shard_bytes=30000", "--version", "1", "--json")
    ended = clipmill("dataset", "export", "--format", "mds", "--output", tmp_path / "out", *chosen, made_version.folder)
    assert (ended.json["clips"], ended.json["options"]["shard_bytes"]) == (6, 30000)
    assert ended.json["place"] == str(tmp_path / "out")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--format", "mp3"), "there is no format 'mp3'; there are cosmos-predict2.5-webdataset"),
        (("--format", "mds", "--set", "shard_size=3"), "of mds there are caption, windows, captions, shard_bytes"),
        (("--format", "musubi-tuner", "--set", "frames=80"), "4N + 1 is wanted, not 80"),
        (("--format", "finetrainers", "--set", "size=vga"), "one of cosmos-1080"),
        (("--format", "mds", "--version", "7"), "has no published version 7"),
    ],
)
def test_what_cannot_be_is_a_line(
    clipmill: Command, made_version: MadeVersion, arguments: tuple[str, ...], said: str
) -> None:
    ended = clipmill("dataset", "export", *arguments, made_version.folder)
    assert ended.code == 78
    assert said in ended.err
    assert not (made_version.folder / "exports").exists()


def test_a_folder_that_is_none_is_a_line(clipmill: Command, tmp_path: Path) -> None:
    ended = clipmill("dataset", "export", "--format", "mds", tmp_path / "nothing")
    assert (ended.code, "there is no folder" in ended.err) == (78, True)
    assert not (tmp_path / "nothing").exists()


def test_the_card_is_made_anew(clipmill: Command, made_version: MadeVersion) -> None:
    folder = made_version.folder / "versions" / "00001" / "card"
    before = (folder / "README.md").read_bytes()
    (folder / "README.md").unlink()
    assert clipmill("dataset", "card", made_version.folder).code == 0
    assert (folder / "README.md").read_bytes() == before


def test_formats_say_what_can_be_set(clipmill: Command) -> None:
    found = {one["name"]: one["options"]["properties"] for one in clipmill("dataset", "formats", "--json").json}
    assert set(found["mds"]) == {"caption", "windows", "captions", "shard_bytes"}
    assert len(found) == 10
    assert "cosmos-predict2.5-webdataset" in clipmill("dataset", "formats").out
