"""The copies of a clip, out of the catalog: which is kept in its place, and what else is alike."""

from itertools import groupby
from typing import Any

from tasks.core.catalog import Connection, Row
from tasks.core.clusters import Quality, why_better
from tasks.core.errors import NotFound
from tasks.report.funnel import newest_run, read_run

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


def clusters_of(connection: Connection, recipe: str | None, run: str | None, count: int) -> Story:
    """All that a run sets aside as copies, and `count` clusters of them, the largest first.

    The run is the one named, else the newest of the recipe, else the newest. Raises NotFound.
    """
    run_id = run or (newest_run(connection) if recipe is None else _newest_of(connection, recipe))
    facts = read_run(connection, run_id)
    if recipe is not None and facts.recipe != recipe:
        raise NotFound(f"a run {run_id!r} of recipe {recipe!r}; that one is of {facts.recipe!r}")
    aside = connection.row("judge/copies", run=run_id) or {"clips": 0, "seconds": 0.0}
    rows = connection.rows("cli/clusters", run=run_id, count=count)
    return {
        "run_id": run_id,
        "recipe": facts.recipe,
        "dataset": facts.dataset,
        "set_aside": {"clips": aside["clips"], "hours": round(float(aside["seconds"]) / 3600, 6)},
        "clusters": [_cluster(list(of)) for _, of in groupby(rows, key=lambda row: row["representative_id"])],
    }


def _newest_of(connection: Connection, recipe: str) -> str:
    run_id = connection.value("cli/run_of_recipe", recipe=recipe)
    if run_id is None:
        raise NotFound(f"a run of recipe {recipe!r}; `clipmill recipe list` names recipes")
    return str(run_id)


def _cluster(rows: list[Row]) -> Story:
    """A cluster of copies, the kept one first in `rows`."""
    kept, *copies = rows
    quality = _quality(kept)
    names = ("clip_id", "path", "start_s", "duration_s", "similarity")
    members = [
        {**{name: row[name] for name in names}, "kept_has": why_better(quality, _quality(row))} for row in copies
    ]
    return {"representative_id": kept["clip_id"], "path": kept["path"], "start_s": kept["start_s"], "members": members}


def _alike(row: Row) -> Story:
    names = ("clip_id", "path", "start_s", "duration_s", "similarity", "is_same_video", "state", "reason")
    this, other = _quality(row), _quality(row, "other_")
    return {
        **{name: row[name] for name in names},
        "is_copy": bool(row["is_copy"]),
        "limit": row["limit_similarity"],
        "it_has": why_better(other, this),
        "this_has": why_better(this, other),
    }


def _quality(row: Row, whose: str = "") -> Quality:
    return Quality(*(row[f"{whose}{name}"] for name in ("area_px", "bits_per_pixel", "modified_at")))
