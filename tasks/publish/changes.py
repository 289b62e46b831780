"""What a version changes against its parent, and why: decided when it is published, for the catalog moves on."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.core.catalog import Connection
from tasks.core.store import Store
from tasks.publish.compare import Difference, differences, read_index, scope_of
from tasks.publish.index import Stored, put_tables
from tasks.publish.versions import Version, folder_of, read_version

PAGE_CLIPS = 20_000
SCHEMA = pa.schema(
    [
        ("clip_id", pa.string()),
        ("video_id", pa.string()),
        ("source", pa.string()),
        ("duration_s", pa.float64()),
        ("change", pa.string()),
        ("what", pa.list_(pa.string())),
        ("why", pa.string()),
        ("detail", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class Change:
    """One clip that a version adds, removes or changes, and why."""

    difference: Difference
    why: str
    """A rule's name, near_duplicate, quota, no_bin, takedown, takedown_lifted, new_source, passes_now, ..."""
    detail: str | None
    """The clip, rule, quota or source that it is about."""

    @property
    def described(self) -> dict[str, Any]:
        """As JSON and the file have it."""
        found = asdict(self.difference)
        return {**found, "what": list(self.difference.what), "why": self.why, "detail": self.detail}


def put_changes(store: Store, number: int, changes: Iterable[Change]) -> Stored:
    """The changes as a file of the version."""
    remaining = iter(changes)

    def tables() -> Iterator[pa.Table]:
        while page := list(islice(remaining, PAGE_CLIPS)):
            yield pa.Table.from_pylist([one.described for one in page], schema=SCHEMA)

    return put_tables(store, f"{folder_of(number)}/changes", SCHEMA, tables())


def read_changes(store: Store, version: Version) -> dict[str, tuple[str, str | None]]:
    """Why and detail by clip; nothing for a first version, and for one that was published before changes were kept."""
    entry = version.manifest.get("changes")
    if entry is None:
        return {}
    with store.open(entry["key"]) as file:
        rows = pq.read_table(file, columns=["clip_id", "why", "detail"]).to_pylist()
    return {row["clip_id"]: (row["why"], row["detail"]) for row in rows}


def find_changes(
    store: Store, parent: Version, new: tuple[Stored, dict[str, Any]], connection: Connection, run_id: str
) -> Iterator[Change]:
    """Each clip that the new index, with its shards and tombstones, has otherwise than the parent's, and why."""
    index, described = new
    scope = scope_of(parent.manifest, described)
    before = read_index(store, parent.manifest["index"]["key"], scope)
    found = differences(before, read_index(store, index.key, scope))
    pages = iter(lambda: list(islice(found, PAGE_CLIPS)), [])
    told = [(page, _reasons(connection, run_id, page)) for page in pages]
    replaced: dict[str, str] = {}
    for _, reasons in told:
        replaced |= {detail: clip for clip, (why, detail) in reasons.items() if why == "near_duplicate" and detail}
    adds = any(one.change == "added" for page, _ in told for one in page)
    known, barred = (_known(store, parent), _barred(store, parent)) if adds else (None, frozenset())
    for page, reasons in told:
        for one in page:
            why, detail = reasons.get(one.clip_id, ("settings", None))
            if why == "new" and known is not None:
                why, detail = _arrival(one, *known)
            if one.change == "added" and one.clip_id in barred:
                why, detail = "rights_cleared", None
            if one.change == "added" and one.clip_id in replaced:
                why, detail = "better_copy", replaced[one.clip_id]
            yield Change(one, why, detail)


def _known(store: Store, version: Version) -> tuple[frozenset[str | None], frozenset[str]]:
    """The sources and videos that a version has clips of."""
    with store.open(version.manifest["index"]["key"]) as file:
        table = pq.read_table(file, columns=["source", "video_id"])
    sources, videos = (frozenset(table[name].unique().to_pylist()) for name in ("source", "video_id"))
    return sources, videos


def _barred(store: Store, version: Version) -> frozenset[str]:
    """The clips that a version leaves out for rights: the catalog knows only the terms that sources have now."""
    entry = (version.manifest.get("excluded") or {}).get("list")
    if entry is None:
        return frozenset()
    with store.open(entry["key"]) as file:
        table = pq.read_table(file, columns=["clip_id"], filters=[("reason", "=", "rights")])
    return frozenset(table["clip_id"].to_pylist())


def _reasons(connection: Connection, run_id: str, page: Sequence[Difference]) -> dict[str, tuple[str, str | None]]:
    """Why and detail by clip, as the catalog tells them; those only changed have none."""
    found: dict[str, tuple[str, str | None]] = {}
    for change in ("removed", "added"):
        clips = [one.clip_id for one in page if one.change == change]
        if clips:
            rows = connection.rows(f"publish/why_{change}", run=run_id, clips=clips)
            found |= {str(row["clip_id"]): (row["reason"], row["detail"]) for row in rows}
    return found


def _arrival(one: Difference, sources: frozenset[str | None], videos: frozenset[str]) -> tuple[str, str | None]:
    """Why a clip that nothing kept out before is there now."""
    if one.source not in sources:
        return "new_source", one.source
    return ("new_clip" if one.video_id in videos else "new_video"), one.video_id


NOT_TOLD = "not_told"
"""Where a version was published before reasons were kept."""


def changes_between(store: Store, before: Version, after: Version) -> list[Change]:
    """Each clip that the two versions have otherwise, with the last reason that a version between them gives."""
    reasons: dict[str, tuple[str, str | None]] = {}
    for number in range(before.number + 1, after.number):
        reasons |= read_changes(store, read_version(store, number))
    reasons |= read_changes(store, after)
    scope = scope_of(before.manifest, after.manifest)
    indexes = [read_index(store, one.manifest["index"]["key"], scope) for one in (before, after)]
    found = differences(*indexes)
    return [Change(one, *reasons.get(one.clip_id, (NOT_TOLD, None))) for one in found]
