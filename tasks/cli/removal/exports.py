"""Exports that hold what is taken down: where they lie, whether they are there still, and what there is to do."""

import json
import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tasks.cli.concerned import Target
from tasks.core.catalog import Connection, Row
from tasks.core.errors import ObjectMissing, StageRefused, StoreUnavailable
from tasks.core.store import is_s3, open_store
from tasks.dataset.exported import Exported, all_exported
from tasks.export.draft import REPORT

THERE, GONE, UNSEEN = "there", "gone", "not seen from here"


def exports_of(connection: Connection, target: Target, versions: Sequence[Row]) -> list[dict[str, Any]]:
    """Every export that has clips in question; `versions` are those that hold them."""
    by_store: dict[str, dict[int, Row]] = {}
    for row in versions:
        by_store.setdefault(row["store_url"], {})[row["version"]] = row
    return [one for url, numbered in by_store.items() for one in _of_store(connection, target, url, numbered)]


def note_exports(connection: Connection, takedown: object, exports: Iterable[Mapping[str, Any]]) -> None:
    """In the takedown's list: where they lie, by the machine and the folder, or the bucket."""
    rows = [
        (takedown, "export", f"{one['host']}:{one['place']}" if one["host"] else one["place"], one["clips"])
        for one in exports
    ]
    connection.copy("takedown_object", ("takedown_id", "kind", "what", "parts"), rows)


def _of_store(
    connection: Connection, target: Target, url: str, versions: Mapping[int, Row]
) -> Iterator[dict[str, Any]]:
    for exported in all_exported(open_store(url)):
        row = versions.get(exported.version)
        if row is None:
            continue
        clips = row["clips"] - (_left_out(connection, target, row, exported) if exported.left_out else 0)
        if clips > 0:
            yield _described(exported, url, clips)


def _left_out(connection: Connection, target: Target, row: Row, exported: Exported) -> int:
    """How many of the clips in question the export does without."""
    about = {
        "dataset": row["dataset_id"],
        "version": row["version"],
        "subject": target.subject,
        "id": target.subject_id,
    }
    return int(connection.value("takedown/left_out", left_out=list(exported.left_out), **about))


def _described(exported: Exported, url: str, clips: int) -> dict[str, Any]:
    state = state_of(exported)
    return {
        "place": exported.place,
        "host": exported.host,
        "format": exported.target,
        "dataset": exported.dataset,
        "store_url": url,
        "version": exported.version,
        "clips": clips,
        "by": exported.by,
        "begun_at": exported.begun_at,
        "ended_at": exported.ended_at,
        "state": state,
        "to_do": _to_do(exported, state),
    }


def state_of(exported: Exported) -> str:
    """Whether the export is there; another one at its place does not count."""
    if exported.host not in (None, socket.gethostname()):
        return UNSEEN
    try:
        report = json.loads(_report(exported.place))
    except (ObjectMissing, FileNotFoundError, NotADirectoryError):
        return GONE
    except (StoreUnavailable, StageRefused, OSError, ValueError):
        return UNSEEN
    return THERE if report.get("manifest_sha256") == exported.manifest_sha256 else GONE


def _report(place: str) -> bytes:
    # A folder is looked at as it is: a store would make it where it is missing.
    return open_store(place).get_bytes(REPORT) if is_s3(place) else (Path(place) / REPORT).read_bytes()


def _to_do(exported: Exported, state: str) -> str:
    if state == GONE:
        return "nothing, where it was not copied: it is not there any more"
    again = f"clipmill dataset export {exported.dataset} --format {exported.target}"
    where = f" on {exported.host}" if exported.host else ""
    return f"remove it{where} with every copy of it, and export a version without these clips: {again}"
