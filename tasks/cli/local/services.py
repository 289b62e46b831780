"""Up, down and status of all that the local runtime needs."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tasks.cli.local import airflow, pages, postgres
from tasks.cli.local.airflow import Airflow
from tasks.cli.local.postgres import Postgres
from tasks.cli.local.state import state_folder
from tasks.core.errors import CatalogUnavailable

URL_VARIABLE = "CLIPMILL_CATALOG_URL"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Services:
    """What runs; None for what does not."""

    postgres: Postgres | None
    airflow: Airflow | None
    pages: str | None
    """Where the pages of runs and batches are."""


def up(say: Say, state: Path | None = None) -> Airflow:
    """Airflow, the Postgres under it, a migrated catalog and its pages; each is started where it does not run."""
    folder = state or state_folder()
    server = _start_postgres(folder, say)
    url = os.environ.get(URL_VARIABLE) or server.url("clipmill")
    _migrate(url, say)
    # Before Airflow, which links to them.
    pages.start(folder / "pages", url, say)
    return airflow.start(folder / "airflow", server, url, say)


def start_catalog(say: Say, state: Path | None = None) -> str:
    """URL of a migrated catalog: the one that CLIPMILL_CATALOG_URL names, else the state folder's own, now running."""
    url = os.environ.get(URL_VARIABLE) or _start_postgres(state or state_folder(), say).url("clipmill")
    _migrate(url, say)
    return url


def catalog_url(state: Path | None = None) -> str:
    """URL of the catalog as it runs. Raises CatalogUnavailable, saying how to start it, when it does not."""
    server = postgres.status((state or state_folder()) / "postgres")
    url = os.environ.get(URL_VARIABLE) or (server.url("clipmill") if server else None)
    if not url:
        raise CatalogUnavailable(f"the local one does not run; start it with `clipmill up`, or set {URL_VARIABLE}")
    return url


def down(say: Say, state: Path | None = None) -> bool:
    """Whether anything ran; nothing does now, and what was kept stays in the state folder."""
    folder = state or state_folder()
    stopped = False
    for name, stop in (("Airflow", airflow.stop), ("pages", pages.stop), ("Postgres", postgres.stop)):
        if stop(folder / name.lower()):
            say(f"stopped {name}")
            stopped = True
    return stopped


def status(state: Path | None = None) -> Services:
    """What runs just now."""
    folder = state or state_folder()
    found = pages.status(folder / "pages")
    return Services(postgres.status(folder / "postgres"), airflow.status(folder / "airflow"), found)


def _start_postgres(state: Path, say: Say) -> Postgres:
    folder = state / "postgres"
    if not postgres.status(folder):
        say("starting Postgres")
    return postgres.start(folder)


def _migrate(url: str, say: Say) -> None:
    # Only here: `clipmill --help` need not wait for SQLAlchemy.
    from tasks.core.catalog import open_catalog
    from tasks.core.catalog.migrate import migrate
    from tasks.report.wording import count

    if applied := migrate(open_catalog(url)):
        say(f"prepared the catalog ({count(applied, 'migrations')})")
