"""The end of a run, told: its funnel, what it did, where things lie, and why it is red where it is."""

import re
import shutil
import sys
from collections.abc import Sequence

import typer

from tasks.cli.follow import Ended, FailedTask
from tasks.cli.foreseen import show_foreseen
from tasks.cli.local.airflow_api import AirflowApi
from tasks.cli.local.state import ServiceFailed
from tasks.cli.show import show_funnel
from tasks.core.catalog import Catalog, Connection, Row
from tasks.core.catalog.work import load_run
from tasks.core.recipe import Recipe
from tasks.core.store import open_store
from tasks.report.funnel import Funnel, read_funnel
from tasks.report.page import LATEST, report_key
from tasks.report.wording import printable

_LOGGED_ERROR = re.compile(r"(?!end )(.+?) exit_code=\d+")
"""How a stage's last word looks in Airflow's log."""


def tell(catalog: Catalog, api: AirflowApi, recipe: Recipe, ended: Ended) -> bool:
    """Whether it ended well; prints all there is to say."""
    with catalog.begin() as connection:
        errors = connection.rows("cli/last_errors", runs=ended.runs)
        is_dry = ended.last_curate is not None and load_run(connection, ended.last_curate).is_dry
        if ended.last_curate is not None and not is_dry:
            funnel = read_funnel(connection, ended.last_curate)
            show_funnel(funnel)
            if not ended.failed and (sentence := what_it_did(connection, ended.runs, funnel, recipe)):
                typer.echo(sentence)
    if ended.last_curate is not None and is_dry:
        show_foreseen(catalog, ended.last_curate)
    elif ended.last_curate is not None:
        _print_places(recipe, ended.last_curate, api.url)
    well = not ended.failed and ended.last_curate is not None
    if not well:
        _tell_failed(api, ended, errors)
    return well


def what_it_did(connection: Connection, runs: Sequence[str], funnel: Funnel, recipe: Recipe) -> str | None:
    """What is to be said of runs that left work to another, or in which no stage worked on anything; else None."""
    if funnel.line("ingest", "files").entered.count == 0:
        return f"no files found in {', '.join(source.path for source in recipe.sources)}"
    if (other := connection.value("work/at_work", run=funnel.run.run_id)) is not None:
        return f"{other} still works on these videos; it goes on, and publishes when it is done."
    if sum(connection.value("cli/items_done", run=run) or 0 for run in runs):
        return None
    if not funnel.run.is_version_of_run:
        return "Nothing to do: every output of this recipe was there already, and nothing was published."
    why = "the policy's new verdicts" if connection.value("cli/verdicts_of", runs=runs) else "what earlier runs left"
    return f"No stage had work to do; {why} made version {funnel.run.version}."


def _print_places(recipe: Recipe, run: str, airflow_url: str) -> None:
    store = open_store(recipe.output)
    report = store.url(LATEST) if store.exists(report_key(run)) else "none was written"
    places = {"dataset": recipe.output, "report": report, "Airflow": f"{airflow_url} (until `make down`)"}
    for name, where in places.items():
        typer.echo(f"{name:8} {where}")
    if sys.stdout.isatty():
        typer.echo(f"next     {program()} explain FILE · {program()} doctor · make down")


def _tell_failed(api: AirflowApi, ended: Ended, errors: list[Row]) -> None:
    lines = [line for task in ended.failed for line in (f"  {task}", *_indented(reason(api, task, errors)))]
    if ended.last_curate:
        lines = ["the run ended red:", *lines, f"`{program()} doctor` says what to do"]
    else:
        lines = ["the run failed before any curation:", *lines]
    typer.echo("\n".join(lines), err=True)


def _indented(text: str) -> list[str]:
    return [f"    {printable(line)}" for line in text.splitlines()]


def reason(api: AirflowApi, failed: FailedTask, errors: list[Row]) -> str:
    """Why a task failed: as its stage has recorded it, else as it has said in Airflow's log."""
    for row in errors:
        if (row["run_id"], row["stage"], row["batch_id"]) == (failed.run, failed.stage, failed.batch):
            return str(row["error"])
    try:
        logged = api.log(failed.dag_id, failed.dag_run_id, failed.task)
    except ServiceFailed:
        logged = ""
    said = [match[1] for match in map(_LOGGED_ERROR.match, logged.splitlines()) if match]
    return said[-1] if said else "it left no word; its log in Airflow may say more"


def program() -> str:
    """The command as this person can call it."""
    return "clipmill" if shutil.which("clipmill") else ".venv/bin/clipmill"
