"""Backfills take whole days by the schedule's clock, and say how many runs they are before they start any."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tasks.cli import backfill
from tasks.cli.local import services
from tasks.cli.local.airflow_api import AirflowApi, RunRefused
from tasks.cli.main import app
from tasks.core.errors import BadRecipe, StageRefused


class OneAirflow(AirflowApi):
    """An Airflow that answers what it is told to, and keeps what it was asked."""

    def __init__(self, due: int = 3, status: int = 200) -> None:
        super().__init__("http://127.0.0.1:8080")
        self.asked: list[tuple[str, str, Any]] = []
        begin = datetime(2026, 11, 10, 2, tzinfo=UTC)
        self._due = [{"logical_date": (begin + timedelta(days=day)).isoformat()} for day in range(due)]
        self._status = status

    def _ask(self, method: str, path: str, body: Any = None, accept: Any = (), timeout_s: float = 0) -> Any:
        self.asked.append((method, path, body))
        if path.startswith("/api/v2/backfills?"):
            return {"backfills": [{"id": 7, "completed_at": None}, {"id": 6, "completed_at": "2026-11-10T00:00:00Z"}]}
        if path.endswith("/dry_run"):
            return {"backfills": self._due}
        return None if self._status in accept else {"id": 7}

    @property
    def started(self) -> list[Any]:
        return [body for method, path, body in self.asked if (method, path) == ("POST", "/api/v2/backfills")]


@pytest.fixture(autouse=True)
def checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What was looked up in the catalog."""
    said: list[dict[str, Any]] = []
    monkeypatch.setenv("CLIPMILL_STATE", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(backfill, "check_params", said.append)
    return said


@pytest.fixture
def berlin(tmp_path: Path) -> None:
    nightly = {"cron": "0 3 * * *", "timezone": "Europe/Berlin", "recipe": "robots"}
    (tmp_path / "schedule.json").write_text(json.dumps(nightly))


def asked(monkeypatch: pytest.MonkeyPatch, airflow: OneAirflow, *arguments: str) -> Result:
    monkeypatch.setattr(services, "up", lambda _: SimpleNamespace(api=airflow))
    return CliRunner().invoke(app, ["backfill", *arguments])


DAYS = ("2026-11-10", "2026-11-12")


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2026-11-12", "2026-11-10", "FROM, 2026-11-12, comes after TO, 2026-11-10"),
        ("10.11.2026", "2026-11-12", "'10.11.2026' is no day; one is written 2026-11-10"),
        ("2026-11-10", "2026-11-12T05:00", "'2026-11-12T05:00' is no day"),
        ("2999-01-01", "2999-01-02", "2999-01-01 is still to come"),
        ("", "", "which days? FROM and TO are the first and the last"),
    ],
)
@pytest.mark.usefixtures("berlin")
def test_days_that_are_none_gone_by_are_refused(first: str, last: str, said: str) -> None:
    ended = CliRunner().invoke(app, ["backfill", first, last])
    assert ended.exit_code == 2
    assert said in ended.output


def test_no_days_at_all_are_asked_for() -> None:
    assert "which days?" in CliRunner().invoke(app, ["backfill"]).output


def test_a_backfill_without_a_schedule_says_how_to_make_one() -> None:
    ended = CliRunner().invoke(app, ["backfill", *DAYS])
    assert "clipmill schedule RECIPE @daily" in str(ended.exception)
    assert isinstance(ended.exception, StageRefused)


@pytest.mark.usefixtures("berlin")
def test_the_last_day_is_whole_by_the_clock_of_the_schedule(monkeypatch: pytest.MonkeyPatch) -> None:
    airflow = OneAirflow()
    assert asked(monkeypatch, airflow, *DAYS, "--stage", "split").exit_code == 0
    (body,) = airflow.started
    assert (body["from_date"], body["to_date"]) == ("2026-11-10T00:00:00+01:00", "2026-11-12T23:59:59+01:00")
    assert (body["dag_id"], body["dag_run_conf"], body["max_active_runs"]) == ("ingest", {"stages": ["split"]}, 2)


