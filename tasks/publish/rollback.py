"""Going back: a new version with the content of an older one, since no version is ever changed or taken away."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

from tasks.core.catalog import Catalog
from tasks.core.errors import NotFound, ObjectMissing, StageRefused
from tasks.core.model import dataset_id
from tasks.core.store import Store
from tasks.publish.changes import Change, put_changes
from tasks.publish.compare import differences, read_index, scope_of
from tasks.publish.manifest import numbered
from tasks.publish.provenance import provenance_key
from tasks.publish.record import record_rollback
from tasks.publish.versions import Version, latest_version, put_version, read_version

_OWN = ("version", "parent", "changes")
"""What a version has for itself, whatever its content."""
SHOWN = 3


def roll_back(store: Store, number: int, catalog: Catalog | None, url: str) -> Version | None:
    """The new version; None where the newest one has that content already.

    Raises StageRefused where an object of the older one is gone, or a clip of it may not be used any more; the catalog,
    if any, knows of takedowns and rights.
    """
    latest = latest_version(store)
    if latest is None:
        raise NotFound(f"{url}: no version is published there")
    try:
        target = read_version(store, number)
    except ObjectMissing as error:
        raise NotFound(f"{url}: version {number}; the newest is {latest.number}") from error
    if _content(latest) == _content(target):
        return None
    _refuse_incomplete(store, target)
    if catalog is not None:
        _refuse_blocked(catalog, target, url)
    changes = put_changes(store, latest.number + 1, _changes(store, latest, target))
    version = numbered(latest, _content(target) | {"changes": changes.described})
    _put_provenance(store, version, target)
    put_version(store, version)
    if catalog is not None:
        record_rollback(catalog, version, number, dataset_id(url, version.manifest["dataset"]))
    return version


def _content(version: Version) -> dict[str, object]:
    return {name: value for name, value in version.manifest.items() if name not in _OWN}


def _changes(store: Store, latest: Version, target: Version) -> Iterator[Change]:
    scope = scope_of(latest.manifest, target.manifest)
    indexes = [read_index(store, one.manifest["index"]["key"], scope) for one in (latest, target)]
    for one in differences(*indexes):
        yield Change(one, "rolled_back", f"to version {target.number}")


def _refuse_incomplete(store: Store, target: Version) -> None:
    for entry in (target.manifest["index"], *target.manifest["shards"]):
        try:
            found_bytes = store.stat(entry["key"]).size_bytes
        except ObjectMissing as error:
            raise StageRefused(f"version {target.number} cannot be had again: {entry['key']} is gone") from error
        if found_bytes != entry["size_bytes"]:
            raise StageRefused(f"version {target.number} cannot be had again: {entry['key']} has another size")


def _refuse_blocked(catalog: Catalog, target: Version, url: str) -> None:
    dataset = dataset_id(url, target.manifest["dataset"])
    with catalog.begin() as connection:
        rows = connection.rows("publish/blocked_in_version", dataset=dataset, version=target.number)
    if rows:
        some = ", ".join(f"{row['clip_id']} ({row['reason']})" for row in rows[:SHOWN])
        raise StageRefused(
            f"version {target.number} has clips that may not be shown any more, {len(rows)} in all: {some}; "
            "a run without them makes the next version"
        )


def _put_provenance(store: Store, version: Version, target: Version) -> None:
    body = {
        "dataset": version.manifest["dataset"],
        "version": version.number,
        "manifest_sha256": version.sha256,
        "published_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "rolled_back_to": target.number,
        "made_as_told_in": provenance_key(target),
    }
    store.put_bytes(provenance_key(version), (json.dumps(body, indent=1) + "\n").encode())
