"""The funnel and the page of a run that holds every state once."""

import html
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tasks.core.catalog import Catalog
from tasks.core.store import open_store
from tasks.report.coverage import chart
from tasks.report.funnel import Amount, Funnel, Rest, check_sums, newest_run, read_funnel
from tasks.report.page import LATEST, look, read_facts, render, report_key
from tasks.report.samples import draw
from tests.fixtures.curated import HOSTILE_NAME, RUN, Curated, curated
from tests.fixtures.made_catalog import made_run, started


@pytest.fixture
def world(catalog: Catalog, tmp_path: Path) -> Curated:
    """The run, its video files only named."""
    return curated(catalog, tmp_path)


def funnel_of(catalog: Catalog) -> Funnel:
    """The funnel of the run."""
    with catalog.begin() as connection:
        return read_funnel(connection, RUN)


def spoil(catalog: Catalog, sql: str) -> None:
    """Does to the catalog what no stage does."""
    with catalog.begin() as connection:
        connection.script(sql)


def test_every_file_and_clip_is_in_one_place(catalog: Catalog, world: Curated) -> None:
    funnel = funnel_of(catalog)
    assert check_sums(funnel) == []
    said = {(line.stage, line.unit): (line.entered.count, line.left.count) for line in funnel.lines}
    assert said == {
        ("ingest", "files"): (6, 4),
        ("split", "files"): (4, 2),
        ("split", "spans"): (11, 8),
        ("crop", "clips"): (8, 7),
        ("filter", "clips"): (7, 3),
        ("embed", "clips"): (3, 3),
        ("dedup", "clips"): (3, 3),
        ("validate", "clips"): (3, 3),
        ("caption", "clips"): (3, 3),
        ("transcode", "clips"): (3, 3),
        ("shard", "clips"): (3, 2),
        ("publish", "clips"): (2, 1),
    }


def test_the_rest_has_its_reason_and_its_seconds(catalog: Catalog, world: Curated) -> None:
    funnel = funnel_of(catalog)
    assert set(funnel.line("ingest", "files").rest) == {
        Rest("duplicate_file", None, Amount(1, 24.0)),
        Rest("failed", "not_a_video", Amount(1, 0.0)),
    }
    assert set(funnel.line("split", "files").rest) == {
        Rest("failed", "killed", Amount(1, 30.0)),
        Rest("pending", None, Amount(1, 20.0)),
    }
    assert set(funnel.line("filter").rest) == {
        Rest("dropped", "low_motion", Amount(2, 12.0)),
        Rest("unmeasured", "low_motion", Amount(1, 6.0)),
        Rest("pending", None, Amount(1, 6.0)),
    }
    assert funnel.run.version == 1


def test_a_lost_box_is_noticed(catalog: Catalog, world: Curated) -> None:
    spoil(catalog, f"delete from catalog.crop_box where clip_id = '{world.clips['kept']}'")
    assert any(problem.startswith("filter") or problem.startswith("crop") for problem in check_sums(funnel_of(catalog)))


def test_a_lost_span_is_noticed(catalog: Catalog, world: Curated) -> None:
    spoil(catalog, "delete from catalog.span where reason = 'transition'")
    (problem,) = check_sums(funnel_of(catalog))
    assert problem.endswith("has 24.000 s, its spans 23.000 s")


def test_a_tighter_policy_drops_what_could_not_be_encoded(catalog: Catalog, world: Curated) -> None:
    """A verdict goes before a failure: the clip is dropped, and the sums are right."""
    spoil(
        catalog,
        f"""delete from catalog.rendition where clip_id = '{world.clips["kept"]}';
        insert into catalog.failure select gen_random_uuid(), 'transcode', k.stage_key, '{world.clips["kept"]}',
        'decode_error', 'no', 1, s.stage_run_id from catalog.run_key k, catalog.stage_run s
        where k.name = 'transcode' and s.stage = 'transcode'""",
    )
    before = funnel_of(catalog)
    assert [rest.state for rest in before.line("transcode").rest] == ["failed"]
    spoil(
        catalog,
        f"""insert into catalog.verdict (policy_hash, basis, clip_id, outcome, failed_rules, unmeasured_rules, run_id)
        select policy_hash, basis, clip_id, 'drop', '{{too_dark}}', '{{}}', run_id from catalog.verdict
        where clip_id = '{world.clips["kept"]}'""",
    )
    after = funnel_of(catalog)
    assert after.line("transcode").rest == ()
    assert Rest("dropped", "too_dark", Amount(1, 5.0)) in after.line("filter").rest
    assert check_sums(before) == check_sums(after) == []


def test_a_clip_taken_out_of_the_version_is_not_published(catalog: Catalog, world: Curated) -> None:
    spoil(
        catalog,
        """insert into catalog.tombstone select dataset_id, version, shard_id, clip_id, 'takedown'
        from catalog.dataset_version_shard join catalog.shard_member using (shard_id)""",
    )
    assert funnel_of(catalog).line("publish").left.count == 0


