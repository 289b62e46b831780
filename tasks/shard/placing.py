"""Giving every clip its cell, and leaving out what has none or is over a quota."""

from collections.abc import Iterable, Sequence
from typing import Any

from tasks.core.catalog import Connection, Row
from tasks.core.catalog.work import Run, StageRun
from tasks.core.lock import Held
from tasks.core.score_names import SCORES
from tasks.core.settings_mix import Quota
from tasks.core.settings_shard import ShardSettings, bins_of
from tasks.shard.cells import Look, Place, place_of
from tasks.shard.record import pages

MOST_BIGINT = 2**63 - 1


def place_clips(stage_run: StageRun, held: Held) -> int:
    """The number of clips that were given a cell now: the survivors that had none under these bins."""
    run, placed = stage_run.run, 0
    for rows in pages(stage_run, "shard/unplaced", place=run.key("place")):
        with stage_run.catalog.begin() as connection:
            held.renew(connection)
            placed += record_places(connection, run, rows, stage_run.stage_run_id)
    return placed


def record_places(connection: Connection, run: Run, rows: Sequence[Row], stage_run_id: object) -> int:
    """How many of the clips, with size, length and scores, had no place before."""
    key, settings = run.key("place"), run.recipe.shard
    found = [(key, row["clip_id"], *_columns(place(row, settings)), stage_run_id) for row in rows]
    return connection.copy("placement", ("stage_key", "clip_id", "cell", "no_bin", "stage_run_id"), found)


def place(row: Row, settings: ShardSettings) -> Place:
    """Where the clip of a row with size, length and scores belongs."""
    scores = {name: value for numbers in row["scores"] or () for name, value in numbers.items()}
    return place_of(Look(row["width_px"], row["height_px"], row["duration_s"], scores), settings)


def _columns(found: Place) -> tuple[str | None, str | None]:
    return found.cell, found.no_bin


def leave_out(stage_run: StageRun, held: Held) -> int:
    """How many decisions about clips to leave out are new or changed; the same clips give the same decisions."""
    run = stage_run.run
    with stage_run.catalog.begin() as connection:
        held.renew(connection)
        gather_excluded(connection, run, held.subject)
        return connection.run("shard/settle_exclusions", run=run.run_id, dataset=held.subject)


def gather_excluded(connection: Connection, run: Run, dataset: object, *, even_without_quotas: bool = False) -> None:
    """Puts into temporary tables what the run leaves out, and, where there are quotas, what they choose among."""
    mix = run.recipe.mix
    about: dict[str, Any] = {"run": run.run_id, "place": run.key("place")}
    connection.script("drop table if exists pg_temp.excluded, pg_temp.candidate")
    connection.run("shard/gather_excluded", **about)
    if not mix.quotas and not even_without_quotas:
        return
    scorer = SCORES[mix.quality].scorer
    named = f"embed.{scorer}" if f"embed.{scorer}" in run.keys else f"filter.{scorer}"
    ranked = {"quality": mix.quality, "scorer": named, "dataset": dataset, "key": run.key("transcode")}
    connection.run("shard/gather_candidates", **about, **ranked)
    cells = [row["cell"] for row in connection.rows("shard/candidate_cells")]
    for number, quota in enumerate(mix.quotas, start=1):
        apply_quota(connection, quota, f"quota {number}: {told(quota)}", limited(quota, cells, run.recipe.shard))
    connection.run("shard/add_over_quota")


def apply_quota(connection: Connection, quota: Quota, detail: str, groups: dict[str, str]) -> None:
    """Marks the candidates that are over the quota; `groups` are the cells it is about, each with its group."""
    connection.run(
        "shard/apply_quota",
        cells=list(groups),
        groups=list(groups.values()),
        sources=list(quota.sources),
        per_source="source" in quota.per,
        per_video="video" in quota.per,
        max_clips=MOST_BIGINT if quota.max_clips is None else quota.max_clips,
        max_seconds=float("inf") if quota.max_hours is None else quota.max_hours * 3600,
        detail=detail,
    )


def limited(quota: Quota, cells: Iterable[str], settings: ShardSettings) -> dict[str, str]:
    """The cells that a quota is about, each with the bins by which it is counted apart."""
    per = [axis for axis in settings.axes if axis in quota.per]
    found = {cell: bins_of(cell, settings.axes) for cell in cells}
    return {cell: "/".join(bins[axis] for axis in per) for cell, bins in found.items() if quota.where.have(bins)}


def told(quota: Quota) -> str:
    """A quota in words: `at most 10 h per source of camera`."""
    limits = [
        *([f"{quota.max_clips:,} clip{'s' if quota.max_clips != 1 else ''}"] if quota.max_clips is not None else []),
        *([f"{quota.max_hours:g} h"] if quota.max_hours is not None else []),
    ]
    bins: Sequence[str] = [name for axis in sorted(quota.where.axes) for name in getattr(quota.where, axis)]
    of = [*bins, *quota.sources]
    per = f" per {' and '.join(quota.per)}" if quota.per else ""
    return f"at most {' and '.join(limits)}{per}" + (f" of {', '.join(of)}" if of else "")
