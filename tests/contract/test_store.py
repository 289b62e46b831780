"""What every store must do; a new store is one more fixture that makes one, and its name in STORES."""

import io
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tasks.core.errors import ObjectExists, ObjectMissing
from tasks.core.store import FolderStore, Store, open_store
from tests.fixtures.ceph import WANTED

STORES = ["folder_store", "s3_store", *(["ceph_store"] if WANTED else [])]


@pytest.fixture
def folder_store(tmp_path: Path) -> Store:
    return FolderStore(tmp_path / "store")


@pytest.fixture
def s3_store(bucket: str) -> Store:
    return open_store(f"s3://{bucket}/some/prefix")


@pytest.fixture
def ceph_store(ceph_bucket: str) -> Store:
    return open_store(f"s3://{ceph_bucket}/some/prefix")


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Store:
    made: Store = request.getfixturevalue(request.param)
    return made


def test_bytes_come_back(store: Store):
    written = store.put_bytes("a/b/c.bin", b"hello")
    assert (written.key, written.size_bytes) == ("a/b/c.bin", 5)
    assert abs(datetime.now(UTC) - written.modified_at) < timedelta(minutes=5)
    assert store.get_bytes("a/b/c.bin") == b"hello"
    assert store.stat("a/b/c.bin") == written
    assert store.exists("a/b/c.bin")


def test_put_replaces(store: Store):
    store.put_bytes("k", b"a long first value")
    store.put_bytes("k", b"second")
    assert store.get_bytes("k") == b"second"


def test_a_view_stays_what_it_was(store: Store):
    store.put_bytes("k", b"a long first value")
    view = store.view_bytes("k")
    store.put_bytes("k", b"second")
    store.delete("k")
    assert view == b"a long first value"
    assert view.readonly


def test_a_file_goes_in_and_comes_out(store: Store, tmp_path: Path):
    source, back = tmp_path / "in 'of any name'", tmp_path / "out"
    source.write_bytes(os.urandom(3_000_000))
    assert store.put_file("clips/one.mp4", source).size_bytes == 3_000_000
    store.download("clips/one.mp4", back)
    assert back.read_bytes() == source.read_bytes()


def test_an_empty_object_is_an_object(store: Store):
    store.put_bytes("empty", b"")
    assert store.get_bytes("empty") == b""
    assert store.open("empty").read() == b""
    assert store.view_bytes("empty") == b""
    assert [found.key for found in store.list()] == ["empty"]


def test_what_is_not_there_is_missing(store: Store, tmp_path: Path):
    store.put_bytes("there/below", b"x")
    for key in ("nothing", "there", "there/below/more", "there/other"):
        assert not store.exists(key)
        for call in (
            store.get_bytes,
            store.view_bytes,
            store.stat,
            store.open,
            lambda k: store.download(k, tmp_path / "out"),
        ):
            with pytest.raises(ObjectMissing):
                call(key)
    assert not (tmp_path / "out").exists()


def test_if_absent_keeps_the_first(store: Store):
    store.put_bytes("version", b"first", if_absent=True)
    with pytest.raises(ObjectExists):
        store.put_bytes("version", b"second", if_absent=True)
    assert store.get_bytes("version") == b"first"
    assert [found.key for found in store.list()] == ["version"]


