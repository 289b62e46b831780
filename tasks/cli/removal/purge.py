"""Removing the bytes of what was taken down, and the words about it.

That is: encoded clips, vectors, indexes of vectors, tars, files that were fetched, captions and answers of models, what
versions and reports show of it. Objects go first and rows after, so that whoever is killed in between asks again and
ends the same. What is left, and why, is told with what was removed.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from tasks.cli.concerned import Target
from tasks.cli.removal.needed import Needed, held_by, needed_in
from tasks.cli.removal.originals import remove_originals
from tasks.cli.removal.purged import Purged
from tasks.cli.removal.vectors import remove_vectors
from tasks.cli.removal.versions import remove_from_versions
from tasks.cli.removal.words import forget_words
from tasks.core.catalog import Connection, Row
from tasks.core.lock import Held
from tasks.core.store import Store, open_store

AT_ONCE = 16
_SHORT_ID = re.compile(rb"\b[0-9a-f]{8}\b")


def purge(connection: Connection, target: Target, takedown: object, held: Sequence[Held]) -> Purged:
    """Removes what may go now; the temporary tables of the target are there, and nobody else writes to its datasets."""
    purged = Purged()
    shards, versions = connection.rows("target/shards", limit=None), connection.rows("target/versions")
    needed = needed_in(row["store_url"] for row in (*shards, *versions))
    indexes = connection.rows("target/indexes")
    clips = {str(row["clip_id"]) for row in connection.rows("takedown/clips", clip=target.clip)}
    _renditions(connection, purged, connection.rows("target/renditions", limit=None))
    for row in connection.rows("target/vectors", limit=None):
        remove_vectors(connection, purged.remove, row["store_url"], row["object_key"])
        purged.stores.add(row["store_url"])
    for row in indexes:
        _index(purged, row["store_url"], f"index/{row['stage_key']}/")
    remove_from_versions(connection, purged, versions, needed)
    for one in held:
        one.renew(connection)
    _shards(connection, purged, shards, needed, takedown)
    for store_url in sorted(purged.stores):
        _reports(purged, store_url, clips)
    remove_originals(connection, target, purged)
    purged.words = forget_words(connection, target, takedown)
    _note(connection, purged, takedown)
    purged.remains.append(_catalog(target))
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


def _shards(connection: Connection, purged: Purged, rows: Iterable[Row], needed: Needed, takedown: object) -> None:
    gone = []
    for row in rows:
        if row["is_purged"]:
            continue
        version, keys = needed[row["store_url"]]
        if row["object_key"] in keys:
            purged.leave("shard", row["store_url"], row["object_key"], held_by(version, row["dataset"]))
        elif row["is_current"]:
            why = f"{row['dataset']} still has it for its next version: run its recipe, which writes it anew"
            purged.leave("shard", row["store_url"], row["object_key"], why)
        else:
            purged.remove("shard", row["store_url"], row["object_key"], row["sha256"], row["size_bytes"])
            gone.append(str(row["shard_id"]))
    connection.run("takedown/purged_shards", shards=gone, takedown=takedown)


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


def _note(connection: Connection, purged: Purged, takedown: object) -> None:
    """In the takedown's list: what of it is gone."""
    for kind, whats in purged.whats.items():
        connection.run("takedown/removed", takedown=takedown, kind=kind, whats=whats)


def _catalog(target: Target) -> dict[str, str]:
    """What clipmill keeps, and why."""
    why = (
        "ids, places, times, scores and hashes, without pictures, sound or words about it: by them it stays blocked, "
        "and this can be proved"
    )
    return {"kind": "catalog", "what": f"rows on the {target.subject} {target.subject_id}", "why": why}
