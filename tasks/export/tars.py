"""Tars of an export, filled one member at a time: the same members give the same bytes, on any day and machine."""

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path


class OpenTar:
    """A tar that takes members until it is closed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.offsets: list[int] = []
        """Where the header of each member begins."""
        self._tar = tarfile.TarFile(path, "w", format=tarfile.USTAR_FORMAT)

    @property
    def size_bytes(self) -> int:
        """So far, without what ends it."""
        return self._tar.offset

    def add(self, name: str, data: bytes) -> None:
        """One file more, without owner, machine or time."""
        info = tarfile.TarInfo(name)
        info.size, info.mode, info.mtime = len(data), 0o644, 0
        self.offsets.append(self._tar.offset)
        self._tar.addfile(info, io.BytesIO(data))

    def close(self) -> None:
        """Ends the tar."""
        self._tar.close()


def members(path: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file of a tar, one after the other, as a reader finds them."""
    with tarfile.open(path) as tar:
        for info in tar:
            file = tar.extractfile(info)
            if file is not None:
                yield info.name, file.read()