def test_of_many_writers_one_is_first(store: Store):
    won: list[bytes] = []
    start = threading.Barrier(8)

    def write(name: bytes) -> None:
        start.wait()
        try:
            store.put_bytes("race/target", name * 100_000, if_absent=True)
            won.append(name)
        except ObjectExists:
            pass

    threads = [threading.Thread(target=write, args=(bytes([number]),)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert store.get_bytes("race/target") == won[0] * 100_000


def test_a_reader_sees_a_whole_object_while_it_is_replaced(store: Store):
    values = {bytes([number]) * 200_000 for number in range(2)}
    store.put_bytes("k", min(values))
    stop = threading.Event()

    def replace() -> None:
        while not stop.is_set():
            for value in values:
                store.put_bytes("k", value)

    writer = threading.Thread(target=replace)
    writer.start()
    try:
        assert all(store.get_bytes("k") in values for _ in range(200))
    finally:
        stop.set()
        writer.join()


def test_list_is_in_order_of_the_keys_bytes(store: Store):
    keys = ["a", "a-b", "a.b/c", "a/b", "a/b.tar", "a/b/c", "a0", "B/z", "b/_x", "b/y=1/z"]
    keys.remove("a")  # a key cannot be the folder of another in every store
    keys.remove("a/b")
    for key in reversed(keys):
        store.put_bytes(key, key.encode())
    assert [found.key for found in store.list()] == sorted(keys)
    assert [found.size_bytes for found in store.list()] == [len(key) for key in sorted(keys)]


@pytest.mark.parametrize("prefix", ["", "a", "a/", "a/b", "a/b/", "a/b/c", "a/bc", "ab", "z", "a/z/", "a/b/c/d/"])
def test_a_prefix_is_a_string_not_a_folder(store: Store, prefix: str):
    keys = ["a/b/c", "a/b/cd", "a/bcd", "ab/c", "b/a/b"]
    for key in keys:
        store.put_bytes(key, b"")
    assert [found.key for found in store.list(prefix)] == [key for key in keys if key.startswith(prefix)]


def test_delete_twice(store: Store):
    store.put_bytes("a/b", b"x")
    store.delete("a/b")
    store.delete("a/b")
    store.delete("never/was")
    assert not store.exists("a/b")
    assert list(store.list()) == []


@pytest.mark.parametrize(
    "key",
    [
        *("", "/", "/etc/passwd", "..", "../x", "a/../x", "a/..", ".", "a/./b", "a//b", "a/", ".x", "a/.x", "~x", "-x"),
        *("a\0b", "a b", "a\nb", "a\n", "a\\b", "ä", "a?b", "a#b", "a%2e", "x" * 256, "x/" * 600 + "x"),
    ],
)
def test_a_name_from_outside_is_no_key(store: Store, key: str, tmp_path: Path):
    (tmp_path / "file").write_bytes(b"x")
    calls: list[Callable[[], object]] = [
        lambda: store.put_bytes(key, b"x"),
        lambda: store.put_file(key, tmp_path / "file"),
        lambda: store.get_bytes(key),
        lambda: store.open(key),
        lambda: store.stat(key),
        lambda: store.exists(key),
        lambda: store.delete(key),
        lambda: store.url(key),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="not a store key"):
            call()


def test_a_reader_reads_as_a_file_does(store: Store):
    data = os.urandom(1_234_567)
    store.put_bytes("k", data)
    ours, plain = store.open("k"), io.BytesIO(data)
    assert ours.seekable()
    for offset, whence, length in [(0, 0, 10), (-20, 2, 50), (600_000, 0, 300_000), (-5, 1, 9), (9, 2, 4), (7, 0, -1)]:
        assert ours.seek(offset, whence) == plain.seek(offset, whence)
        assert ours.read(length) == plain.read(length)
        assert ours.tell() == plain.tell()


def test_a_range_stops_at_the_end(store: Store):
    store.put_bytes("k", b"0123456789")
    assert store.read_range("k", 3, 4) == b"3456"
    assert store.read_range("k", 8, 10) == b"89"


def test_sweeping_leaves_objects_alone(store: Store):
    store.put_bytes("a/b", b"x")
    assert store.sweep(0) == 0
    assert store.get_bytes("a/b") == b"x"


def test_many_files_go_in_and_come_out(store: Store, tmp_path: Path):
    (tmp_path / "in 'of any name'").mkdir()
    files = [(f"clips/{number:02d}.mp4", tmp_path / "in 'of any name'" / f"*{number}?.mp4") for number in range(20)]
    for _, path in files:
        path.write_bytes(os.urandom(1000))
    store.put_files(files)
    back = [(key, tmp_path / f"back {number}") for number, (key, _) in enumerate(files)]
    store.download_all(back)
    for (_, path), (_, copy) in zip(files, back, strict=True):
        assert copy.read_bytes() == path.read_bytes()


def test_of_many_one_is_missing(store: Store, tmp_path: Path):
    keys = [f"clips/{number:02d}" for number in range(12)]
    for key in keys:
        store.put_bytes(key, key.encode())
    store.delete(keys[7])
    with pytest.raises(ObjectMissing, match="clips/07"):
        store.download_all([(key, tmp_path / key.replace("/", "-")) for key in keys])
    with pytest.raises(FileNotFoundError, match="nothing"):
        store.put_files([(key, tmp_path / "nothing") for key in keys])
    assert not (tmp_path / "clips-07").exists()


def test_none_of_many_is_nothing(store: Store):
    store.put_files([])
    store.download_all([])


def test_a_large_file_goes_in_and_comes_out(store: Store, tmp_path: Path):
    source, back = tmp_path / "in", tmp_path / "out"
    source.write_bytes(os.urandom(1 << 20) * 70)
    assert store.put_file("shards/large.tar", source).size_bytes == 70 << 20
    store.download("shards/large.tar", back)
    assert back.read_bytes() == source.read_bytes()
    assert store.read_range("shards/large.tar", (64 << 20) - 5, 10) == source.read_bytes()[(64 << 20) - 5 :][:10]


def test_a_download_takes_the_place_of_what_was_there(store: Store, tmp_path: Path):
    (tmp_path / "out").write_bytes(b"old")
    store.put_bytes("k", b"new")
    store.download("k", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"new"
    assert os.listdir(tmp_path).count("out") == 1


def test_a_store_that_keeps_the_first_passes_its_check(store: Store):
    store.check()
    assert list(store.list()) == []


def test_an_object_is_named_when_it_is_written(store: Store):
    with store.new_object() as new:
        new.file.write(b"first ")
        new.file.write(b"x" * 3_000_000)
        assert list(store.list()) == []
        stored = new.put("shards/of-these-bytes.tar")
    assert (stored.key, stored.size_bytes) == ("shards/of-these-bytes.tar", 3_000_006)
    assert stored == store.stat(stored.key)
    assert store.get_bytes(stored.key) == b"first " + b"x" * 3_000_000


def test_an_object_named_anew_takes_the_place_of_what_was_there(store: Store):
    store.put_bytes("a/k", b"old")
    with store.new_object() as new:
        new.file.write(b"new")
        new.put("a/k")
    assert store.get_bytes("a/k") == b"new"


def test_an_object_without_a_name_is_none(store: Store):
    with store.new_object() as new:
        new.file.write(b"nothing")
    with pytest.raises(ZeroDivisionError), store.new_object() as new:
        new.file.write(bytes(1 // 0))
    with pytest.raises(ValueError, match="key"), store.new_object() as new:
        new.put("../outside")
    assert list(store.list()) == []
    assert store.sweep(0) == 0


def test_a_file_that_is_not_there_makes_no_object(store: Store, tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        store.put_file("k", tmp_path / "nothing")
    assert not store.exists("k")
