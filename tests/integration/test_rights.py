"""What may not be used is in no later version: by the terms of its source, by its own manifest, or taken down."""

import uuid
from pathlib import Path
from typing import Any

import pytest

from tasks.core.catalog import Catalog
from tasks.core.catalog.work import Run
from tasks.core.settings_rights import UseSettings, allowed_use
from tasks.core.store import open_store
from tasks.plan.clusters import settle_clusters
from tasks.publish.versions import Version, latest_version
from tasks.report.funnel import check_sums, read_funnel
from tests.fixtures.made_catalog import (
    add_boxes,
    add_clips,
    add_embeddings,
    add_video,
    made_run,
    policy_file,
    recipe_body,
    table,
)
from tests.fixtures.made_dataset import (
    add_encoded,
    check_readable,
    judge,
    members_of,
    record_terms,
    run_publish,
    run_shard,
    shards_of,
)

PER_FULL_SHARD = 5


def a_run(catalog: Catalog, output: Path, name: str = "made", source: dict[str, Any] | None = None, **asks: Any) -> Run:
    """A run with its source's terms recorded, as `ingest` records them."""
    sources = [recipe_body()["sources"][0] | (source or {})]
    copies = {"similarity": {"signal": 0.9, "model": 0.9}}
    policy = policy_file(output.parent, {"rule": "too_dark", "score": "luma_mean", "min": 0.2}, duplicates=copies)
    made = {"output": str(output), "policy": policy, "shard": {"target_bytes": 100_000}, "sources": sources}
    run = made_run(catalog, f"curate.{name}", **made, **asks)
    record_terms(catalog, run)
    return run


def curate(catalog: Catalog, run: Run) -> Version:
    """The newest version after the run."""
    judge(catalog, run)
    run_shard(catalog, run)
    run_publish(catalog, run)
    version = latest_version(open_store(run.recipe.output))
    assert version is not None
    return version


def clips_of(run: Run, version: Version) -> set[str]:
    """The version's clips, after it was found whole."""
    return check_readable(open_store(run.recipe.output), version)


def take_down(catalog: Catalog, subject: str, subject_id: object) -> None:
    with catalog.begin() as connection:
        connection.script(
            "insert into catalog.takedown (takedown_id, subject, subject_id, reason, requested_by) "
            f"values ('{uuid.uuid4()}', '{subject}', '{subject_id}', 'asked by mail', 'test')"
        )


def states(catalog: Catalog, run: Run) -> dict[str, tuple[str, str | None]]:
    rows = table(catalog, f"select clip_id, state, reason from catalog.clip_state('{run.run_id}')")
    return {str(clip): (state, reason) for clip, state, reason in rows}


@pytest.mark.parametrize(
    ("source", "rights"),
    [
        ({"licence": "CC-BY-NC-4.0"}, {"commercial": True}),
        ({"licence": "CC-BY-ND-4.0"}, {"derivative": True}),
        ({"licence": "LicenseRef-lab"}, {"redistribution": True}),
        ({"licence": "LicenseRef-lab", "use": {"redistribution": False}}, {"redistribution": True}),
        ({"licence": "GPL-3.0-only AND CC-BY-4.0"}, {"deny": ["GPL-*"]}),
        ({"licence": "MIT"}, {"allow": ["CC-*"]}),
    ],
)
def test_terms_that_no_longer_do_take_the_clips_out_of_the_next_version(
    catalog: Catalog, output: Path, source: dict[str, Any], rights: dict[str, Any]
) -> None:
    first = a_run(catalog, output)
    clips = {str(clip) for clip in add_encoded(catalog, first, "one.mp4", [0.5] * 3)}
    assert clips_of(first, curate(catalog, first)) == clips
    unchanged = a_run(catalog, output, "unchanged", source)
    assert clips_of(unchanged, curate(catalog, unchanged)) == clips  # nobody asks: the terms alone change nothing
    strict = a_run(catalog, output, "strict", source, rights=rights)
    version = curate(catalog, strict)
    assert clips_of(strict, version) == set()
    assert set(states(catalog, strict).values()) == {("excluded", "rights")}


@pytest.mark.parametrize(
    "source",
    [
        {"licence": "CC-BY-4.0"},
        {"licence": "cc-by-sa-3.0"},
        {"licence": "GPL-3.0-only OR CC-BY-4.0"},
        {"licence": "LicenseRef-lab", "use": {"commercial": True}},
    ],
)
def test_terms_that_allow_what_is_asked_keep_the_clips(catalog: Catalog, output: Path, source: dict[str, Any]) -> None:
    asks = {"rights": {"deny": ["GPL-*"]}} if " OR " in source["licence"] else {"commercial": True}
    run = a_run(catalog, output, "made", source, **asks)
    clips = {str(clip) for clip in add_encoded(catalog, run, "one.mp4", [0.5] * 2)}
    assert clips_of(run, curate(catalog, run)) == clips


