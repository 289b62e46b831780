"""Planning and judging against a real catalog."""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from tasks.cli.foreseen import foreseen
from tasks.core.catalog import Catalog
from tasks.core.catalog.work import Run
from tasks.core.errors import BadRecipe
from tasks.core.log import get_log
from tasks.core.policy import load_policy
from tasks.core.recipe import parse_recipe
from tasks.core.tally import Tally
from tasks.plan.__main__ import close, plan
from tasks.plan.params import RunParams
from tasks.plan.register import add_recipe, resolve
from tasks.plan.wave import PHASES
from tests.fixtures.made_catalog import (
    add_boxes,
    add_clips,
    add_embeddings,
    add_scores,
    add_video,
    made_run,
    policy_file,
    recipe_body,
    started,
    table,
)

ROOT = Path(__file__).parents[2]


def planned(catalog: Catalog, run: Run, phase: str) -> dict[str, set[uuid.UUID]]:
    """Batches of a phase, with their members."""
    plan(started(catalog, run, "plan"), get_log(), phase)
    rows = table(
        catalog,
        "select batch_id, subject_id from catalog.batch left join catalog.batch_member using (batch_id) "
        f"where run_id = '{run.run_id}' and phase = '{phase}'",
    )
    return {batch: {uuid.UUID(str(member)) for name, member in rows if name == batch and member} for batch, _ in rows}


def members(batches: dict[str, set[uuid.UUID]]) -> set[uuid.UUID]:
    return set().union(*batches.values())


def verdicts(catalog: Catalog) -> dict[uuid.UUID, tuple[str, list[str], list[str]]]:
    rows = table(catalog, "select clip_id, outcome, failed_rules, unmeasured_rules from catalog.verdict_current")
    return {uuid.UUID(str(clip)): (outcome, failed, missing) for clip, outcome, failed, missing in rows}


@pytest.fixture
def policy(tmp_path: Path) -> str:
    rules = [
        {"rule": "too_short", "score": "duration_s", "min": 5},
        {"rule": "too_long", "score": "duration_s", "max": 20},
        {"rule": "low_motion", "score": "motion_mean", "min": 0.1},
    ]
    return policy_file(tmp_path, *rules)


def scored(catalog: Catalog, run: Run, name: str, scores: Sequence[dict[str, float]]) -> list[uuid.UUID]:
    """A video with one clip per set of scores, measured by all scorers and embedded."""
    clips = add_clips(catalog, run, add_video(catalog, run, name), [10.0 + n for n in range(len(scores))])
    add_boxes(catalog, run, clips)
    for clip, numbers in zip(clips, scores, strict=True):
        add_scores(catalog, run, [clip], numbers)
    add_embeddings(catalog, run, clips)
    return clips


def test_two_runs_never_plan_the_same_video(catalog: Catalog, policy: str) -> None:
    one = made_run(catalog, "curate.one", policy=policy)
    other = made_run(catalog, "curate.other", policy=policy)
    videos = {add_video(catalog, one, f"file:///v{n}") for n in range(5)}
    assert members(planned(catalog, one, "videos")) == videos
    assert members(planned(catalog, other, "videos")) == set()
    close(started(catalog, one, "plan"), get_log())
    assert members(planned(catalog, other, "videos")) == videos


@pytest.mark.parametrize("phase", PHASES)
def test_a_dry_run_plans_what_a_run_would_and_writes_nothing(catalog: Catalog, policy: str, phase: str) -> None:
    first = made_run(catalog, "curate.first", policy=policy)
    add_video(catalog, first, "file:///uncut")
    scored(catalog, first, "file:///embedded", [{"duration_s": 8.0, "motion_mean": 1.0}])
    clips = add_clips(catalog, first, add_video(catalog, first, "file:///measured"), [10.0, 10.0])
    add_boxes(catalog, first, clips)
    for clip, motion in zip(clips, (1.0, 0.0), strict=True):
        add_scores(catalog, first, [clip], {"duration_s": 8.0, "motion_mean": motion})
    dry = made_run(catalog, "curate.dry", policy=policy, params=RunParams(recipe="made", dry_run=True))
    before = written(catalog)
    would = plan(started(catalog, dry, "plan"), get_log(), phase)
    told = foreseen(catalog, dry.run_id, phase)
    assert written(catalog) == before
    batches = planned(catalog, made_run(catalog, "curate.next", policy=policy), phase)
    assert (would, told.subjects) == (len(batches), len(members(batches)))
    assert told.subjects == {"ingest": 1, "videos": 1, "clips": 1, "candidates": 0, "survivors": 1}[phase]


