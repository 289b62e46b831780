"""From encoded clips to a published version, on a real catalog and a folder store."""

import hashlib
import json
import os
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest
import webdataset

from tasks.core.catalog import Catalog
from tasks.core.catalog.work import Run
from tasks.core.errors import BadRecipe, StageRefused, TryAgain
from tasks.core.lock import alone, lock_of
from tasks.core.model import dataset_id
from tasks.core.store import Store, open_store
from tasks.publish import __main__ as stage
from tasks.publish.index import SCHEMA, put_tables
from tasks.publish.versions import Version, latest_version, read_version, version_numbers
from tasks.shard import record as shard_record
from tests.fixtures.made_catalog import add_batch, add_video, made_run, policy_file, recipe_body, started, table
from tests.fixtures.made_dataset import (
    CLIP_BYTES,
    add_encoded,
    check_readable,
    content_of,
    encode,
    index_of,
    judge,
    members_of,
    object_key,
    record_terms,
    run_publish,
    run_shard,
    shards_of,
)

OTHER_SOURCES = [recipe_body()["sources"][0] | {"path": "/elsewhere"}]
AXES = ["resolution", "aspect_ratio", "length"]
PER_FULL_SHARD = 5
"""Clips that fill a tar of 100 kB."""


@pytest.fixture
def run(catalog: Catalog, output: Path, tmp_path: Path) -> Run:
    """A run that keeps all but dark clips."""
    run = bright_run(catalog, output, tmp_path, 0.2)
    record_terms(catalog, run)
    return run


def bright_run(
    catalog: Catalog, output: Path, folder: Path, least: float, run_id: str = "curate.made", **changes: Any
) -> Run:
    """A run whose policy keeps clips from this brightness on."""
    policy = policy_file(
        folder, {"rule": "too_dark", "score": "luma_mean", "min": least}, name=f"from{least * 100:.0f}"
    )
    shard = {"target_bytes": 100_000, "axes": AXES} | changes.pop("shard", {})
    return made_run(catalog, run_id, policy=policy, output=str(output), shard=shard, **changes)


def curate(catalog: Catalog, run: Run) -> tuple[int, int]:
    """Judges, packs and publishes: the number of new tars and of new versions."""
    judge(catalog, run)
    return run_shard(catalog, run), run_publish(catalog, run)


def newest(store: Store) -> Version:
    version = latest_version(store)
    assert version is not None
    return version


def test_kept_clips_are_packed_and_published(catalog: Catalog, run: Run, store: Store) -> None:
    bright = add_encoded(catalog, run, "bright.mp4", [0.5] * 7)
    tall = add_encoded(catalog, run, "tall.mp4", [0.5] * 2, size=(720, 1280))
    add_encoded(catalog, run, "dark.mp4", [0.1] * 2)
    assert curate(catalog, run) == (3, 1)
    version = newest(store)
    assert check_readable(store, version) == {str(clip) for clip in bright + tall}
    assert version.manifest["duration_s"] == 54.0
    assert version.manifest["licences"] == {"CC0-1.0": {"clips": 9, "duration_s": 54.0}}
    cells = sorted((entry["cell"], entry["members"]) for entry in shards_of(version).values())
    assert cells == [
        ("resolution_720/aspect_ratio_16_9/length_005_010", 2),
        ("resolution_720/aspect_ratio_16_9/length_005_010", PER_FULL_SHARD),
        ("resolution_720/aspect_ratio_9_16/length_005_010", 2),
    ]
    assert all(key.startswith(f"shards/{entry['cell']}/made-") for key, entry in shards_of(version).items())


def test_webdataset_reads_the_shards(catalog: Catalog, run: Run, store: Store, output: Path) -> None:
    clips = add_encoded(catalog, run, "bright.mp4", [0.5] * 7)
    curate(catalog, run)
    urls = [str(output / key) for key in shards_of(newest(store))]
    found = {sample["__key__"]: sample for sample in webdataset.WebDataset(urls, shardshuffle=False).decode()}
    assert set(found) == {str(clip) for clip in clips}
    sample = found[str(clips[1])]
    assert sample["mp4"] == content_of(clips[1], run)
    about = sample["json"]
    assert about["span"] == {"start_pts": 6000, "end_pts": 12000, "time_base": "1/1000", "start_s": 6.0, "end_s": 12.0}
    assert about["sha256"] == hashlib.sha256(sample["mp4"]).hexdigest()
    assert (about["width_px"], about["frame_rate"], about["frame_count"], about["duration_s"]) == (
        1280,
        "25/1",
        150,
        6.0,
    )
    assert about["crop_box"] == {"x_px": 0, "y_px": 0, "width_px": 640, "height_px": 360}
    assert (about["source"], about["licence"]) == ("made", "CC0-1.0")
    assert about["scores"] == {"luma_mean": 0.5, "motion_mean": 0.25}


