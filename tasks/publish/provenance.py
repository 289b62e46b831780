"""Where a version comes from: runs, images, code, dates; the manifest, which is content only, knows nothing of it."""

import json
from datetime import UTC, datetime
from typing import Any

from tasks.core.catalog import Row
from tasks.core.catalog.work import StageRun
from tasks.core.store import Store
from tasks.publish.manifest import Content
from tasks.publish.versions import Version, folder_of

NAME_DIGITS = 16


def provenance_key(version: Version) -> str:
    """Its key; named by the manifest that it is about, so that one of a lost race is not taken for the winner's."""
    return f"{folder_of(version.number)}/provenance-{version.sha256[:NAME_DIGITS]}.json"


def put_provenance(store: Store, stage_run: StageRun, version: Version, content: Content) -> None:
    """Stores what made the version."""
    run = stage_run.run
    with stage_run.catalog.begin() as connection:
        registered = connection.row("work/run", run=run.run_id) or {}
        shards = [str(shard.shard_id) for shard in content.shards]
        made = connection.rows("publish/stage_runs", run=run.run_id, shards=shards)
    body = {
        "dataset": run.recipe.dataset,
        "version": version.number,
        "manifest_sha256": version.sha256,
        "published_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "published_by": {"run": run.run_id, "stage_run": str(stage_run.stage_run_id)},
        "recipe_hash": run.recipe_hash,
        "recipe": registered.get("recipe"),
        "policy_hash": run.policy_hash,
        "policy": registered.get("policy"),
        "made_by": [_plain(row) for row in made],
    }
    store.put_bytes(provenance_key(version), (json.dumps(body, indent=1) + "\n").encode())


def _plain(row: Row) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}
