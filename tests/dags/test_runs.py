"""Whole runs, with stages that only pretend: what runs after a failure, what does not, and how the run ends."""

import json

import pytest

from clipmill_dags.forms import SCHEMA

FIELDS = json.loads(SCHEMA.read_text())["properties"]
UNTOUCHED = {name: field.get("default") for name, field in FIELDS.items()}

pytestmark = pytest.mark.usefixtures("metadata_db", "no_waiting")


def run(dag, **answers):
    """The dag run, and the states of its tasks by `task_id`, or `task_id[batch]` where mapped."""
    # `dag.test` keeps what it was given as the DAG's own defaults: each run gives it all.
    dag_run = dag.test(run_conf=UNTOUCHED | {"recipe": "demo"} | answers)
    states = {}
    for ti in dag_run.get_task_instances():
        mark = f"[{ti.rendered_map_index or ti.map_index}]" if ti.map_index >= 0 else ""
        states[ti.task_id + mark] = str(ti.state)
    return dag_run, states


def having(states, state):
    return {task for task, its in states.items() if its == state}


def started(dag_run):
    """The runs of `curate` that the run started: id to parameters."""
    from airflow.models.dagrun import DagRun

    runs = DagRun.find(dag_id="curate")
    return {found.run_id: found.conf for found in runs if found.run_id.endswith(f".{dag_run.run_id}")}


def test_a_failed_batch_blocks_nothing_and_alone_fails_no_run(dags, house):
    house.says(
        videos=2, clips=1, candidates=1, survivors=1, exits={"crop:videos-0": [78], "filter:videos-1": [75, 137, 0]}
    )
    dag_run, tasks = run(dags["curate"], limit=5)

    assert dag_run.state == "success"
    assert having(tasks, "failed") == {"videos.crop[videos-0]"}
    assert {task.partition("[")[0] for task in having(tasks, "upstream_failed")} == {"videos.filter"}
    assert having(tasks, "skipped") == {"next_wave"}
    ran = house.stages()
    assert ran.count("crop:videos-0") == 1
    assert ran.count("filter:videos-1") == 3
    assert "filter:videos-0" not in ran
    assert ran[-6:] == ["caption:survivors-0", "transcode:survivors-0", "shard", "publish", "report", "plan:close"]


def test_every_command_names_the_run_and_only_plan_gets_the_answers(dags, house):
    house.says(videos=1, clips=1, candidates=1, survivors=1)
    dag_run, _ = run(dags["curate"], limit=5)

    assert dag_run.state == "success"
    name = f"curate.{dag_run.run_id}"
    first, *others = house.calls()
    answers = json.loads(first.pop())
    assert first == ["tasks.plan", "--run", name, "--phase", "videos", "--params"]
    assert answers == UNTOUCHED | {"recipe": "demo", "limit": 5}
    assert others == [
        ["tasks.split", "--run", name, "--batch", f"{name}.videos-0"],
        ["tasks.crop", "--run", name, "--batch", f"{name}.videos-0"],
        ["tasks.filter", "--run", name, "--batch", f"{name}.videos-0"],
        ["tasks.plan", "--run", name, "--phase", "clips"],
        ["tasks.embed", "--run", name, "--batch", f"{name}.clips-0"],
        ["tasks.dedup", "--run", name],
        ["tasks.plan", "--run", name, "--phase", "candidates"],
        ["tasks.validate", "--run", name, "--batch", f"{name}.candidates-0"],
        ["tasks.plan", "--run", name, "--phase", "survivors"],
        ["tasks.caption", "--run", name, "--batch", f"{name}.survivors-0"],
        ["tasks.transcode", "--run", name, "--batch", f"{name}.survivors-0"],
        ["tasks.shard", "--run", name],
        ["tasks.publish", "--run", name],
        ["tasks.report", "--run", name],
        ["tasks.plan", "--run", name, "--phase", "close"],
    ]


def test_nothing_to_do_is_green(dags, house):
    dag_run, tasks = run(dags["curate"])

    assert dag_run.state == "success"
    assert having(tasks, "skipped") == {f"videos.{name}" for name in ("split", "crop", "filter")} | {
        "clips.embed",
        "candidates.validate",
        "survivors.caption",
        "survivors.transcode",
        "next_wave",
    }
    assert house.stages() == [
        "plan:videos",
        "plan:clips",
        "dedup",
        "plan:candidates",
        "plan:survivors",
        "shard",
        "publish",
        "report",
        "plan:close",
    ]


