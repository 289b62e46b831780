"""The copies of a clip, out of the catalog: which is kept in its place, and what else is alike."""

from typing import Any

from tasks.core.catalog import Connection, Row

SHOWN = 20
"""Alike clips that a story tells of."""
Story = dict[str, Any]

_BETTER = (("area_px", "a larger picture"), ("bits_per_pixel", "more bits for each pixel"))


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
    return {
        **{name: row[name] for name in names},
        "is_copy": bool(row["is_copy"]),
        "limit": row["limit_similarity"],
        "it_has": _better(row, "other_", ""),
        "this_has": _better(row, "", "other_"),
    }


def _better(row: Row, its: str, others: str) -> str | None:
    """What one of the two has that makes it the better copy; None where the other is better, or nothing tells."""
    for name, words in _BETTER:
        one, two = (row[f"{whose}{name}"] or 0 for whose in (its, others))
        if one != two:
            return words if one > two else None
    one, two = row[f"{its}modified_at"], row[f"{others}modified_at"]
    return "an older file" if one is not None and (two is None or one < two) else None
