"""`clipmill takedown`: what it lists, blocks and removes, and the proof of it."""

import hashlib
import io
import json
import os
import uuid
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from tasks.cli.removal.purged import Purged
from tasks.core.catalog import Catalog
from tasks.core.catalog.work import Run
from tasks.core.errors import TryAgain
from tasks.core.lock import alone
from tasks.core.model import dataset_id
from tasks.core.store import Store
from tasks.core.tally import Tally
from tasks.core.vectors import Made, read_vectors, vectors_file
from tasks.dataset.exported import begun, put_exported
from tasks.dataset.version import PublishedVersion
from tasks.publish.versions import Version, latest_version, read_version
from tests.fixtures.command import Command
from tests.fixtures.made_catalog import made_run, policy_file, started, table
from tests.fixtures.made_dataset import (
    add_encoded,
    check_readable,
    content_of,
    judge,
    members_of,
    object_key,
    record_terms,
    run_publish,
    run_shard,
    shards_of,
)

MADE = Made("signal", "signal", "signal-2", 8)


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch, catalog: Catalog) -> None:
    """The command's catalog is the test's; what a power cut would lose does not matter."""
    monkeypatch.setattr(os, "fsync", lambda _: None)
    monkeypatch.setenv("CLIPMILL_CATALOG_URL", catalog.url)


@pytest.fixture
def run(catalog: Catalog, tmp_path: Path) -> Run:
    policy = policy_file(tmp_path, {"rule": "too_dark", "score": "luma_mean", "min": 0.2})
    made = made_run(catalog, policy=policy, output=str(tmp_path / "dataset"), shard={"target_bytes": 100_000})
    record_terms(catalog, made)
    return made


@pytest.fixture
def clips(catalog: Catalog, run: Run, store: Store) -> dict[str, list[uuid.UUID]]:
    """Clips of two videos, published, with vectors, an index and a report."""
    found = {name: add_encoded(catalog, run, f"{name}.mp4", [0.5] * 4) for name in ("lost", "rest")}
    add_vectors(catalog, run, store, [*found["lost"], *found["rest"]])
    store.put_bytes("reports/latest.html", f"<b>{str(found['lost'][1])[:8]}</b>".encode())
    store.put_bytes("reports/other.html", f"<b>{str(found['rest'][1])[:8]}</b>".encode())
    curate(catalog, run)
    return found


def curate(catalog: Catalog, run: Run) -> None:
    judge(catalog, run)
    run_shard(catalog, run)
    run_publish(catalog, run)


def add_vectors(catalog: Catalog, run: Run, store: Store, clips: list[uuid.UUID]) -> None:
    """One file of vectors, each along an axis of its own, compared; and an index of it."""
    key, data = vectors_file(MADE, clips, np.eye(len(clips), MADE.dimension, dtype=np.float32))
    store.put_bytes(key, data)
    store.put_bytes(f"index/{run.key('dedup')}/segments/one", b"vectors too")
    by = started(catalog, run, "embed").stage_run_id
    made = ("signal", "signal", "signal-2", MADE.dimension, run.recipe.output, key)
    columns = ("stage_key", "clip_id", "ordinal", "kind", "model", "revision", "dimension", "store_url", "object_key")
    rows = [(run.key("embed.embedding"), clip, place, *made, by) for place, clip in enumerate(clips)]
    with catalog.begin() as connection:
        connection.copy("embedding", (*columns, "stage_run_id"), rows)
        compared = ("stage_key", "store_url", "object_key", "vectors", "stage_run_id")
        connection.copy("compared_file", compared, [(run.key("dedup"), run.recipe.output, key, len(clips), by)])


def video_of(catalog: Catalog, clip: uuid.UUID) -> str:
    return str(table(catalog, f"select video_id from catalog.clip where clip_id = '{clip}'")[0][0])


