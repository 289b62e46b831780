"""One file of a source: its hash, what a probe says of it, and what it says itself on training."""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, Self

from tasks.core.errors import UnreadableVideo
from tasks.core.media import probe
from tasks.core.model import VideoInfo, content_id, video_id
from tasks.core.recipe import IngestSettings, SourceSettings
from tasks.core.store import SourceObject, open_source
from tasks.ingest.manifest import Claim, read_claim
from tasks.ingest.originals import bring
from tasks.ingest.sources import is_in_place, open_kind

READ_BYTES = 1 << 20
UNKNOWN_BYTES = 1_000_000_000
"""How large a file is taken for that nobody knows the size of."""

PROBLEMS = {
    "archived": "the object lies in an archive storage class and has not been restored",
    "bad_address": "it is no http or https address, or one with a password in it",
    "broken_link": "the link points to a file that is not there",
    "link_outside": "the link points out of the source's folder and is not followed",
    "not_a_file": "not a regular file",
    "unreadable_file": "this user may not read the file",
    "unreadable_folder": "this user may not read the folder",
}


@dataclass(frozen=True, slots=True)
class File:
    """A file as it was listed: the input of `look`."""

    source_id: uuid.UUID
    found: SourceObject
    source: SourceSettings | None = None
    output: str = ""
    """The store that fetched files are put into."""
    sha256: str | None = None
    """Of its bytes, where they are known before it is read."""

    def with_sha256(self, sha256: str | None) -> Self:
        """The file, with the hash where there is one."""
        return replace(self, sha256=sha256) if sha256 else self

    @property
    def subject_id(self) -> uuid.UUID:
        """The place, size and time of the file: another time is another look."""
        found = self.found
        version = [found.etag] if found.etag else []
        return content_id("location", self.source_id, found.uri, found.size_bytes, found.modified_at, *version)

    @property
    def reserved_id(self) -> uuid.UUID:
        """The source."""
        return self.source_id

    @property
    def weight_s(self) -> float:
        """Large files take longer to read: one second per 10 MB, and per MB where it is fetched first."""
        if is_in_place(self.found.uri):
            return self.found.size_bytes / 10_000_000
        return (self.found.size_bytes or UNKNOWN_BYTES) / 1_000_000


@dataclass(frozen=True, slots=True)
class Looked:
    """A file that has been read, whatever it was."""

    subject_id: uuid.UUID
    source_id: uuid.UUID
    found: SourceObject
    uri: str
    """Where it is read from now on."""
    size_bytes: int
    sha256: str | None
    info: VideoInfo | None
    terms: Mapping[str, Any] | None = None
    kind: str | None = None
    message: str | None = None
    claim: Claim | None = None
    """What its own manifest says on training; None where it is no video."""

    @property
    def origin(self) -> str | None:
        """Where it came from, if it does not lie there any more for us."""
        return None if is_in_place(self.found.uri) else self.found.uri

    @property
    def video_id(self) -> uuid.UUID:
        """By the file's bytes; by its place where they could not be read."""
        return video_id(self.sha256) if self.sha256 else content_id("unreadable", self.subject_id)


def look(file: File, settings: IngestSettings) -> Looked:
    """What the file is. Never raises for what is wrong with the file itself: that is told in kind and message."""
    found = file.found
    if found.problem:
        told = (found.terms or {}).get("problem") or PROBLEMS.get(found.problem, found.problem)
        return looked(file, None, kind=found.problem, message=str(told))
    if is_in_place(found.uri):
        return _look_at(file, found.uri)
    return _fetch_and_look(file)


def _look_at(file: File, uri: str) -> Looked:
    sha256 = None
    try:
        with open_source(uri) as stream:
            sha256 = digest(stream)
            return replace(looked(file, sha256, probe(stream)), claim=read_claim(stream))
    except UnreadableVideo as error:
        return looked(file, sha256, kind=error.kind, message=error.detail)


def _fetch_and_look(file: File) -> Looked:
    """Its bytes go into the store only where they are a video."""
    if file.source is None:
        raise ValueError(f"{file.found.uri}: of no source")
    source = open_kind(file.source)
    sha256 = None
    try:
        with bring(source, file.found, file.output, file.sha256) as original:
            sha256 = original.sha256 or digest(original.stream)
            info, claim = probe(original.stream), read_claim(original.stream)
            uri = original.keep(sha256)
        result = replace(looked(file, sha256, info), claim=claim)
        terms = {**(file.found.terms or {}), **original.terms} or None
        return replace(result, uri=uri, size_bytes=original.size_bytes, terms=terms)
    except UnreadableVideo as error:
        return looked(file, sha256, kind=error.kind, message=error.detail)


def looked(
    file: File,
    sha256: str | None,
    info: VideoInfo | None = None,
    *,
    kind: str | None = None,
    message: str | None = None,
) -> Looked:
    """The result about a file that is read where it lies."""
    found = file.found
    of = (file.subject_id, file.source_id, found, found.uri, found.size_bytes)
    return Looked(*of, sha256, info, found.terms, kind, message)


def digest(stream: BinaryIO) -> str:
    """sha256 hex digest of the whole stream, which is then at its start again."""
    found = hashlib.sha256()
    stream.seek(0)
    while block := stream.read(READ_BYTES):
        found.update(block)
    stream.seek(0)
    return found.hexdigest()
