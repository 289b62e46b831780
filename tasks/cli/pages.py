"""`clipmill pages`: what the catalog knows of runs and batches, as pages for a browser."""

import contextlib

import typer

from tasks.cli.catalog import catalog_at_hand
from tasks.cli.local.airflow_settings import load_settings
from tasks.cli.local.state import LOOPBACK, state_folder
from tasks.cli.run import say

pages_app = typer.Typer()
PORT = 8090


@pages_app.command(rich_help_panel="This machine")
def pages(
    host: str = typer.Option(LOOPBACK, "--host", help="Address to listen on; there is no login."),
    port: int = typer.Option(PORT, "--port", min=0, max=65535, help="Port to listen on; 0 for any."),
    airflow: str | None = typer.Option(None, "--airflow", help="Where a browser finds Airflow; else the local one."),
) -> None:
    """Serve a page for each run and each batch, read only, until it is ended; `up` starts it too.

    A batch's page says how its stages ended, what failed and why, and how each video and clip of it stands; stages lead
    to their logs in Airflow.
    """
    from tasks.core.log import start_log
    from tasks.review.server import PageServer

    start_log(to_stderr=True)
    with catalog_at_hand() as catalog, PageServer(catalog, host, port, lambda: airflow or local_airflow()) as server:
        say(f"pages of runs and batches are at http://{host}:{server.server_port}/")
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()


def local_airflow() -> str | None:
    """Where the Airflow of this machine is, or was; None where there never was one."""
    settings = load_settings(state_folder() / "airflow")
    return settings.url if settings else None
