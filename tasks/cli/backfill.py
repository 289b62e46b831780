"""Runs for days gone by: `clipmill backfill`."""

import json
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import typer

from tasks.cli.local import services
from tasks.cli.local.airflow_api import AirflowApi, RunRefused
from tasks.cli.local.state import state_folder
from tasks.cli.run import say
from tasks.cli.schedule import PANEL, check_params, schedule_file
from tasks.core.errors import StageRefused

backfill_app = typer.Typer()
BEHAVIOURS = ("none", "completed", "failed")
MANY = 31
"""Runs above which nothing is started unless somebody has said yes; a month of days."""


@backfill_app.command(rich_help_panel=PANEL)
def backfill(
    first: str = typer.Argument("", metavar="FROM", help="First day, such as 2026-11-10.", show_default=False),
    last: str = typer.Argument("", metavar="TO", help="Last day, itself included.", show_default=False),
    recipe: str | None = typer.Option(None, "--recipe", help="Another recipe than the schedule's."),
    stages: list[str] = typer.Option([], "--stage", help="Run this stage only; may be given several times."),
    again: str = typer.Option("none", "--again", help="Days with a run that get another: none, completed, failed."),
    at_once: int = typer.Option(2, "--at-once", min=1, help="Runs that are worked on at once."),
    backwards: bool = typer.Option(False, "--backwards", help="The last day first."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Show the runs, and start none."),
    yes: bool = typer.Option(False, "--yes", help=f"Start them also where they are more than {MANY}."),
    stop: bool = typer.Option(False, "--stop", help="Stop the backfill that runs: no run of it begins any more."),
) -> None:
    """Run `ingest` for each interval that begins on these days: what changed in it is listed, and curated."""
    if stop:
        return _stop(services.up(say).api)
    if again not in BEHAVIOURS:
        raise typer.BadParameter(f"--again is one of {', '.join(BEHAVIOURS)}")
    days = _days(first, last)
    schedule = _schedule()
    zone = ZoneInfo(schedule["timezone"])
    body = _moments(*days, zone) | {"max_active_runs": at_once, "reprocess_behavior": again, "run_backwards": backwards}
    conf: dict[str, Any] = ({"recipe": recipe} if recipe else {}) | ({"stages": stages} if stages else {})
    check_params({"recipe": schedule["recipe"]} | conf)
    if again != "none":
        # Airflow makes the same run again; to the catalog it is another, which asks anew what names mean.
        conf["again"] = f"{datetime.now(UTC):%Y%m%dT%H%M%S}"
    api = services.up(say).api
    api.wait_for_dag("ingest")
    _start(api, body | {"dag_id": "ingest", "dag_run_conf": conf}, zone, dry_run=dry_run, yes=yes)


def _days(first: str, last: str) -> tuple[date, date]:
    """The first and the last day. Raises BadParameter where they are none, or not in their order."""
    if not (first and last):
        raise typer.BadParameter("which days? FROM and TO are the first and the last: FROM=2026-11-10 TO=2026-11-12")
    days = []
    for name, day in (("FROM", first), ("TO", last)):
        try:
            days.append(date.fromisoformat(day))
        except ValueError as error:
            raise typer.BadParameter(f"{name}: {day!r} is no day; one is written 2026-11-10") from error
    if days[0] > days[1]:
        raise typer.BadParameter(f"FROM, {first}, comes after TO, {last}")
    return days[0], days[1]


def _schedule() -> dict[str, str]:
    path = schedule_file(state_folder())
    if not path.exists():
        raise StageRefused(
            "ingest has no schedule, whose intervals a backfill would run; `clipmill schedule RECIPE @daily` makes one"
        )
    said: dict[str, str] = json.loads(path.read_text())
    return said


def _moments(first: date, last: date, zone: tzinfo) -> dict[str, str]:
    """From the first day's midnight to the last second of the last day, by the schedule's clock.

    Airflow takes the intervals that begin in between; of a day alone it knows the midnight in UTC.
    """
    begin = datetime.combine(first, time(), zone)
    if begin > datetime.now(UTC):
        raise typer.BadParameter(
            f"FROM: {first} is still to come; the schedule will take it, a backfill is of days gone by"
        )
    end = datetime.combine(last + timedelta(days=1), time(), zone)
    return {"from_date": begin.isoformat(), "to_date": (end - timedelta(seconds=1)).isoformat()}


def _start(api: AirflowApi, body: dict[str, Any], zone: tzinfo, *, dry_run: bool, yes: bool) -> None:
    begins = [f"{begin.astimezone(zone):%Y-%m-%d %H:%M}" for begin in api.backfill_begins(body)]
    if not begins:
        typer.echo("nothing to run: no interval that begins on these days has ended and lacks its run (see --again)")
        return
    typer.echo(f"runs of ingest: {len(begins)}, for what changed in the interval from each of these on ({zone})")
    typer.echo("\n".join(begins if dry_run else [f"{begins[0]} ... {begins[-1]}"]))
    if dry_run:
        return
    if len(begins) > MANY and not yes:
        raise typer.BadParameter(f"these are {len(begins)} runs, more than {MANY}; --yes starts them")
    if not api.start_backfill(body):
        raise RunRefused("another backfill runs; wait for its end, or stop it by `clipmill backfill --stop`")
    typer.echo(f"started; watch them at {api.url}/dags/ingest/backfills, stop them by `clipmill backfill --stop`")


def _stop(api: AirflowApi) -> None:
    stopped = api.stop_backfills("ingest")
    typer.echo("stopped; a run that has begun goes on to its end" if stopped else "no backfill runs")