def written(catalog: Catalog) -> list[tuple[Any, ...]]:
    """How many rows there are of what `plan` writes."""
    tables = ("verdict", "same_footage", "cluster_member", "batch", "batch_member", "reservation", "window_video")
    return [table(catalog, f"select count(*) from catalog.{name}")[0] for name in tables]


def test_planning_again_after_a_retry_is_the_same_plan(catalog: Catalog, policy: str) -> None:
    run = made_run(catalog, policy=policy, plan={"batch_video_s": 30})
    for n in range(4):
        add_video(catalog, run, f"file:///v{n}")
    first = planned(catalog, run, "videos")
    assert len(first) == 3
    assert planned(catalog, run, "videos") == first


def test_a_wave_leaves_the_rest_to_the_next(catalog: Catalog, policy: str) -> None:
    run = made_run(catalog, policy=policy, plan={"batch_video_s": 20, "max_batches": 2})
    for n in range(5):
        add_video(catalog, run, f"file:///v{n}")
    assert len(members(planned(catalog, run, "videos"))) == 2


@pytest.mark.parametrize(
    ("numbers", "verdict"),
    [
        ({"duration_s": 10, "motion_mean": 1}, ("keep", [], [])),
        ({"duration_s": 5, "motion_mean": 0.1}, ("keep", [], [])),
        ({"duration_s": 4, "motion_mean": 0}, ("drop", ["too_short", "low_motion"], [])),
        ({"duration_s": 21, "motion_mean": 1}, ("drop", ["too_long"], [])),
        ({"duration_s": 10}, ("hold", [], ["low_motion"])),
        ({"duration_s": 4}, ("drop", ["too_short"], ["low_motion"])),
    ],
)
def test_a_verdict_says_what_failed_and_what_could_not_be_measured(
    catalog: Catalog, policy: str, numbers: dict[str, float], verdict: Any
) -> None:
    run = made_run(catalog, policy=policy)
    (clip,) = scored(catalog, run, "file:///v", [numbers])
    planned(catalog, run, "survivors")
    assert verdicts(catalog) == {clip: verdict}


@pytest.mark.parametrize(("meaning", "outcome"), [("keep", "keep"), ("drop", "drop"), ("hold", "hold")])
def test_the_policy_says_what_unmeasured_means(catalog: Catalog, tmp_path: Path, meaning: str, outcome: str) -> None:
    rule = {"rule": "low_motion", "score": "motion_mean", "min": 0.1, "when_unmeasured": meaning}
    run = made_run(catalog, policy=policy_file(tmp_path, rule))
    (clip,) = scored(catalog, run, "file:///v", [{}])
    planned(catalog, run, "survivors")
    assert verdicts(catalog) == {clip: (outcome, [], ["low_motion"])}


def test_judging_again_writes_nothing_and_a_new_policy_only_what_is_its_own(
    catalog: Catalog, policy: str, tmp_path: Path
) -> None:
    run = made_run(catalog, policy=policy)
    kept, dropped = scored(catalog, run, "file:///v", [{"duration_s": 10, "motion_mean": n} for n in (1, 0.01)])
    assert members(planned(catalog, run, "survivors")) == {kept}
    planned(catalog, run, "survivors")
    assert table(catalog, "select count(*) from catalog.verdict") == [(2,)]
    close(started(catalog, run, "plan"), get_log())

    looser = policy_file(tmp_path, {"rule": "low_motion", "score": "motion_mean", "min": 0.001}, name="looser")
    later = made_run(catalog, "curate.later", policy=looser)
    assert members(planned(catalog, later, "videos")) == set()
    assert members(planned(catalog, later, "survivors")) == {kept, dropped}