def test_a_shard_written_anew_counts_once(catalog: Catalog, world: Curated) -> None:
    """The published shard is retired and its clip lies in the new one too."""
    spoil(
        catalog,
        """insert into catalog.shard_retirement select s.shard_id, r.run_id, s.stage_run_id
        from catalog.shard s, catalog.run r where s.object_key like '%published%';
        insert into catalog.shard_member select p.shard_id, 1, m.clip_id, m.rendition_key, 0, 4
        from catalog.shard_member m join catalog.shard s using (shard_id), catalog.shard p
        where s.object_key like '%published%' and p.object_key like '%packed%'""",
    )
    funnel = funnel_of(catalog)
    assert (funnel.line("shard").left.count, funnel.line("publish").left.count) == (2, 1)
    assert check_sums(funnel) == []


def test_the_newest_run_that_curates_is_meant(catalog: Catalog, world: Curated) -> None:
    spoil(
        catalog,
        """insert into catalog.run (run_id, dag, recipe_hash, policy_hash, basis, started_at)
        select 'ingest.later', 'ingest', recipe_hash, policy_hash, basis, now() + interval '1 hour' from catalog.run""",
    )
    with catalog.begin() as connection:
        assert newest_run(connection) == RUN


def test_the_same_clips_are_drawn_every_time(catalog: Catalog, world: Curated) -> None:
    with catalog.begin() as connection:
        first, second = (draw(connection, RUN, "kept", count=2) for _ in range(2))
        assert first == second
        assert len(first) == 2
        dropped = draw(connection, RUN, "dropped")
    assert {one.judged.rule for one in dropped if one.judged} == {"low_motion"}
    assert {(one.judged.value, one.judged.min_value) for one in dropped if one.judged} == {(0.01, 0.02), (0.001, 0.02)}


def page_of(catalog: Catalog) -> str:
    """The page, as text."""
    with catalog.begin() as connection:
        facts = read_facts(connection, RUN)
    seen = chart(facts.embedded)
    return render(facts, seen, look(facts, seen))


def test_the_page_needs_nothing_else_and_trusts_nobody(catalog: Catalog, world: Curated) -> None:
    page = page_of(catalog)
    assert HOSTILE_NAME not in page
    assert html.escape(HOSTILE_NAME, quote=False) in page
    assert "<script" not in page
    assert re.findall(r'(?:src|href|url)\s*[=(]\s*["\']?(?!data:)[^"\')\s>]+', page) == ["src=x"]
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page


def test_the_page_draws_the_thresholds(catalog: Catalog, world: Curated) -> None:
    page = page_of(catalog)
    for said in ("low_motion ≥ 0.02", "too_dark ≤ 0.6", "blurred ≥ 0.1"):
        assert said in page
    assert page.count("<svg") == 3
    with catalog.begin() as connection:
        motion = read_facts(connection, RUN).histograms[0]
    assert (motion.score, sum(motion.bins), sum(motion.outside), motion.unmeasured) == ("motion_mean", 5, 2, 1)


def test_no_axis_leaves_what_its_score_can_be(catalog: Catalog, world: Curated) -> None:
    spoil(catalog, "update catalog.score set numbers = '{\"sharpness\": 1}' where scorer = 'sharpness'")
    with catalog.begin() as connection:
        found = {one.score: one for one in read_facts(connection, RUN).histograms}
    sharpness = found["sharpness"]
    assert (sharpness.high, sharpness.bins[-1], sum(sharpness.bins)) == (1.0, sharpness.clips, sharpness.clips)
    assert all(one.low >= 0 for one in found.values())


def test_the_ingest_that_started_a_run_is_told_with_it(catalog: Catalog, world: Curated) -> None:
    with catalog.begin() as connection:
        before = [row["stage"] for row in read_facts(connection, RUN).work]
    run = made_run(catalog, "ingest.manual__1")
    started(catalog, run, "ingest")
    made_run(catalog, "curate.ingest.manual__1")
    with catalog.begin() as connection:
        work = read_facts(connection, "curate.ingest.manual__1").work
    assert "ingest" in before
    assert [(row["stage"], row["processes"]) for row in work] == [("ingest", 1)]


def test_pictures_that_cannot_be_had_cost_only_themselves(catalog: Catalog, world: Curated) -> None:
    page = page_of(catalog)
    assert page.count("no picture: the file is no longer there") == 5
    assert "In = out." in page


def test_the_page_says_what_does_not_add_up(catalog: Catalog, world: Curated) -> None:
    spoil(catalog, "delete from catalog.span where reason = 'transition'")
    page = page_of(catalog)
    assert "Something does not add up." in page
    assert "its spans 23.000 s" in page


def test_the_stage_writes_the_page_with_pictures_of_the_clips(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = curated(catalog, tmp_path, real_files=True)
    monkeypatch.setenv("CLIPMILL_CATALOG_URL", catalog.url)
    done = subprocess.run([sys.executable, "-m", "tasks.report", "--run", RUN], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    page = open_store(str(world.output)).get_bytes(report_key(RUN)).decode()
    assert open_store(str(world.output)).get_bytes(LATEST).decode() == page
    # Five drawn at random; two that fail and three that pass beside one bound, one and three, and three.
    assert page.count("data:image/jpeg;base64,") == 5 + 5 + 4 + 3
    assert "no picture:" not in page
