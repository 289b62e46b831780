"""A version's manifest: content only, so that the same clips give the same bytes wherever and whenever."""

import json
import uuid
from dataclasses import dataclass
from typing import Any

from tasks.core.catalog.work import Run
from tasks.core.model import content_hash
from tasks.core.settings import canonical_json
from tasks.publish.excluded import Excluded
from tasks.publish.index import Index, Stored
from tasks.publish.mixture import shown_cells
from tasks.publish.versions import Version

FORMAT = "clipmill-manifest-1"
_PLACES = ("output",)
"""Settings that say where things lie, not what they are."""
_NOT_CONTENT = {"name", "output", "plan"}
"""Parts of a recipe that change no clip."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One tar of a version."""

    shard_id: uuid.UUID
    key: str
    sha256: str
    size_bytes: int
    cell: str
    member_count: int
    text_vectors: str | None = None
    """What made the captions' vectors in it, as its clips say it; None without such."""


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A clip that lies in a shard and is not part of the version."""

    shard: Shard
    clip_id: uuid.UUID
    reason: str


@dataclass(frozen=True, slots=True)
class Content:
    """What a version is made of: the members of its shards less the tombstones."""

    shards: tuple[Shard, ...]
    """By key."""
    tombstones: tuple[Tombstone, ...]
    """By shard key and clip."""
    mix: dict[str, Any] | None = None
    """How it is to be shown: the recipe's weights, repeats and order; None where it has none."""

    def described(self) -> dict[str, Any]:
        """The part of the manifest by which versions differ."""
        return {
            "shards": [_shard(shard) for shard in self.shards],
            "tombstones": [_tombstone(t) for t in self.tombstones],
        }

    def is_of(self, version: Version | None) -> bool:
        """Whether the version holds this very content; before the first version, whether there is none."""
        if version is None:
            return not self.shards
        manifest = version.manifest
        shown = (manifest.get("mix") or {}).get("settings")
        return self.mix == shown and self.described() == {name: manifest[name] for name in ("shards", "tombstones")}


def _shard(shard: Shard) -> dict[str, Any]:
    return {
        "key": shard.key,
        "sha256": shard.sha256,
        "size_bytes": shard.size_bytes,
        "cell": shard.cell,
        "members": shard.member_count,
    }


def _tombstone(tombstone: Tombstone) -> dict[str, Any]:
    return {"clip_id": str(tombstone.clip_id), "shard": tombstone.shard.key, "reason": tombstone.reason}


def made_by(run: Run) -> dict[str, Any]:
    """Hashes of what decides the content: the policy, and each stage's settings without the places."""
    stages = {}
    for name, key in sorted(run.keys.items()):
        settings = {field: value for field, value in key.fingerprint.items() if field not in _PLACES}
        stages[name] = content_hash(canonical_json(settings))
    return {"recipe": content_recipe_hash(run), "policy": run.policy_hash, "stages": stages}


def content_recipe_hash(run: Run) -> str:
    """Hash of the recipe without the places where things lie, so that the same recipe elsewhere has the same."""
    body = run.recipe.model_dump(mode="json", exclude=_NOT_CONTENT)
    body["sources"] = [{k: v for k, v in source.items() if k not in ("path", "kind")} for source in body["sources"]]
    return content_hash(canonical_json(body))


@dataclass(frozen=True, slots=True)
class Files:
    """What of a version lies beside its manifest."""

    index: Index
    excluded: Excluded
    changes: Stored | None
    """None for a first version."""
    order: Stored | None
    """None where the recipe asks for no order."""


def next_version(parent: Version | None, run: Run, content: Content, files: Files) -> Version:
    """The version that follows its parent (None for the first)."""
    counts = files.index.counts
    return numbered(
        parent,
        {
            "format": FORMAT,
            "dataset": run.recipe.dataset,
            "made_by": made_by(run),
            "index": files.index.stored.described,
            "changes": files.changes and files.changes.described,
            "clips": counts.total.clips,
            "duration_s": counts.total.duration_s,
            "hours": round(counts.total.duration_s / 3600, 3),
            "size_bytes": sum(shard.size_bytes for shard in content.shards),
            "licences": counts.described("licence"),
            "sources": counts.described("source"),
            "cells": counts.described("cell"),
            "excluded": files.excluded.described,
            "mix": _mix(run, content, files),
            **content.described(),
        },
    )


def _mix(run: Run, content: Content, files: Files) -> dict[str, Any] | None:
    if content.mix is None:
        return None
    cells = shown_cells(run.recipe.mix, run.recipe.shard.axes, files.index.counts.groups["cell"])
    return {"settings": content.mix, "cells": cells, "order": files.order and files.order.described}


def numbered(parent: Version | None, body: dict[str, Any]) -> Version:
    """The body as the version after its parent."""
    number = 1 if parent is None else parent.number + 1
    of_parent = None if parent is None else {"version": parent.number, "manifest_sha256": parent.sha256}
    manifest = body | {"version": number, "parent": of_parent}
    return Version(number, (json.dumps(manifest, indent=1, sort_keys=True) + "\n").encode())
