"""Up, down and status of all that the local runtime needs."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tasks.cli.local import airflow, postgres
from tasks.cli.local.airflow import Airflow
from tasks.cli.local.postgres import Postgres
from tasks.cli.local.state import state_folder


@dataclass(frozen=True, slots=True)
class Services:
    """What runs; None for what does not."""

    postgres: Postgres | None
    airflow: Airflow | None


def start_catalog(say: Callable[[str], None], state: Path | None = None) -> Postgres:
    """The running Postgres of the state folder."""
    folder = (state or state_folder()) / "postgres"
    if not postgres.status(folder):
        say("starting Postgres")
    return postgres.start(folder)


def up(say: Callable[[str], None], state: Path | None = None) -> Airflow:
    """Airflow, and under it Postgres; each is started where it does not run."""
    folder = state or state_folder()
    server = start_catalog(say, folder)
    return airflow.start(folder / "airflow", server, say)


def down(say: Callable[[str], None], state: Path | None = None) -> bool:
    """Whether anything ran; nothing does now, and what was kept stays in the state folder."""
    folder = state or state_folder()
    stopped = []
    for name, stop in (("Airflow", airflow.stop), ("Postgres", postgres.stop)):
        if stop(folder / name.lower()):
            say(f"stopped {name}")
            stopped.append(name)
    return bool(stopped)


def status(state: Path | None = None) -> Services:
    """What runs just now."""
    folder = state or state_folder()
    return Services(postgres.status(folder / "postgres"), airflow.status(folder / "airflow"))
