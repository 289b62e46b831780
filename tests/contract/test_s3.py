"""What only a bucket can get wrong, on every server of S3 that is at hand."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tasks.core.errors import ObjectMissing, StageRefused, StoreUnavailable, UnreadableVideo
from tasks.core.store import SourceObject, Store, list_source, open_source, open_store, s3_client, source_uri
from tasks.core.store.s3_client import client, forget_client, moment
from tests.fixtures.ceph import WANTED
from tests.fixtures.s3 import use


@pytest.fixture(params=["bucket", *(["ceph_bucket"] if WANTED else [])])
def place(request: pytest.FixtureRequest) -> str:
    """Name of an empty bucket."""
    name: str = request.getfixturevalue(request.param)
    return name


@pytest.fixture
def store(place: str) -> Store:
    return open_store(f"s3://{place}/some/prefix")


def put(bucket: str, *keys: str, body: bytes = b"x") -> None:
    for key in keys:
        client().put_object(Bucket=bucket, Key=key, Body=body)


def listed(bucket: str, prefix: str = "raw") -> list[SourceObject]:
    return list(list_source(source_uri(f"s3://{bucket}/{prefix}")))


# The store ---------------------------------------------------------------------------------------------------------


def test_an_object_lies_below_the_prefix(store: Store, place: str):
    store.put_bytes("a/b.html", b"x")
    found = client().get_object(Bucket=place, Key="some/prefix/a/b.html")
    assert (found["Body"].read(), found["ContentType"]) == (b"x", "text/html")
    assert store.url("a/b.html") == f"s3://{place}/some/prefix/a/b.html"


def test_a_whole_bucket_is_a_store(place: str):
    for url in (f"s3://{place}", f"s3://{place}/"):
        open_store(url).put_bytes("a", b"x")
        assert [found.key for found in open_store(url).list()] == ["a"]


def test_what_lies_beside_the_prefix_is_not_in_the_store(store: Store, place: str):
    put(place, "some/prefix2/a", "some/other", "some/prefix/my file", "some/prefix/.hidden", "some/prefix//a")
    assert list(store.list()) == []


def test_more_than_one_page_is_listed(store: Store, place: str, tmp_path: Path):
    (tmp_path / "x").write_bytes(b"x")
    keys = [f"k/{number:04d}" for number in range(1003)]
    store.put_files([(key, tmp_path / "x") for key in keys])
    assert [found.key for found in store.list("k/")] == keys


def test_a_reader_refuses_an_object_that_was_replaced(store: Store):
    store.put_bytes("k", b"a" * 1_000_000)
    reader = store.open("k")
    assert reader.read(10) == b"a" * 10
    store.put_bytes("k", b"b" * 1_000_000)
    reader.seek(-10, os.SEEK_END)
    with pytest.raises(StoreUnavailable, match="was replaced while it was read"):
        reader.read(10)


AGES_S = 40 * 365 * 86400
"""moto's server says of every upload that it began in 2010."""


def test_abandoned_uploads_are_swept_once_they_are_old(store: Store, place: str):
    for key in ("some/prefix/large", "elsewhere"):
        upload = client().create_multipart_upload(Bucket=place, Key=key)["UploadId"]
        client().upload_part(Bucket=place, Key=key, UploadId=upload, PartNumber=1, Body=b"x")
    assert store.sweep(AGES_S) == 0
    assert not store.exists("large")
    assert store.sweep(older_than_s=-60) == 1
    assert [upload["Key"] for upload in client().list_multipart_uploads(Bucket=place)["Uploads"]] == ["elsewhere"]


def test_a_file_without_a_name_can_be_put(store: Store, tmp_path: Path):
    """As `shard` writes its tars."""
    (tmp_path / "x").write_bytes(b"x" * 1000)
    with (tmp_path / "x").open("rb") as file:
        (tmp_path / "x").unlink()
        store.put_file("k", Path(f"/proc/self/fd/{file.fileno()}"))
    assert store.get_bytes("k") == b"x" * 1000


def test_a_bucket_that_is_not_there_is_refused(place: str, tmp_path: Path):
    store = open_store("s3://never-made/x")
    (tmp_path / "x").write_bytes(b"x")
    calls = (
        *(store.get_bytes, store.stat, store.exists, store.open, lambda k: store.put_bytes(k, b"x")),
        *(lambda k: list(store.list(k)), lambda k: store.put_file(k, tmp_path / "x"), lambda k: store.check()),
        *(lambda k: store.download(k, tmp_path / "out"), lambda k: open_source(store.url(k))),
        lambda k: store.put_bytes(k, b"x", if_absent=True),
    )
    for call in calls:
        with pytest.raises(StageRefused, match=r"no such bucket|no bucket never-made"):
            call("k")


# Sources -----------------------------------------------------------------------------------------------------------

ODD_KEYS = [
    *("../up.mp4", "/leading.mp4", "//two.mp4", "a//b.mp4", "a/../b.mp4", "a b.mp4", "a+b&c=d?e#f.mp4", "it's.mp4"),
    *('say "x".mp4', "100%41.mp4", "back\\slash.mp4", "grüße.mp4", "日本.mp4", "~tilde.mp4", "🎬.mp4"),
]


