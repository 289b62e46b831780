"""A version's manifest: content only, so that the same clips give the same bytes wherever and whenever."""

import json
import uuid
from dataclasses import dataclass
from typing import Any

from tasks.core.catalog.work import Run
from tasks.core.model import content_hash
from tasks.core.settings import canonical_json
from tasks.publish.index import Index
from tasks.publish.versions import Version

FORMAT = "clipmill-manifest-1"
_PLACES = ("output",)
"""Settings that say where things lie, not what they are."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One tar of a version."""

    shard_id: uuid.UUID
    key: str
    sha256: str
    size_bytes: int
    cell: str
    member_count: int


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
        return self.described() == {name: manifest[name] for name in ("shards", "tombstones")}


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
    return {"policy": run.policy_hash, "stages": stages}


def next_version(parent: Version | None, run: Run, content: Content, index: Index) -> Version:
    """The version that follows its parent (None for the first)."""
    number = 1 if parent is None else parent.number + 1
    manifest = {
        "format": FORMAT,
        "dataset": run.recipe.dataset,
        "version": number,
        "parent": None if parent is None else {"version": parent.number, "manifest_sha256": parent.sha256},
        "made_by": made_by(run),
        "index": {"key": index.key, "sha256": index.sha256, "size_bytes": index.size_bytes},
        "clips": index.total.clips,
        "duration_s": index.total.duration_s,
        "hours": round(index.total.duration_s / 3600, 3),
        "size_bytes": sum(shard.size_bytes for shard in content.shards),
        "licences": {
            licence: {"clips": tally.clips, "duration_s": tally.duration_s} for licence, tally in index.licences.items()
        },
        **content.described(),
    }
    return Version(number, (json.dumps(manifest, indent=1, sort_keys=True) + "\n").encode())