def test_what_a_licence_says_by_its_name_can_be_said_otherwise() -> None:
    said = allowed_use("CC-BY-NC-ND-4.0", UseSettings(commercial=True))
    assert said == {"commercial": True, "redistribution": True, "derivative": False}
    assert set(allowed_use("LicenseRef-x", UseSettings()).values()) == {None}


@pytest.mark.parametrize("subject", ["clip", "video", "source"])
def test_a_takedown_rewrites_full_shards_without_its_clips(catalog: Catalog, output: Path, subject: str) -> None:
    run = a_run(catalog, output)
    lost = add_encoded(catalog, run, "lost.mp4", [0.5] * 4)
    add_encoded(catalog, run, "rest.mp4", [0.5] * 10)
    before = curate(catalog, run)
    clips = clips_of(run, before)
    ((video, source),) = table(
        catalog,
        f"select c.video_id, l.source_id from catalog.clip c join catalog.video_location l using (video_id) "
        f"where clip_id = '{lost[0]}'",
    )
    take_down(catalog, subject, {"clip": lost[0], "video": video, "source": source}[subject])
    gone = {"clip": {str(lost[0])}, "video": {str(one) for one in lost}, "source": clips}[subject]
    after = curate(catalog, run)
    assert clips_of(run, after) == clips - gone
    packed = {one["clip_id"] for key in shards_of(after) for one in members_of(open_store(str(output)), key)}
    assert not packed & gone  # not only buried
    assert not {t["clip_id"] for t in after.manifest["tombstones"]} & gone
    assert clips_of(run, before) == clips  # readers of the old version are not hurt
    assert {clip for clip, state in states(catalog, run).items() if state == ("excluded", "takedown")} == gone
    untouched = {key for key in shards_of(before) if not packed_in(output, key) & gone}
    full = {key for key in untouched if shards_of(before)[key]["members"] == PER_FULL_SHARD}
    assert full <= shards_of(after).keys()


def packed_in(output: Path, key: str) -> set[str]:
    return {one["clip_id"] for one in members_of(open_store(str(output)), key)}


def test_nothing_works_on_what_is_blocked_and_in_is_out(catalog: Catalog, output: Path) -> None:
    run = a_run(catalog, output)
    done = add_encoded(catalog, run, "done.mp4", [0.5] * 2)
    add_embeddings(catalog, run, done)
    unsplit = add_video(catalog, run, "unsplit.mp4")
    half = add_clips(catalog, run, add_video(catalog, run, "half.mp4"), [6.0] * 2)
    add_boxes(catalog, run, half[:1])
    judge(catalog, run)
    for subject, one in (("clip", done[0]), ("video", unsplit), ("clip", half[0]), ("clip", half[1])):
        take_down(catalog, subject, one)
    with catalog.begin() as connection:
        videos = connection.rows("plan/pending_videos", run=run.run_id, keys=run.keys_of("split"))
        survivors = connection.rows("plan/pending_survivors", run=run.run_id, keys=run.keys_of("transcode"))
        funnel = read_funnel(connection, run.run_id)
    assert (videos, survivors) == ([], [])
    assert check_sums(funnel) == []
    rest = {(line.stage, line.unit): {(r.state, r.reason): r.amount.count for r in line.rest} for line in funnel.lines}
    assert rest["split", "files"] == {("excluded", "takedown"): 1}
    assert rest["crop", "clips"] == {("excluded", "takedown"): 1}
    assert rest["filter", "clips"] == {("excluded", "takedown"): 2}
    assert table(catalog, f"select catalog.another_wave('{run.run_id}')") == [(False,)]


def test_a_blocked_representative_makes_way_for_its_copy(catalog: Catalog, output: Path) -> None:
    run = a_run(catalog, output)
    best, copy = add_encoded(catalog, run, "best.mp4", [0.5]) + add_encoded(catalog, run, "copy.mp4", [0.5])
    first, second = sorted((best, copy))
    with catalog.begin() as connection:
        by = table(catalog, "select stage_run_id from catalog.rendition limit 1")[0][0]
        columns = ("stage_key", "clip_a", "clip_b", "similarity", "stage_run_id")
        connection.copy("pair", columns, [(run.key("dedup"), first, second, 0.99, by)])
    add_embeddings(catalog, run, [best, copy])

    def settle() -> set[tuple[str, str]]:
        with catalog.begin() as connection:
            settle_clusters(connection, run.run_id)
        return set(table(catalog, "select clip_id::text, representative_id::text from catalog.cluster_current"))

    judge(catalog, run)
    (kept,) = {representative for _, representative in settle()}
    take_down(catalog, "clip", kept)
    other = ({str(best), str(copy)} - {kept}).pop()
    assert settle() == {(other, other)}
    assert clips_of(run, curate(catalog, run)) == {other}
