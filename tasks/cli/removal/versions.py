"""What published versions show of clips beside their tars: words in the index, pictures in the card."""

import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tasks.cli.removal.needed import Needed, held_by
from tasks.cli.removal.purged import Purged
from tasks.core.catalog import Connection, Row
from tasks.core.errors import ObjectMissing
from tasks.core.store import Store, open_store
from tasks.dataset.facts import card_folder
from tasks.dataset.grid import pictured
from tasks.dataset.put_card import GRID, put_card
from tasks.dataset.version import PublishedVersion
from tasks.publish.versions import read_version

WORDS = ("caption", "metadata")
"""Columns of an index that hold words about a clip or its video; the others hold ids, numbers and names."""


def remove_from_versions(connection: Connection, purged: Purged, versions: Iterable[Row], needed: Needed) -> None:
    """Takes words and pictures of the clips out of each version that has them; the newest one keeps its index.

    An older version lacks a tar by then, so that its index answers what it held, and is no longer as it was published.
    """
    for row in versions:
        store = open_store(row["store_url"])
        try:
            found = read_version(store, row["version"])
        except ObjectMissing:
            continue
        about = {"dataset": row["dataset_id"], "version": row["version"]}
        clips = {str(one["clip_id"]) for one in connection.rows("takedown/version_clips", **about)}
        version = PublishedVersion(store, found.number, found.text)
        _pictures(purged, row, version, clips)
        _words(purged, row, version, clips, needed[row["store_url"]])


def _pictures(purged: Purged, row: Row, version: PublishedVersion, clips: set[str]) -> None:
    """The card without its pictures, where one of them is of a clip."""
    key = f"{card_folder(version)}/{GRID}"
    try:
        if not clips & pictured(version):
            return
        data = version.store.get_bytes(key)
    except ObjectMissing:
        return
    purged.remove("pictures", row["store_url"], key, hashlib.sha256(data).hexdigest())
    put_card(version, pictures=False)


def _words(purged: Purged, row: Row, version: PublishedVersion, clips: set[str], newest: tuple[int, set[str]]) -> None:
    store, entry = version.store, version.manifest["index"]
    with tempfile.TemporaryFile() as file:
        try:
            changed = _write_without(store, entry["key"], clips, file)
        except ObjectMissing:
            return
        if not changed:
            return
        if entry["key"] in newest[1]:
            purged.leave("words", row["store_url"], entry["key"], held_by(newest[0], row["dataset"]))
            return
        file.flush()
        store.put_file(entry["key"], Path(f"/proc/self/fd/{file.fileno()}"))
    purged.tell("words", row["store_url"], entry["key"], entry["sha256"], entry["size_bytes"], was_there=True)


def _write_without(store: Store, key: str, clips: set[str], file: Any) -> bool:
    """Whether the index has words about one of the clips; then the file has it without them."""
    with store.open(key) as stored:
        parquet = pq.ParquetFile(stored)
        words = [name for name in WORDS if name in parquet.schema_arrow.names]
        gone = pa.array(sorted(clips), pa.string())
        if not any(_says(parquet.read_row_group(one, ["clip_id", *words]), words, gone) for one in _groups(parquet)):
            return False
        with pq.ParquetWriter(file, parquet.schema_arrow, compression="zstd") as writer:
            for place in _groups(parquet):
                writer.write_table(_blanked(parquet.read_row_group(place), words, gone))
    return True


def _groups(parquet: pq.ParquetFile) -> Iterator[int]:
    return iter(range(parquet.num_row_groups))


def _says(table: pa.Table, words: list[str], gone: pa.Array) -> bool:
    found = table.filter(pc.is_in(table["clip_id"], gone))
    return any(found[name].null_count < len(found) for name in words)


def _blanked(table: pa.Table, words: list[str], gone: pa.Array) -> pa.Table:
    mask = pc.is_in(table["clip_id"], gone)
    for name in words:
        column = pc.if_else(mask, pa.scalar(None, table[name].type), table[name])
        table = table.set_column(table.column_names.index(name), table.schema.field(name), column)
    return table