def test_a_clip_is_not_judged_before_all_its_scores_are_there(catalog: Catalog, policy: str) -> None:
    run = made_run(catalog, policy=policy)
    video = add_video(catalog, run, "file:///v")
    clips = add_clips(catalog, run, video, [10.0])
    add_boxes(catalog, run, clips)
    assert members(planned(catalog, run, "survivors")) == set()
    assert members(planned(catalog, run, "videos")) == {video}
    assert verdicts(catalog) == {}


def test_a_changed_scorer_measures_only_itself(catalog: Catalog, policy: str) -> None:
    run = made_run(catalog, policy=policy)
    (clip,) = scored(catalog, run, "file:///v", [{"duration_s": 10, "motion_mean": 1}])
    other = made_run(catalog, "curate.other", policy=policy, filter={"motion": {"sample_fps": 7}})
    ((batch, _),) = planned(catalog, other, "videos").items()
    with catalog.begin() as connection:
        (row,) = connection.rows(
            "filter/pending", run=other.run_id, batch=batch, key=other.key("filter"), crop_key=other.key("crop")
        )
    assert (str(row["clip_id"]), list(row["scorers"])) == (str(clip), ["motion"])


def test_every_clip_and_file_is_in_one_state(catalog: Catalog, policy: str) -> None:
    run = made_run(catalog, policy=policy)
    good = {"duration_s": 10, "motion_mean": 1}
    scored(catalog, run, "file:///v", [good, {"duration_s": 10, "motion_mean": 0}, {"duration_s": 10}])
    add_clips(catalog, run, add_video(catalog, run, "file:///w"), [10.0])
    add_video(catalog, run, "file:///new")
    planned(catalog, run, "survivors")
    clips = table(catalog, f"select state, count(*) from catalog.clip_state('{run.run_id}') group by 1")
    assert dict(clips) == {"pending": 2, "dropped": 1, "unmeasured": 1}
    files = table(catalog, f"select state, count(*) from catalog.video_state('{run.run_id}') group by 1")
    assert dict(files) == {"split": 2, "pending": 1}


def registered(catalog: Catalog, params: dict[str, Any]) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "tasks.plan", "--run", "ingest.x", "--phase", "ingest"]
    environment = os.environ | {"CLIPMILL_CATALOG_URL": catalog.url}
    arguments = [*command, "--params", json.dumps(params)]
    return subprocess.run(arguments, cwd=ROOT, env=environment, capture_output=True, text=True)


def test_the_command_registers_a_run_with_the_keys_of_all_its_stages(
    catalog: Catalog, tmp_path: Path, policy: str
) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(yaml.safe_dump(recipe_body(policy=policy)))
    assert registered(catalog, {"recipe": str(path)}).returncode == 0
    names = {name for (name,) in table(catalog, "select name from catalog.run_key where run_id = 'ingest.x'")}
    assert names >= {"ingest", "split", "crop", "filter", "filter.motion", "transcode", "shard"}
    assert table(catalog, "select batch_id from catalog.batch") == [("ingest.x.ingest-00",)]
    assert table(catalog, "select stage, phase, exit_code from catalog.stage_run") == [("plan", "ingest", 0)]


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"recipe": "nobody"}, "none is called 'nobody'"),
        ({"recipe": "x", "limit": 0}, "limit"),
        ({"recipe": "x", "speed": 3}, "speed"),
    ],
)
def test_bad_params_are_refused_before_any_work(catalog: Catalog, params: dict[str, Any], told: str) -> None:
    ended = registered(catalog, params)
    assert ended.returncode == 78
    assert told in ended.stdout
    assert table(catalog, "select * from catalog.run") == []


def test_an_output_that_holds_another_dataset_is_refused(catalog: Catalog, tmp_path: Path, policy: str) -> None:
    made_run(catalog, policy=policy)
    path = tmp_path / "recipe.yaml"
    path.write_text(yaml.safe_dump(recipe_body(policy=policy, dataset="other")))
    ended = registered(catalog, {"recipe": str(path)})
    assert ended.returncode == 78
    assert "holds the dataset 'made'" in ended.stdout


