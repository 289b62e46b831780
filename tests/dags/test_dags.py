"""The DAGs as they are drawn: what is there, in which order, under which rules, and at what cost to load."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from clipmill_dags.forms import CURATE, INGEST, SCHEMA
from clipmill_dags.stages import BY_NAME

ROOT = Path(__file__).resolve().parents[2]

ARROWS = {
    "curate": {
        "plan_videos": set(),
        "video_batches": {"plan_videos"},
        "videos.split": {"video_batches"},
        "videos.crop": {"video_batches", "videos.split"},
        "videos.filter": {"video_batches", "videos.crop"},
        "videos_ended": {"videos.filter"},
        "plan_clips": {"video_batches", "videos_ended"},
        "clip_batches": {"plan_clips"},
        "clips.embed": {"clip_batches"},
        "clips_ended": {"clips.embed"},
        "dedup": {"clip_batches", "clips_ended"},
        "plan_candidates": {"dedup"},
        "candidate_batches": {"plan_candidates"},
        "candidates.validate": {"candidate_batches"},
        "candidates_ended": {"candidates.validate"},
        "plan_survivors": {"candidate_batches", "candidates_ended"},
        "survivor_batches": {"plan_survivors"},
        "survivors.caption": {"survivor_batches"},
        "survivors.transcode": {"survivor_batches", "survivors.caption"},
        "survivors_ended": {"survivors.transcode"},
        "shard": {"survivor_batches", "survivors_ended"},
        "another_wave": {"shard"},
        "next_wave": {"another_wave"},
        "approve": {"another_wave"},
        "publish": {"approve"},
        "report": {"another_wave", "publish"},
        "wave_ended": {"next_wave", "report"},
        "close": {"plan_videos", "wave_ended"},
        "outcome": {"next_wave", "publish", "report", "close"},
    },
    "ingest": {
        "plan": set(),
        "source_batches": {"plan"},
        "sources.ingest": {"source_batches"},
        "sources_ended": {"sources.ingest"},
        "curate": {"source_batches", "sources_ended"},
        "close": {"plan", "sources_ended"},
        "outcome": {"curate", "close"},
    },
}

RULES = {
    "videos_ended": "all_done",
    "clips_ended": "all_done",
    "candidates_ended": "all_done",
    "survivors_ended": "all_done",
    "sources_ended": "all_done",
    "report": "all_done_min_one_success",
    "wave_ended": "all_done",
    "outcome": "none_failed",
}

# Loads the DAG files as Airflow does; prints the CPU seconds it took beyond Airflow itself, and what it imported.
LOAD = """
import sys, time, json
import airflow.sdk
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import Connection, Variable
def asked(*_, **__):
    raise AssertionError("a DAG file asked Airflow's database")
