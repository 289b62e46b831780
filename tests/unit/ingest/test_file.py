"""One file of a source: every kind of file ends as a row with a reason."""

import hashlib
import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tasks.core.recipe import IngestSettings
from tasks.core.store import SourceObject, list_folder, path_to_uri
from tasks.ingest.file import File, Looked, look
from tests.fixtures.made_video import Shot, made_video

SOURCE = uuid.UUID(int=1)
NAMES = [
    "plain.mp4",
    "with space.mp4",
    "quo'te\".mp4",
    "new\nline.mp4",
    "ünïcode ☃.mp4",
    "a..b.mp4",
    "-dash.mp4",
    "100%.mp4",
]


def looked_at(folder: Path) -> dict[str, Looked]:
    """Every file of the folder by its path below it."""
    return {found.relative_path: look(File(SOURCE, found), IngestSettings()) for found in list_folder(folder)}


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("made") / "video.mp4"
    made_video(path, [Shot(0.4)])
    return path.read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_a_video_is_known_by_its_bytes_whatever_its_name(tmp_path: Path, video: bytes, name: str) -> None:
    (tmp_path / name).write_bytes(video)
    (found,) = looked_at(tmp_path).values()
    assert found.kind is None
    assert found.info is not None
    assert found.sha256 == hashlib.sha256(video).hexdigest()


def test_a_moved_file_keeps_its_id_and_a_replaced_one_does_not(tmp_path: Path, video: bytes) -> None:
    (tmp_path / "one.mp4").write_bytes(video)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "other.mp4").write_bytes(video)
    first = looked_at(tmp_path)
    assert len({found.video_id for found in first.values()}) == 1
    assert len({found.subject_id for found in first.values()}) == 2
    (tmp_path / "one.mp4").write_bytes(video + b"\0")
    assert looked_at(tmp_path)["one.mp4"].video_id != first["one.mp4"].video_id


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "empty_file"),
        (b"\x07garbage" * 500, "not_a_video"),
        (b"<!DOCTYPE html><html></html>", "not_a_video"),
        (b"#EXTM3U\n#EXTINF:8.0,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n", "playlist"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "playlist"),
    ],
)
def test_what_is_no_video_says_why(tmp_path: Path, content: bytes, kind: str) -> None:
    (tmp_path / "clip.mp4").write_bytes(content)
    (found,) = looked_at(tmp_path).values()
    assert (found.kind, found.info) == (kind, None)
    assert found.message
    assert found.sha256 == hashlib.sha256(content).hexdigest()


def test_a_broken_link_and_a_link_out_are_rows_too(tmp_path: Path) -> None:
    (tmp_path / "outside.mp4").write_bytes(b"x")
    folder = tmp_path / "videos"
    folder.mkdir()
    (folder / "gone.mp4").symlink_to("nowhere.mp4")
    (folder / "out.mp4").symlink_to(tmp_path / "outside.mp4")
    kinds = {name: found.kind for name, found in looked_at(folder).items()}
    assert kinds == {"gone.mp4": "broken_link", "out.mp4": "link_outside"}


def test_a_file_that_vanished_is_told_apart(tmp_path: Path) -> None:
    from tasks.core.errors import ObjectMissing

    found = SourceObject(path_to_uri(tmp_path / "gone.mp4"), "gone.mp4", 1, datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(ObjectMissing):
        look(File(SOURCE, found), IngestSettings())
