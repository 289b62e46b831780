"""What differs between two versions, clip by clip, out of their indexes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tasks.core.store import Store

ABOUT = ("clip_id", "video_id", "source", "duration_s")
ASPECTS = {
    "encoding": ("sha256",),
    "crop": ("crop_x_px", "crop_y_px", "crop_width_px", "crop_height_px"),
    "cell": ("cell",),
    "caption": ("caption", "caption_id"),
    "text_vectors": ("text_vectors",),
}
"""What may have changed of a clip that both have, and the columns that show it."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One clip that is not the same in both."""

    clip_id: str
    video_id: str
    source: str | None
    duration_s: float
    change: Literal["added", "removed", "changed"]
    what: tuple[str, ...] = ()
    """Of a changed clip: which of ASPECTS."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where two versions may differ: in tars that only one of them has, and in clips that count in only one of them.

    What lies in a tar never changes, so the rest is the same.
    """

    shards: frozenset[str]
    clips: frozenset[str]


def scope_of(before: dict[str, Any], after: dict[str, Any]) -> Scope:
    """Where they may differ, by the `shards` and `tombstones` of their manifests."""
    tars = [{shard["key"] for shard in one["shards"]} for one in (before, after)]
    dead = [{(tombstone["shard"], tombstone["clip_id"]) for tombstone in one["tombstones"]} for one in (before, after)]
    both = tars[0] & tars[1]
    clips = {clip for shard, clip in dead[0] ^ dead[1] if shard in both}
    return Scope(frozenset(tars[0] ^ tars[1]), frozenset(clips))


def read_index(store: Store, key: str, scope: Scope) -> pa.Table:
    """The clips in question, with the columns by which versions are compared; an older index may lack some."""
    with store.open(key) as file:
        parquet = pq.ParquetFile(file)
        wanted = [*ABOUT, *(name for columns in ASPECTS.values() for name in columns)]
        there = [name for name in wanted if name in parquet.schema_arrow.names]
        found = [_in_question(parquet, place, there, scope) for place in range(parquet.num_row_groups)]
        return pa.concat_tables([parquet.schema_arrow.empty_table().select(there), *found])


def _in_question(parquet: pq.ParquetFile, place: int, columns: Sequence[str], scope: Scope) -> pa.Table:
    """Those of one row group; most of the columns are not read where there are none."""
    lying = parquet.read_row_group(place, ["shard", "clip_id"])
    mask = pc.or_(
        pc.is_in(lying["shard"], pa.array(scope.shards, pa.string())),
        pc.is_in(lying["clip_id"], pa.array(scope.clips, pa.string())),
    )
    if not pc.any(mask).as_py():
        return parquet.schema_arrow.empty_table().select(columns)
    return parquet.read_row_group(place, columns).filter(mask)


def differences(before: pa.Table, after: pa.Table) -> Iterator[Difference]:
    """Every clip that is not the same in both, by clip id."""
    there = {*before.column_names} & {*after.column_names}
    told = {aspect: [name for name in columns if name in there] for aspect, columns in ASPECTS.items()}
    seen = {aspect: columns for aspect, columns in told.items() if columns}
    joined = before.join(after, "clip_id", join_type="full outer", left_suffix="_before", right_suffix="_after")
    gone, new = pc.is_null(joined["video_id_after"]), pc.is_null(joined["video_id_before"])
    changed = {aspect: _any_differs(joined, columns) for aspect, columns in seen.items()}
    differs = pc.or_(gone, new)
    for mask in changed.values():
        differs = pc.or_(differs, mask)
    found = joined.append_column("gone", gone).append_column("new", new)
    for aspect, mask in changed.items():
        found = found.append_column(f"changed_{aspect}", mask)
    rows = found.filter(differs).sort_by("clip_id")
    for batch in rows.to_batches(max_chunksize=10_000):
        for row in batch.to_pylist():
            yield _difference(row, tuple(seen))


def _any_differs(joined: pa.Table, columns: Sequence[str]) -> Any:
    """Per row whether one of the columns is not the same before and after; two nulls are."""
    found = None
    for name in columns:
        before, after = joined[f"{name}_before"], joined[f"{name}_after"]
        one_null = pc.xor(pc.is_null(before), pc.is_null(after))
        mask = pc.or_(one_null, pc.fill_null(pc.not_equal(before, after), fill_value=False))
        found = mask if found is None else pc.or_(found, mask)
    return found


def _difference(row: dict[str, Any], aspects: Sequence[str]) -> Difference:
    side = "before" if row["gone"] else "after"
    change: Literal["added", "removed", "changed"] = "removed" if row["gone"] else "added" if row["new"] else "changed"
    what = tuple(aspect for aspect in aspects if row[f"changed_{aspect}"]) if change == "changed" else ()
    about = {name: row[f"{name}_{side}"] for name in ABOUT[1:]}
    return Difference(row["clip_id"], **about, change=change, what=what)
