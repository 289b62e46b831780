"""What versions are asked: how two differ and why, going back to one, and whether one is still what it was."""

import hashlib
import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tasks.cli.main import app
from tasks.core.catalog import Catalog
from tasks.core.catalog.work import Run
from tasks.core.errors import StageRefused
from tasks.core.store import Store, open_store
from tasks.publish.changes import changes_between
from tasks.publish.rollback import roll_back
from tasks.publish.verify import verify
from tasks.publish.versions import Version, latest_version, read_version, version_numbers
from tests.fixtures.command import Command
from tests.fixtures.made_catalog import add_video, made_run, policy_file, recipe_body, table
from tests.fixtures.made_dataset import (
    add_captions,
    add_encoded,
    check_readable,
    encode,
    index_of,
    judge,
    record_terms,
    run_publish,
    run_shard,
)

RUNNER = CliRunner()


@pytest.fixture
def output(tmp_path: Path) -> str:
    return str(tmp_path / "dataset")


@pytest.fixture
def store(output: str) -> Store:
    return open_store(output)


class World:
    """Runs of one dataset, each of which publishes."""

    def __init__(self, catalog: Catalog, output: str, folder: Path) -> None:
        self.catalog, self.output, self.folder, self.runs = catalog, output, folder, 0

    def run(self, least: float = 0.2, **changes: Any) -> Run:
        """A run that keeps clips from this brightness on."""
        self.runs += 1
        rule = {"rule": "too_dark", "score": "luma_mean", "min": least}
        policy = policy_file(self.folder, rule, name=f"from{least * 100:.0f}")
        shard = {"target_bytes": 100_000, "axes": ["resolution"]}
        run = made_run(self.catalog, f"curate.{self.runs}", policy=policy, output=self.output, shard=shard, **changes)
        record_terms(self.catalog, run)
        return run

    def publish(self, run: Run) -> None:
        """The run's version, which has to be a new one."""
        judge(self.catalog, run)
        run_shard(self.catalog, run)
        assert run_publish(self.catalog, run) == 1


@pytest.fixture
def world(catalog: Catalog, output: str, tmp_path: Path) -> World:
    return World(catalog, output, tmp_path)


def take_down(catalog: Catalog, clip: object) -> None:
    """What `clipmill takedown` of a clip leaves in the catalog."""
    row = (uuid.uuid4(), "clip", clip, "asked by mail", "test")
    columns = ("takedown_id", "subject", "subject_id", "reason", "requested_by")
    with catalog.begin() as connection:
        connection.copy("takedown", columns, [row], upsert=False)


def told(store: Store, before: int, after: int) -> dict[str, tuple[str, str, str | None]]:
    """Change, why and detail by clip."""
    found = changes_between(store, read_version(store, before), read_version(store, after))
    return {one.difference.clip_id: (one.difference.change, one.why, one.detail) for one in found}


def command(*arguments: str) -> tuple[int, Any]:
    """Exit code and JSON of `clipmill dataset`."""
    result = RUNNER.invoke(app, ["dataset", *arguments, "--json"])
    return result.exit_code, json.loads(result.stdout)


# diff --------------------------------------------------------------------------------------------------------------


def test_a_rule_takes_clips_out_and_lets_them_in_again(world: World, catalog: Catalog, store: Store) -> None:
    run = world.run()
    dim, _ = add_encoded(catalog, run, "mixed.mp4", [0.5, 0.9])
    world.publish(run)
    world.publish(world.run(0.8))
    world.publish(world.run(0.3))
    assert told(store, 1, 2) == {str(dim): ("removed", "too_dark", None)}
    assert told(store, 2, 3) == {str(dim): ("added", "passes_now", "too_dark")}
    assert told(store, 1, 3) == {}


def test_what_arrives_says_whether_video_or_source_is_new(world: World, catalog: Catalog, store: Store) -> None:
    run = world.run()
    add_encoded(catalog, run, "first.mp4", [0.5])
    world.publish(run)
    (second,) = add_encoded(catalog, run, "second.mp4", [0.5])
    world.publish(run)
    other = recipe_body()["sources"][0] | {"name": "other", "path": "/other"}
    both = world.run(sources=[other, *recipe_body()["sources"]])
    (third,) = add_encoded(catalog, both, "third.mp4", [0.5])
    world.publish(both)
    change, why, detail = told(store, 1, 2)[str(second)]
    assert (change, why) == ("added", "new_video")
    assert detail == str(add_video(catalog, run, "second.mp4"))
    assert told(store, 2, 3) == {str(third): ("added", "new_source", "other")}
    assert {why for _, why, _ in told(store, 1, 3).values()} == {"new_video", "new_source"}


