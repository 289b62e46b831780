"""The `clipmill` command."""

import typer

from tasks.cli.local import services
from tasks.core.errors import ClipmillError, TryAgain

app = typer.Typer(
    name="clipmill",
    help="Curate raw video into training-ready clip datasets.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    # Plain help: the coloured one costs as much time as all the rest of the command.
    rich_markup_mode=None,
)


def say(message: str) -> None:
    """Progress, on the standard error so that results alone are on the standard output."""
    typer.echo(message, err=True)


@app.command()
def up() -> None:
    """Start the catalog and Airflow on this machine and leave them running."""
    airflow = services.up(say)
    typer.echo(f"Airflow is at {airflow.url} (no login; only this machine can open it)")


@app.command()
def down() -> None:
    """Stop all that `up` or `demo` started; what they kept stays in the state folder."""
    if not services.down(say):
        say("nothing was running")


@app.command()
def status() -> None:
    """Say what is running."""
    found = services.status()
    typer.echo(f"Postgres  {f'127.0.0.1:{found.postgres.port}' if found.postgres else 'not running'}")
    typer.echo(f"Airflow   {found.airflow.url if found.airflow else 'not running'}")


def main() -> None:
    """Run the command line; an error that a person can act on is one line, not a traceback."""
    try:
        app()
    except ClipmillError as error:
        typer.echo(str(error), err=True)
        raise SystemExit(75 if isinstance(error, TryAgain) else 78) from None
