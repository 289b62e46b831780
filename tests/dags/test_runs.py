"""Whole runs, with stages that only pretend: what runs after a failure, what does not, and how the run ends."""

import pytest

pytestmark = pytest.mark.usefixtures("metadata_db", "no_waiting")


def run(dag, **conf):
    """The state of a run of the DAG and of its tasks: `task_id` or `task_id[batch]` to state."""
    dag_run = dag.test(run_conf={"recipe": "demo"} | conf)
    states = {}
    for ti in dag_run.get_task_instances():
        mark = f"[{ti.map_index}]" if ti.map_index >= 0 else ""
        states[ti.task_id + mark] = str(ti.state)
    return str(dag_run.state), states


def test_a_failed_batch_blocks_nothing_and_turns_the_run_red(dags, house):
    house.says(videos=2, survivors=1, exits={"crop:videos-0": [78], "filter:videos-1": [75, 137]})
    state, tasks = run(dags["curate"], limit=5)

    assert state == "failed"
    assert tasks["videos.crop[0]"] == "failed"
    assert tasks["videos.filter[0]"] == "upstream_failed"
    assert tasks["outcome"] == "upstream_failed"
    assert {tasks[name] for name in ("videos.filter[1]", "survivors.transcode[0]", "publish", "report", "close")} == {
        "success"
    }
    assert tasks["next_wave"] == "skipped"
    ran = house.stages()
    assert ran.count("crop:videos-0") == 1
    assert ran.count("filter:videos-1") == 3
    assert ran[-5:] == ["transcode:survivors-0", "shard", "publish", "report", "plan:close"]
    plan = house.calls()[0]
    assert plan[:2] == ["tasks.plan", "--run"]
    assert plan[2].startswith("curate.manual__")


def test_nothing_to_do_is_green(dags, house):
    state, tasks = run(dags["curate"])
    print(tasks)
    assert state == "success"


def test_refused(dags, house):
    house.says(exits={"plan:videos": [78]})
    state, tasks = run(dags["curate"])
    print(tasks)
    assert state == "failed"
    assert house.stages() == ["plan:videos", "plan:close"]


def test_wave(dags, house):
    house.says(another_wave=True)
    state, tasks = run(dags["curate"])
    print(tasks)
    assert state == "success"