def test_a_better_copy_takes_the_place_of_another(world: World, catalog: Catalog, store: Store) -> None:
    run = world.run()
    (worse,) = add_encoded(catalog, run, "worse.mp4", [0.5])
    world.publish(run)
    (better,) = add_encoded(catalog, run, "better.mp4", [0.5])
    key = "00000000-0000-0000-0000-000000000001"
    with catalog.begin() as connection:
        connection.script(f"update catalog.run set cluster_key = '{key}' where run_id = '{run.run_id}'")
        rows = [(key, clip, better, run.run_id) for clip in (worse, better)]
        connection.copy("cluster_member", ("cluster_key", "clip_id", "representative_id", "run_id"), rows, upsert=False)
    world.publish(run)
    assert told(store, 1, 2) == {
        str(worse): ("removed", "near_duplicate", str(better)),
        str(better): ("added", "better_copy", str(worse)),
    }


def test_an_exclusion_says_which(world: World, catalog: Catalog, store: Store) -> None:
    run = world.run()
    clips = add_encoded(catalog, run, "bright.mp4", [0.5] * 2)
    world.publish(run)
    world.publish(world.run(mix={"quotas": [{"max_clips": 1}]}))
    world.publish(world.run())
    over = str(max(clips))
    assert told(store, 1, 2) == {over: ("removed", "quota", "quota 1: at most 1 clip")}
    assert told(store, 2, 3) == {over: ("added", "no_longer_excluded", "quota")}


