"""One file of a source: its hash, what a probe says of it, and what it says itself on training."""

import hashlib
import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from typing import BinaryIO

from tasks.core.errors import UnreadableVideo
from tasks.core.media import probe
from tasks.core.model import VideoInfo, content_id, video_id
from tasks.core.recipe import IngestSettings
from tasks.core.store import SourceObject, open_source
from tasks.ingest.manifest import Claim, read_claim

READ_BYTES = 1 << 20

PROBLEMS = {
    "archived": "the object lies in an archive storage class and has not been restored",
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

    @property
    def subject_id(self) -> uuid.UUID:
        """The place, size and time of the file: another time is another look."""
        return content_id("location", self.source_id, self.found.uri, self.found.size_bytes, self.found.modified_at)

    @property
    def reserved_id(self) -> uuid.UUID:
        """The source."""
        return self.source_id

    @property
    def weight_s(self) -> float:
        """Large files take longer to read: one second per 10 MB."""
        return self.found.size_bytes / 10_000_000


@dataclass(frozen=True, slots=True)
class Looked:
    """A file that has been read, whatever it was."""

    subject_id: uuid.UUID
    source_id: uuid.UUID
    uri: str
    path: str
    size_bytes: int
    modified_at: datetime | None
    sha256: str | None
    info: VideoInfo | None
    kind: str | None = None
    message: str | None = None
    claim: Claim | None = None
    """What its own manifest says on training; None where it is no video."""

    @property
    def video_id(self) -> uuid.UUID:
        """By the file's bytes; by its place where they could not be read."""
        return video_id(self.sha256) if self.sha256 else content_id("unreadable", self.subject_id)


def look(file: File, settings: IngestSettings) -> Looked:
    """What the file is. Never raises for what is wrong with the file itself: that is told in kind and message."""
    found = file.found
    if found.problem:
        return looked(file, None, kind=found.problem, message=PROBLEMS[found.problem])
    sha256 = None
    try:
        with open_source(found.uri) as stream:
            sha256 = digest(stream)
            return replace(looked(file, sha256, probe(stream)), claim=read_claim(stream))
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
    """The result about a file."""
    found = file.found
    place = (found.uri, found.relative_path, found.size_bytes, found.modified_at)
    return Looked(file.subject_id, file.source_id, *place, sha256, info, kind, message)


def digest(stream: BinaryIO) -> str:
    """sha256 hex digest of the whole stream, which is then at its start again."""
    found = hashlib.sha256()
    stream.seek(0)
    while block := stream.read(READ_BYTES):
        found.update(block)
    stream.seek(0)
    return found.hexdigest()
