"""Hashing on the way: what is written to a file, and the sha256 of it, in one pass."""

import hashlib
from typing import IO


class HashingWriter:
    """Passes on what is written, and knows its sha256 and size."""

    closed = False
    """Writers ask; the file is closed by who opened it."""

    def __init__(self, file: IO[bytes]) -> None:
        self.digest = hashlib.sha256()
        self.size_bytes = 0
        self._file = file

    def write(self, data: bytes) -> int:
        """The file's answer; any buffer of bytes will do."""
        self.digest.update(data)
        self.size_bytes += len(data)
        return self._file.write(data)

    def tell(self) -> int:
        """Bytes written so far."""
        return self.size_bytes

    def flush(self) -> None:
        """What the file still holds back goes out."""
        self._file.flush()
