"""When `ingest` runs by itself, which window its runs have, and who is told of a run that failed."""

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from airflow.sdk.api.datamodels._generated import DagRunType
from jinja2 import Template

from clipmill_dags.notify import notifiers, on_run_failed, told
from clipmill_dags.runtime import RUN
from clipmill_dags.schedule import read_schedule
from clipmill_dags.window import answers

NIGHTLY = {"cron": "0 3 * * *", "recipe": "robots"}
DAY = SimpleNamespace(
    run_type=DagRunType.BACKFILL,
    data_interval_start=datetime(2026, 11, 10, tzinfo=UTC),
    data_interval_end=datetime(2026, 11, 11, tzinfo=UTC),
)


def scheduled_ingest():
    """The DAG as it is made now."""
    from airflow.dag_processing.dagbag import DagBag

    from tests.dags.conftest import ROOT

    bag = DagBag(str(ROOT / "dags"))
    assert bag.import_errors == {}
    return bag.dags["ingest"]


def test_without_a_schedule_it_waits_to_be_asked(monkeypatch, tmp_path):
    monkeypatch.delenv("CLIPMILL_SCHEDULE", raising=False)
    assert read_schedule() is None
    monkeypatch.setenv("CLIPMILL_SCHEDULE", str(tmp_path / "none.json"))
    assert read_schedule() is None
    assert scheduled_ingest().schedule is None


def test_a_schedule_has_intervals_and_may_be_backfilled(monkeypatch, tmp_path):
    from airflow.serialization.serialized_objects import DagSerialization

    (tmp_path / "schedule.json").write_text(json.dumps(NIGHTLY | {"timezone": "Europe/Berlin"}))
    monkeypatch.setenv("CLIPMILL_SCHEDULE", str(tmp_path / "schedule.json"))
    dag = scheduled_ingest()
    assert dag.params["recipe"] == "robots"
    made = DagSerialization.from_dict(DagSerialization.to_dict(dag))
    days = list(made.iter_dagrun_infos_between(datetime(2026, 11, 10, tzinfo=UTC), datetime(2026, 11, 12, tzinfo=UTC)))
    intervals = [info.data_interval for info in days]
    # Three in the morning in Berlin is two in UTC.
    assert [one.start.hour for one in intervals] == [2, 2]
    assert [one.end - one.start for one in intervals] == [timedelta(days=1)] * 2


@pytest.mark.parametrize(("cron", "runs"), [("0 3 * * *", 3), ("@daily", 3), ("@hourly", 72)])
def test_a_backfill_to_the_end_of_a_day_has_all_of_its_intervals(monkeypatch, cron, runs):
    from airflow.serialization.serialized_objects import DagSerialization

    monkeypatch.setenv("CLIPMILL_SCHEDULE", json.dumps(NIGHTLY | {"cron": cron, "timezone": "Europe/Berlin"}))
    made = DagSerialization.from_dict(DagSerialization.to_dict(scheduled_ingest()))
    # What `clipmill backfill 2026-11-10 2026-11-12` asks for.
    ends = [datetime.fromisoformat(end) for end in ("2026-11-10T00:00:00+01:00", "2026-11-12T23:59:59+01:00")]
    assert len(list(made.iter_dagrun_infos_between(*ends))) == runs


def test_a_wrong_schedule_says_what_is_wrong(monkeypatch):
    monkeypatch.setenv("CLIPMILL_SCHEDULE", json.dumps({"cron": "@daily"}))
    with pytest.raises(ValueError, match="wants cron, recipe"):
        read_schedule()


@pytest.mark.parametrize("cron", ["61 * * * *", "0 0 30 2 *", "tomorrow"])
def test_a_time_that_never_comes_is_refused(monkeypatch, cron):
    monkeypatch.setenv("CLIPMILL_SCHEDULE", json.dumps({"cron": cron, "recipe": "robots"}))
    with pytest.raises(ValueError, match="is no time that comes again"):
        read_schedule()


def test_runs_of_a_backfill_look_at_their_interval():
    said = json.loads(answers({"recipe": "robots", "window_from": None}, DAY))
    assert (said["window_from"], said["window_to"]) == ("2026-11-10T00:00:00+00:00", "2026-11-11T00:00:00+00:00")


def test_a_run_that_is_made_again_has_another_name_and_the_same_answers():
    run = SimpleNamespace(**vars(DAY), conf={"again": "20261130T120000"})
    said = json.loads(answers({"recipe": "robots", "again": "20261130T120000"}, run))
    assert set(said) == {"recipe", "window_from", "window_to"}
    about = {"dag": SimpleNamespace(dag_id="ingest"), "run_id": "backfill__x"}
    assert Template(RUN).render(about, dag_run=run) == "ingest.backfill__x.again-20261130T120000"
    for conf in (None, {}, {"stages": ["filter"]}):
        assert Template(RUN).render(about, dag_run=SimpleNamespace(conf=conf)) == "ingest.backfill__x"


def test_a_window_that_was_asked_for_goes_before_the_interval():
    said = json.loads(answers({"recipe": "robots", "window_from": "2026-01-01T00:00:00Z"}, DAY))
    assert said == {"recipe": "robots", "window_from": "2026-01-01T00:00:00Z"}


def test_runs_by_the_clock_list_all_so_that_late_files_are_found():
    by_clock = SimpleNamespace(**vars(DAY) | {"run_type": DagRunType.SCHEDULED})
    assert json.loads(answers({"recipe": "robots"}, by_clock)) == {"recipe": "robots"}


def test_a_message_says_what_how_many_and_where_to_look():
    failed = [("crop", f"curate.x.videos-0{n}", f"reason {n}") for n in range(5)]
    message = told("curate.x", "", failed)
    assert message.title == "clipmill: curate.x failed"
    assert message.text.splitlines() == [
        "5 stages or batches did not end well:",
        "- crop, videos-00: reason 0",
        "- crop, videos-01: reason 1",
        "- crop, videos-02: reason 2",
        "- and 2 more",
        "Look closer: clipmill doctor --run curate.x",
    ]


def test_any_airflow_notifier_is_given_the_message(dags, monkeypatch):
    entry = {"class": "tests.dags.pretend_notifier.Kept", "arguments": {"said": ["{title}: {text}"]}}
    monkeypatch.setenv("CLIPMILL_NOTIFIERS", json.dumps([entry]))
    monkeypatch.setattr("clipmill_dags.notify.failed_stages", lambda run: [("shard", None, "disk full")])
    from tests.dags.pretend_notifier import KEPT

    on_run_failed({"dag": dags["curate"], "run_id": "manual", "reason": "task_failure"})
    assert KEPT == [
        "clipmill: curate.manual failed: 1 stage or batch did not end well:\n- shard: disk full\n"
        "Look closer: clipmill doctor --run curate.manual"
    ]


def test_an_unknown_notifier_is_named(monkeypatch):
    monkeypatch.setenv("CLIPMILL_NOTIFIERS", json.dumps([{"class": "airflow.nobody.Told"}]))
    with pytest.raises(ValueError, match=r"no notifier airflow\.nobody\.Told"):
        notifiers(told("curate.x", "", []))