def test_the_index_finds_every_clip_inside_its_tar(catalog: Catalog, run: Run, store: Store) -> None:
    add_encoded(catalog, run, "bright.mp4", [0.5, 0.75] * 4)
    curate(catalog, run)
    rows = index_of(store, newest(store))
    for row in rows:
        video = store.read_range(row["shard"], row["offset_bytes"], row["size_bytes"])
        assert hashlib.sha256(video).hexdigest() == row["sha256"]
        assert (row["fps"], row["licence"], row["score_motion_mean"], row["score_freeze_share"]) == (
            25,
            "CC0-1.0",
            0.25,
            None,
        )
    assert sorted(row["score_luma_mean"] for row in rows) == [0.5] * 4 + [0.75] * 4
    assert [(row["shard"], row["offset_bytes"]) for row in rows] == sorted(
        (r["shard"], r["offset_bytes"]) for r in rows
    )


def test_nothing_new_makes_nothing(
    catalog: Catalog, run: Run, store: Store, output: Path, caplog: pytest.LogCaptureFixture
) -> None:
    add_encoded(catalog, run, "bright.mp4", [0.5] * 7)
    curate(catalog, run)
    before = {stored.key: stored for stored in store.list()}
    counts = "select (select count(*) from catalog.shard), (select count(*) from catalog.dataset_version)"
    rows = table(catalog, counts)
    again = bright_run(catalog, output, output.parent, 0.2, "curate.again")
    with caplog.at_level("INFO", "clipmill"):
        assert curate(catalog, again) == (0, 0)
    assert "nothing_changed" in caplog.messages
    assert {stored.key: stored for stored in store.list()} == before
    assert table(catalog, counts) == rows
    assert table(catalog, "select * from catalog.reservation") == []


def test_new_clips_rewrite_the_open_tar_and_leave_full_ones(catalog: Catalog, run: Run, store: Store) -> None:
    first = add_encoded(catalog, run, "one.mp4", [0.5] * 7)
    curate(catalog, run)
    before = newest(store)
    second = add_encoded(catalog, run, "two.mp4", [0.5] * 4)
    assert curate(catalog, run) == (2, 1)
    after = newest(store)
    assert check_readable(store, after) == {str(clip) for clip in first + second}
    assert check_readable(store, before) == {str(clip) for clip in first}  # readers of the old version are not hurt
    assert after.manifest["parent"] == {"version": 1, "manifest_sha256": before.sha256}
    sizes = [entry["members"] for entry in shards_of(after).values()]
    assert sorted(sizes) == [1, PER_FULL_SHARD, PER_FULL_SHARD]
    full = {key for key, entry in shards_of(before).items() if entry["members"] == PER_FULL_SHARD}
    assert shards_of(before).keys() & shards_of(after).keys() == full


def test_a_stricter_policy_buries_in_full_tars_and_empties_open_ones(
    catalog: Catalog, run: Run, store: Store, output: Path
) -> None:
    clips = add_encoded(catalog, run, "mixed.mp4", [0.5, 0.9] * 4)
    bright = {str(clip) for clip in clips[1::2]}
    curate(catalog, run)
    strict = bright_run(catalog, output, output.parent, 0.8, "curate.strict", shard={"most_dead": 1})
    (full,) = (key for key, entry in shards_of(newest(store)).items() if entry["members"] == PER_FULL_SHARD)
    _, published = curate(catalog, strict)
    version = newest(store)
    assert published == 1
    assert check_readable(store, version) == bright
    dead = {member["clip_id"] for member in members_of(store, full)} - bright
    buried = version.manifest["tombstones"]
    assert {(t["clip_id"], t["shard"], t["reason"]) for t in buried} == {(clip, full, "too_dark") for clip in dead}
    assert dead
    assert all(
        {member["clip_id"] for member in members_of(store, key)} <= bright for key in shards_of(version) if key != full
    )
    recorded = table(catalog, "select clip_id::text from catalog.version_clip where version = 2")
    assert {clip for (clip,) in recorded} == bright
    assert len(table(catalog, "select * from catalog.tombstone")) == len(dead)


