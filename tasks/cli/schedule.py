"""When a recipe runs by itself: `clipmill schedule`; and Airflow's own commands: `clipmill airflow`."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import typer

from tasks.cli.local import airflow, services
from tasks.cli.local.state import ServiceFailed, state_folder
from tasks.cli.run import say
from tasks.core.errors import BadRecipe

schedule_app = typer.Typer()
PANEL = "This machine"
AT_ONCE = "a run for the last interval gone by then starts at once"


@schedule_app.command(rich_help_panel=PANEL)
def schedule(
    recipe: str | None = typer.Argument(None, metavar="[RECIPE]", help="A registered recipe's name."),
    cron: str | None = typer.Argument(None, metavar="[CRON]", help="When, as cron has it, such as '0 3 * * *'."),
    timezone: str = typer.Option("UTC", "--timezone", help="Whose clock, such as Europe/Berlin."),
    off: bool = typer.Option(False, "--off", help="Run nothing by itself any more."),
) -> None:
    """Let `ingest` run by the clock, which backfills need too; without arguments, say when it does.

    There is one schedule: another takes its place. It runs while Airflow does, from `clipmill up` to `clipmill down`.
    """
    path = schedule_file(state_folder())
    before = _said(path)
    if off:
        path.unlink(missing_ok=True)
    elif recipe and cron:
        _check(recipe, cron, timezone)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"cron": cron, "timezone": timezone, "recipe": recipe}) + "\n")
    elif recipe or cron:
        raise typer.BadParameter("a schedule needs both RECIPE and CRON")
    said = _said(path)
    instead = f", in place of {before}" if said and before and said != before else ""
    typer.echo(f"ingest runs {said}{instead}" if said else "no schedule")
    if off or recipe:
        say("Airflow sees it within half a minute" + (f"; {AT_ONCE}" if said else ""))


def _said(path: Path) -> str:
    """The schedule that is kept there, as a person reads it; empty where there is none."""
    if not path.exists():
        return ""
    kept = json.loads(path.read_text())
    return f"{kept['recipe']} at {kept['cron']} ({kept['timezone']})"


def schedule_file(state: Path) -> Path:
    """Where the schedule of this machine is kept."""
    return state / "schedule.json"


def _check(recipe: str, cron: str, timezone: str) -> None:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    _check_cron(cron)
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise BadRecipe(f"schedule: there is no time zone {timezone!r}; one is called Europe/Berlin") from error
    check_params({"recipe": recipe})


def check_params(answers: dict[str, Any]) -> None:
    """Raises BadRecipe where `plan` would, for what these answers name."""
    from tasks.core.catalog import open_catalog
    from tasks.plan.params import params_of
    from tasks.plan.register import resolve

    params = params_of(answers)
    with open_catalog(services.start_catalog(say)).begin() as connection:
        resolve(connection, params)


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
