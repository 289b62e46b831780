"""`clipmill takedown`: what it lists, blocks and removes, and the proof of it."""

import hashlib
import json
import os
import uuid
from pathlib import Path

import numpy as np
import pytest

from tasks.core.catalog import Catalog
from tasks.core.catalog.work import Run
from tasks.core.store import Store, open_store
from tasks.core.vectors import Made, read_vectors, vectors_file
from tasks.publish.versions import latest_version, read_version
from tests.fixtures.command import Command
from tests.fixtures.made_catalog import made_run, policy_file, started, table
from tests.fixtures.made_dataset import (
    add_encoded,
    check_readable,
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
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "dataset"))


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
    assert {one["kind"] for one in early["remains"]} == {"shard", "original", "catalog"}
    curate(catalog, run)
    proof = clipmill("takedown", "--video", video, "--purge", "--json").json

    version = latest_version(store)
    assert version is not None
    assert check_readable(store, version) == {str(clip) for clip in rest}
    assert {one["kind"] for one in proof["remains"]} == {"original", "catalog"}
    removed = {one["key"]: one for one in early["removed"] + proof["removed"]}
    assert {key for key, one in removed.items() if one["kind"] == "shard"} == old
    assert all(not store.exists(key) for key in removed)
    assert all(len(one["sha256"]) == 64 and one["size_bytes"] > 0 and one["was_there"] for one in removed.values())
    holding = [key for key in (one.key for one in store.list("shards/")) if packed(store, key) & set(map(str, lost))]
    assert holding == []
    assert [one.key for one in store.list("reports/")] == ["reports/other.html"]
    assert list(store.list("index/")) == []
    assert table(catalog, "select count(*) from catalog.purged_shard") == [(len(old),)]
    copies = sorted(stored.key for stored in store.list("takedowns/"))
    assert json.loads(store.get_bytes(copies[-1])) == proof
    assert len(copies) == 3 == table(catalog, "select count(*) from catalog.takedown_proof")[0][0]


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


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "name one thing: --clip, --video or --source"),
        (("--video", "one.mp4"), "say why with --reason"),
        (("--clip", "abcdef", "--dry-run"), "'abcdef' is neither the id"),
        (("--source", "nowhere", "--dry-run"), "a source 'nowhere'"),
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