@pytest.mark.usefixtures("berlin")
def test_a_day_of_another_length_is_whole_too(monkeypatch: pytest.MonkeyPatch) -> None:
    airflow = OneAirflow()
    asked(monkeypatch, airflow, "2026-10-25", "2026-10-25")
    (body,) = airflow.started
    assert (body["from_date"], body["to_date"]) == ("2026-10-25T00:00:00+02:00", "2026-10-25T23:59:59+01:00")


@pytest.mark.usefixtures("berlin")
def test_it_says_how_many_runs_where_to_watch_and_how_to_stop_them(monkeypatch: pytest.MonkeyPatch) -> None:
    said = asked(monkeypatch, OneAirflow(), *DAYS).output
    assert "runs of ingest: 3" in said
    assert "2026-11-10 03:00 ... 2026-11-12 03:00" in said
    assert "http://127.0.0.1:8080/dags/ingest/backfills" in said
    assert "clipmill backfill --stop" in said


@pytest.mark.usefixtures("berlin")
def test_runs_that_are_made_again_are_told_from_themselves_before(monkeypatch: pytest.MonkeyPatch) -> None:
    for again, marked in (("none", False), ("completed", True), ("failed", True)):
        airflow = OneAirflow()
        asked(monkeypatch, airflow, *DAYS, "--again", again, "--stage", "filter")
        (body,) = airflow.started
        assert body["reprocess_behavior"] == again
        assert body["dag_run_conf"]["stages"] == ["filter"]
        assert (re.fullmatch(r"\d{8}T\d{6}", body["dag_run_conf"].get("again", "")) is not None) == marked


@pytest.mark.usefixtures("berlin")
def test_a_dry_run_names_each_and_starts_none(monkeypatch: pytest.MonkeyPatch) -> None:
    airflow = OneAirflow()
    said = asked(monkeypatch, airflow, *DAYS, "--dry-run").output
    assert said.splitlines()[-3:] == ["2026-11-10 03:00", "2026-11-11 03:00", "2026-11-12 03:00"]
    assert airflow.started == []


@pytest.mark.usefixtures("berlin")
def test_many_runs_are_not_started_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    airflow = OneAirflow(due=49)
    ended = asked(monkeypatch, airflow, *DAYS)
    assert (ended.exit_code, airflow.started) == (2, [])
    assert "these are 49 runs, more than 31; --yes starts them" in ended.output
    assert asked(monkeypatch, airflow, *DAYS, "--yes").exit_code == 0
    assert len(airflow.started) == 1


@pytest.mark.usefixtures("berlin")
def test_nothing_to_run_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    airflow = OneAirflow(due=0)
    assert asked(monkeypatch, airflow, *DAYS).output.startswith("nothing to run")
    assert airflow.started == []


@pytest.mark.usefixtures("berlin")
def test_an_unknown_recipe_is_refused_even_in_a_dry_run(
    monkeypatch: pytest.MonkeyPatch, checked: list[dict[str, Any]]
) -> None:
    assert asked(monkeypatch, OneAirflow(), *DAYS, "--recipe", "other").exit_code == 0
    assert checked == [{"recipe": "other"}]

    def refuse(_: object) -> None:
        raise BadRecipe("none is called 'nope'")

    monkeypatch.setattr(backfill, "check_params", refuse)
    assert isinstance(asked(monkeypatch, OneAirflow(), *DAYS, "--recipe", "nope", "--dry-run").exception, BadRecipe)


@pytest.mark.usefixtures("berlin")
def test_a_second_backfill_names_the_way_to_stop_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = asked(monkeypatch, OneAirflow(status=409), *DAYS)
    assert isinstance(ended.exception, RunRefused)
    assert "another backfill runs" in str(ended.exception)
    assert "clipmill backfill --stop" in str(ended.exception)


def test_a_stop_ends_what_is_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    airflow = OneAirflow()
    assert "stopped" in asked(monkeypatch, airflow, "--stop").output
    assert [path for method, path, _ in airflow.asked if method == "PUT"] == ["/api/v2/backfills/7/cancel"]
