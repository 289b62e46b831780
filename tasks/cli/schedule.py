"""When recipes run by themselves, and runs for days gone by: `clipmill schedule`, `clipmill backfill`."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from tasks.cli.local import airflow, services
from tasks.cli.local.state import ServiceFailed, state_folder
from tasks.cli.run import say
from tasks.core.errors import BadRecipe, StageRefused

schedule_app = typer.Typer()
PANEL = "This machine"
BEHAVIOURS = ("none", "completed", "failed")


@schedule_app.command(rich_help_panel=PANEL)
def schedule(
    recipe: str | None = typer.Argument(None, metavar="[RECIPE]", help="A registered recipe's name."),
    cron: str | None = typer.Argument(None, metavar="[CRON]", help="When, as cron has it, such as '0 3 * * *'."),
    timezone: str = typer.Option("UTC", "--timezone", help="Whose clock, such as Europe/Berlin."),
    off: bool = typer.Option(False, "--off", help="Run nothing by itself any more."),
) -> None:
    """Let `ingest` run by the clock, which backfills need too; without arguments, say when it does."""
    path = schedule_file(state_folder())
    if off:
        path.unlink(missing_ok=True)
    elif recipe and cron:
        _check(recipe, cron, timezone)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"cron": cron, "timezone": timezone, "recipe": recipe}) + "\n")
    elif recipe or cron:
        raise typer.BadParameter("a schedule needs both RECIPE and CRON")
    said = json.loads(path.read_text()) if path.exists() else None
    typer.echo(f"ingest runs {said['recipe']} at {said['cron']} ({said['timezone']})" if said else "no schedule")
    if off or recipe:
        say("Airflow sees it within half a minute")


def schedule_file(state: Path) -> Path:
    """Where the schedule of this machine is kept."""
    return state / "schedule.json"


def _check(recipe: str, cron: str, timezone: str) -> None:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    from tasks.core.catalog import open_catalog
    from tasks.plan.params import params_of
    from tasks.plan.register import resolve

    _check_cron(cron)
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise BadRecipe(f"schedule: there is no time zone {timezone!r}; one is called Europe/Berlin") from error
    with open_catalog(services.start_catalog(say)).begin() as connection:
        resolve(connection, params_of({"recipe": recipe}))


def _check_cron(cron: str) -> None:
    """Raises BadRecipe where it is none, or means a day that never comes; by the reader that Airflow has."""
    if not airflow.PROGRAM.exists():
        raise ServiceFailed("Airflow is not installed; run `make setup`")
    ask = "import sys, croniter; croniter.croniter(sys.argv[1]).get_next()"
    asked = subprocess.run([airflow.PROGRAM.with_name("python"), "-c", ask, cron], capture_output=True, text=True)
    if asked.returncode != 0:
        why = asked.stderr.strip().splitlines()[-1].partition(": ")[2]
        raise BadRecipe(
            f"schedule: {cron!r} is no time that comes again ({why}); five fields, such as '0 3 * * *', or @daily"
        )


def _check_days(first: str, last: str) -> None:
    """Raises BadParameter where they are no days gone by, in their order."""
    days = []
    for name, day in (("FROM", first), ("TO", last)):
        try:
            days.append(datetime.fromisoformat(day).replace(tzinfo=None))
        except ValueError as error:
            raise typer.BadParameter(f"{name}: {day!r} is no day; one is written 2026-11-10") from error
    if days[0] > days[1]:
        raise typer.BadParameter(f"FROM, {first}, comes after TO, {last}")
    if days[0] > datetime.now(UTC).replace(tzinfo=None):
        raise typer.BadParameter(
            f"FROM: {first} is still to come; the schedule will take it, a backfill is of days gone by"
        )


@schedule_app.command(rich_help_panel=PANEL)
def backfill(
    first: str = typer.Argument(metavar="FROM", help="First day, such as 2026-11-10."),
    last: str = typer.Argument(metavar="TO", help="Last day, itself included."),
    recipe: str | None = typer.Option(None, "--recipe", help="Another recipe than the schedule's."),
    stages: list[str] = typer.Option([], "--stage", help="Run this stage only; may be given several times."),
    again: str = typer.Option("none", "--again", help="Days with a run that get another: none, completed, failed."),
    at_once: int = typer.Option(2, "--at-once", min=1, help="Days that are worked on at once."),
    backwards: bool = typer.Option(False, "--backwards", help="The last day first."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Show the days, and start nothing."),
) -> None:
    """Run `ingest` for each interval of a range of days: what changed in it is listed, and curated where it lacks."""
    if again not in BEHAVIOURS:
        raise typer.BadParameter(f"--again is one of {', '.join(BEHAVIOURS)}")
    _check_days(first, last)
    if not schedule_file(state_folder()).exists():
        raise StageRefused(
            "ingest has no schedule, whose intervals a backfill would run; `clipmill schedule RECIPE @daily` makes one"
        )
    conf: dict[str, Any] = {"recipe": recipe} if recipe else {}
    conf |= {"stages": stages} if stages else {}
    services.up(say).api.wait_for_dag("ingest")
    asked = ["--dag-id", "ingest", "--from-date", first, "--to-date", last, "--max-active-runs", str(at_once)]
    asked += ["--reprocess-behavior", again, "--dag-run-conf", json.dumps(conf)]
    asked += ["--run-backwards"] * backwards + ["--dry-run"] * dry_run
    _become_airflow(["backfill", "create", *asked])


@schedule_app.command(
    "airflow",
    rich_help_panel=PANEL,
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []},
)
def run_airflow(context: typer.Context) -> None:
    """Run Airflow's own command line on this machine's Airflow: `clipmill airflow dags list`."""
    services.up(say)
    _become_airflow(context.args)


def _become_airflow(arguments: list[str]) -> None:
    """Go on as Airflow's command line, with the environment of the Airflow that runs."""
    environment = airflow.environment(state_folder() / "airflow", services.catalog_url())
    sys.stdout.flush()
    os.execve(airflow.PROGRAM, [str(airflow.PROGRAM), *arguments], environment)