def test_a_dry_run_lists_all_and_writes_nothing(
    clipmill: Command, catalog: Catalog, clips: dict[str, list[uuid.UUID]], store: Store
) -> None:
    before = {stored.key: stored for stored in store.list()}
    ended = clipmill("takedown", "--video", "lost.mp4", "--dry-run", "--json")
    assert ended.code == 0
    counts = ended.json["concerned"]
    assert (counts["videos"], counts["clips"], counts["renditions"], counts["vectors"]) == (1, 4, 4, 4)
    assert (counts["vector_files"], counts["shards"]) == (1, len(shards_of(read_version(store, 1))))
    assert [(row["version"], row["clips"]) for row in ended.json["versions"]] == [(1, 4)]
    assert {stored.key: stored for stored in store.list()} == before
    assert table(catalog, "select * from catalog.takedown") == []
    said = clipmill("takedown", "--clip", clips["lost"][0], "--dry-run").out
    assert "would be blocked" in said
    assert "made version 1, the newest: 1 of its 8 clips" in said


def test_a_purge_removes_the_bytes_and_proves_it(
    clipmill: Command, catalog: Catalog, run: Run, clips: dict[str, list[uuid.UUID]], store: Store
) -> None:
    lost, rest = clips["lost"], clips["rest"]
    video, old = video_of(catalog, lost[0]), set(shards_of(read_version(store, 1)))
    first = clipmill("takedown", "--video", video, "--reason", "letter of 1 March", "--by", "ann", "--json").json
    assert (first["purged"], first["requested_by"], first["reason"]) == (False, "ann", "letter of 1 March")
    assert store.exists(object_key(lost[0], run))
    early = clipmill("takedown", "--video", video, "--reason", "again", "--purge", "--json").json
    assert early["reason"] == "letter of 1 March"  # the first record stands
    assert {one["kind"] for one in early["remains"]} == {"shard", "words", "original", "catalog"}
    curate(catalog, run)
    proof = clipmill("takedown", "--video", video, "--purge", "--json").json

    version = latest_version(store)
    assert version is not None
    assert check_readable(store, version) == {str(clip) for clip in rest}
    assert {one["kind"] for one in proof["remains"]} == {"original", "catalog"}
    removed = {one["key"]: one for one in early["removed"] + proof["removed"] if one["kind"] != "words"}
    assert {key for key, one in removed.items() if one["kind"] == "shard"} == old
    assert all(not store.exists(key) for key in removed)
    assert all(len(one["sha256"]) == 64 and one["size_bytes"] > 0 and one["was_there"] for one in removed.values())
    holding = [key for key in (one.key for one in store.list("shards/")) if packed(store, key) & set(map(str, lost))]
    assert holding == []
    assert [one.key for one in store.list("reports/")] == ["reports/other.html"]
    assert list(store.list("index/")) == []
    assert table(catalog, "select count(*) from catalog.purged_shard") == [(len(old),)]
    copies = sorted(stored.key for stored in store.list("takedowns/") if stored.key.endswith(".json"))
    assert json.loads(store.get_bytes(copies[-1])) == proof
    assert len(copies) == 3 == table(catalog, "select count(*) from catalog.takedown_proof")[0][0]


