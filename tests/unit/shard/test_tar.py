"""Tars: readable by others, the same bytes every time, and every offset true."""

import hashlib
import io
import itertools
import tarfile

import pytest

from tasks.shard.tar import Member, member_bytes, write_tar

FILES = {"a.mp4": b"x" * 1000, "a.json": b"{}", "b.mp4": b"y" * 512, "b.json": b""}


def member(name: str, content: bytes) -> Member:
    return Member(name, len(content), io.BytesIO(content))


def written() -> tuple[bytes, "list[int]"]:
    file = io.BytesIO()
    tar = write_tar(file, [member(name, content) for name, content in FILES.items()])
    assert (tar.sha256, tar.size_bytes) == (hashlib.sha256(file.getvalue()).hexdigest(), len(file.getvalue()))
    assert list(tar.offsets) == list(FILES)
    return file.getvalue(), list(tar.offsets.values())


def test_others_read_what_was_written() -> None:
    data, _ = written()
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        found = {info.name: tar.extractfile(info).read() for info in tar}  # type: ignore[union-attr]
    assert found == FILES


def test_the_bytes_are_the_same_every_time_and_everywhere() -> None:
    data, _ = written()
    assert hashlib.sha256(data).hexdigest() == "57636e7d7d315c0748b1af8ef9f29909eb51ebbf6958022a0c981ae055bd107e"


def test_offsets_point_at_the_content() -> None:
    data, offsets = written()
    for offset, content in zip(offsets, FILES.values(), strict=True):
        assert data[offset : offset + len(content)] == content


def test_a_member_takes_up_what_is_reckoned() -> None:
    data, offsets = written()
    sizes = [member_bytes(len(content)) for content in FILES.values()]
    assert [b - a for a, b in itertools.pairwise(offsets)] == sizes[:-1]
    assert sum(sizes) <= len(data) < sum(sizes) + 2 * tarfile.RECORDSIZE


def test_no_header_says_who_or_when() -> None:
    data, _ = written()
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        assert {(i.mtime, i.uid, i.gid, i.uname, i.gname, i.mode) for i in tar} == {(0, 0, 0, "", "", 0o644)}


def test_a_member_that_ends_early_is_refused() -> None:
    with pytest.raises(OSError, match="unexpected end of data"):
        write_tar(io.BytesIO(), [Member("a.mp4", 10, io.BytesIO(b"short"))])