def test_a_takedown_and_its_lifting_are_told(
    world: World, catalog: Catalog, store: Store, clipmill: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIPMILL_CATALOG_URL", catalog.url)
    run = world.run()
    clip, _ = add_encoded(catalog, run, "bright.mp4", [0.5] * 2)
    world.publish(run)
    clipmill("takedown", "--clip", clip, "--reason", "asked")
    world.publish(world.run())
    assert clipmill("takedown", "--clip", clip, "--purge").code == 0
    later = world.run(least=0.1)
    add_encoded(catalog, later, "another.mp4", [0.5])
    world.publish(later)
    left_out = read_version(store, 3).manifest["excluded"]["reasons"]
    assert left_out == {"takedown": {"clips": 1, "duration_s": 6}}  # its encode is gone
    clipmill("takedown", "--clip", clip, "--lift", "--reason", "a mistake")
    last = world.run(least=0.1)
    encode(catalog, last, [clip])
    world.publish(last)
    assert told(store, 1, 2) == {str(clip): ("removed", "takedown", None)}
    assert told(store, 3, 4) == {str(clip): ("added", "takedown_lifted", None)}


def test_terms_that_were_mended_are_told(world: World, catalog: Catalog, store: Store) -> None:
    run = world.run()
    clips = add_encoded(catalog, run, "bright.mp4", [0.5])
    world.publish(run)
    add_encoded(catalog, run, "other.mp4", [0.5])
    barred = world.run(rights={"deny": ["CC0-*"]})
    world.publish(barred)
    assert told(store, 1, 2) == {str(clips[0]): ("removed", "rights", None)}
    world.publish(world.run())
    assert {why for _, why, _ in told(store, 2, 3).values()} == {"rights_cleared"}


def test_clips_encoded_anew_have_changed(world: World, catalog: Catalog, store: Store) -> None:
    run = world.run()
    clips = add_encoded(catalog, run, "bright.mp4", [0.5] * 2)
    world.publish(run)
    finer = world.run(transcode={"quality": 12})
    encode(catalog, finer, clips)
    world.publish(finer)
    code, found = command("diff", "1", "2", "--output", world.output)
    assert code == 0
    assert {(one["clip_id"], one["change"], *one["what"]) for one in found["clips"]} == {
        (str(clip), "changed", "encoding") for clip in clips
    }
    assert found["totals"] == [{"change": "changed", "why": "settings", "clips": 2, "duration_s": 12.0}]


def test_a_takedown_and_other_words_say_so(world: World, catalog: Catalog, store: Store) -> None:
    run = world.run()
    lost, told_anew, _ = clips = add_encoded(catalog, run, "bright.mp4", [0.5] * 3)
    world.publish(run)
    take_down(catalog, lost)
    with catalog.begin() as connection:
        connection.script(f"update catalog.caption set released_at = now() where clip_id = '{told_anew}'")
    add_captions(catalog, run, [told_anew], "Said anew.")
    world.publish(run)
    assert told(store, 1, 2) == {
        str(lost): ("removed", "takedown", None),
        str(told_anew): ("changed", "settings", None),
    }
    before, after = read_version(store, 1), read_version(store, 2)
    (change,) = (one.difference for one in changes_between(store, before, after) if one.difference.change == "changed")
    assert change.what == ("caption",)
    assert {row["clip_id"]: row["caption"] for row in index_of(store, after)} == {
        str(told_anew): "Said anew.",
        str(clips[2]): "A made shot.",
    }


def test_other_words_of_a_later_window_are_told_too(world: World, catalog: Catalog, store: Store) -> None:
    run = world.run()
    clip, _ = add_encoded(catalog, run, "bright.mp4", [0.5] * 2)
    world.publish(run)
    with catalog.begin() as connection:
        connection.script(f"update catalog.caption set released_at = now() where clip_id = '{clip}'")
    add_captions(catalog, run, [clip], "Said anew.")
    with catalog.begin() as connection:
        connection.script("""
            update catalog.caption_window set ordinal = 1 where medium = 'Said anew.';
            insert into catalog.caption_window
                (caption_id, ordinal, start_s, end_s, short, medium, long, facts, flags, model)
            select caption_id, 0, 0, 3, 'A made shot.', 'A made shot.', 'A made shot.', facts, flags, model
            from catalog.caption_window where ordinal = 1
        """)
    world.publish(run)
    before, after = read_version(store, 1), read_version(store, 2)
    (change,) = (one.difference for one in changes_between(store, before, after))
    assert (change.clip_id, change.what) == (str(clip), ("caption",))
    assert {row["caption"] for row in index_of(store, after)} == {"A made shot."}


def test_the_older_version_comes_first(world: World) -> None:
    result = RUNNER.invoke(app, ["dataset", "diff", "2", "1", "--output", world.output])
    assert "the older one comes first" in str(result.exception)


# rollback ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def two(world: World, catalog: Catalog) -> World:
    """Two versions, of which the second lacks a clip that the first has."""
    run = world.run()
    add_encoded(catalog, run, "mixed.mp4", [0.5, 0.9, 0.9])
    world.publish(run)
    world.publish(world.run(0.8))
    return world


def test_going_back_is_a_new_version_of_old_content(two: World, catalog: Catalog, store: Store) -> None:
    objects = {one.key for one in store.list("shards/")}
    made = roll_back(store, 1, catalog, two.output)
    assert made is not None
    assert (made.number, version_numbers(store)) == (3, [1, 2, 3])
    first, third = read_version(store, 1), read_version(store, 3)
    assert check_readable(store, third) == check_readable(store, first)
    assert {one.key for one in store.list("shards/")} == objects
    assert third.manifest["parent"] == {"version": 2, "manifest_sha256": read_version(store, 2).sha256}
    provenance = json.loads(store.get_bytes(f"versions/00003/provenance-{third.sha256[:16]}.json"))
    assert (provenance["rolled_back_to"], provenance["manifest_sha256"]) == (1, third.sha256)
    assert {one[:2] for one in told(store, 2, 3).values()} == {("added", "rolled_back")}
    recorded = table(catalog, "select version, rolled_back_to, clip_count from catalog.dataset_version order by 1")
    assert recorded[2] == (3, 1, 3)
    assert len(table(catalog, "select * from catalog.version_clip where version = 3")) == 3
    assert roll_back(store, 1, catalog, two.output) is None
    two.publish(two.run(0.8))  # what recipe and policy say comes again with the next run
    assert latest_version(store).manifest["clips"] == 2  # type: ignore[union-attr]


def test_what_was_taken_down_does_not_come_back(two: World, catalog: Catalog, store: Store) -> None:
    (clip,) = told(store, 1, 2)
    take_down(catalog, clip)
    with pytest.raises(StageRefused, match=rf"1 in all: {clip} \(takedown\)"):
        roll_back(store, 1, catalog, two.output)
    assert version_numbers(store) == [1, 2]


def test_a_version_whose_tar_is_gone_cannot_be_had_again(two: World, catalog: Catalog, store: Store) -> None:
    key = read_version(store, 1).manifest["shards"][0]["key"]
    store.delete(key)
    with pytest.raises(StageRefused, match=f"{key} is gone"):
        roll_back(store, 1, catalog, two.output)


# verify ------------------------------------------------------------------------------------------------------------


def kinds(store: Store, number: int = 1) -> list[str]:
    """The kinds of what is wrong with a version."""
    return [fault.kind for fault in verify(store, read_version(store, number))]


def test_a_sound_version_has_no_fault(two: World, store: Store) -> None:
    assert [list(verify(store, read_version(store, number))) for number in (1, 2)] == [[], []]
    code, found = command("verify", "--output", two.output)
    assert (code, found["well"], found["version"], found["clips"]) == (0, True, 2, 2)


def _spoil_tar(store: Store, manifest: dict[str, Any]) -> None:
    key = manifest["shards"][0]["key"]
    data = bytearray(store.get_bytes(key))
    data[700] ^= 1  # within the first clip
    store.put_bytes(key, bytes(data))


def _cut_tar(store: Store, manifest: dict[str, Any]) -> None:
    key = manifest["shards"][0]["key"]
    store.put_bytes(key, store.get_bytes(key)[:30_000])


def _lose_tar(store: Store, manifest: dict[str, Any]) -> None:
    store.delete(manifest["shards"][0]["key"])


def _lose_index(store: Store, manifest: dict[str, Any]) -> None:
    store.delete(manifest["index"]["key"])


def _other_clips(store: Store, manifest: dict[str, Any]) -> None:
    _write(store, manifest | {"clips": 2})


def _other_tombstones(store: Store, manifest: dict[str, Any]) -> None:
    dead = {"clip_id": "a", "shard": manifest["shards"][0]["key"], "reason": "low_motion"}
    _write(store, manifest | {"tombstones": [dead]})


def _less_members(store: Store, manifest: dict[str, Any]) -> None:
    _write(store, manifest | {"shards": [manifest["shards"][0] | {"members": 2}]})


def _no_shards(store: Store, manifest: dict[str, Any]) -> None:
    _write(store, manifest | {"shards": [], "size_bytes": 0})


def _write(store: Store, manifest: dict[str, Any]) -> None:
    store.put_bytes("versions/00001/manifest.json", json.dumps(manifest).encode())


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (_spoil_tar, ["other_bytes", "other_clip_bytes"]),
        (_cut_tar, ["unreadable", "other_size"]),
        (_lose_tar, ["missing"]),
        (_lose_index, ["missing", "unreadable"]),
        (_other_clips, ["wrong_count"]),
        (_other_tombstones, ["lost_clip"]),
        (_less_members, ["wrong_count"]),
        (_no_shards, ["strange_shard"]),
    ],
)
def test_each_fault_is_named(two: World, store: Store, spoil: Any, found: list[str]) -> None:
    spoil(store, read_version(store, 1).manifest)
    assert kinds(store) == found


