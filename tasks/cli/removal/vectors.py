"""Taking vectors out of a file of vectors: it is written anew without them, and the catalog points to the new one."""

import hashlib
from collections.abc import Callable
from typing import Any
from uuid import UUID

from tasks.core.catalog import Connection
from tasks.core.catalog.connection import as_uuid
from tasks.core.errors import ObjectMissing, VectorsDamaged
from tasks.core.store import open_store
from tasks.core.vectors import read_vectors, vectors_file


def remove_vectors(
    connection: Connection, remove: Callable[[str, str, str, str | None], None], store_url: str, key: str
) -> None:
    """Writes the file anew without the vectors of the clips in question, and those lent by them; then removes it."""
    file: dict[str, Any] = {"store_url": store_url, "object_key": key}
    rows = connection.rows("takedown/vectors_of_file", **file)
    going = {as_uuid(row["clip_id"]) for row in rows if row["goes"]}
    try:
        data = open_store(store_url).get_bytes(key)
        sha256 = hashlib.sha256(data).hexdigest()
        new = _without(data, going)
    except (ObjectMissing, VectorsDamaged):
        # Nothing to read: whoever still points to it is embedded anew.
        sha256, new = None, None
    if new is not None:
        new_key, new_data, left = new
        open_store(store_url).put_bytes(new_key, new_data)
        ordinals = list(range(len(left)))
        moved = {"new_key": new_key, **file}
        connection.run("takedown/move_vectors", clips=[str(one) for one in left], ordinals=ordinals, **moved)
        connection.run("takedown/move_compared", vectors=len(left), **moved)
    connection.run("takedown/forget_vectors", **file)
    connection.run("takedown/forget_compared", **file)
    remove("vectors", store_url, key, sha256)


def _without(data: bytes, going: set[UUID]) -> tuple[str, bytes, list[UUID]] | None:
    """Key, bytes and clips of the file with what is left; None where nothing is."""
    made, clips, vectors = read_vectors(data)
    rows = [row for row, clip in enumerate(clips) if clip not in going]
    left = [clips[row] for row in rows]
    return (*vectors_file(made, left, vectors[rows]), left) if rows else None
