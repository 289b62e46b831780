"""The record of a takedown: who asked, when and why, what was found, what was removed and what is left."""

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tasks.cli.concerned import Target
from tasks.cli.removal.purged import Purged
from tasks.core.catalog import Connection, Row
from tasks.core.store import open_store

FORMAT = "clipmill-takedown-1"


def make_proof(
    connection: Connection, target: Target, takedown: Row, found: dict[str, Any], purged: Purged | None
) -> dict[str, Any]:
    """The record as it stands now; plain values that JSON can hold. What was found is in the catalog by then."""
    kinds = connection.rows("takedown/object_counts", takedown=takedown["takedown_id"])
    body = {
        "format": FORMAT,
        "takedown_id": takedown["takedown_id"],
        "subject": target.subject,
        "subject_id": target.subject_id,
        "name": target.name,
        "reason": takedown["reason"],
        "requested_by": takedown["requested_by"],
        "requested_at": takedown["requested_at"],
        "recorded_at": datetime.now(UTC),
        "concerned": found["counts"],
        "objects": {row["kind"]: {"found": row["found"], "removed": row["removed"]} for row in kinds},
        "versions": [
            {name: row[name] for name in ("dataset", "store_url", "version", "clips")} for row in found["versions"]
        ],
        "exports": found["exports"],
        "purged": purged is not None,
        "removed": purged.removed if purged else [],
        "words": purged.words if purged else {},
        "remains": purged.remains if purged else [],
    }
    return _plain_json(body)


def make_lifting(target: Target, takedown: Row, reason: str, by: str) -> dict[str, Any]:
    """The record that a takedown was lifted; plain values that JSON can hold."""
    body = {
        "format": FORMAT,
        "takedown_id": takedown["takedown_id"],
        "subject": target.subject,
        "subject_id": target.subject_id,
        "name": target.name,
        "lifted": True,
        "reason": reason,
        "requested_by": by,
        "recorded_at": datetime.now(UTC),
        "takedown": {name: takedown[name] for name in ("reason", "requested_by", "requested_at")},
    }
    return _plain_json(body)


def _plain_json(body: dict[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(body, default=_plain))
    return plain


def _plain(value: Any) -> str:
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else str(value)


def keep_proof(connection: Connection, proof: dict[str, Any], stores: set[str]) -> list[str]:
    """Addresses of the copies beside the datasets concerned, each with the list of all that was found beside it.

    The catalog has both in any case.
    """
    takedown = proof["takedown_id"]
    connection.run("takedown/add_proof", takedown=takedown, body=connection.json(proof))
    number = connection.value("takedown/proofs", takedown=takedown)
    name, text = f"takedowns/{takedown}-{number:03d}", (json.dumps(proof, indent=1) + "\n").encode()
    kept = []
    with tempfile.TemporaryFile() as file:
        if stores:
            rows = connection.rows("takedown/objects", takedown=takedown)
            file.writelines(f"{row['line']}\n".encode() for row in rows)
            file.flush()
        for url in sorted(stores):
            store = open_store(url)
            store.put_file(f"{name}-objects.jsonl", Path(f"/proc/self/fd/{file.fileno()}"))
            store.put_bytes(f"{name}.json", text)
            kept.append(store.url(f"{name}.json"))
    return kept
