"""The questions that the command line answers from the catalog."""

import shutil
import uuid
from pathlib import Path

import pytest

from tasks.cli import catalog as local_catalog
from tasks.cli.doctor import _named
from tasks.cli.local import postgres
from tasks.core.catalog import Catalog
from tasks.core.catalog.migrate import migrate
from tasks.core.catalog.work import StageRun, load_run
from tasks.core.tally import Tally
from tests.fixtures.command import Command
from tests.fixtures.curated import POLICY, RUN, Curated, curated
from tests.fixtures.made_catalog import made_run, table


@pytest.fixture
def world(catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Curated:
    """The run of every state, in the catalog that the command finds."""
    monkeypatch.setenv("CLIPMILL_CATALOG_URL", catalog.url)
    return curated(catalog, tmp_path)


def spoil(catalog: Catalog, sql: str) -> None:
    """Does to the catalog what no stage does."""
    with catalog.begin() as connection:
        connection.script(sql)


def heal(catalog: Catalog) -> None:
    """Leaves nothing that needs anyone: `killed` released."""
    spoil(catalog, "update catalog.failure set released_at = now() where kind = 'killed'")


def findings(clipmill: Command, *arguments: str) -> dict[str, tuple[str, str]]:
    """What the doctor says: level and words by check."""
    ended = clipmill("doctor", *arguments, "--json")
    assert ended.code == (0 if ended.json["well"] else 1)
    return {one["check"]: (one["level"], one["says"]) for one in ended.json["findings"]}


def test_funnel(clipmill: Command, world: Curated) -> None:
    said = clipmill("funnel", "--json").json
    assert said["run"]["run_id"] == RUN
    assert said["problems"] == []
    assert clipmill("funnel", "--run", RUN, "--json").json == said
    printed = clipmill("funnel").out
    assert "dropped: low_motion" in printed
    assert "in = out in files, clips and seconds" in printed


def test_a_run_that_is_not_there_is_one_line(clipmill: Command, world: Curated) -> None:
    ended = clipmill("funnel", "--run", "curate.never")
    assert (ended.code, ended.out) == (78, "")
    assert ended.err.strip() == "The catalog does not have it: run 'curate.never'"


def test_the_story_of_a_dropped_clip(clipmill: Command, world: Curated) -> None:
    story = clipmill("explain", world.clips["dropped"], "--json").json
    assert (story["kind"], story["state"], story["reason"]) == ("clip", "dropped", "low_motion")
    assert (story["source"]["name"], story["source"]["licence"]) == ("corpus", "CC-BY-4.0")
    assert sorted(story["video"]["places"]) == ["day one/walk.mp4", "sent again/walk (1).mp4"]
    assert (story["span"]["start_s"], story["span"]["before"], story["span"]["duration_s"]) == (9.0, "transition", 7.0)
    rule = next(rule for rule in story["rules"] if rule["rule"] == "low_motion")
    assert (rule["value"], rule["min_value"], rule["outcome"]) == (0.01, 0.02, "drop")
    assert (rule["side"], rule["threshold"], rule["policy_hash"]) == ("min", 0.02, POLICY.policy_hash)
    assert (rule["scorer"], rule["algorithm"].partition("-")[0]) == ("motion", "motion")
    score = next(score for score in story["scores"] if score["score"] == "motion_mean")
    assert (score["unit"], score["scorer"]) == ("heights/s", "motion")
    (verdict,) = story["verdicts"]
    assert (verdict["policy"], verdict["policy_version"], verdict["failed_rules"]) == ("testing", 3, ["low_motion"])
    assert verdict["policy_hash"] == POLICY.policy_hash
    assert {one["stage"] for one in story["made_by"]} == {"split", "crop", "filter"}


def test_a_run_over_another_source_does_not_see_the_clip(clipmill: Command, catalog: Catalog, world: Curated) -> None:
    """A later recipe splits in the same way, somewhere else."""
    made_run(catalog, "curate.elsewhere")
    story = clipmill("explain", world.clips["published"], "--json").json
    assert (story["run_id"], story["state"], story["source"]["name"]) == (RUN, "kept", "corpus")


def test_the_story_of_a_published_clip_ends_in_its_version(clipmill: Command, world: Curated) -> None:
    story = clipmill("explain", world.clips["published"][:8], "--json").json
    assert story["clip_id"] == world.clips["published"]
    (rendition,), (shard,) = story["renditions"], story["shards"]
    assert rendition["object_key"].startswith("clips/")
    assert (shard["object_key"], shard["offset_bytes"], shard["versions"]) == ("shards/published.tar", 512, [1])


def test_the_story_of_a_failed_clip_has_its_failure(clipmill: Command, world: Curated) -> None:
    story = clipmill("explain", world.clips["failed"], "--json").json
    assert (story["state"], story["crop"], story["scores"]) == ("failed", None, [])
    assert story["failures"][0]["message"] == "no picture decodes"


@pytest.mark.parametrize("fate", ["published", "dropped", "unmeasured", "failed", "pending"])
def test_every_clip_can_be_printed(clipmill: Command, world: Curated, fate: str) -> None:
    ended = clipmill("explain", world.clips[fate])
    assert ended.code == 0
    assert world.clips[fate] in ended.out


def test_every_rule_has_a_row_and_what_fails_its_reason(clipmill: Command, catalog: Catalog, world: Curated) -> None:
    spoil(
        catalog,
        """insert into catalog.policy_rule select policy_hash, 9, 'not_wild', 'hold' from catalog.policy;
        insert into catalog.policy_condition
        select policy_hash, 9, 'motion', 'motion_mean', null, 3, null, null, '{}' from catalog.policy;
        insert into catalog.policy_variant
        select policy_hash, 9, 1, '{}', null, array[1 << 9], 'a blur' from catalog.policy""",
    )
    lines = [line.split() for line in clipmill("explain", world.clips["dropped"]).out.splitlines()]
    assert ["motion_mean", "0.01", "heights/s", "low_motion", "(≥", "0.02)", "drop"] in lines
    assert ["not_wild", "(≤", "3)", "keep"] in lines
    assert ["low_motion", "because:", "nothing", "moves"] in lines
    judged = [line for line in lines if line[-1:] in (["keep"], ["drop"], ["hold"])]
    assert lines.index(["low_motion", "because:", "nothing", "moves"]) < lines.index(judged[0])
    assert "low_motion" in judged[0]


def test_scores_that_no_rule_asks_for_are_shown_on_demand(clipmill: Command, world: Curated) -> None:
    short = clipmill("explain", world.clips["dropped"]).out
    whole = clipmill("explain", world.clips["dropped"], "--all").out
    scores = clipmill("explain", world.clips["dropped"], "--json").json["scores"]
    asked = [one["score"] for one in scores if f"\n{one['score']} " in short]
    assert 0 < len(asked) < len(scores)
    assert f"{len(scores) - len(asked)} scores more that no rule asks for: --all" in short
    assert all(f"{one['score']} " in whole for one in scores)


@pytest.mark.parametrize("way", ["walk.mp4", "day one/walk.mp4", "./day one/walk.mp4"])
def test_a_video_is_found_by_its_path(clipmill: Command, world: Curated, way: str) -> None:
    story = clipmill("explain", way, "--json").json
    assert (story["kind"], story["video_id"], story["state"]) == ("video", world.videos["day one/walk.mp4"], "split")
    assert [(span["state"], span["reason"]) for span in story["spans"]] == [
        ("kept", None),
        ("set_aside", "transition"),
        ("dropped", "low_motion"),
        ("failed", "decode_error"),
        ("set_aside", "too_short"),
    ]
    assert "dropped: low_motion" in clipmill("explain", way).out


def test_a_video_is_found_by_the_file_in_hand(clipmill: Command, world: Curated) -> None:
    assert clipmill("explain", world.folder / "night.mp4", "--json").json["video"]["path"] == "night.mp4"


def test_a_broken_file_has_a_story_too(clipmill: Command, world: Curated) -> None:
    story = clipmill("explain", "killer.mp4", "--json").json
    assert (story["state"], story["reason"], story["spans"]) == ("failed", "killed", [])
    assert "SIGSEGV" in clipmill("explain", "killer.mp4").out


def test_what_is_not_there_or_not_clear_is_one_line(clipmill: Command, catalog: Catalog, world: Curated) -> None:
    for what in ("nothing.mp4", "0123456789", "abc"):
        ended = clipmill("explain", what)
        assert (ended.code, len(ended.err.splitlines())) == (78, 1)
    spoil(
        catalog,
        """insert into catalog.video_location
        select gen_random_uuid(), l.source_id, v.video_id, 'file:///x', 'b/walk.mp4', 1, null, v.stage_run_id
        from catalog.video_location l, catalog.video v where l.path = 'night.mp4' and v.info is null""",
    )
    ended = clipmill("explain", "walk.mp4")
    assert ended.code == 78
    assert "b/walk.mp4" in ended.err
    assert "day one/walk.mp4" in ended.err


def test_a_name_cannot_write_to_the_terminal(clipmill: Command, catalog: Catalog, world: Curated) -> None:
    spoil(catalog, "update catalog.video_location set path = e'\\x1b[2J[red]x.mp4' where path = 'night.mp4'")
    ended = clipmill("explain", world.videos["night.mp4"])
    assert "\x1b[2J" not in ended.out
    assert "\\x1b[2J[red]x.mp4" in ended.out


def test_doctor_says_what_is_wrong_and_what_needs_nobody(clipmill: Command, catalog: Catalog, world: Curated) -> None:
    said = findings(clipmill)
    assert said["in = out"] == ("ok", "6 files, 8 clips, 54.0 s of video: every one is accounted for")
    assert said["failed: killed"] == ("wrong", "1 in split: killer.mp4")
    assert said["failed: not_a_video"][0] == "note"
    assert said["failed: not_a_video"][1].startswith("1 in ingest: ")
    assert said["work left"] == ("note", "1 file, 3 clips still to do")
    heal(catalog)
    assert all(level != "wrong" for level, _ in findings(clipmill).values())
    assert "all is well" in clipmill("doctor").out


def test_doctor_names_a_few_of_many_files() -> None:
    failures = [{"path": f"{number}.mp4", "uri": None, "subject_id": None} for number in (1, 1, 2, 3, 4, 5)]
    assert _named(failures[:4]) == "1.mp4, 2.mp4, 3.mp4"
    assert _named(failures) == "1.mp4, 2.mp4, 3.mp4, 2 more"
    assert _named([{"path": None, "uri": "s3://a/\x1b.mp4", "subject_id": None}]) == "s3://a/\\x1b.mp4"


def test_doctor_sees_a_reservation_that_nobody_renewed(clipmill: Command, catalog: Catalog, world: Curated) -> None:
    heal(catalog)
    spoil(
        catalog,
        f"""insert into catalog.reservation
        select stage_key, '{world.videos["waiting.mp4"]}', '{RUN}.split-00', '{RUN}', 1, now() - interval '1 minute'
        from catalog.run_key where name = 'split'""",
    )
    level, says = findings(clipmill)["reservations"]
    assert (level, says.startswith("1 reservation of")) == ("wrong", True)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("ended_at = null, exit_code = null", "never ended (on here)"),
        ("exit_code = 78, error = 'no such policy'", "ended with exit code 78: no such policy"),
    ],
)
def test_doctor_sees_a_stage_that_ended_badly(
    clipmill: Command, catalog: Catalog, world: Curated, change: str, says: str
) -> None:
    heal(catalog)
    spoil(catalog, f"update catalog.stage_run set {change} where stage = 'crop'")
    assert findings(clipmill)["stage runs"] == ("wrong", f"crop on {RUN}.crop-00 {says}")
    # A later try of the same batch that went well makes up for it.
    spoil(
        catalog,
        """insert into catalog.stage_run (stage_run_id, run_id, stage, batch_id, host, started_at, ended_at, exit_code)
        select gen_random_uuid(), run_id, stage, batch_id, host, now() + interval '1 s', now(), 0
        from catalog.stage_run where stage = 'crop'""",
    )
    assert findings(clipmill)["stage runs"][0] == "ok"


