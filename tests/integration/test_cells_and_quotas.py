"""Which clips lie in which cell, which are left out, and when a full tar is written anew; on a real catalog."""

import uuid
from pathlib import Path
from typing import Any

import pytest

from tasks.cli.mix import foresee
from tasks.core.catalog import Catalog
from tasks.core.catalog.work import Run
from tasks.core.store import Store
from tasks.publish.versions import Version, latest_version
from tasks.report.funnel import check_sums, read_funnel
from tests.fixtures.made_catalog import add_embeddings, made_run, policy_file, table
from tests.fixtures.made_dataset import (
    add_encoded,
    check_readable,
    judge,
    record_terms,
    run_publish,
    run_shard,
    shards_of,
)

TARGET_BYTES, PER_FULL_SHARD = 100_000, 5
NARROW = [{"name": "720", "at_least": 720}]


class World:
    """Runs of one dataset that differ in their policy, bins and mixture."""

    def __init__(self, catalog: Catalog, folder: Path) -> None:
        self.catalog, self.folder, self.runs = catalog, folder, 0

    def run(self, least: float = 0.2, shard: dict[str, Any] | None = None, **changes: Any) -> Run:
        """A run that keeps clips from this brightness on."""
        self.runs += 1
        rule = {"rule": "too_dark", "score": "luma_mean", "min": least}
        policy = policy_file(self.folder, rule, name=f"from{least * 100:.0f}")
        packed = {"target_bytes": TARGET_BYTES, "axes": ["resolution"]} | (shard or {})
        run_id, output = f"curate.{self.runs}", str(self.folder / "dataset")
        run = made_run(self.catalog, run_id, policy=policy, output=output, shard=packed, **changes)
        if self.runs == 1:
            record_terms(self.catalog, run)
        return run

    def curate(self, run: Run) -> tuple[int, int]:
        """Judges, packs and publishes: the number of new tars and of new versions."""
        judge(self.catalog, run)
        return run_shard(self.catalog, run), run_publish(self.catalog, run)

    def take_down(self, clip: object) -> None:
        """What `clipmill takedown` of a clip leaves in the catalog."""
        row = (uuid.uuid4(), "clip", clip, "asked by mail", "test")
        columns = ("takedown_id", "subject", "subject_id", "reason", "requested_by")
        with self.catalog.begin() as connection:
            connection.copy("takedown", columns, [row], upsert=False)


@pytest.fixture
def world(catalog: Catalog, tmp_path: Path) -> World:
    return World(catalog, tmp_path)


def newest(store: Store) -> Version:
    version = latest_version(store)
    assert version is not None
    return version


def texts(clips: Any) -> set[str]:
    return {str(clip) for clip in clips}


def test_a_full_tar_with_too_many_dead_is_written_anew(world: World, catalog: Catalog, store: Store) -> None:
    first = world.run()
    clips = add_encoded(catalog, first, "mixed.mp4", [0.5, 0.9, 0.9, 0.9, 0.9] * 2)
    world.curate(first)
    before = shards_of(newest(store))
    assert sorted(one["members"] for one in before.values()) == [PER_FULL_SHARD, PER_FULL_SHARD]
    strict = world.run(0.8, {"most_dead": 0.1})
    assert world.curate(strict) == (2, 1)
    version = newest(store)
    assert check_readable(store, version) == texts(clip for n, clip in enumerate(clips) if n % PER_FULL_SHARD)
    assert version.manifest["tombstones"] == []
    assert not before.keys() & shards_of(version).keys()
    assert world.curate(strict) == (0, 0)


def test_a_few_dead_in_a_full_tar_are_tombstones(world: World, catalog: Catalog, store: Store) -> None:
    first = world.run()
    add_encoded(catalog, first, "mixed.mp4", [0.5] + [0.9] * 4)
    world.curate(first)
    before = shards_of(newest(store))
    assert world.curate(world.run(0.8)) == (0, 1)  # a fifth of the bytes is not over a fifth
    assert shards_of(newest(store)) == before
    assert [one["reason"] for one in newest(store).manifest["tombstones"]] == ["too_dark"]


