"""A WebDataset tar, written in one pass: the same members give the same bytes, on any day and machine."""

import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import IO, Protocol

from tasks.core.store import HashingWriter

COPY_BYTES = 1 << 20
_BLOCK_BYTES = 512


class Readable(Protocol):
    """What gives bytes in pieces."""

    def read(self, size: int, /) -> bytes:
        """Up to so many bytes, none at the end."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a tar; `content` gives exactly size_bytes."""

    name: str
    size_bytes: int
    content: Readable


@dataclass(frozen=True, slots=True)
class WrittenTar:
    """A finished tar."""

    sha256: str
    size_bytes: int
    offsets: Mapping[str, int]
    """Where the content of each member begins, by its name."""


def member_bytes(size_bytes: int) -> int:
    """What a member of this size takes up: its header, and its content in whole blocks."""
    return _BLOCK_BYTES * (1 + -(-size_bytes // _BLOCK_BYTES))


def tar_bytes(packed_bytes: Iterable[int]) -> int:
    """The size of a tar of such members: two empty blocks end it, and it is filled up to whole records."""
    return -(-(sum(packed_bytes) + 2 * _BLOCK_BYTES) // tarfile.RECORDSIZE) * tarfile.RECORDSIZE


def write_tar(file: IO[bytes], members: Iterable[Member]) -> WrittenTar:
    """Writes the members in their order; OSError where one is shorter than it says."""
    output = HashingWriter(file)
    offsets: dict[str, int] = {}
    with tarfile.TarFile(fileobj=output, mode="w", format=tarfile.USTAR_FORMAT, copybufsize=COPY_BYTES) as tar:  # type: ignore[arg-type]
        for member in members:
            info = _info(member)
            offsets[member.name] = tar.offset + _BLOCK_BYTES
            tar.addfile(info, member.content)  # type: ignore[arg-type]
    return WrittenTar(output.digest.hexdigest(), output.size_bytes, offsets)


def _info(member: Member) -> tarfile.TarInfo:
    """A header without owner, machine or time."""
    info = tarfile.TarInfo(member.name)
    info.size, info.mode, info.mtime = member.size_bytes, 0o644, 0
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    return info
