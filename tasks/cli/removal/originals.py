"""Files that were fetched into a dataset's store: unlike those that lie in a source, they are ours to remove."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from tasks.cli.concerned import Target
from tasks.cli.removal.purged import Purged
from tasks.core.catalog import Connection, Row
from tasks.ingest.originals import original_key


def remove_originals(connection: Connection, target: Target, purged: Purged) -> None:
    """Removes them where whole videos are taken down, and tells what is not ours to remove."""
    fetched = {row["uri"]: row for row in connection.rows("target/fetched")}
    for uri, row in fetched.items():
        if target.subject == "clip":
            why = "other clips are cut from it too: take down the video to remove it"
            purged.remains.append({"kind": "original", "what": uri, "why": why})
            continue
        key = original_key(row["sha256"])
        purged.remove("original", uri.removesuffix(f"/{key}"), key, row["sha256"], row["size_bytes"], what=uri)
        why = "it was fetched from there, which is not ours to remove from; it is not fetched again while it is blocked"
        purged.remains += [{"kind": "original", "what": origin, "why": why} for origin in row["origins"]]
    places = [row for row in connection.rows("target/places", limit=None) if row["uri"] not in fetched]
    purged.remains += _in_place(places)


def _in_place(places: list[Row]) -> Iterator[dict[str, Any]]:
    by_source: dict[str, list[Row]] = defaultdict(list)
    for row in places:
        by_source[row["source"]].append(row)
    for source, rows in by_source.items():
        why = f"the original lies in the source {source}, which is only read: remove it there"
        yield from ({"kind": "original", "what": row["uri"], "why": why} for row in rows)