def test_doctor_sees_a_plan_that_failed_before_the_one_that_closed_the_run(
    clipmill: Command, catalog: Catalog, world: Curated
) -> None:
    heal(catalog)
    with catalog.begin() as connection:
        run = load_run(connection, RUN)
    for phase, code, error in (("clips", 78, "no such policy"), ("close", 0, None)):
        tried = StageRun(catalog, run, "plan", None, uuid.uuid4(), phase=phase)
        tried.start()
        tried.end(code, Tally(error=error))
    assert findings(clipmill)["stage runs"] == ("wrong", "plan of clips ended with exit code 78: no such policy")
    again = StageRun(catalog, run, "plan", None, uuid.uuid4(), phase="clips")
    again.start()
    again.end(0, Tally())
    assert findings(clipmill)["stage runs"][0] == "ok"


def test_doctor_leaves_a_stage_that_still_works_alone(clipmill: Command, catalog: Catalog, world: Curated) -> None:
    heal(catalog)
    spoil(
        catalog,
        f"""update catalog.stage_run set ended_at = null, exit_code = null where stage = 'crop';
        insert into catalog.reservation select stage_key, '{world.videos["waiting.mp4"]}', '{RUN}.crop-00', '{RUN}',
        1, now() + interval '1 minute' from catalog.run_key where name = 'crop'""",
    )
    assert findings(clipmill)["stage runs"][0] == "ok"