Variable.get = Connection.get = asked
sys.path.insert(0, sys.argv[1])
started = time.process_time()
bag = DagBag(sys.argv[1])
took_s = time.process_time() - started
assert not bag.import_errors, bag.import_errors
print(json.dumps({"took_s": took_s, "modules": sorted(sys.modules)}))
"""


def stage_tasks(dag):
    return [task for task in dag.tasks if task.task_type == "LocalStageOperator"]


def test_there_are_two_dags(dags):
    assert set(dags) == set(ARROWS)


@pytest.mark.parametrize("dag_id", ARROWS)
def test_arrows(dags, dag_id):
    assert {task.task_id: set(task.upstream_task_ids) for task in dags[dag_id].tasks} == ARROWS[dag_id]


@pytest.mark.parametrize("dag_id", ARROWS)
def test_trigger_rules(dags, dag_id):
    for task in dags[dag_id].tasks:
        assert task.trigger_rule == RULES.get(task.task_id, "all_success"), task.task_id


@pytest.mark.parametrize("dag_id", ARROWS)
def test_a_stage_runs_as_the_list_says(dags, dag_id):
    for task in stage_tasks(dags[dag_id]):
        spec = BY_NAME[task.stage]
        assert (task.pool, task.retries, task.execution_timeout) == (spec.pool, spec.retries, spec.timeout)
        assert task.retry_policy.retries == task.retries
        assert (task.batch is not None) == (spec.phase is not None)
        assert spec.doc.strip() in task.doc_md


def test_every_stage_of_the_list_is_in_a_dag(dags):
    assert {task.stage for dag in dags.values() for task in stage_tasks(dag)} == set(BY_NAME)


@pytest.mark.parametrize("dag_id", ARROWS)
def test_started_batches_are_finished_first(dags, dag_id):
    assert {str(task.weight_rule.value) for task in dags[dag_id].tasks} == {"upstream"}


@pytest.mark.parametrize("dag_id", ARROWS)
def test_a_dag_has_a_page_and_a_form_with_the_essential_first(dags, dag_id):
    dag = dags[dag_id]
    assert dag.doc_md.strip().startswith(f"# {dag_id}:")
    sections = list(dict.fromkeys(dag.params.get_param(name).schema["section"] for name in dag.params))
    assert sections == list({"curate": CURATE, "ingest": INGEST}[dag_id])
    assert next(iter(dag.params)) == "recipe"
    # Which recipes are registered Airflow cannot know; a name that none has is refused.
    assert "examples" not in dag.params.get_param("recipe").schema
    for name in dag.params:
        param = dag.params.get_param(name)
        assert param.schema["title"]
        assert len(param.description) > 15


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"recipe": ""}, "recipe"),
        ({"limit": 0}, "limit"),
        ({"fps": -1}, "fps"),
        ({"stages": ["splitt"]}, "stages"),
        ({"dry_run": "perhaps"}, "dry_run"),
        ({"caption_prompt": "poem"}, "caption_prompt"),
        ({"caption_server": "ftp://x"}, "caption_server"),
    ],
)
def test_the_form_refuses(dags, answers, field):
    from airflow.sdk.definitions.param import process_params
    from airflow.sdk.exceptions import ParamValidationError

    dag = dags["curate"]
    with pytest.raises(ParamValidationError, match=f"Invalid input for param {field}"):
        process_params(dag, dag.get_task("close"), answers, suppress_exception=False)


def test_a_field_that_was_emptied_again_is_as_if_untouched(dags):
    from airflow.sdk.definitions.param import process_params

    emptied = dict.fromkeys(("policy", "stages", "settings", "caption_prompt", "limit"))
    dag = dags["curate"]
    assert process_params(dag, dag.get_task("close"), emptied, suppress_exception=False)["stages"] is None


def test_the_form_of_curate_has_these_sections_in_this_order(dags):
    dag = dags["curate"]
    sections = dict.fromkeys(dag.params.get_param(name).schema["section"] for name in dag.params)
    assert list(sections) == ["Dataset and policy", "Stages", "Captions", "Output", "Advanced"]
    prompt = dag.params.get_param("caption_prompt").schema
    assert prompt["enum"] == [None, "default", "driving", "robotics", "surveillance", "first-person"]
    assert prompt["values_display"] == {"null": "as the recipe says"}


def test_the_form_has_every_field_that_plan_takes(dags):
    assert all(set(dag.params) == set(json.loads(SCHEMA.read_text())["properties"]) for dag in dags.values())


def test_an_untouched_form_is_right(dags):
    for dag in dags.values():
        dag.params.validate()


def test_the_same_files_give_the_same_dags():
    from airflow.dag_processing.dagbag import DagBag
    from airflow.serialization.serialized_objects import DagSerialization

    def serialised() -> list[str]:
        bag = DagBag(str(ROOT / "dags"))
        return [json.dumps(DagSerialization.serialize_dag(bag.dags[name])) for name in sorted(bag.dags)]

    assert serialised() == serialised()


def test_an_unknown_runtime_is_refused_with_those_there_are(monkeypatch):
    from clipmill_dags.runtime import stage

    monkeypatch.setenv("CLIPMILL_RUNTIME", "cloud")
    with pytest.raises(ValueError, match="'cloud'; there is: local"):
        stage("split")


def test_loading_is_light_and_asks_no_database():
    def load() -> dict:
        command = [sys.executable, "-c", LOAD, str(ROOT / "dags")]
        env = os.environ | {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "sqlite:////nowhere/airflow.db"}
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
        return json.loads(done.stdout.splitlines()[-1])

    loaded = load()
    if loaded["took_s"] >= 0.5:
        # The first load of all has to compile what it imports.
        loaded = load()
    assert loaded["took_s"] < 0.5
    heavy = {"torch", "av", "cv2", "numpy", "kubernetes", "psycopg2", "tasks"}
    assert not heavy & set(loaded["modules"])


def test_wave_names_count_up():
    from clipmill_dags.flow import next_wave_id

    assert next_wave_id("manual__2026-01-01T00:00:00+00:00") == "wave-2.manual__2026-01-01T00:00:00+00:00"
    assert next_wave_id("wave-2.ingest.scheduled__x") == "wave-3.ingest.scheduled__x"
    assert next_wave_id("wave-9.a") == "wave-10.a"