def test_a_policy_taken_back_brings_the_same_clips_back(catalog: Catalog, run: Run, store: Store, output: Path) -> None:
    add_encoded(catalog, run, "mixed.mp4", [0.5] * 7)
    curate(catalog, run)
    before = newest(store)
    assert curate(catalog, bright_run(catalog, output, output.parent, 0.8, "curate.strict")) == (0, 1)
    assert (newest(store).manifest["clips"], newest(store).manifest["shards"]) == (0, [])
    assert curate(catalog, run) == (2, 1)
    assert shards_of(newest(store)) == shards_of(before)
    assert version_numbers(store) == [1, 2, 3]


def test_clips_encoded_anew_take_the_place_of_the_old(catalog: Catalog, run: Run, store: Store, output: Path) -> None:
    clips = add_encoded(catalog, run, "bright.mp4", [0.5] * 7)
    curate(catalog, run)
    body = run.recipe.model_dump(mode="json") | {"transcode": {"quality": 30}}
    finer = made_run(catalog, "curate.finer", **body)
    encode(catalog, finer, clips)
    curate(catalog, finer)
    version = newest(store)
    assert check_readable(store, version) == {str(clip) for clip in clips}
    assert version.manifest["tombstones"] == []
    assert not shards_of(version).keys() & shards_of(read_version(store, 1)).keys()


@pytest.mark.parametrize("page_clips", [1, 3, 1000])
def test_another_folder_gives_the_same_manifest(
    catalog: Catalog, run: Run, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page_clips: int
) -> None:
    """However large the pages in which the catalog is read."""
    clips = add_encoded(catalog, run, "bright.mp4", [0.5] * 12)
    curate(catalog, run)
    there = bright_run(catalog, tmp_path / "elsewhere", tmp_path, 0.2, "curate.there")
    other = open_store(there.recipe.output)
    encode(catalog, there, clips)
    monkeypatch.setattr(shard_record, "PAGE_CLIPS", page_clips)
    curate(catalog, there)
    assert newest(other).text == newest(store).text
    assert check_readable(other, newest(other)) == check_readable(store, newest(store))


def test_provenance_says_who_made_it(catalog: Catalog, run: Run, store: Store) -> None:
    add_encoded(catalog, run, "bright.mp4", [0.5])
    curate(catalog, run)
    version = newest(store)
    body = json.loads(store.get_bytes(f"versions/00001/provenance-{version.sha256[:16]}.json"))
    assert body["manifest_sha256"] == version.sha256
    assert body["published_by"]["run"] == run.run_id
    assert body["policy"]["rules"][0]["rule"] == "too_dark"
    assert body["recipe"]["output"] == run.recipe.output
    stages = [entry["stage"] for entry in body["made_by"]]
    assert sorted(stages) == ["caption", "crop", "filter", "ingest", "shard", "split", "transcode"]


def test_no_clip_at_all_is_no_version(catalog: Catalog, run: Run, store: Store) -> None:
    add_encoded(catalog, run, "dark.mp4", [0.1])
    assert curate(catalog, run) == (0, 0)
    assert list(store.list("versions/")) == []


# What goes wrong ---------------------------------------------------------------------------------------------------


def test_a_lost_object_refuses_the_stage(catalog: Catalog, run: Run, store: Store) -> None:
    (clip, *_) = add_encoded(catalog, run, "bright.mp4", [0.5] * 3)
    store.delete(object_key(clip, run))
    with pytest.raises(StageRefused, match=f"{clip} is not in the store"):
        curate(catalog, run)
    assert table(catalog, "select * from catalog.shard") == []
    assert table(catalog, "select * from catalog.reservation") == []


@pytest.mark.parametrize(
    ("data", "message"), [(b"short", "has 5 bytes where"), (b"?" * CLIP_BYTES, "does not have the bytes")]
)
def test_an_object_with_other_bytes_is_not_packed(
    catalog: Catalog, run: Run, store: Store, data: bytes, message: str
) -> None:
    (clip, *_) = add_encoded(catalog, run, "bright.mp4", [0.5] * 3)
    store.put_bytes(object_key(clip, run), data)
    with pytest.raises(StageRefused, match=message):
        curate(catalog, run)
    assert list(store.list("shards/")) == []


