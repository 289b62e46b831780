"""A store in a folder of this machine (or of a network file system that has hard links)."""

import errno
import mmap
import os
import shutil
import stat as modes
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from io import BufferedReader, FileIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from tasks.core.errors import ObjectExists, ObjectMissing, StageRefused, StoreUnavailable
from tasks.core.store.base import NewObject, Store, StoredObject, check_key, is_key_part
from tasks.core.store.uri import path_to_uri
from tasks.core.store.walk import Entry, walk

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_UNFINISHED = ".unfinished-"
"""Start of the name of a file still being written; no key part begins with a dot."""
_NEVER = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.ENOENT, errno.ENAMETOOLONG, errno.ELOOP}
"""Why a folder cannot be made, now or later, until somebody changes something."""
FORGOTTEN_S = 7 * 86400.0
"""No writer takes as long."""


class FolderStore(Store):
    """Objects as files below one folder, which is made where it is missing."""

    is_local = True

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)
        if not self.root.is_absolute():
            raise ValueError(f"not an absolute folder: {str(root)!r}")
        try:
            _make_folder(self.root)
        except OSError as error:
            kind = StageRefused if error.errno in _NEVER else StoreUnavailable
            raise kind(f"cannot make the folder {self.root}: {error.strerror}") from error

    def put_file(self, key: str, path: Path) -> StoredObject:
        target = self._path(key)
        with path.open("rb") as source, self._writing(key), _whole_file(target) as file:
            shutil.copyfileobj(source, file, 1 << 20)
        return self.stat(key)

    def put_bytes(self, key: str, data: bytes, *, if_absent: bool = False) -> StoredObject:
        target = self._path(key)
        with self._writing(key), _whole_file(target, if_absent=if_absent) as file:
            file.write(data)
        return self.stat(key)

    @contextmanager
    def new_object(self) -> Iterator[NewObject]:
        """Written where it is to stay, so that it need not be copied there."""
        with ExitStack() as ended:
            with self._writing(_UNFINISHED):
                _sweep(os.scandir(os.fsencode(self.root)), FORGOTTEN_S)
                file = ended.enter_context(_unfinished_in(self.root))

            def put(key: str) -> StoredObject:
                target = self._path(key)
                with self._writing(key):
                    _make_folder(target.parent)
                    _finish(file, target)
                return self.stat(key)

            yield NewObject(file, put)

    def get_bytes(self, key: str) -> bytes:
        with self._reading(key):
            return self._path(key).read_bytes()

    def view_bytes(self, key: str) -> memoryview:
        """A map holds the file open. A network's file that goes away later ends the process that looks at it."""
        with self._reading(key), self._path(key).open("rb") as file:
            try:
                return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
            except (OSError, ValueError):  # too many open files, a file system that cannot, or an empty file
                return memoryview(file.read())

    def read_range(self, key: str, offset: int, length: int) -> bytes:
        with self._reading(key), self._path(key).open("rb") as file:
            file.seek(offset)
            return file.read(length)

    def download(self, key: str, path: Path) -> None:
        source = self._path(key)
        with self._reading(key), source.open("rb") as stored, _whole_file(path) as file:
            shutil.copyfileobj(stored, file, 1 << 20)

    def stat(self, key: str) -> StoredObject:
        with self._reading(key):
            status = self._path(key).stat()
            if not modes.S_ISREG(status.st_mode):
                raise ObjectMissing(key)
            return _stored_object(key, status)

    def exists(self, key: str) -> bool:
        try:
            self.stat(key)
        except ObjectMissing:
            return False
        return True

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        folder = prefix.rpartition("/")[0]
        start = self._path(folder) if folder else self.root
        skip = len(os.fsencode(self.root)) + 1

        def enter(entry: Entry) -> bool:
            key = os.fsdecode(entry.path[skip:]) + "/"
            return is_key_part(os.fsdecode(entry.name)) and key.startswith(prefix[: len(key)])

        with self._listing(prefix):
            for entry in walk(os.fsencode(start), enter):
                key = os.fsdecode(entry.path[skip:])
                if key.startswith(prefix) and is_key_part(os.fsdecode(entry.name)):
                    yield from _listed_object(key, entry)

    def delete(self, key: str) -> None:
        with self._writing(key), suppress(*_NotThere):
            self._path(key).unlink()

    def url(self, key: str) -> str:
        return path_to_uri(self._path(key))

    def sweep(self, older_than_s: float) -> int:
        with _unavailable(str(self.root)):
            return _sweep(walk(os.fsencode(self.root), lambda _: True), older_than_s)

    def open(self, key: str) -> BufferedReader:
        """The file itself, which stays the same while others replace the object."""
        with self._reading(key):
            self.stat(key)
            return BufferedReader(_StoredFile(self._path(key)))

    def _path(self, key: str) -> Path:
        return self.root / check_key(key)

    @contextmanager
    def _reading(self, key: str) -> Iterator[None]:
        try:
            with _unavailable(key):
                yield
        except _NotThere as error:
            self._require_root()
            raise ObjectMissing(key) from error

    @contextmanager
    def _listing(self, prefix: str) -> Iterator[None]:
        try:
            with _unavailable(prefix):
                yield
        except _NotThere:
            self._require_root()

    @contextmanager
    def _writing(self, key: str) -> Iterator[None]:
        self._require_root()
        try:
            with _unavailable(key):
                yield
        except FileExistsError as error:
            raise ObjectExists(key) from error
        except _NotThere as error:
            raise ValueError(f"one key cannot be the folder of another: {key!r}") from error

    def _require_root(self) -> None:
        """A folder that went away (unmounted) is not an empty store."""
        if not self.root.is_dir():
            raise StoreUnavailable(f"the folder {self.root} is not there")


