"""Removing the bytes of what was taken down: encoded clips, vectors, indexes, shards, pictures in reports.

Objects go first and rows after, so that whoever is killed in between asks again and ends the same. What is left, and
why, is told with what was removed.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from tasks.cli.concerned import Target
from tasks.cli.removal.vectors import remove_vectors
from tasks.core.catalog import Connection, Row
from tasks.core.errors import ObjectMissing
from tasks.core.store import Store, open_store
from tasks.publish.versions import latest_version

AT_ONCE = 16
_SHORT_ID = re.compile(rb"\b[0-9a-f]{8}\b")


@dataclass(slots=True)
class Purged:
    """What was removed, and what was not."""

    removed: list[dict[str, Any]] = field(default_factory=list)
    """Each with kind, store, key, sha256, size_bytes and was_there."""
    remains: list[dict[str, Any]] = field(default_factory=list)
    """Each with kind, what and why."""
    stores: set[str] = field(default_factory=set)
    """Those that hold, or held, anything of it."""

    def remove(self, kind: str, store_url: str, key: str, sha256: str | None, size_bytes: int | None = None) -> None:
        """Deletes one object; one that is gone already is told as such."""
        store = open_store(store_url)
        self.stores.add(store_url)
        try:
            found_bytes: int | None = store.stat(key).size_bytes
        except ObjectMissing:
            found_bytes = None
        store.delete(key)
        self.removed.append(
            {
                "kind": kind,
                "store": store_url,
                "key": key,
                "sha256": sha256,
                "size_bytes": size_bytes if found_bytes is None else found_bytes,
                "was_there": found_bytes is not None,
            }
        )


def purge(connection: Connection, target: Target, takedown: object) -> Purged:
    """Removes what may go now; the temporary table of the target's videos is there."""
    purged = Purged()
    shards = connection.rows("target/shards", limit=None)
    indexes = connection.rows("target/indexes")
    clips = {str(row["clip_id"]) for row in connection.rows("takedown/clips", clip=target.clip)}
    _renditions(connection, purged, connection.rows("target/renditions", limit=None))
    for row in connection.rows("target/vectors", limit=None):
        remove_vectors(connection, purged.remove, row["store_url"], row["object_key"])
        purged.stores.add(row["store_url"])
    for row in indexes:
        _index(purged, row["store_url"], f"index/{row['stage_key']}/")
    _shards(connection, purged, shards, takedown)
    for store_url in sorted(purged.stores):
        _reports(purged, store_url, clips)
    purged.remains += _beyond(connection.rows("target/places", limit=None), target)
    return purged


def _renditions(connection: Connection, purged: Purged, rows: Sequence[Row]) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        objects = [(row["store_url"], row["object_key"], row["sha256"], row["size_bytes"]) for row in rows]
        list(pool.map(lambda one: purged.remove("rendition", *one), objects))
    keys, clips = ([str(row[name]) for row in rows] for name in ("stage_key", "clip_id"))
    connection.run("takedown/forget_renditions", keys=keys, clips=clips)


def _index(purged: Purged, store_url: str, prefix: str) -> None:
    """All of an index: the next run makes it anew from the files of vectors."""
    store = open_store(store_url)
    for stored in list(store.list(prefix)):
        purged.remove("index", store_url, stored.key, _digest(store, stored.key))


def _shards(connection: Connection, purged: Purged, rows: Sequence[Row], takedown: object) -> None:
    needed = {url: _newest(url) for url in {row["store_url"] for row in rows}}
    gone = []
    for row in rows:
        version, keys = needed[row["store_url"]]
        if row["is_purged"]:
            continue
        if row["object_key"] in keys:
            why = f"version {version} of {row['dataset']} holds it: run its recipe, which makes a version without it"
        elif row["is_current"]:
            why = f"{row['dataset']} still has it for its next version: run its recipe, which writes it anew"
        else:
            purged.remove("shard", row["store_url"], row["object_key"], row["sha256"], row["size_bytes"])
            gone.append(str(row["shard_id"]))
            continue
        purged.stores.add(row["store_url"])
        place = f"{row['store_url'].rstrip('/')}/{row['object_key']}"
        purged.remains.append({"kind": "shard", "what": place, "why": f"{why}; then ask for --purge again"})
    connection.run("takedown/purged_shards", shards=gone, takedown=takedown)


def _newest(store_url: str) -> tuple[int, set[str]]:
    """Number and shard keys of the newest version that readers find there."""
    version = latest_version(open_store(store_url))
    return (0, set()) if version is None else (version.number, {one["key"] for one in version.manifest["shards"]})


def _reports(purged: Purged, store_url: str, clips: set[str]) -> None:
    """Pages that show pictures of the clips, told by the short ids under them."""
    store, short = open_store(store_url), {clip[:8].encode() for clip in clips}
    for stored in list(store.list("reports/")):
        data = store.get_bytes(stored.key)
        if short & set(_SHORT_ID.findall(data)):
            purged.remove("report", store_url, stored.key, hashlib.sha256(data).hexdigest())


def _digest(store: Store, key: str) -> str:
    found = hashlib.sha256()
    with store.open(key) as stream:
        while block := stream.read(1 << 20):
            found.update(block)
    return found.hexdigest()


def _beyond(places: Sequence[Row], target: Target) -> Iterator[dict[str, Any]]:
    """What clipmill does not remove, and why."""
    by_source: dict[str, list[Row]] = defaultdict(list)
    for row in places:
        by_source[row["source"]].append(row)
    for source, rows in by_source.items():
        why = f"the original lies in the source {source}, which is only read: remove it there"
        yield from ({"kind": "original", "what": row["uri"], "why": why} for row in rows)
    why = "ids, times, scores and hashes, without pictures or sound: by them it stays blocked, and this can be proved"
    yield {"kind": "catalog", "what": f"rows on the {target.subject} {target.subject_id}", "why": why}