def test_odd_keys_are_listed_in_order_and_read(place: str):
    for key in ODD_KEYS:
        put(place, f"raw/{key}", body=key.encode())
    found = listed(place)
    assert [one.relative_path for one in found] == sorted(ODD_KEYS, key=str.encode)
    for one in found:
        assert one.uri.isascii()
        assert " " not in one.uri
        with open_source(one.uri) as file:
            assert file.read() == one.relative_path.encode()
        assert (one.size_bytes, one.problem) == (len(one.relative_path.encode()), None)
        assert abs(datetime.now(UTC) - one.modified_at) < timedelta(minutes=5)


def test_a_prefix_is_a_folder(place: str):
    put(place, "raw/a.mp4", "raw2/b.mp4", "ra", "raw.mp4")
    assert [one.relative_path for one in listed(place)] == ["a.mp4"]
    assert [one.relative_path for one in listed(place, "raw/")] == ["a.mp4"]
    assert len(listed(place, "")) == 4


def test_what_systems_leave_behind_is_no_video(place: str):
    put(place, "raw/.DS_Store", "raw/.git/config", "raw/__MACOSX/a.mp4", "raw/sub/Thumbs.db", "raw/a.mp4")
    put(place, "raw/", "raw/sub/", body=b"")
    assert [one.relative_path for one in listed(place)] == ["a.mp4"]


def test_a_source_without_anything_is_missing(place: str):
    with pytest.raises(ObjectMissing, match="nothing lies below"):
        listed(place)
    put(place, "raw/", body=b"")
    assert listed(place) == []


def test_a_source_reads_as_a_file_does(place: str):
    data = os.urandom(1_234_567)
    put(place, "raw/a.mp4", body=data)
    with open_source(f"s3://{place}/raw/a.mp4") as file:
        assert file.read(100) == data[:100]
        file.seek(-100, os.SEEK_END)
        assert file.read() == data[-100:]


def test_an_empty_source_is_an_empty_file(place: str):
    put(place, "raw/a.mp4", body=b"")
    assert open_source(f"s3://{place}/raw/a.mp4").read() == b""


def test_a_source_that_was_replaced_is_read_again_another_time(place: str):
    put(place, "raw/a.mp4", body=b"a" * 1000)
    file = open_source(f"s3://{place}/raw/a.mp4")
    put(place, "raw/a.mp4", body=b"b" * 1000)
    with pytest.raises(StoreUnavailable, match="was replaced"):
        file.read()


def test_a_source_that_has_gone_is_missing(place: str):
    with pytest.raises(ObjectMissing):
        open_source(f"s3://{place}/raw/a.mp4")


def test_times_are_read_in_the_quicker_way(place: str, monkeypatch: pytest.MonkeyPatch):
    read: list[object] = []
    monkeypatch.setattr(s3_client, "moment", lambda said: read.append(said) or moment(said))
    forget_client()
    try:
        put(place, "raw/a.mp4", "raw/b.mp4")
        times = [found.modified_at for found in listed(place)]
    finally:
        forget_client()
    assert len(read) >= 2
    assert all(time and abs(time - datetime.now(UTC)) < timedelta(hours=1) for time in times)


# moto's server knows of these, Ceph's gateway does not ----------------------------------------------------------------


def test_an_archived_object_is_told_from_others(bucket: str):
    client().put_object(Bucket=bucket, Key="raw/cold.mp4", Body=b"x", StorageClass="GLACIER")
    put(bucket, "raw/warm.mp4")
    problems = {one.relative_path: one.problem for one in listed(bucket)}
    assert problems == {"cold.mp4": "archived", "warm.mp4": None}
    with pytest.raises(UnreadableVideo, match="archive") as caught:
        open_source(f"s3://{bucket}/raw/cold.mp4")
    assert caught.value.kind == "archived"
    client().restore_object(Bucket=bucket, Key="raw/cold.mp4", RestoreRequest={"Days": 2})
    assert open_source(f"s3://{bucket}/raw/cold.mp4").read() == b"x"


# Ceph's gateway knows of these, moto's server does not ----------------------------------------------------------------


@pytest.mark.skipif(not WANTED, reason="moto cannot hold such a key")
def test_a_key_of_two_lines(ceph_bucket: str):
    put(ceph_bucket, "raw/two\nlines\r.mp4", "raw/bell\x07.mp4")
    found = listed(ceph_bucket)
    assert [one.relative_path for one in found] == ["bell\x07.mp4", "two\nlines\r.mp4"]
    assert all(open_source(one.uri).read() == b"x" for one in found)


@pytest.mark.skipif(not WANTED, reason="moto takes any credentials")
def test_credentials_are_checked(ceph_bucket: str, ceph: str, monkeypatch: pytest.MonkeyPatch):
    use(ceph, monkeypatch, AWS_SECRET_ACCESS_KEY="another")
    store = open_store(f"s3://{ceph_bucket}/x")
    with pytest.raises(StageRefused, match="SignatureDoesNotMatch"):
        store.put_bytes("k", b"x")
    use(ceph, monkeypatch, AWS_ACCESS_KEY_ID="nobody")
    with pytest.raises(StageRefused, match="InvalidAccessKeyId"):
        store.get_bytes("k")