def test_doctor_misses_objects(clipmill: Command, catalog: Catalog, world: Curated) -> None:
    heal(catalog)
    (world.output / "shards" / "packed.tar").write_bytes(b"cut off")
    shutil.rmtree(world.output / "clips")
    level, says = findings(clipmill, "--all")["objects"]
    assert level == "wrong"
    assert says.startswith("4 of 5 are missing or have another size")


def test_doctor_sees_another_schema(clipmill: Command, catalog: Catalog, world: Curated) -> None:
    spoil(catalog, "insert into public._yoyo_migration (migration_hash, migration_id) values ('x', '9999_later')")
    said = findings(clipmill)
    assert said.keys() == {"catalog schema"}
    assert said["catalog schema"] == ("wrong", "missing [], unknown ['9999_later']")


def test_a_catalog_of_another_schema_is_one_line_that_says_what_to_do(
    clipmill: Command, catalog: Catalog, world: Curated
) -> None:
    spoil(catalog, "drop function catalog.funnel; comment on schema catalog is 'of older code'")
    ended = clipmill("funnel")
    assert (ended.code, ended.out) == (78, "")
    assert "run `clipmill catalog migrate`" in ended.err
    assert clipmill("catalog", "migrate").code == 0
    assert clipmill("funnel").code == 0


