"""The catalog as a command finds it: by the URL in the environment, or in the state folder, running or not."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from tasks.cli.local import postgres
from tasks.cli.local.state import state_folder
from tasks.core.errors import CatalogUnavailable

if TYPE_CHECKING:
    from tasks.core.catalog import Catalog

URL_VARIABLE = "CLIPMILL_CATALOG_URL"
_OTHERS = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"

catalog_app = typer.Typer(help="The catalog's schema.", no_args_is_help=True)


@contextmanager
def catalog_at_hand() -> Iterator["Catalog"]:
    """The catalog, ready to be asked. The local one is started where it is down, and is down again afterwards."""
    from tasks.core.catalog import open_catalog

    if os.environ.get(URL_VARIABLE):
        yield open_catalog()
        return
    with _local_server(state_folder() / "postgres") as server:
        catalog = open_catalog(server.url("clipmill"))
        try:
            yield catalog
        finally:
            catalog.close()


@contextmanager
def _local_server(folder: Path) -> Iterator[postgres.Postgres]:
    running = postgres.status(folder)
    if running is None and not (folder / "data").is_dir():
        raise CatalogUnavailable(f"there is none on this machine yet; `clipmill demo` makes one, or set {URL_VARIABLE}")
    server = running or postgres.start(folder)
    try:
        yield server
    finally:
        # What came to it in the meantime, such as Airflow, keeps it running.
        if running is None and postgres.query(server, _OTHERS) == "0":
            postgres.stop(folder)


@catalog_app.command("migrate")
def migrate_command() -> None:
    """Bring the catalog to the schema of this version of clipmill; safe to run twice."""
    from tasks.core.catalog.migrate import migrate
    from tasks.report.wording import count

    with catalog_at_hand() as catalog:
        applied = migrate(catalog)
    typer.echo(f"applied {count(applied, 'migrations')}" if applied else "the schema is up to date")
