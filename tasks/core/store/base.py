"""What every store can do; the calls are those that S3 can do too, so that folder and bucket are siblings."""

import re
import tempfile
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from io import BufferedReader
from pathlib import Path
from typing import IO, ClassVar

from tasks.core.errors import ObjectExists, StageRefused
from tasks.core.store.reader import SeekableReader

_KEY_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._=+@,-]{0,254}")
_KEY_MAX_LENGTH = 1024  # S3's limit


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What a store says of one object without reading it."""

    key: str
    size_bytes: int
    modified_at: datetime
    """UTC."""


@dataclass(frozen=True, slots=True)
class NewObject:
    """An object that is written first and named then, as those are that bear a name made of their bytes."""

    file: IO[bytes]
    """Takes what it is to hold."""
    put: Callable[[str], StoredObject]
    """The object under this key, made from (or replaced by) all that was written; to be called once."""


def is_key_part(name: str) -> bool:
    """Whether the name may stand between two slashes of a key; a leading dot may not (it marks unfinished writes)."""
    return _KEY_PART.fullmatch(name) is not None


def check_key(key: str) -> str:
    """The key itself; ValueError where it is not one. Keys are ours: a file name from outside never becomes a key."""
    if len(key) > _KEY_MAX_LENGTH or not all(is_key_part(part) for part in key.split("/")):
        raise ValueError(f"not a store key: {key!r}")
    return key


class Store(ABC):
    """Objects under slash-separated keys.

    An object is seen whole or not at all, also by others and after a kill. Every call raises
    StoreUnavailable where the store cannot serve, and ValueError for a malformed key.
    """

    is_local: ClassVar[bool] = False
    """Whether reading an object costs no request, so that nobody need copy it first."""

    @abstractmethod
    def put_file(self, key: str, path: Path) -> StoredObject:
        """The object made from (or replaced by) the local file's bytes."""

    @abstractmethod
    def put_bytes(self, key: str, data: bytes, *, if_absent: bool = False) -> StoredObject:
        """The object made from (or replaced by) the data; with if_absent, ObjectExists where another came first."""

    @abstractmethod
    def get_bytes(self, key: str) -> bytes:
        """The whole object as it is at one moment; for small ones. ObjectMissing."""

    def view_bytes(self, key: str) -> memoryview:
        """As `get_bytes`, for large ones that are only looked at: a local file is mapped into memory, not copied."""
        return memoryview(self.get_bytes(key))

    @abstractmethod
    def read_range(self, key: str, offset: int, length: int) -> bytes:
        """Up to `length` bytes from `offset`, fewer only at the object's end; ObjectMissing."""

    @abstractmethod
    def download(self, key: str, path: Path) -> None:
        """Copies the object to a local file, which is seen whole or not at all; ObjectMissing."""

    @abstractmethod
    def stat(self, key: str) -> StoredObject:
        """Size and time of the object; ObjectMissing."""

    @abstractmethod
    def exists(self, key: str) -> bool:
        """Whether the object is there."""

    @abstractmethod
    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        """The objects whose key starts with the prefix, in order of the keys' bytes, streamed."""

    @abstractmethod
    def delete(self, key: str) -> None:
        """Removes the object; no error where it is not there."""

    @abstractmethod
    def url(self, key: str) -> str:
        """The object's address for people and other programs."""

    @abstractmethod
    def sweep(self, older_than_s: float) -> int:
        """How many unfinished writes of killed writers it removed, none younger than the given age."""

    @contextmanager
    def new_object(self) -> Iterator[NewObject]:
        """An object without a name yet, which leaves nothing behind where it is given none.

        Needs room for it in the temporary folder, unless the store is local.
        """
        with tempfile.TemporaryFile() as file:

            def put(key: str) -> StoredObject:
                file.flush()
                return self.put_file(key, Path(f"/proc/self/fd/{file.fileno()}"))

            yield NewObject(file, put)

    def put_files(self, files: Sequence[tuple[str, Path]]) -> None:
        """Puts many (key, local file); where one fails, others may be there already."""
        for key, path in files:
            self.put_file(key, path)

    def download_all(self, files: Sequence[tuple[str, Path]]) -> None:
        """Copies many (key, local file); where one fails, others may be there already. ObjectMissing."""
        for key, path in files:
            self.download(key, path)

    def check(self) -> None:
        """Raises StageRefused where the store cannot keep the first of two writers, which `publish` stands on."""
        key = f"probes/{uuid.uuid4().hex}"
        try:
            self.put_bytes(key, b"first", if_absent=True)
            self.put_bytes(key, b"second", if_absent=True)
        except ObjectExists:
            return
        finally:
            self.delete(key)
        raise StageRefused(
            f"{self.url(key)}: the store lets a second writer replace what it should put only where nothing is "
            "(it ignores If-None-Match), so two runs could publish the same version; use a store that honours it"
        )

    def open(self, key: str) -> BufferedReader:
        """A binary file over the object that fetches only what is read, in bounded memory; ObjectMissing."""
        return SeekableReader(partial(self.read_range, check_key(key)), self.stat(key).size_bytes)