def test_a_clip_that_is_taken_down_leaves_no_byte_in_the_next_version(
    world: World, catalog: Catalog, store: Store
) -> None:
    run = world.run(shard={"most_dead": 1})
    clips = add_encoded(catalog, run, "bright.mp4", [0.5] * 10)
    world.curate(run)
    world.take_down(clips[3])
    assert world.curate(run) == (1, 1)
    version = newest(store)
    assert check_readable(store, version) == texts(clips) - {str(clips[3])}
    assert version.manifest["tombstones"] == []
    assert version.manifest["excluded"]["reasons"] == {"takedown": {"clips": 1, "duration_s": 6.0}}
    assert world.curate(run) == (0, 0)


def test_other_axes_sort_all_clips_anew(world: World, catalog: Catalog, store: Store) -> None:
    run = world.run()
    clips = add_encoded(catalog, run, "bright.mp4", [0.5] * 7)
    world.curate(run)
    assert world.curate(world.run(shard={"axes": ["length", "content_type"]})) == (2, 1)
    version = newest(store)
    assert check_readable(store, version) == texts(clips)
    assert version.manifest["tombstones"] == []
    assert version.manifest["cells"] == {"length_005_010/content_type_unknown": {"clips": 7, "duration_s": 42.0}}


def test_what_no_bin_has_is_left_out_and_said(world: World, catalog: Catalog, store: Store) -> None:
    run = world.run(shard={"resolutions": NARROW})
    large = add_encoded(catalog, run, "large.mp4", [0.5] * 2)
    small = add_encoded(catalog, run, "small.mp4", [0.5] * 3, size=(640, 480))
    world.curate(run)
    version = newest(store)
    assert check_readable(store, version) == texts(large)
    assert version.manifest["excluded"]["reasons"] == {"no_bin": {"clips": 3, "duration_s": 18.0}}
    said = table(catalog, "select clip_id::text, reason, detail from catalog.exclusion_current")
    assert {(clip, reason, detail) for clip, reason, detail in said} == {
        (str(clip), "no_bin", "resolution 480 px") for clip in small
    }
    assert world.curate(world.run()) == (1, 1)  # bins for all bring them back
    assert check_readable(store, newest(store)) == texts(large + small)
    assert table(catalog, "select * from catalog.exclusion_current") == []


def test_a_quota_keeps_the_best_and_of_equals_the_lower_id(world: World, catalog: Catalog, store: Store) -> None:
    mix = {"quality": "luma_mean", "quotas": [{"max_clips": 3, "per": ["source"]}]}
    run = world.run(mix=mix)
    clips = add_encoded(catalog, run, "mixed.mp4", [0.5, 0.9, 0.5, 0.7, 0.5])
    world.curate(run)
    best = {str(clips[1]), str(clips[3]), min(str(clips[n]) for n in (0, 2, 4))}
    assert check_readable(store, newest(store)) == best
    assert newest(store).manifest["excluded"]["reasons"] == {"quota": {"clips": 2, "duration_s": 12.0}}
    details = table(catalog, "select distinct detail from catalog.exclusion_current")
    assert details == [("quota 1: at most 3 clips per source",)]
    assert world.curate(run) == (0, 0)


def test_a_quota_of_hours_is_for_the_cells_that_it_names(world: World, catalog: Catalog, store: Store) -> None:
    where = {"resolution": ["480"]}
    run = world.run(mix={"quotas": [{"where": where, "max_hours": 13 / 3600}]})
    large = add_encoded(catalog, run, "large.mp4", [0.5] * 4)
    small = add_encoded(catalog, run, "small.mp4", [0.5] * 4, size=(640, 480))
    world.curate(run)
    kept = check_readable(store, newest(store))
    assert kept & texts(large) == texts(large)
    assert len(kept & texts(small)) == 2