def test_all_that_was_found_outlives_the_purge(
    clipmill: Command, catalog: Catalog, run: Run, clips: dict[str, list[uuid.UUID]], store: Store
) -> None:
    clipmill("takedown", "--video", "lost.mp4", "--reason", "asked")
    place = f"{run.recipe.output}/"
    (version,) = (key for key in (one.key for one in store.list("versions/")) if key.endswith("/manifest.json"))
    expected = {("rendition", place + object_key(clip, run)) for clip in clips["lost"]}
    expected |= {("captions", "in the catalog")}
    expected |= {("shard", place + key) for key in shards_of(read_version(store, 1))}
    expected |= {("vectors", place + one.key) for one in store.list("embeddings/")}
    expected |= {("version", place + version), ("original", "lost.mp4")}
    (copy,) = (one.key for one in store.list("takedowns/") if one.key.endswith("-001-objects.jsonl"))
    lines = [json.loads(line) for line in store.get_bytes(copy).splitlines()]
    assert {(line["kind"], line["what"]) for line in lines} == expected
    assert {line["sha256"] for line in lines if line["kind"] == "rendition"} == set(
        hashlib.sha256(content_of(clip, run)).hexdigest() for clip in clips["lost"]
    )
    clipmill("takedown", "--video", "lost.mp4", "--purge")
    curate(catalog, run)
    objects = clipmill("takedown", "--video", "lost.mp4", "--purge", "--json").json["objects"]
    counts = {kind: (one["found"], one["removed"]) for kind, one in objects.items()}
    shards = len(shards_of(read_version(store, 1)))
    assert counts == {
        "captions": (1, 1), "original": (1, 0), "rendition": (4, 4), "shard": (shards, shards), "vectors": (1, 1),
        "version": (1, 0),
    }  # fmt: skip


def captions_of(catalog: Catalog, clips: list[uuid.UUID]) -> list[uuid.UUID]:
    listed = ", ".join(f"'{clip}'" for clip in clips)
    return [row[0] for row in table(catalog, f"select caption_id from catalog.caption where clip_id in ({listed})")]


def test_a_purge_takes_away_what_was_said_of_it(
    clipmill: Command, catalog: Catalog, run: Run, clips: dict[str, list[uuid.UUID]], store: Store
) -> None:
    lost, rest = clips["lost"], clips["rest"]
    with catalog.begin() as connection:
        connection.script('update catalog.video_location set metadata = \'{"title": "Ann at home"}\'')
        by = started(catalog, run, "validate").stage_run_id
        columns = ("stage_key", "clip_id", "model", "prompt_sha256", "text", "attempts", "picture_count")
        answers = [(run.key("crop"), clip, "made-vlm", "0" * 64, "Ann cooks", 1, 1) for clip in (lost[0], rest[0])]
        numbers = ("prompt_tokens", "answer_tokens", "wait_s", "stage_run_id")
        connection.copy("validation", (*columns, *numbers), [(*row, 1, 1, 0.1, by) for row in answers])
    clipmill("takedown", "--video", "lost.mp4", "--reason", "asked")
    curate(catalog, run)
    proof = clipmill("takedown", "--video", "lost.mp4", "--purge", "--json").json
    assert proof["words"] == {"captions": 4, "answers": 1, "metadata": 1}
    assert (proof["objects"]["captions"], proof["objects"]["answers"]) == (
        {"found": 1, "removed": 1}, {"found": 1, "removed": 1},
    )  # fmt: skip
    said = table(catalog, "select n.clip_id from catalog.caption_window w join catalog.caption n using (caption_id)")
    assert {clip for (clip,) in said} == {str(clip) for clip in rest}
    assert table(catalog, "select clip_id from catalog.validation") == [(str(rest[0]),)]
    assert table(catalog, "select path from catalog.video_location where metadata is not null") == [("rest.mp4",)]
    assert len(captions_of(catalog, lost)) == 4  # that there were captions, by what and when, stays
    index = pq.read_table(io.BytesIO(store.get_bytes(read_version(store, 1).manifest["index"]["key"]))).to_pylist()
    assert {row["clip_id"] for row in index if row["caption"] is None} == {str(clip) for clip in lost}
    assert {row["source"] for row in index} == {"made"}
    assert check_readable(store, newest(store)) == {str(clip) for clip in rest}
    assert captions_shown(clipmill, lost[0]) == [[]]


def captions_shown(clipmill: Command, clip: uuid.UUID) -> list[list[str]]:
    """The windows of each of a clip's captions, as `lineage` tells them."""
    return [one["windows"] for one in clipmill("lineage", clip, "--json").json["captions"]]


def newest(store: Store) -> Version:
    found = latest_version(store)
    assert found is not None
    return found