def test_a_registered_recipe_needs_no_file_of_the_machine_it_came_from(
    catalog: Catalog, tmp_path: Path, policy: str
) -> None:
    given = parse_recipe(recipe_body(policy=policy))
    wanted = load_policy(policy)
    with catalog.begin() as connection:
        kept = add_recipe(connection, given)
        Path(policy).unlink()
        for named in (given.name, kept.recipe_hash, kept.recipe_hash[:12]):
            found = resolve(connection, RunParams(recipe=named))
            assert (found.recipe, found.policy) == (kept, wanted)
        assert resolve(connection, RunParams(recipe=given.name, policy=wanted.name)).policy == wanted
        with pytest.raises(BadRecipe, match="no such policy 'lenient'; shipped are default"):
            resolve(connection, RunParams(recipe=given.name, policy="lenient"))


def test_a_beginning_of_a_hash_means_one_recipe(catalog: Catalog) -> None:
    with catalog.begin() as connection:
        kept = add_recipe(connection, parse_recipe(recipe_body()))
        for named in (kept.recipe_hash[:5], "0123456789ab"):
            with pytest.raises(BadRecipe, match="none is called"):
                resolve(connection, RunParams(recipe=named))
        body = connection.json(kept.model_dump(mode="json"))
        twin = kept.recipe_hash[:12] + "0" * 52
        connection.run("plan/add_recipe", hash=twin, name="twin", body=body, variant=False)
        with pytest.raises(BadRecipe, match=f"may mean .*twin {twin}"):
            resolve(connection, RunParams(recipe=kept.recipe_hash[:12]))
        assert resolve(connection, RunParams(recipe=kept.recipe_hash[:40])).recipe == kept


def another_wave(catalog: Catalog, run: Run) -> bool:
    ((answer,),) = table(catalog, f"select catalog.another_wave('{run.run_id}')")
    return bool(answer)


def got_on(catalog: Catalog, run: Run, batch: str) -> None:
    """A stage of the run that did something on a batch."""
    started(catalog, run, "split", batch).end(0, Tally(done=1))


@pytest.mark.parametrize(("limit", "worked", "another"), [(None, True, True), (None, False, False), (2, True, False)])
def test_another_wave_follows_while_something_is_pending_and_the_last_got_on(
    catalog: Catalog, policy: str, limit: int | None, worked: bool, another: bool
) -> None:
    run = made_run(catalog, policy=policy, plan={"batch_video_s": 20, "max_batches": 2})
    for n in range(5):
        add_video(catalog, run, f"file:///v{n}")
    with catalog.begin() as connection:
        connection.script(f"update catalog.run set clip_limit = {limit or 'null'}")
    batches = planned(catalog, run, "videos")
    if worked:
        got_on(catalog, run, next(iter(batches)))
    assert another_wave(catalog, run) is another


def test_another_wave_follows_where_a_dead_run_has_left_its_reservations(catalog: Catalog, policy: str) -> None:
    dead = made_run(catalog, "curate.dead", policy=policy)
    for n in range(5):
        add_video(catalog, dead, f"file:///v{n}")
    planned(catalog, dead, "videos")
    with catalog.begin() as connection:
        connection.script("update catalog.reservation set expires_at = now() - interval '1 second'")
    run = made_run(catalog, policy=policy, plan={"batch_video_s": 20, "max_batches": 2})
    got_on(catalog, run, next(iter(planned(catalog, run, "videos"))))
    assert another_wave(catalog, run)


def test_no_wave_follows_where_all_that_is_pending_is_worked_on(catalog: Catalog, policy: str) -> None:
    run = made_run(catalog, policy=policy)
    add_video(catalog, run, "file:///v")
    ((batch, _),) = planned(catalog, run, "videos").items()
    got_on(catalog, run, batch)
    assert not another_wave(catalog, run)
