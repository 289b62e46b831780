"""Source videos that lie in place: listed and read where they are, never copied."""

import errno
import os
import stat as modes
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from tasks.core.errors import ObjectMissing, StoreUnavailable, UnreadableVideo
from tasks.core.store.uri import is_s3, path_to_uri, uri_to_path
from tasks.core.store.walk import Entry, walk

LITTER = {
    "$RECYCLE.BIN",
    "@eaDir",
    "System Volume Information",
    "Thumbs.db",
    "__MACOSX",
    "desktop.ini",
    "lost+found",
}
_LITTER = {name.encode() for name in LITTER}


@dataclass(frozen=True, slots=True)
class SourceObject:
    """One file of a source."""

    uri: str
    """ASCII; `open_source` reads it."""
    relative_path: str
    """Path below the listed folder for people; bytes that are no UTF-8 stand as \\xNN."""
    size_bytes: int
    modified_at: datetime | None
    """UTC; None where the file cannot be looked at."""
    problem: str | None = None
    """Why it cannot be read, None where it can be tried: archived, broken_link, link_outside, not_a_file,
    unreadable_file or unreadable_folder; of files that lie elsewhere also what their server said."""
    etag: str | None = None
    """What its place tells versions of it apart by, where size and time are not all."""
    content_hash: str | None = None
    """`sha256:<hex>` or `md5:<hex>` of its bytes, where its place knows it."""
    terms: Mapping[str, Any] | None = None
    """Licence, uploader, opt-outs and the like, as its place says them."""
    metadata: Mapping[str, Any] | None = None
    """The user's own words about it."""
    cursor: str | None = None
    """Where a listing goes on after it, for places whose URIs are in no order."""


def open_source(uri: str) -> BinaryIO:
    """A seekable binary file over a source video; ObjectMissing, UnreadableVideo, StoreUnavailable, StageRefused."""
    if is_s3(uri):
        from tasks.core.store.s3_source import open_object  # boto3 takes as long to import as all the rest

        return open_object(uri)
    try:
        # A pipe without a writer would block for ever
        descriptor = os.open(uri_to_path(uri), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ObjectMissing(uri) from error
    except PermissionError as error:
        raise UnreadableVideo("permission_denied", f"this user may not read {uri}") from error
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO, errno.ENAMETOOLONG):
            raise UnreadableVideo("not_a_file", f"{uri}: {error.strerror}") from error
        raise StoreUnavailable(f"{uri}: {error.strerror}") from error
    if not modes.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UnreadableVideo("not_a_file", f"{uri} is a folder, pipe or device")
    return os.fdopen(descriptor, "rb")


def list_source(uri: str) -> Iterator[SourceObject]:
    """Every file of a source in order of its name's bytes; ObjectMissing where there is no such source."""
    if is_s3(uri):
        from tasks.core.store.s3_source import list_bucket

        return list_bucket(uri)
    return list_folder(uri_to_path(uri))


def list_folder(root: Path | str, after: str = "") -> Iterator[SourceObject]:
    """Every file below the folder in order of its path's bytes, with a problem where it cannot be read.

    `after` is the URI of a file of it: only those that come after it are listed.

    Hidden files and what operating systems leave behind are not listed. Links to files are followed inside the
    folder only; links to folders are not (inside, their content is listed where it lies).
    ObjectMissing where root is no folder, StoreUnavailable where it cannot be read.
    """
    start = os.fsencode(Path(root).absolute())
    inside = os.path.join(os.path.realpath(start), b"")
    passed = os.fsencode(uri_to_path(after)) if after else b""
    try:
        for entry in walk(start, _wanted):
            if entry.path > passed and _wanted(entry) and not _is_link_to_inner_folder(entry, inside):
                yield _source_object(entry, start, inside)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ObjectMissing(f"no folder {root}") from error
    except OSError as error:
        raise StoreUnavailable(f"{root}: {error.strerror}") from error


def _wanted(entry: Entry) -> bool:
    return not entry.name.startswith(b".") and entry.name not in _LITTER


def _is_link_to_inner_folder(entry: Entry, inside: bytes) -> bool:
    return entry.is_symlink() and os.path.isdir(entry.path) and _lies_inside(entry, inside)


def _lies_inside(entry: Entry, inside: bytes) -> bool:
    return os.path.join(os.path.realpath(entry.path), b"").startswith(inside)


def _source_object(entry: Entry, start: bytes, inside: bytes) -> SourceObject:
    problem, status = _look_at(entry, inside)
    return SourceObject(
        uri=path_to_uri(os.fsdecode(entry.path)),
        relative_path=os.path.relpath(entry.path, start).decode("utf-8", "backslashreplace"),
        size_bytes=status.st_size if status else 0,
        modified_at=datetime.fromtimestamp(status.st_mtime, UTC) if status else None,
        problem=problem,
    )


def _look_at(entry: Entry, inside: bytes) -> tuple[str | None, os.stat_result | None]:
    """(problem, status) of an entry that is no folder, or of a folder that could not be read."""
    if entry.is_symlink() and not _lies_inside(entry, inside):
        return ("link_outside" if os.path.exists(entry.path) else "broken_link"), None
    try:
        status = entry.stat()
    except OSError:
        return ("broken_link" if entry.is_symlink() else "unreadable_file"), None
    if modes.S_ISDIR(status.st_mode):
        return "unreadable_folder", status
    return (None if modes.S_ISREG(status.st_mode) else "not_a_file"), status