def test_the_newest_version_keeps_its_words_and_loses_its_picture(
    clipmill: Command, catalog: Catalog, run: Run, clips: dict[str, list[uuid.UUID]], store: Store
) -> None:
    store.put_bytes("versions/00001/card/grid.jpg", b"Ann at home")
    proof = clipmill("takedown", "--clip", clips["lost"][0], "--reason", "asked", "--purge", "--json").json
    index = read_version(store, 1).manifest["index"]
    assert [one["what"] for one in proof["remains"] if one["kind"] == "words"] == [
        f"{run.recipe.output}/{index['key']}"
    ]
    assert hashlib.sha256(store.get_bytes(index["key"])).hexdigest() == index["sha256"]
    (picture,) = (one for one in proof["removed"] if one["kind"] == "pictures")
    assert picture["sha256"] == hashlib.sha256(b"Ann at home").hexdigest()
    assert not store.exists("versions/00001/card/grid.jpg")
    assert b"grid.jpg" not in store.get_bytes("versions/00001/card/README.md")


def test_a_fetched_file_is_removed_and_fetched_again_after_lifting(
    clipmill: Command, catalog: Catalog, run: Run, clips: dict[str, list[uuid.UUID]], store: Store
) -> None:
    video = video_of(catalog, clips["lost"][0])
    ((sha256,),) = table(catalog, f"select sha256 from catalog.video where video_id = '{video}'")
    key = f"originals/{sha256[:2]}/{sha256}"
    store.put_bytes(key, b"all of it")
    places = f"update catalog.video_location set uri = '{store.url(key)}', origin = 'https://films.example/a b.mp4'"
    with catalog.begin() as connection:
        connection.script(f"{places} where video_id = '{video}'")
    single = clipmill("takedown", "--clip", clips["lost"][0], "--reason", "asked", "--purge", "--json").json
    assert store.exists(key)
    assert [one["what"] for one in single["remains"] if one["kind"] == "original"] == [store.url(key)]
    proof = clipmill("takedown", "--video", video, "--reason", "asked", "--purge", "--json").json
    assert not store.exists(key)
    assert [one["key"] for one in proof["removed"] if one["kind"] == "original"] == [key]
    assert [one["what"] for one in proof["remains"] if one["kind"] == "original"] == ["https://films.example/a b.mp4"]
    assert proof["objects"]["original"] == {"found": 1, "removed": 1}
    clipmill("takedown", "--video", video, "--lift", "--reason", "a mistake")
    assert table(catalog, f"select uri from catalog.video_location where video_id = '{video}'") == []


@pytest.mark.parametrize("stage", ["shard", "dedup"])
def test_a_purge_waits_for_who_could_write_it_again(
    clipmill: Command, catalog: Catalog, run: Run, clips: dict[str, list[uuid.UUID]], store: Store, stage: str
) -> None:
    before = {stored.key for stored in store.list()}
    subject = dataset_id(run.recipe.output, "made") if stage == "shard" else uuid.UUID(run.key("dedup"))
    asked = ("takedown", "--video", "lost.mp4", "--reason", "asked", "--purge")
    with alone(started(catalog, run, stage), subject):
        ended = clipmill(*asked)
    assert ended.code == 75
    assert f"curate.made is at {stage} of this dataset now; it is blocked, and no byte was removed" in ended.err
    assert {stored.key for stored in store.list()} == before
    assert len(table(catalog, "select * from catalog.takedown")) == 1
    assert clipmill(*asked).code == 0
    with alone(started(catalog, run, stage), subject):
        pass  # the purge has given it back


