"""Schedules that cannot be meant are refused; one that takes another's place says so."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tasks.cli import schedule
from tasks.cli.local import airflow
from tasks.cli.main import app
from tasks.core.errors import BadRecipe


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIPMILL_STATE", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")


@pytest.mark.skipif(not airflow.PROGRAM.exists(), reason="Airflow is not installed: run `make setup`")
@pytest.mark.parametrize("cron", ["61 * * * *", "99 99 * * *", "0 0 30 2 *", "tomorrow"])
def test_a_time_that_never_comes_is_refused(cron: str) -> None:
    ended = CliRunner().invoke(app, ["schedule", "robots", cron])
    assert isinstance(ended.exception, BadRecipe)
    assert "is no time that comes again" in str(ended.exception)
    assert "@daily" in str(ended.exception)


def test_a_second_schedule_says_which_it_replaces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "_check", lambda *_: None)
    first = CliRunner().invoke(app, ["schedule", "vids", "@daily"])
    assert first.output.startswith("ingest runs vids at @daily (UTC)\n")
    assert "a run for the last interval gone by then starts at once" in first.output
    second = CliRunner().invoke(app, ["schedule", "demo", "@hourly"])
    assert "ingest runs demo at @hourly (UTC), in place of vids at @daily (UTC)" in second.output
    off = CliRunner().invoke(app, ["schedule", "--off"])
    assert off.output.startswith("no schedule\n")
    assert "at once" not in off.output