def test_a_quota_is_not_used_up_by_what_was_taken_down(world: World, catalog: Catalog, store: Store) -> None:
    run = world.run(mix={"quotas": [{"max_clips": 1}]})
    clips = sorted(add_encoded(catalog, run, "bright.mp4", [0.5] * 3))
    world.take_down(clips[0])
    world.curate(run)
    assert check_readable(store, newest(store)) == {str(clips[1])}
    said = table(catalog, "select clip_id::text, reason from catalog.exclusion_current")
    assert said == [(str(clips[2]), "quota")]


def test_left_out_clips_have_their_line_in_the_funnel(world: World, catalog: Catalog) -> None:
    run = world.run(mix={"quotas": [{"max_clips": 1}]})
    clips = add_encoded(catalog, run, "bright.mp4", [0.5] * 3)
    add_embeddings(catalog, run, clips)
    world.curate(run)
    with catalog.begin() as connection:
        funnel = read_funnel(connection, run.run_id)
    assert check_sums(funnel) == []
    rest = [(one.state, one.reason, one.amount.count) for one in funnel.line("shard").rest]
    assert rest == [("excluded", "quota", 2)]
    assert funnel.line("publish").left.count == 1


def test_both_ways_of_finding_members_agree(world: World, catalog: Catalog) -> None:
    run = world.run(mix={"quality": "luma_mean", "quotas": [{"max_clips": 5}]})
    add_encoded(catalog, run, "bright.mp4", [0.5, 0.1, 0.9, 0.6, 0.1, 0.7])
    blocked, silent = add_encoded(catalog, run, "other.mp4", [0.9] * 2)
    world.curate(run)
    world.take_down(blocked)
    with catalog.begin() as connection:
        connection.script(f"update catalog.caption set released_at = now() where clip_id = '{silent}'")
        count = connection.value("shard/gather_members", run=run.run_id)
        connection.script(f"""
            create temp table one_by_one on commit drop as
            select clip_id, rendition_key, caption_id from catalog.run_member where run_id = '{run.run_id}';
            do $$ begin
                if exists (table pg_temp.one_by_one except select * from pg_temp.member)
                or exists (select * from pg_temp.member except table pg_temp.one_by_one)
                then raise exception 'they differ'; end if;
            end $$
        """)
    assert count == 3


def test_a_dry_run_says_what_the_next_run_does_and_writes_nothing(world: World, catalog: Catalog) -> None:
    run = world.run()
    add_encoded(catalog, run, "large.mp4", [0.5] * 4)
    add_encoded(catalog, run, "small.mp4", [0.5] * 2, size=(640, 480))
    world.curate(run)
    mix = {
        "quotas": [{"where": {"resolution": ["720"]}, "max_clips": 1}],
        "weights": [{"where": {"resolution": ["480"]}, "weight": 1.5}],
    }
    with catalog.trial() as connection:
        told = foresee(connection, world.run(mix=mix))
    found = {one["cell"]: (one["clips"], one["left_clips"], one["share"]) for one in told["cells"]}
    assert found == {"resolution_720": (4, 1, 0.25), "resolution_480": (2, 2, 0.75)}
    assert [(one["reason"], one["clips"]) for one in told["excluded"]] == [("quota", 3)]
    assert table(catalog, "select * from catalog.exclusion") == []


def test_weights_alone_make_a_version_of_the_same_bytes(world: World, catalog: Catalog, store: Store) -> None:
    run = world.run()
    dim, bright = add_encoded(catalog, run, "made.mp4", [0.5, 0.9])
    world.curate(run)
    before = newest(store)
    order = [{"score": "luma_mean", "harder": "low"}]
    shown = world.run(mix={"repeats": [{"times": 3}], "order": order})
    assert world.curate(shown) == (0, 1)
    version = newest(store)
    assert version.manifest["shards"] == before.manifest["shards"]
    assert version.manifest["mix"]["cells"] == {"resolution_720": {"weight": 1.0, "times": 3, "share": 1.0}}
    lines = store.get_bytes(version.manifest["mix"]["order"]["key"]).decode().splitlines()
    assert lines == [f"{bright}\t0.000000", f"{dim}\t1.000000"]
    assert world.curate(shown) == (0, 0)
