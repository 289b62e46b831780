"""The copies of a clip, out of the catalog: which is kept in its place, and what else is alike."""

from typing import Any

from tasks.core.catalog import Connection, Row
from tasks.core.clusters import Quality, why_better

SHOWN = 20
"""Alike clips that a story tells of."""
Story = dict[str, Any]


def copies_of(connection: Connection, run_id: str, clip: object, count: int = SHOWN) -> Story:
    """Where the clip stands among its copies, and the clips that are alike with it, the nearest first.

    `representative_id` is None where the run's policy keeps no other clip that counts as a copy.
    """
    cluster = connection.row("cli/clip_cluster", run=run_id, clip=clip) or {}
    alike = connection.rows("cli/clip_copies", run=run_id, clip=clip, count=count)
    return {
        "representative_id": cluster.get("representative_id"),
        "similarity": cluster.get("similarity"),
        "stands_for": cluster.get("stands_for", 0),
        "alike": [_alike(row) for row in alike],
    }


def _alike(row: Row) -> Story:
    names = ("clip_id", "path", "start_s", "duration_s", "similarity", "is_same_video", "state", "reason")
    this, other = (
        Quality(*(row[f"{whose}{name}"] for name in ("area_px", "bits_per_pixel", "modified_at")))
        for whose in ("", "other_")
    )
    return {
        **{name: row[name] for name in names},
        "is_copy": bool(row["is_copy"]),
        "limit": row["limit_similarity"],
        "it_has": why_better(other, this),
        "this_has": why_better(this, other),
    }