def test_a_changed_parent_is_found_by_its_child(two: World, store: Store) -> None:
    _write(store, read_version(store, 1).manifest | {"hours": 7})
    assert kinds(store, 2) == ["other_bytes"]


def test_a_deep_look_finds_what_is_no_video(two: World, store: Store) -> None:
    found = list(verify(store, read_version(store, 1), deep=True))
    assert [fault.kind for fault in found] == ["unreadable_video"] * 3  # made clips are noise
    result = RUNNER.invoke(app, ["dataset", "verify", "1", "--deep", "--output", two.output])
    assert result.exit_code == 1
    assert "3 faults" in result.stdout


# list and show -----------------------------------------------------------------------------------------------------


def test_a_store_alone_tells_its_versions(two: World, store: Store) -> None:
    code, versions = command("list", "--output", two.output)
    assert code == 0
    assert [(one["version"], one["clips"], one["parent"]) for one in versions] == [(1, 3, None), (2, 2, 1)]
    code, manifest = command("show", "1", "--output", two.output)
    assert hashlib.sha256(store.get_bytes("versions/00001/manifest.json")).hexdigest() == versions[0]["manifest_sha256"]
    assert manifest["cells"] == {"resolution_720": {"clips": 3, "duration_s": 18.0}}
    shown = RUNNER.invoke(app, ["dataset", "show", "--output", two.output]).stdout
    assert "made version 2  2 clips, 12.0 s" in shown


def test_the_catalog_knows_where_a_dataset_lies(two: World, catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIPMILL_CATALOG_URL", catalog.url)
    code, datasets = command("list")
    assert (code, [(one["name"], one["version"], one["clip_count"]) for one in datasets]) == (0, [("made", 2, 2)])
    assert command("show")[1]["version"] == 2
    assert command("rollback", "1") == (0, {"version": 3, "same_as": 1})


def test_no_such_version_says_which_there_are(two: World) -> None:
    for command in ("show", "verify", "rollback"):
        named = RUNNER.invoke(app, ["dataset", command, "demo"], env={"COLUMNS": "200"})
        assert named.exit_code == 2
        assert "a dataset is named by --dataset demo" in named.output
    assert RUNNER.invoke(app, ["dataset", "show", "0", "--output", two.output]).exit_code == 2
    result = RUNNER.invoke(app, ["dataset", "show", "7", "--output", two.output])
    assert "version 7; there are: 1 to 2" in str(result.exception)


def test_versions_keep_their_bytes_while_others_follow(two: World, store: Store) -> None:
    before: list[Version] = [read_version(store, number) for number in (1, 2)]
    two.publish(two.run(0.4))
    assert [read_version(store, number) for number in (1, 2)] == before
