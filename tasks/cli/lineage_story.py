"""Where a clip, shard, video or source comes from, and what was made of it, out of the catalog; as JSON can hold it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from tasks.cli.concerned import Target, concerned
from tasks.cli.explain import Story, explain, find_thing, plain
from tasks.core.catalog import Connection, Row
from tasks.core.catalog.connection import as_uuid
from tasks.core.errors import NotFound
from tasks.core.model import content_hash
from tasks.core.settings import canonical_json
from tasks.core.store import is_s3, source_uri


def lineage(connection: Connection, what: str, limit: int | None) -> Story:
    """The story of a source (by name or place), a shard (by key), a clip or a video; the first `limit` of many things.

    Raises NotFound where nothing fits, or more than one thing does.
    """
    found = _find(connection, what)
    kinds = {"clip": _clip, "video": _video, "source": _source, "shard": _shard}
    story: Story = plain({"kind": found["kind"], **kinds[found["kind"]](connection, found, limit)})
    return {**story, "made_by": plain(connection.rows("cli/lineage", ids=sorted(set(_values(story, "stage_run_id")))))}


def _find(connection: Connection, what: str) -> Row:
    uri = source_uri(what) if is_s3(what) or Path(what).is_absolute() else what
    sources = [
        {"kind": "source", "id": row["source_id"], "path": row["uri"], "name": row["name"]}
        for row in connection.rows("takedown/find_source", named=what, uri=uri)
    ]
    found = sources or connection.rows("cli/find_shard", named=what)
    if len(found) > 1:
        several = ", ".join(f"{row['kind']} {row['path']} ({row['id']})" for row in found)
        raise NotFound(f"{what!r} may mean {several}; give its place or id")
    if found:
        return found[0]
    try:
        return find_thing(connection, what)
    except NotFound as error:
        known = ", ".join(row["name"] for row in connection.rows("cli/sources")[:10]) or "none yet"
        raise NotFound(f"{error.detail}; nor is it a shard's key, nor a source's name (there are: {known})") from error


def _clip(connection: Connection, found: Row, limit: int | None) -> Story:
    story = explain(connection, str(found["id"]))
    target = Target("clip", as_uuid(found["id"]), str(found["id"]))
    made = concerned(connection, target, limit)
    compared = plain(connection.row("cli/clip_compared", run=story["run_id"], clip=found["id"]))
    keys = sorted({*_values(story, "stage_key"), *_values(compared, "stage_key")})
    return {
        **story,
        "places": connection.rows("cli/video_sources", video=story["video"]["video_id"]),
        "training": _training(connection, story["video"]["video_id"]),
        "compared": compared,
        "versions": made["versions"],
        "settings": {str(row["stage_key"]): _settings(row) for row in connection.rows("cli/stage_keys", keys=keys)},
    }


def _settings(row: Row) -> Story:
    return {
        "name": row["name"],
        "sha256": content_hash(canonical_json(row["fingerprint"])),
        "made_of": row["fingerprint"],
    }


def _training(connection: Connection, video: object) -> Row | None:
    return connection.row("cli/training_claim", video=video)


def _video(connection: Connection, found: Row, limit: int | None) -> Story:
    story = explain(connection, str(found["id"]))
    target = Target("video", as_uuid(found["id"]), str(found["id"]))
    return {
        **story,
        "places": connection.rows("cli/video_sources", video=found["id"]),
        "training": _training(connection, found["id"]),
        "made": concerned(connection, target, limit),
    }


def _source(connection: Connection, found: Row, limit: int | None) -> Story:
    target = Target("source", as_uuid(found["id"]), found["name"])
    return {
        "source_id": found["id"],
        "name": found["name"],
        "uri": found["path"],
        "blocked": [row for row in (connection.row("takedown/of_subject", subject_id=found["id"]),) if row],
        "terms": connection.rows("cli/source_terms", source=found["id"]),
        "runs": connection.rows("cli/runs_of_source", source=found["id"], limit=limit),
        "made": concerned(connection, target, limit),
    }


def _shard(connection: Connection, found: Row, limit: int | None) -> Story:
    row = connection.row("cli/shard", shard=found["id"]) or {}
    return {
        **row,
        "sources": connection.rows("cli/shard_sources", shard=found["id"]),
        "members": connection.rows("cli/shard_members", shard=found["id"], limit=limit),
    }


def _values(value: Any, name: str) -> Iterator[str]:
    """Every value of that name, however deep."""
    if isinstance(value, dict):
        for key, one in value.items():
            if key == name and isinstance(one, str | UUID):
                yield str(one)
            else:
                yield from _values(one, name)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _values(one, name)