def test_two_runs_do_not_pack_at_once(catalog: Catalog, run: Run, output: Path) -> None:
    clips = add_encoded(catalog, run, "bright.mp4", [0.5])
    judge(catalog, run)
    other = bright_run(catalog, output, output.parent, 0.2, "curate.other")
    dataset = dataset_id(run.recipe.output, run.recipe.dataset)
    with alone(started(catalog, other, "shard"), dataset):
        with pytest.raises(TryAgain, match=r"curate\.other is at shard of this dataset now"):
            run_shard(catalog, run)
        elsewhere = bright_run(catalog, output.parent / "elsewhere", output.parent, 0.2, "curate.elsewhere")
        encode(catalog, elsewhere, clips)
        assert run_shard(catalog, elsewhere) == 1  # another dataset is nobody's business
    assert run_shard(catalog, run) == 1


def test_a_holder_that_was_taken_over_writes_nothing(catalog: Catalog, run: Run, output: Path) -> None:
    add_encoded(catalog, run, "bright.mp4", [0.5])
    judge(catalog, run)
    dataset = dataset_id(run.recipe.output, run.recipe.dataset)
    with alone(started(catalog, run, "shard"), dataset) as stale:
        with catalog.begin() as connection:
            lock = lock_of("shard")
            connection.script(
                f"update catalog.reservation set expires_at = now() - interval '1 s' where stage_key = '{lock}'"
            )
        other = bright_run(catalog, output, output.parent, 0.2, "curate.other")
        with (
            alone(started(catalog, other, "shard"), dataset),
            pytest.raises(TryAgain, match="taken over"),
            catalog.begin() as connection,
        ):
            stale.renew(connection)
        assert run_shard(catalog, run) == 1


def test_a_retry_of_the_same_run_takes_the_packing_over(catalog: Catalog, run: Run) -> None:
    add_encoded(catalog, run, "bright.mp4", [0.5])
    judge(catalog, run)
    with catalog.begin() as connection:
        dataset = dataset_id(run.recipe.output, run.recipe.dataset)
        values = {"batch": "killed", "run": run.run_id, "seconds": 3600}
        connection.run("work/take_lock", lock=lock_of("shard"), subject=dataset, **values)
    assert run_shard(catalog, run) == 1