def test_a_refused_plan_ends_the_run(dags, house):
    house.says(exits={"plan:videos": [78]})
    dag_run, tasks = run(dags["curate"])

    assert dag_run.state == "failed"
    assert having(tasks, "failed") == {"plan_videos"}
    assert house.stages() == ["plan:videos"]


def test_what_is_left_is_left_to_the_next_wave(dags, house):
    house.says(another_wave=True)
    dag_run, tasks = run(dags["curate"], policy="strict")

    assert dag_run.state == "success"
    assert {"publish", "report"} < having(tasks, "skipped")
    assert house.stages() == [
        "plan:videos",
        "plan:clips",
        "dedup",
        "plan:candidates",
        "plan:survivors",
        "shard",
        "plan:close",
    ]
    answers = UNTOUCHED | {"recipe": "demo", "policy": "strict"}
    assert started(dag_run) == {f"wave-2.{dag_run.run_id}": answers}


def test_a_broken_shard_stops_the_waves_and_a_bug_is_tried_once_more(dags, house):
    house.says(another_wave=True, exits={"shard": [1, 1, 0]})
    dag_run, tasks = run(dags["curate"])

    assert dag_run.state == "failed"
    assert having(tasks, "failed") == {"shard"}
    assert house.stages()[5:] == ["shard", "shard", "plan:close"]
    assert started(dag_run) == {}


def test_a_failed_publish_is_reported_and_close_may_fail_the_run(dags, house):
    house.says(exits={"publish": [78], "plan:close": [78]})
    dag_run, tasks = run(dags["curate"])

    assert dag_run.state == "failed"
    assert having(tasks, "failed") == {"publish", "close"}
    assert house.stages()[-3:] == ["publish", "report", "plan:close"]


def test_ingest_starts_curate_even_if_a_source_fails(dags, house):
    house.says(ingest=2, exits={"ingest:ingest-1": [78]})
    dag_run, tasks = run(dags["ingest"], limit=3)

    assert dag_run.state == "success"
    assert having(tasks, "failed") == {"sources.ingest[ingest-1]"}
    name = f"ingest.{dag_run.run_id}"
    assert sorted(house.calls()[1:]) == [
        *(["tasks.ingest", "--run", name, "--batch", f"{name}.ingest-{n}"] for n in (0, 1)),
        ["tasks.plan", "--run", name, "--phase", "close"],
    ]
    assert started(dag_run) == {name: UNTOUCHED | {"recipe": "demo", "limit": 3}}


def test_ingest_that_is_refused_starts_nothing(dags, house):
    house.says(exits={"plan:ingest": [78]})
    dag_run, tasks = run(dags["ingest"])

    assert dag_run.state == "failed"
    assert having(tasks, "failed") == {"plan"}
    assert started(dag_run) == {}


def test_more_failed_batches_than_the_recipe_allows_fail_the_run(dags, house):
    house.says(videos=1, exits={"split:videos-0": [78], "plan:close": [78]})
    dag_run, tasks = run(dags["curate"])

    assert dag_run.state == "failed"
    assert having(tasks, "failed") == {"videos.split[videos-0]", "close"}


def test_only_the_stages_that_were_asked_for_run(dags, house):
    house.says(videos=1, clips=1, survivors=1)
    dag_run, tasks = run(dags["curate"], stages=["split", "crop", "shard"])

    assert dag_run.state == "success"
    assert tasks["clips.embed[clips-0]"] == "success"
    assert [stage for stage in house.stages() if not stage.startswith("plan")] == [
        "split:videos-0",
        "crop:videos-0",
        "shard",
    ]


def test_a_dry_run_only_plans(dags, house):
    house.says()
    dag_run, _ = run(dags["curate"], dry_run=True, approval=True)

    assert dag_run.state == "success"
    assert house.stages() == ["plan:videos", "plan:clips", "plan:candidates", "plan:survivors", "plan:close"]
    assert json.loads(house.calls()[0][-1])["dry_run"] is True


@pytest.mark.parametrize(("approval", "dry_run", "asked"), [(True, False, 1), (False, False, 0), (True, True, 0)])
def test_a_person_is_asked_where_the_run_says_so(dags, house, monkeypatch, approval, dry_run, asked):
    from airflow.providers.standard.operators.hitl import ApprovalOperator

    questions = []
    # `dag.test` cannot wait for a person; a real one is asked in the end-to-end tests.
    monkeypatch.setattr(ApprovalOperator, "execute", lambda self, context: questions.append(self.subject))
    run(dags["curate"], approval=approval, dry_run=dry_run)
    assert questions == ["Publish the next version of this dataset?"] * asked
