"""Remotes of rclone's configuration; a local one stands for all."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tasks.core.errors import ObjectMissing, StageRefused, UnreadableVideo
from tasks.ingest.sources.rclone import Rclone
from tests.fixtures.sources import listed, source_settings

needs_rclone = pytest.mark.skipif(shutil.which("rclone") is None, reason="rclone is not here: apt-get install rclone")


@pytest.fixture
def remote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that rclone knows as made:."""
    monkeypatch.setenv("RCLONE_CONFIG", "/dev/null")
    monkeypatch.setenv("RCLONE_CONFIG_MADE_TYPE", "alias")
    monkeypatch.setenv("RCLONE_CONFIG_MADE_REMOTE", str(tmp_path / "far"))
    (tmp_path / "far" / "a folder").mkdir(parents=True)
    return tmp_path / "far"


def source(path: str = "made:", **more: Any) -> Rclone:
    return Rclone(source_settings("rclone", path, **more))


@needs_rclone
def test_files_are_listed_and_fetched_whatever_their_names(remote: Path, tmp_path: Path) -> None:
    names = ["a folder/b.mp4", "-rf.mp4", "it's;$(x).MP4", "grüße.mkv", "notes.txt"]
    for name in names:
        (remote / name).write_bytes(os.urandom(1000))
    made = source()
    found = {one.relative_path: one for one in listed(made) if made.takes(one)}
    assert sorted(found) == sorted(names[:4])
    for name, one in found.items():
        assert one.size_bytes == 1000
        assert one.uri.isascii()
        part = tmp_path / "part"
        made.fetch(one, part)
        assert part.read_bytes() == (remote / name).read_bytes()
        part.unlink()


@needs_rclone
def test_what_a_killed_process_left_is_gone_on_with(remote: Path, tmp_path: Path) -> None:
    (remote / "a.mp4").write_bytes(b"old and new")
    (tmp_path / "part").write_bytes(b"OLD")
    made = source()
    made.fetch(listed(made)[0], tmp_path / "part")
    assert (tmp_path / "part").read_bytes() == b"OLD and new"


@needs_rclone
def test_a_file_that_grows_or_goes_is_told(remote: Path, tmp_path: Path) -> None:
    (remote / "a.mp4").write_bytes(b"12345")
    made = source()
    (found,) = listed(made)
    (remote / "a.mp4").write_bytes(b"1234567")
    with pytest.raises(UnreadableVideo) as caught:
        made.fetch(found, tmp_path / "part")
    assert caught.value.kind == "source_changed"
    (remote / "a.mp4").unlink()
    with pytest.raises(ObjectMissing):
        made.fetch(found, tmp_path / "other")


@needs_rclone
def test_what_a_person_must_mend_is_said(remote: Path) -> None:
    with pytest.raises(ObjectMissing, match="directory not found"):
        listed(source("made:nowhere"))
    with pytest.raises(StageRefused, match="rclone config"):
        listed(source("unheard:folder"))


def test_without_rclone_the_command_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(StageRefused, match="apt-get install rclone"):
        source()
