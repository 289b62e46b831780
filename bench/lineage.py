"""How soon lineage and takedown answer on a catalog of a million clips.

    python -m bench lineage

The catalog is that of `judge`: one source, 10,000 videos, a million clips with twelve scores, of which four in a
hundred are kept. Those are encoded, have vectors and captions, and lie in 400 shards of ten published versions. What is
asked is what the command asks, from the question to the tree; the source, on which all hangs, is the dearest.
"""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.catalog import own_catalog, seconds_of
from bench.figure import Figure
from bench.judge import PASSING, add_rows, judged, made_policy
from tasks.cli.concerned import Subject, concerned, find_target
from tasks.cli.lineage import SHOWN
from tasks.cli.lineage_story import lineage
from tasks.cli.lineage_tree import tree_of
from tasks.cli.removal.block import block
from tasks.core.catalog import Catalog
from tasks.core.catalog.work import Run
from tests.fixtures.made_catalog import made_run, started, table

ANSWER_S = 2.0
SHARDS, VERSIONS = 400, 10


def figures() -> Iterator[Figure]:
    """Seconds to an answer."""
    with tempfile.TemporaryDirectory() as folder, own_catalog(Path(folder) / "postgres") as catalog:
        run = made_run(catalog, policy=made_policy(Path(folder), "first", PASSING))
        add_rows(catalog, run)
        judged(catalog, run)
        add_dataset(catalog, run)
        with catalog.begin() as connection:
            connection.script("analyze")
        clip, video, shard = examples(catalog)
        for name, what in (("clip", clip), ("video", video), ("shard", shard), ("source", "made")):
            yield Figure(f"lineage of a {name}", seconds_of(lineage_of(catalog, what)), "s", at_most=ANSWER_S)
        subjects: tuple[tuple[Subject, str], ...] = (("clip", clip), ("video", video), ("source", "made"))
        for kind, what in subjects:
            asked = seconds_of(takedown_of(catalog, kind, what))
            yield Figure(f"takedown of a {kind}, what is concerned", asked, "s", at_most=ANSWER_S)
            asked = seconds_of(blocking_of(catalog, kind, what))
            yield Figure(f"takedown of a {kind}, blocked and every object listed", asked, "s", at_most=ANSWER_S)


def add_dataset(catalog: Catalog, run: Run) -> None:
    """What was made of the clips that the policy keeps."""
    by = started(catalog, run, "transcode").stage_run_id
    key, output = run.key("transcode"), run.recipe.output
    with catalog.begin() as connection:
        connection.script(f"""
            create temp table kept on commit drop as
            select v.clip_id, row_number() over (order by v.clip_id) - 1 as place
            from catalog.verdict v where v.outcome = 'keep';
            insert into catalog.rendition
            select '{key}', clip_id, 'renditions/' || clip_id, repeat('0', 64), 1000000, 1280, 720, 240, 24, 1, 10,
                   'h264', 'yuv420p', null, false, '{by}' from kept;
            insert into catalog.embedding
            select '{run.key("embed.embedding")}', clip_id, 'signal', 'signal', 'signal-2', 256, '{output}',
                   'embeddings/' || place / 50, place % 50, '{by}' from kept;
            insert into catalog.caption (caption_id, stage_key, clip_id, model, stage_run_id)
            select gen_random_uuid(), '{run.key("caption")}', clip_id, 'signals-1', '{by}' from kept;
            insert into catalog.caption_window
                (caption_id, ordinal, start_s, end_s, short, medium, long, facts, flags, model)
            select caption_id, n, n * 5, n * 5 + 5, 'A shot.', 'A shot.', 'A shot.', '[]', '[]', model
            from catalog.caption, generate_series(0, 1) n;
            insert into catalog.shard
            select gen_random_uuid(), d.dataset_id, 'cell', 'shards/' || n, md5(n::text) || md5(n::text), 500000000,
                   true, '{by}'
            from catalog.dataset d, generate_series(0, {SHARDS - 1}) n;
            insert into catalog.shard_member
            select s.shard_id, k.place / {SHARDS}, k.clip_id, '{key}', k.place, 1000000
            from kept k join catalog.shard s on s.object_key = 'shards/' || k.place % {SHARDS};
            insert into catalog.dataset_version
            select d.dataset_id, n, nullif(n - 1, 0), '{run.run_id}', repeat('0', 64), 40000, 400000, 40000000000,
                   '{by}'
            from catalog.dataset d, generate_series(1, {VERSIONS}) n;
            insert into catalog.dataset_version_shard
            select v.dataset_id, v.version, s.shard_id from catalog.dataset_version v, catalog.shard s;
        """)


def examples(catalog: Catalog) -> tuple[str, str, str]:
    """Ids of a published clip and its video, and the key of its shard."""
    ((clip, video, shard),) = table(
        catalog,
        "select m.clip_id::text, c.video_id::text, s.object_key from catalog.shard_member m "
        "join catalog.clip c using (clip_id) join catalog.shard s using (shard_id) order by m.clip_id limit 1",
    )
    return clip, video, shard


def lineage_of(catalog: Catalog, what: str) -> Callable[[], object]:
    """What `clipmill lineage` does."""

    def ask() -> object:
        with catalog.begin() as connection:
            return tree_of(lineage(connection, what, SHOWN))

    return ask


def takedown_of(catalog: Catalog, subject: Subject, what: str) -> Callable[[], object]:
    """What `clipmill takedown --dry-run` does."""

    def ask() -> object:
        with catalog.begin() as connection:
            return concerned(connection, find_target(connection, subject, what), SHOWN)

    return ask


def blocking_of(catalog: Catalog, subject: Subject, what: str) -> Callable[[], object]:
    """What `clipmill takedown` does in the catalog before it answers; nothing of it stays."""

    def ask() -> object:
        with catalog.trial() as connection:
            return block(connection, (subject, what), ("asked", "the benchmark"), SHOWN)

    return ask
