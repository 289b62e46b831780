"""The `clipmill` command. What a command needs is imported when it runs, so that `--help` comes at once."""

import re
import sys

import typer

from tasks.cli.ask import PANEL, ask_app, print_json
from tasks.cli.ask_model import model_file_app
from tasks.cli.backfill import backfill_app
from tasks.cli.captions import caption_app, captions_app
from tasks.cli.catalog import catalog_app
from tasks.cli.dataset import dataset_app
from tasks.cli.demo import demo_app
from tasks.cli.duplicates import duplicates_app
from tasks.cli.export import export_app
from tasks.cli.judge import judge_app, policy_app
from tasks.cli.lineage import lineage_app
from tasks.cli.local import services
from tasks.cli.mix import mix_app
from tasks.cli.models import models_app
from tasks.cli.one_file import file_app
from tasks.cli.pages import pages_app
from tasks.cli.recipes import recipe_app
from tasks.cli.run import run_app, say
from tasks.cli.schedule import schedule_app
from tasks.cli.several_files import files_app
from tasks.cli.takedown import takedown_app
from tasks.core.errors import ClipmillError, TryAgain, UnreadableVideo

EXIT_UNREADABLE, EXIT_TRY_AGAIN, EXIT_REFUSED = 65, 75, 78
SERVICES = "This machine"
ENDS = (
    "Exit codes: 65 a file cannot be read, 75 trying again may help, 78 it cannot. "
    'With --json such an error is also an object on the standard output: {"error": {"kind", "message", "exit_code"}}.'
)

app = typer.Typer(
    name="clipmill", help=f"Curate raw video into training-ready clip datasets.\n\n{ENDS}", no_args_is_help=True,
    add_completion=False, pretty_exceptions_enable=False,
)  # fmt: skip


@app.command(rich_help_panel=SERVICES)
def up() -> None:
    """Start the catalog and Airflow on this machine and leave them running."""
    airflow = services.up(say)
    typer.echo(f"Airflow is at {airflow.url} (no login; only this machine can open it)")
    typer.echo(f"What became of each run and batch is at {services.status().pages}")


@app.command(rich_help_panel=SERVICES)
def down() -> None:
    """Stop all that `up` or `demo` started; what they kept stays in the state folder."""
    if not services.down(say):
        say("nothing was running")


@app.command(rich_help_panel=SERVICES)
def status() -> None:
    """Say what is running."""
    found = services.status()
    typer.echo(f"Postgres  {f'127.0.0.1:{found.postgres.port}' if found.postgres else 'not running'}")
    typer.echo(f"Airflow   {found.airflow.url if found.airflow else 'not running'}")
    typer.echo(f"Pages     {found.pages or 'not running'}")


app.add_typer(demo_app)
app.add_typer(run_app)
app.add_typer(schedule_app)
app.add_typer(backfill_app)
app.add_typer(pages_app)
app.add_typer(ask_app)
app.add_typer(duplicates_app)
app.add_typer(lineage_app)
app.add_typer(judge_app)
app.add_typer(takedown_app)
app.add_typer(mix_app)
dataset_app.add_typer(export_app)
app.add_typer(dataset_app, name="dataset", rich_help_panel=PANEL)
app.add_typer(file_app)
app.add_typer(model_file_app)
app.add_typer(files_app)
app.add_typer(caption_app)
app.add_typer(captions_app, name="captions", rich_help_panel=PANEL)
app.add_typer(recipe_app, name="recipe", rich_help_panel="Set up")
app.add_typer(policy_app, name="policy", rich_help_panel="Set up")
app.add_typer(models_app, name="models", rich_help_panel="Set up")
app.add_typer(catalog_app, name="catalog", rich_help_panel="Set up")


def main() -> None:
    """Run the command line; an error that a person can act on is one line, not a traceback."""
    try:
        app()
    except ClipmillError as error:
        typer.echo(str(error), err=True)
        if "--json" in sys.argv:
            print_json(error_json(error))
        raise SystemExit(exit_code(error)) from None


def error_json(error: ClipmillError) -> dict[str, object]:
    """The error for programs; its kind is that of the unreadable file, or the error's own name."""
    own_name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(error).__name__).lower()
    kind = error.kind if isinstance(error, UnreadableVideo) else own_name
    return {"error": {"kind": kind, "message": str(error), "exit_code": exit_code(error)}}


def exit_code(error: ClipmillError) -> int:
    """65 for a file that cannot be read, 75 where trying again may help, 78 where it cannot."""
    if isinstance(error, UnreadableVideo):
        return EXIT_UNREADABLE
    return EXIT_TRY_AGAIN if isinstance(error, TryAgain) else EXIT_REFUSED