_NotThere = (FileNotFoundError, IsADirectoryError, NotADirectoryError)


@contextmanager
def _unavailable(what: str) -> Iterator[None]:
    """Turns errors of disk and rights into StoreUnavailable; lets through those that say what is there."""
    try:
        yield
    except (FileExistsError, *_NotThere):
        raise
    except OSError as error:
        raise StoreUnavailable(f"{what}: {error.strerror or error}") from error


@contextmanager
def _whole_file(target: Path, *, if_absent: bool = False) -> Iterator[BinaryIO]:
    """A file to write that takes the target's name when all of it is on the disk, and leaves nothing on an error."""
    _make_folder(target.parent)
    with _unfinished_in(target.parent) as file:
        yield file
        _finish(file, target, if_absent=if_absent)


@contextmanager
def _unfinished_in(folder: Path) -> Iterator[BinaryIO]:
    """A new file of the folder, which goes where it is given no other name."""
    path = folder / f"{_UNFINISHED}{uuid.uuid4().hex}"
    try:
        with path.open("xb") as file:
            yield file
    finally:
        path.unlink(missing_ok=True)


def _finish(file: BinaryIO, target: Path, *, if_absent: bool = False) -> None:
    """Puts all of the file on the disk, then gives it the target's name."""
    file.flush()
    os.fsync(file.fileno())
    unfinished = Path(file.name)
    if if_absent:
        _link(unfinished, target)
    else:
        unfinished.replace(target)
    _sync_folder(target.parent)


def _sweep(entries: Iterable[Entry], older_than_s: float) -> int:
    """How many unfinished files among the entries were removed; those of living writers are younger."""
    oldest, swept = time.time() - older_than_s, 0
    for entry in entries:
        if entry.name.startswith(_UNFINISHED.encode()):
            with suppress(FileNotFoundError):
                if entry.stat().st_mtime <= oldest:
                    os.unlink(entry.path)
                    swept += 1
    return swept


class _StoredFile(FileIO):
    """An object's file, whose disk may fail."""

    def readinto(self, buffer: "WriteableBuffer") -> int:
        with _unavailable(str(self.name)):
            return super().readinto(buffer) or 0

    def readall(self) -> bytes:
        with _unavailable(str(self.name)):
            return super().readall() or b""


def _link(unfinished: Path, target: Path) -> None:
    """Unlike a rename, fails where the target is there. Raises StageRefused on a file system without hard links."""
    try:
        os.link(unfinished, target)
    except OSError as error:
        if error.errno in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK):
            raise StageRefused(f"the file system of {target.parent} has no hard links; use one that has") from error
        raise


def _make_folder(path: Path) -> None:
    """Makes the folder and its parents, each of them on the disk when this returns."""
    missing = []
    while not path.is_dir():
        missing.append(path)
        path = path.parent
    for folder in reversed(missing):
        try:
            folder.mkdir(exist_ok=True)
        except FileExistsError as error:
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder)) from error
        _sync_folder(folder.parent)


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _listed_object(key: str, entry: Entry) -> Iterator[StoredObject]:
    """The object of the entry; nothing where it is no file or was deleted since its folder was read."""
    if entry.is_dir(follow_symlinks=False):
        raise StoreUnavailable(f"cannot read the folder {os.fsdecode(entry.path)}")
    with suppress(FileNotFoundError):
        if entry.is_file():
            yield _stored_object(key, entry.stat())


def _stored_object(key: str, status: os.stat_result) -> StoredObject:
    return StoredObject(key, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))
