"""What hangs on a clip, a video or a source, in catalog and stores: for lineage, and for whoever takes it down."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from tasks.cli.explain import find_thing
from tasks.core.catalog import Connection, Row
from tasks.core.catalog.connection import as_uuid
from tasks.core.errors import NotFound
from tasks.core.store import is_s3, source_uri

Subject = Literal["source", "video", "clip"]
ALIKE = 0.9
"""Similarity from which on another video's clip may well show the same."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is asked about."""

    subject: Subject
    subject_id: UUID
    name: str

    @property
    def clip(self) -> UUID | None:
        """The one clip that is meant; None for all of the videos."""
        return self.subject_id if self.subject == "clip" else None


def find_target(connection: Connection, subject: Subject, named: str) -> Target:
    """The clip or video by id or path, the source by name, place or id. Raises NotFound, saying what there is."""
    if subject == "source":
        return _find_source(connection, named)
    found = find_thing(connection, named)
    if found["kind"] != subject:
        raise NotFound(f"a {subject} {named!r}: that is a {found['kind']}; give --{found['kind']} {named}")
    return Target(subject, as_uuid(found["id"]), found["path"] or str(found["id"]))


def _find_source(connection: Connection, named: str) -> Target:
    uri = source_uri(named) if is_s3(named) or Path(named).is_absolute() else named
    found = connection.rows("takedown/find_source", named=named, uri=uri)
    if not found:
        known = ", ".join(row["name"] for row in connection.rows("cli/sources")[:10]) or "none yet"
        raise NotFound(f"a source {named!r} (there are: {known})")
    if len(found) > 1:
        several = ", ".join(f"{row['uri']} ({row['source_id']})" for row in found)
        raise NotFound(f"{named!r} may mean {several}; give its place or id")
    return Target("source", as_uuid(found[0]["source_id"]), found[0]["name"])


def concerned(connection: Connection, target: Target, limit: int | None) -> dict[str, Any]:
    """Counts of all that is concerned, and the first `limit` of each kind (all where None)."""
    connection.value("target/gather", subject=target.subject, id=target.subject_id)
    videos = connection.rows("target/videos", limit=limit)
    clips = _clips(connection, target)
    renditions = connection.rows("target/renditions", limit=limit)
    vectors = connection.rows("target/vectors", limit=limit)
    shards = connection.rows("target/shards", limit=limit)
    places = connection.rows("target/places", limit=limit)
    alike = connection.rows("target/alike", similarity=ALIKE, limit=limit)
    return {
        "counts": {
            "videos": _of(videos, "videos"),
            "video_bytes": _of(videos, "all_bytes"),
            "places": _of(places, "places"),
            "clips": int(clips.get("clips", 0)),
            "clip_seconds": float(clips.get("seconds", 0.0)),
            "renditions": _of(renditions, "renditions"),
            "rendition_bytes": _of(renditions, "all_bytes"),
            "described": int(connection.value("target/captions")),
            "vectors": _of(vectors, "all_vectors"),
            "vector_files": _of(vectors, "files"),
            "shards": _of(shards, "shards"),
            "shard_bytes": _of(shards, "all_bytes"),
            "videos_alike": _of(alike, "videos"),
        },
        "videos": [_only(row, "video_id", "path", "uri", "source", "sha256", "size_bytes") for row in videos],
        "places": [_only(row, "video_id", "path", "uri", "source") for row in places],
        "renditions": [_only(row, "clip_id", "store_url", "object_key", "sha256", "size_bytes") for row in renditions],
        "vector_files": [_only(row, "store_url", "object_key", "vectors") for row in vectors],
        "shards": [
            _only(
                row,
                "shard_id",
                "dataset",
                "store_url",
                "object_key",
                "sha256",
                "size_bytes",
                "clips",
                "is_current",
                "is_purged",
            )
            for row in shards
        ],
        "versions": connection.rows("target/versions"),
        "alike": [_only(row, "video_id", "path", "similarity") for row in alike],
    }


def _clips(connection: Connection, target: Target) -> Row:
    if target.subject == "source":
        return connection.row("target/clips_of_source", source=target.subject_id) or {}
    return connection.row("target/clips", clip=target.clip) or {}


def _of(rows: list[Row], total: str) -> int:
    """A total that each of the rows carries."""
    return int(rows[0][total] or 0) if rows else 0


def _only(row: Row, *names: str) -> dict[str, Any]:
    return {name: row[name] for name in names}
