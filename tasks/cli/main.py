"""The `clipmill` command."""

import typer

from tasks.core.errors import ClipmillError, TryAgain

app = typer.Typer(
    name="clipmill", help="Curate raw video into training-ready clip datasets.", no_args_is_help=True,
    add_completion=False, pretty_exceptions_enable=False,
)  # fmt: skip


def main() -> None:
    """Run the command line; an error that a person can act on is one line, not a traceback."""
    try:
        app()
    except ClipmillError as error:
        typer.echo(str(error), err=True)
        raise SystemExit(75 if isinstance(error, TryAgain) else 78) from None
