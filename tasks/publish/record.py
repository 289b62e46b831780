"""What publishing reads from the catalog and writes to it.

The shards are read once, and then the clips in them that are not kept. All else follows from these two, since what
lies in a shard never changes: so a version is of one piece, though other waves judge and pack meanwhile.
"""

import tempfile
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from tasks.core.catalog import Catalog, Connection, Row
from tasks.core.catalog.connection import as_uuid
from tasks.core.catalog.work import Run, StageRun
from tasks.core.errors import TryAgain
from tasks.core.model import dataset_id
from tasks.core.settings import canonical_json
from tasks.core.settings_shard import told_of
from tasks.publish.index import read_rows, table_of, tars_of
from tasks.publish.manifest import Content, Shard, Tombstone
from tasks.publish.scores import ScoreColumns
from tasks.publish.versions import Version

PAGE_CLIPS, PAGE_SCORES = 20_000, 100_000


def read_content(connection: Connection, run: Run) -> Content:
    """What the dataset holds now, as the run's recipe and policy see it."""
    dataset = dataset_id(run.recipe.output, run.recipe.dataset)
    connection.run("publish/prepare")
    connection.value("publish/gather_members", run=run.run_id)
    found = [_shard(row) for row in connection.rows("publish/shards", dataset=dataset)]
    ids = [str(shard.shard_id) for shard in found]
    dead = connection.rows("publish/dead_members", run=run.run_id, shards=ids)
    shards = {shard.shard_id: shard for shard in found}
    tombstones = [Tombstone(shards[as_uuid(r["shard_id"])], as_uuid(r["clip_id"]), r["reason"]) for r in dead]
    return make_content(found, tombstones, run.recipe.mix.shown)


def make_content(
    shards: Sequence[Shard], tombstones: Sequence[Tombstone], mix: dict[str, Any] | None = None
) -> Content:
    """The content in its order; a shard in which nothing lives is left out, and its tombstones with it."""
    dead: dict[uuid.UUID, int] = {}
    for tombstone in tombstones:
        dead[tombstone.shard.shard_id] = dead.get(tombstone.shard.shard_id, 0) + 1
    live = [shard for shard in shards if dead.get(shard.shard_id, 0) < shard.member_count]
    ids = {shard.shard_id for shard in live}
    left = [tombstone for tombstone in tombstones if tombstone.shard.shard_id in ids]
    return Content(
        tuple(sorted(live, key=lambda shard: shard.key)),
        tuple(sorted(left, key=lambda tombstone: (tombstone.shard.key, tombstone.clip_id))),
        mix,
    )


def _shard(row: Row) -> Shard:
    made_by = row["text_fingerprint"]
    return Shard(
        as_uuid(row["shard_id"]), row["object_key"], row["sha256"], row["size_bytes"], row["cell"], row["members"],
        made_by and canonical_json(told_of(made_by)),
    )  # fmt: skip


def index_pages(connection: Connection, run: Run, content: Content) -> Iterator[pa.Table]:
    """The version's clips as tables of the index, by shard key and place in the shard; within one transaction.

    Memory: some pages, whatever the number of clips. The temporary folder takes 8 bytes for each clip and score.
    """
    clips = connection.run(
        "publish/gather_clips",
        shards=[str(shard.shard_id) for shard in content.shards],
        dead_shards=[str(tombstone.shard.shard_id) for tombstone in content.tombstones],
        dead_clips=[str(tombstone.clip_id) for tombstone in content.tombstones],
    )
    connection.script("analyze pg_temp.lying")
    connection.run("publish/gather_videos", run=run.run_id)
    connection.script("analyze pg_temp.told")
    tars = tars_of([(shard.key, shard.cell, shard.text_vectors) for shard in content.shards])
    with tempfile.TemporaryFile() as file:
        scores, done = ScoreColumns(file, clips), 0
        for rows in connection.copied("publish/index_scores", PAGE_SCORES, "text", run=run.run_id):
            scores.add(rows)
        for rows in connection.copied("publish/index_rows", PAGE_CLIPS, run=run.run_id):
            told = read_rows(rows)
            yield table_of(told, tars, scores.between(done, done + len(told)))
            done += len(told)
    if done != clips:  # each has had its neighbour's scores then
        raise TryAgain(f"{clips - done} of {clips} clips of the dataset went away while its index was made")


def read_known(stage_run: StageRun) -> dict[str, Any]:
    """What a version's card cannot have from the version: the terms of its sources, and the run's funnel up to here."""
    terms = ("name", "licence", "rights", "evidence")
    flows = ("stage", "unit", "flow", "reason", "things", "seconds")
    with stage_run.catalog.begin() as connection:
        sources = connection.rows("report/sources_of_run", run=stage_run.run.run_id)
        funnel = connection.rows("report/funnel", run=stage_run.run.run_id)
    return {
        "sources": [{name: row[name] for name in terms} for row in sources],
        "funnel": [_flow({name: row[name] for name in flows}) for row in funnel if row["stage"] != stage_run.stage],
    }


def _flow(row: Row) -> dict[str, Any]:
    """A row of the funnel with plain numbers; sums of doubles only as far as they do not hang on their order."""
    return {**row, "things": int(row["things"]), "seconds": round(float(row["seconds"]), 3)}


def record_version(stage_run: StageRun, version: Version) -> bool:
    """Whether the version was new to the catalog: its rows, made of what its manifest says, in one transaction."""
    manifest, recipe = version.manifest, stage_run.run.recipe
    dataset = dataset_id(recipe.output, recipe.dataset)
    with stage_run.catalog.begin() as connection:
        added = connection.run(
            "publish/add_version",
            dataset=dataset,
            version=version.number,
            parent=version.number - 1 or None,
            run=stage_run.run.run_id,
            manifest_sha256=version.sha256,
            clips=manifest["clips"],
            duration_s=manifest["duration_s"],
            size_bytes=manifest["size_bytes"],
            stage_run_id=stage_run.stage_run_id,
        )
        if not added:
            return False
        _record_shards(connection, (dataset, version.number), manifest)
    return True


def _record_shards(connection: Connection, version: tuple[uuid.UUID, int], manifest: dict[str, Any]) -> None:
    """What the version holds, as far as this catalog knows the shards (one that was set up anew may not)."""
    sha256s = {shard["key"]: shard["sha256"] for shard in manifest["shards"]}
    known = connection.rows("publish/shards_by_sha256", dataset=version[0], sha256s=list(sha256s.values()))
    by_sha256 = {row["sha256"]: row["shard_id"] for row in known}
    ids = {key: by_sha256[sha256] for key, sha256 in sha256s.items() if sha256 in by_sha256}
    connection.copy(
        "dataset_version_shard", ("dataset_id", "version", "shard_id"), [(*version, one) for one in ids.values()]
    )
    dead = [tombstone for tombstone in manifest["tombstones"] if tombstone["shard"] in ids]
    columns = ("dataset_id", "version", "shard_id", "clip_id", "reason")
    connection.copy("tombstone", columns, [(*version, ids[t["shard"]], t["clip_id"], t["reason"]) for t in dead])


def record_rollback(catalog: Catalog, version: Version, target: int, dataset: uuid.UUID) -> None:
    """Records a version with the content of an older one; where the catalog does not know that, the next run does."""
    with catalog.begin() as connection:
        added = connection.run(
            "publish/add_rollback",
            dataset=dataset,
            version=version.number,
            target=target,
            manifest_sha256=version.sha256,
        )
        if added:
            _record_shards(connection, (dataset, version.number), version.manifest)
