"""What only a folder store can get wrong."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tasks.core.errors import ObjectMissing, StageRefused, StoreUnavailable
from tasks.core.store import FolderStore, open_store

NO_SPACE = Path("/dev/full")


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "store")


def test_a_url_and_a_path_open_the_same_store(tmp_path: Path):
    root = tmp_path / "with space and % sign"
    open_store(root.as_uri()).put_bytes("a/b", b"x")
    assert open_store(str(root)).get_bytes("a/b") == b"x"
    assert (root / "a" / "b").read_bytes() == b"x"
    assert open_store(str(root)).url("a/b") == (root / "a/b").as_uri()


@pytest.mark.parametrize("url", ["relative/folder", "ftp://host/x", "file://host/x", "file:relative", ""])
def test_an_unknown_store_is_refused(url: str):
    with pytest.raises(StageRefused, match="file:///"):
        open_store(url)


def test_a_root_that_cannot_be_made_is_refused(tmp_path: Path):
    (tmp_path / "file").write_bytes(b"")
    for root in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/nothing")):
        with pytest.raises(StageRefused, match="cannot make"):
            open_store(str(root))


def test_a_root_for_which_there_is_no_room_may_be_made_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def mkdir(path: Path, **_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "mkdir", mkdir)
    with pytest.raises(StoreUnavailable, match="cannot make"):
        open_store(str(tmp_path / "new"))


def test_a_file_system_without_hard_links_is_refused(store: FolderStore, monkeypatch: pytest.MonkeyPatch):
    def link(source: Path, target: Path) -> None:
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    monkeypatch.setattr(os, "link", link)
    with pytest.raises(StageRefused, match="has no hard links"):
        store.check()
    assert list(store.list()) == []


def test_a_root_that_went_away_is_not_an_empty_store(store: FolderStore):
    store.put_bytes("k", b"x")
    store.root.rename(store.root.with_name("elsewhere"))
    for call in (lambda: store.get_bytes("k"), lambda: list(store.list()), lambda: store.put_bytes("new", b"")):
        with pytest.raises(StoreUnavailable):
            call()
    assert not store.root.exists()


def test_a_full_disk_leaves_nothing_behind(store: FolderStore, monkeypatch: pytest.MonkeyPatch):
    store.put_bytes("a/k", b"before")
    monkeypatch.setattr(os, "fsync", lambda _: NO_SPACE.write_bytes(b"x"))
    with pytest.raises(StoreUnavailable, match="No space left"):
        store.put_bytes("a/k", b"after")
    assert store.get_bytes("a/k") == b"before"
    assert os.listdir(store.root / "a") == ["k"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_without_rights_is_unavailable(store: FolderStore):
    store.put_bytes("a/k", b"x")
    (store.root / "a").chmod(0)
    try:
        for call in (lambda: store.get_bytes("a/k"), lambda: list(store.list()), lambda: store.put_bytes("a/n", b"")):
            with pytest.raises(StoreUnavailable):
                call()
    finally:
        (store.root / "a").chmod(0o700)


def test_one_key_cannot_be_the_folder_of_another(store: FolderStore):
    store.put_bytes("a/b", b"x")
    for key in ("a", "a/b/c"):
        with pytest.raises(ValueError, match="folder of another"):
            store.put_bytes(key, b"y")
    assert [found.key for found in store.list()] == ["a/b"]


def test_foreign_files_are_not_objects(store: FolderStore):
    store.put_bytes("a/b", b"x")
    (store.root / "a" / ".DS_Store").write_bytes(b"")
    (store.root / "a" / "my file").write_bytes(b"")
    (store.root / ".git").mkdir()
    (store.root / ".git" / "config").write_bytes(b"")
    (store.root / "gone").symlink_to("nowhere")
    (store.root / "up").symlink_to(store.root.parent)
    assert [found.key for found in store.list()] == ["a/b"]


def test_a_killed_writer_leaves_nothing_visible_and_is_swept(store: FolderStore, tmp_path: Path):
    endless = tmp_path / "endless"
    os.mkfifo(endless)
    code = "import sys, pathlib; from tasks.core.store import FolderStore\n"
    code += "FolderStore(sys.argv[1]).put_file('a/k', pathlib.Path(sys.argv[2]))"
    writer = subprocess.Popen([sys.executable, "-c", code, str(store.root), str(endless)])
    with endless.open("wb") as pipe:
        pipe.write(b"x" * 100_000)
        pipe.flush()
        while not list((store.root).glob("a/.unfinished-*")):
            assert writer.poll() is None
            time.sleep(0.01)
        writer.send_signal(signal.SIGKILL)
        writer.wait()

    assert not store.exists("a/k")
    assert list(store.list()) == []
    assert store.sweep(older_than_s=3600) == 0
    assert store.sweep(older_than_s=0) == 1
    assert os.listdir(store.root / "a") == []


def test_what_a_killed_writer_never_named_goes_when_it_is_old(store: FolderStore):
    code = "import os, sys; from tasks.core.store import FolderStore\n"
    code += "with FolderStore(sys.argv[1]).new_object() as new: new.file.write(bytes(9999)); os.kill(os.getpid(), 9)"
    assert subprocess.run([sys.executable, "-c", code, str(store.root)], check=False).returncode == -signal.SIGKILL
    (left,) = store.root.iterdir()
    with store.new_object() as new:
        assert left.exists()
        assert list(store.list()) == []
        new.put("k")
    os.utime(left, (0, 0))
    with store.new_object():
        assert not left.exists()
    assert os.listdir(store.root) == ["k"]


def test_a_reader_keeps_the_object_that_it_opened(store: FolderStore):
    store.put_bytes("k", b"old" * 100_000)
    with store.open("k") as file:
        store.put_bytes("k", b"new")
        assert file.read() == b"old" * 100_000


def test_a_disk_that_fails_is_the_stores_fault(store: FolderStore):
    (store.root / "k").symlink_to("/proc/self/mem")  # nothing can be read at its beginning
    for read in (lambda file: file.read(1), lambda file: file.read()):
        with store.open("k") as file, pytest.raises(StoreUnavailable, match="Input/output error"):
            read(file)


def test_get_of_a_folder_is_missing(store: FolderStore):
    store.put_bytes("a/b", b"x")
    with pytest.raises(ObjectMissing):
        store.read_range("a", 0, 1)