def test_of_two_publishers_one_tries_again(
    catalog: Catalog, run: Run, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    clips = add_encoded(catalog, run, "bright.mp4", [0.5] * 3)
    judge(catalog, run)
    run_shard(catalog, run)
    index = put_tables(store, "versions/00001/index", SCHEMA, [SCHEMA.empty_table()]).described
    empty = {"dataset": "made", "shards": [], "tombstones": [], "clips": 0, "index": index}
    foreign = Version(1, json.dumps(empty | NO_SIZE).encode())

    def overtaken(*arguments: Any) -> None:
        monkeypatch.undo()
        stage.put_version(store, foreign)
        stage.put_version(*arguments)

    monkeypatch.setattr(stage, "put_version", overtaken)
    with pytest.raises(TryAgain, match="another run has published version 1"):
        run_publish(catalog, run)
    assert newest(store) == foreign
    assert run_publish(catalog, run) == 1
    assert newest(store).manifest["parent"] == {"version": 1, "manifest_sha256": foreign.sha256}
    assert check_readable(store, newest(store)) == {str(clip) for clip in clips}


NO_SIZE = {"duration_s": 0, "size_bytes": 0}


def taken(catalog: Catalog, run: Run, name: str) -> None:
    """A video that the run works on and has not finished."""
    batch = add_batch(catalog, run, "videos", [add_video(catalog, run, name)])
    assert started(catalog, run, "split", batch).take()


def expire(catalog: Catalog) -> None:
    with catalog.begin() as connection:
        connection.script("update catalog.reservation set expires_at = now() - interval '1 second'")


def test_a_version_is_left_to_the_run_that_still_works_on_the_recipe(
    catalog: Catalog, run: Run, store: Store, output: Path, tmp_path: Path
) -> None:
    clips = add_encoded(catalog, run, "first.mp4", [0.5] * 2)
    at_work = bright_run(catalog, output, tmp_path, 0.2, "curate.at-work")
    taken(catalog, at_work, "second.mp4")
    assert curate(catalog, run) == (1, 0)
    assert run_publish(catalog, at_work) == 1
    assert check_readable(store, newest(store)) == {str(clip) for clip in clips}


def test_what_nobody_works_on_any_more_holds_no_version_up(
    catalog: Catalog, run: Run, output: Path, tmp_path: Path
) -> None:
    add_encoded(catalog, run, "first.mp4", [0.5] * 2)
    taken(catalog, bright_run(catalog, output, tmp_path, 0.2, "curate.dead"), "second.mp4")
    expire(catalog)
    assert curate(catalog, run) == (1, 1)


def test_of_two_runs_that_end_with_work_undone_one_publishes(
    catalog: Catalog, run: Run, output: Path, tmp_path: Path
) -> None:
    other = bright_run(catalog, output, tmp_path, 0.2, "curate.other")
    add_encoded(catalog, run, "first.mp4", [0.5] * 2)
    taken(catalog, run, "second.mp4")
    taken(catalog, other, "third.mp4")
    assert curate(catalog, run) == (1, 0)
    assert run_publish(catalog, other) == 1


def test_a_run_over_other_videos_holds_no_version_up(catalog: Catalog, run: Run, output: Path, tmp_path: Path) -> None:
    add_encoded(catalog, run, "first.mp4", [0.5] * 2)
    elsewhere = made_run(catalog, "curate.elsewhere", output=str(tmp_path / "other"), sources=OTHER_SOURCES)
    taken(catalog, elsewhere, "second.mp4")
    assert curate(catalog, run) == (1, 1)


def test_a_version_whose_rows_were_lost_gets_them(
    catalog: Catalog, run: Run, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_encoded(catalog, run, "bright.mp4", [0.5] * 3)

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(stage, "record_version", killed)
    with pytest.raises(KeyboardInterrupt):
        curate(catalog, run)
    monkeypatch.undo()
    assert version_numbers(store) == [1]
    assert table(catalog, "select * from catalog.dataset_version") == []
    assert run_publish(catalog, run) == 0
    sha256 = newest(store).sha256
    assert table(catalog, "select version, manifest_sha256, clip_count from catalog.dataset_version") == [
        (1, sha256, 3)
    ]
    assert table(catalog, "select count(*) from catalog.version_clip") == [(3,)]


def test_a_folder_is_one_datasets_own(catalog: Catalog, run: Run, output: Path) -> None:
    add_encoded(catalog, run, "bright.mp4", [0.5])
    curate(catalog, run)
    body = run.recipe.model_dump(mode="json") | {"dataset": "another"}
    with pytest.raises(BadRecipe, match="holds the dataset 'made'"):
        made_run(catalog, "curate.another", **body)
    with catalog.begin() as connection:
        # As if another catalog had made what lies there.
        connection.script("update catalog.dataset set store_url = '/elsewhere'")
    other = made_run(catalog, "curate.another", **body)
    with pytest.raises(StageRefused, match="holds the dataset 'made', not 'another'"):
        curate(catalog, other)


def command(catalog: Catalog, stage_name: str, run_id: str) -> tuple[int, str]:
    """Exit code and last event of a stage's own process."""
    environment = {**os.environ, "CLIPMILL_CATALOG_URL": catalog.url}
    arguments = [sys.executable, "-m", f"tasks.{stage_name}", "--run", run_id]
    ended = subprocess.run(arguments, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    return ended.returncode, json.loads(ended.stdout.splitlines()[-2])["event"]


def test_the_commands_exit_as_the_contract_says(catalog: Catalog, run: Run, output: Path) -> None:
    add_encoded(catalog, run, "bright.mp4", [0.5] * 7)
    judge(catalog, run)
    other = bright_run(catalog, output, output.parent, 0.2, "curate.other")
    with alone(started(catalog, other, "shard"), dataset_id(run.recipe.output, run.recipe.dataset)):
        code, event = command(catalog, "shard", run.run_id)
    assert (code, "curate.other is at shard of this dataset now" in event) == (75, True)
    assert command(catalog, "shard", run.run_id) == (0, "packed")
    assert command(catalog, "publish", run.run_id) == (0, "published")
    assert command(catalog, "publish", run.run_id) == (0, "nothing_changed")


def test_uuid_order_is_the_same_in_the_catalog_and_here(catalog: Catalog) -> None:
    ids = [uuid.uuid5(uuid.NAMESPACE_OID, str(n)) for n in range(50)]
    listed = ", ".join(f"('{one}'::uuid)" for one in ids)
    found = table(catalog, f"select id::text from (values {listed}) v(id) order by id")
    assert [one for (one,) in found] == [str(one) for one in sorted(ids)]