def test_nobody_packs_during_a_purge(
    clipmill: Command, catalog: Catalog, run: Run, clips: dict[str, list[uuid.UUID]], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = []

    def remove(*_: object) -> Purged:
        with pytest.raises(TryAgain) as refused:
            run_shard(catalog, run)
        said.append(str(refused.value))
        return Purged()

    monkeypatch.setattr("tasks.cli.removal.purge.purge", remove)
    assert clipmill("takedown", "--video", "lost.mp4", "--reason", "asked", "--purge").code == 0
    assert "takedown." in said[0]


@pytest.mark.parametrize(("stage", "says"), [("transcode", "works on it just now"), ("publish", "is publishing")])
def test_a_purge_waits_for_who_is_at_it(
    clipmill: Command,
    catalog: Catalog,
    run: Run,
    clips: dict[str, list[uuid.UUID]],
    store: Store,
    stage: str,
    says: str,
) -> None:
    if stage == "publish":
        working = started(catalog, run, stage)
    else:
        with catalog.begin() as connection:
            columns = ("stage_key", "subject_id", "batch_id", "run_id", "fence", "expires_at")
            row = (run.key(stage), clips["lost"][2], "curate.made.survivors-00", run.run_id, 1, "2999-01-01")
            connection.copy("reservation", columns, [row])
    ended = clipmill("takedown", "--video", "lost.mp4", "--reason", "asked", "--purge")
    assert ended.code == 75
    assert f"curate.made {says}" in ended.err
    assert store.exists(object_key(clips["lost"][0], run))
    assert clipmill("takedown", "--video", "rest.mp4", "--reason", "asked", "--purge").code == (
        75 if stage == "publish" else 0
    )
    if stage == "publish":
        working.end(0, Tally())
        assert clipmill("takedown", "--video", "lost.mp4", "--purge").code == 0


def test_exports_that_hold_it_are_named_with_what_to_do(
    clipmill: Command, catalog: Catalog, run: Run, clips: dict[str, list[uuid.UUID]], store: Store, tmp_path: Path
) -> None:
    version = newest(store)
    published = PublishedVersion(store, version.number, version.text)
    lost, rest = ([str(clip) for clip in clips[name]] for name in ("lost", "rest"))
    places = {name: str(tmp_path / name) for name in ("whole", "less", "without", "elsewhere")}
    for name, left_out in (("whole", []), ("less", [*lost[:3], rest[0]]), ("without", lost), ("elsewhere", [])):
        exported = begun(published, "finetrainers", places[name]).ended(8 - len(left_out), tuple(left_out))
        put_exported(store, replace(exported, host="another") if name == "elsewhere" else exported)
    (tmp_path / "whole").mkdir()
    (tmp_path / "whole/export.json").write_text(json.dumps({"manifest_sha256": version.sha256}))
    found = clipmill("takedown", "--video", "lost.mp4", "--dry-run", "--json").json["exports"]
    told = {one["place"]: (one["clips"], one["state"], one["version"]) for one in found}
    assert told == {
        places["whole"]: (4, "there", 1), places["less"]: (1, "gone", 1),
        places["elsewhere"]: (4, "not seen from here", 1),
    }  # fmt: skip
    said = clipmill("takedown", "--video", "lost.mp4", "--reason", "asked").out
    assert places["whole"] in said
    assert "clipmill dataset export made --format finetrainers" in said
    assert not (tmp_path / "less").exists()
    rows = table(catalog, "select what, parts from catalog.takedown_object where kind = 'export' order by parts")
    assert [parts for _, parts in rows] == [1, 4, 4]
    assert f"another:{places['elsewhere']}" in {what for what, _ in rows}


def packed(store: Store, key: str) -> set[str]:
    return {one["clip_id"] for one in members_of(store, key)}


def test_vectors_of_others_stay_findable(
    clipmill: Command, catalog: Catalog, clips: dict[str, list[uuid.UUID]], store: Store
) -> None:
    lent = clips["lost"][0], clips["rest"][3]
    with catalog.begin() as connection:
        connection.script(
            f"update catalog.embedding set ordinal = 0, copied_from = '{lent[0]}' where clip_id = '{lent[1]}'"
        )
    proof = clipmill("takedown", "--video", "lost.mp4", "--reason", "asked", "--purge", "--json").json
    (file,) = (one for one in proof["removed"] if one["kind"] == "vectors")
    rows = table(catalog, "select clip_id, object_key, ordinal, store_url from catalog.embedding")
    assert {str(clip) for clip, *_ in rows} == {str(clip) for clip in clips["rest"][:3]}  # lent with the rest: gone
    (key,) = {key for _, key, *_ in rows}
    assert key != file["key"]
    made, named, vectors = read_vectors(store.get_bytes(key))
    assert made == MADE
    for clip, _, ordinal, _ in rows:
        assert str(named[ordinal]) == str(clip)
        assert vectors[ordinal].argmax() == 4 + [str(one) for one in clips["rest"]].index(str(clip))
    assert [one.key for one in store.list("embeddings/")] == [key]
    assert table(catalog, "select object_key, vectors from catalog.compared_file") == [(key, len(named))]


def test_the_same_bytes_stay_blocked_elsewhere(clipmill: Command, catalog: Catalog, run: Run) -> None:
    (clip,) = add_encoded(catalog, run, "one.mp4", [0.5])
    assert clipmill("takedown", "--clip", str(clip)[:8], "--reason", "asked").code == 0
    other = made_run(catalog, "curate.other", name="other", policy=run.recipe.policy, output=run.recipe.output)
    assert table(catalog, f"select state, reason from catalog.clip_state('{other.run_id}')") == [
        ("excluded", "takedown")
    ]
    assert table(catalog, f"select catalog.blocked('{clip}')") == [("takedown",)]
    said = clipmill("explain", str(clip)).out
    assert "excluded: takedown" in said
    assert "asked" in said


def test_a_takedown_can_be_taken_back(clipmill: Command, catalog: Catalog, run: Run) -> None:
    (clip,) = add_encoded(catalog, run, "one.mp4", [0.5])
    assert "a takedown of the clip" in clipmill("takedown", "--clip", clip, "--lift", "--reason", "none there").err
    clipmill("takedown", "--clip", clip, "--reason", "asked", "--by", "ann")
    record = clipmill("takedown", "--clip", clip, "--lift", "--reason", "wrong clip", "--by", "bob", "--json").json
    assert (record["lifted"], record["reason"], record["requested_by"]) == (True, "wrong clip", "bob")
    assert (record["takedown"]["reason"], record["takedown"]["requested_by"]) == ("asked", "ann")
    assert table(catalog, f"select catalog.blocked('{clip}')") == [(None,)]
    assert table(catalog, "select count(*) from catalog.takedown_proof") == [(2,)]
    assert table(catalog, "select subject_id from catalog.takedown_lifting") == [(str(clip),)]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "name one thing: --clip, --video or --source"),
        (("--video", "one.mp4"), "say why with --reason"),
        (("--clip", "abcdef", "--dry-run"), "'abcdef' is neither the id"),
        (("--source", "nowhere", "--dry-run"), "a source 'nowhere' (there are: made)"),
        (("--clip", "one.mp4", "--dry-run"), "that is a video; give --video one.mp4"),
    ],
)
def test_what_is_amiss_is_told(
    clipmill: Command, catalog: Catalog, run: Run, arguments: tuple[str, ...], says: str
) -> None:
    add_encoded(catalog, run, "one.mp4", [0.5])
    ended = clipmill("takedown", *arguments)
    assert ended.code != 0
    assert says in " ".join(ended.err.replace("│", " ").split())


def test_a_source_goes_with_all_its_videos(
    clipmill: Command, catalog: Catalog, clips: dict[str, list[uuid.UUID]]
) -> None:
    proof = clipmill("takedown", "--source", "made", "--reason", "contract ended", "--json").json
    assert (proof["subject"], proof["name"], proof["concerned"]["clips"]) == ("source", "made", 8)
    assert hashlib.sha256(b"").hexdigest() not in {one["sha256"] for one in proof["removed"]}
    states = table(catalog, "select distinct state, reason from catalog.clip_state('curate.made')")
    assert states == [("excluded", "takedown")]
