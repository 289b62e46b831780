"""Schedules and backfills that cannot be meant are refused before anything is started."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tasks.cli.local import airflow
from tasks.cli.main import app
from tasks.core.errors import BadRecipe, StageRefused


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIPMILL_STATE", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2026-11-12", "2026-11-10", "FROM, 2026-11-12, comes after TO, 2026-11-10"),
        ("10.11.2026", "2026-11-12", "'10.11.2026' is no day; one is written 2026-11-10"),
        ("2999-01-01", "2999-01-02", "2999-01-01 is still to come"),
    ],
)
def test_days_that_are_none_gone_by_are_refused(first: str, last: str, said: str) -> None:
    ended = CliRunner().invoke(app, ["backfill", first, last])
    assert ended.exit_code == 2
    assert said in ended.output


def test_a_backfill_without_a_schedule_says_how_to_make_one() -> None:
    ended = CliRunner().invoke(app, ["backfill", "2026-11-10", "2026-11-12"])
    assert "clipmill schedule RECIPE @daily" in str(ended.exception)
    assert isinstance(ended.exception, StageRefused)


@pytest.mark.skipif(not airflow.PROGRAM.exists(), reason="Airflow is not installed: run `make setup`")
@pytest.mark.parametrize("cron", ["61 * * * *", "0 0 30 2 *", "tomorrow"])
def test_a_time_that_never_comes_is_refused(cron: str) -> None:
    ended = CliRunner().invoke(app, ["schedule", "robots", cron])
    assert isinstance(ended.exception, BadRecipe)
    assert "is no time that comes again" in str(ended.exception)
    assert "@daily" in str(ended.exception)
