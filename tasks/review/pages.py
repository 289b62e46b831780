"""The pages as HTML. Whatever comes from outside (paths, messages) is escaped."""

import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tasks.core.catalog import Row
from tasks.report import wording
from tasks.review.facts import SHOWN, BatchFacts, RunFacts

HERE = Path(__file__).parent
STYLE = HERE.parent / "report" / "templates"
"""Where the report's style lies, which these pages share."""

ENDINGS = {0: "done", 75: "to be tried again", 78: "refused"}
GROUPS = {"ingest": "sources"}
"""Phases whose tasks stand under another name in Airflow."""


def runs_page(runs: list[Row]) -> str:
    """The newest runs."""
    return _template("runs.html").render(runs=runs)


def run_page(facts: RunFacts) -> str:
    """One run with its batches."""
    return _template("run.html").render(facts=facts, run=facts.run)


def batch_page(facts: BatchFacts, airflow_url: str | None) -> str:
    """One batch; its stages are linked to their logs where it is known where Airflow is."""
    return _template("batch.html").render(
        facts=facts, batch=facts.batch, shown_at_most=SHOWN, log=lambda stage: log_url(airflow_url, facts.batch, stage)
    )


def missing_page(what: str) -> str:
    """What there is not."""
    return _template("missing.html").render(what=what)


def batch_path(batch_id: str) -> str:
    """Where the page of a batch is, below the server's address."""
    return f"/batches/{quote(batch_id, safe='')}"


def run_path(run_id: str) -> str:
    """Where the page of a run is."""
    return f"/runs/{quote(run_id, safe='')}"


def log_url(airflow_url: str | None, batch: Row, stage: str) -> str | None:
    """Where Airflow shows a stage's log; None where nobody has said where Airflow is."""
    if airflow_url is None:
        return None
    dag, dag_run = str(batch["run_id"]).split(".", 1)
    if dag == "ingest":
        # Made again by a backfill it keeps its id in Airflow; runs of `curate` are others there too.
        dag_run = re.sub(r"\.again-\w+$", "", dag_run)
    task = f"{GROUPS.get(batch['phase'], batch['phase'])}.{stage}"
    path = f"/dags/{dag}/runs/{quote(dag_run, safe='')}/tasks/{task}/mapped/{batch['place']}"
    return airflow_url.rstrip("/") + path


def ending(row: Row) -> str:
    """How a try of a stage ended."""
    if row["ended_at"] is None:
        return "running, or killed"
    return ENDINGS.get(row["exit_code"], f"failed (exit code {row['exit_code']})")


def took_s(row: Row) -> float:
    """Seconds that a try took, or has taken so far."""
    return float(((row["ended_at"] or datetime.now(UTC)) - row["started_at"]).total_seconds())


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader([HERE / "templates", STYLE]), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {
        "shown": wording.printable, "duration": wording.length, "count": wording.count, "number": wording.number,
        "ending": ending, "took": took_s, "batch_path": batch_path, "run_path": run_path, "moment": _moment,
    }  # fmt: skip
    return environment


def _template(name: str) -> Any:
    return _environment().get_template(name)


def _moment(time: datetime | None) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if time else wording.NOTHING