def test_doctor_of_an_empty_catalog(clipmill: Command, catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIPMILL_CATALOG_URL", catalog.url)
    assert findings(clipmill)["runs"] == ("note", "no run yet")
    assert clipmill("funnel").code == 78


def test_retry_releases_one_kind(clipmill: Command, catalog: Catalog, world: Curated) -> None:
    assert "open kinds: decode_error (1), killed (1), not_a_video (1)" in clipmill("retry", "--kind", "nonsense").out
    assert clipmill("retry", "--kind", "killed", "--json").json == {"kind": "killed", "released": 1}
    assert clipmill("retry", "--kind", "killed", "--json").json["released"] == 0
    assert clipmill("explain", "killer.mp4", "--json").json["state"] == "pending"


STRICTER = """
name: stricter
version: 1
rules:
  - {rule: low_motion, score: motion_mean, min: 0.02, because: as before}
  - {rule: blurred, score: sharpness, min: 0.6, because: made by the test}
"""


@pytest.fixture
def stricter(tmp_path: Path) -> Path:
    """A policy under which what was kept is blurred, and what was too dark is not asked for."""
    path = tmp_path / "stricter.yaml"
    path.write_text(STRICTER)
    return path


def test_a_dry_run_says_what_would_change_and_writes_nothing(
    clipmill: Command, catalog: Catalog, world: Curated, stricter: Path
) -> None:
    before = table(catalog, "select count(*) from catalog.verdict"), table(catalog, "select name from catalog.policy")
    said = clipmill("judge", "--policy", stricter, "--dry-run", "--json").json
    assert (said["written"], said["run"]["run_id"], said["before"]["name"]) == (0, RUN, "testing")
    assert {outcome: one["clips"] for outcome, one in said["outcomes"].items()} == {"keep": 0, "drop": 6, "hold": 0}
    assert said["changes"] == [
        {"before": "hold", "after": "drop", "clips": 1, "hours": pytest.approx(6 / 3600, abs=1e-6)},
        {"before": "keep", "after": "drop", "clips": 3, "hours": pytest.approx(19 / 3600, abs=1e-6)},
    ]
    blurred = next(rule for rule in said["rules"] if rule["rule"] == "blurred")
    counts = {name: one["clips"] for name, one in blurred.items() if isinstance(one, dict)}
    assert (counts["alone"], counts["entering"], counts["after"], counts["only"]) == (6, 4, 4, 3)
    assert (counts["newly_failing"], counts["no_longer_kept"], counts["newly_kept"]) == (6, 3, 0)
    assert (
        table(catalog, "select count(*) from catalog.verdict"),
        table(catalog, "select name from catalog.policy"),
    ) == before
    assert "nothing was written" in clipmill("judge", "--policy", stricter, "--dry-run").out


def test_judging_writes_the_verdicts_once(clipmill: Command, catalog: Catalog, world: Curated, stricter: Path) -> None:
    assert clipmill("judge", "--policy", stricter, "--json").json["written"] == 6
    again = clipmill("judge", "--policy", stricter)
    assert "0 verdicts written; `clipmill run tiny --policy" in again.out
    verdicts = clipmill("explain", world.clips["published"], "--json").json["verdicts"]
    assert [(one["policy"], one["outcome"]) for one in verdicts] == [("testing", "keep"), ("stricter", "drop")]


def test_judging_says_what_a_share_of_the_clips_came_to(clipmill: Command, world: Curated, tmp_path: Path) -> None:
    path = tmp_path / "relative.yaml"
    path.write_text(STRICTER.replace("min: 0.02", "drop_lowest: 0.25"))
    said = clipmill("judge", "--policy", path, "--dry-run", "--json").json
    (row,) = said["resolved"]
    assert (row["score"], row["min_value"], row["clip_count"], row["run_id"]) == ("motion_mean", 0.01, 5, RUN)
    assert said["rules"][0]["asks"] == "motion_mean ≥ 0.01 (lowest 25 % dropped)"
    assert "resolved: motion_mean min 0.01, on 5 clips" in clipmill("judge", "--policy", path, "--dry-run").out


def test_recipes_are_registered_and_listed(clipmill: Command, world: Curated, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        "{name: mine, dataset: mine, output: /out, sources: [{name: a, path: /in, licence: CC0-1.0, rights: our own}]}"
    )
    assert clipmill("recipe", "add", file).code == 0
    assert {one["name"] for one in clipmill("recipe", "list", "--json").json} == {"mine", "tiny"}
    assert "mine" in clipmill("recipe", "list").out


def test_the_catalog_is_migrated_once(clipmill: Command, world: Curated) -> None:
    assert clipmill("catalog", "migrate").out == "the schema is up to date\n"


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder whose Postgres has a catalog and does not run."""
    folder = tmp_path_factory.mktemp("state")
    catalog = Catalog(postgres.start(folder / "postgres").url("clipmill"))
    migrate(catalog)
    catalog.close()
    postgres.stop(folder / "postgres")
    return folder


@pytest.fixture
def stopped(state: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """That folder as the one of this machine."""
    monkeypatch.delenv("CLIPMILL_CATALOG_URL", raising=False)
    monkeypatch.setenv("CLIPMILL_STATE", str(state))
    return state


def test_a_question_needs_no_running_service_and_leaves_none(clipmill: Command, stopped: Path) -> None:
    ended = clipmill("doctor")
    assert (ended.code, "no run yet" in ended.out) == (0, True)
    assert postgres.status(stopped / "postgres") is None


def test_a_server_that_others_came_to_is_left_to_them(clipmill: Command, stopped: Path) -> None:
    try:
        with local_catalog.catalog_at_hand():
            server = postgres.status(stopped / "postgres")
            assert server
            other = Catalog(server.url("clipmill"))
            other_connection = other.begin()
            other_connection.__enter__()
        assert postgres.status(stopped / "postgres") == server
    finally:
        postgres.stop(stopped / "postgres")


def test_without_any_catalog_it_says_how_to_get_one(
    clipmill: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CLIPMILL_CATALOG_URL", raising=False)
    monkeypatch.setenv("CLIPMILL_STATE", str(tmp_path / "none"))
    ended = clipmill("funnel")
    assert (ended.code, "clipmill demo" in ended.err) == (75, True)
