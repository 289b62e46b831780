"""The model store: what there is, what is at hand, and fetching the rest."""

import typer

from tasks.cli.ask import AS_JSON, print_json

models_app = typer.Typer(help="Models that recipes may name, and the folder they lie in.", no_args_is_help=True)
NAME = typer.Argument(metavar="NAME", help="A model's name, as `clipmill models list` has it.")


@models_app.command("list")
def list_models(as_json: bool = AS_JSON) -> None:
    """List the models, and whether their files are on this machine, or in the bucket that CLIPMILL_MODELS names.

    --json gives a list: name, hub_id, revision, licence, commercial, parameters, memory_bytes, serves, is_here.
    """
    from tasks.models.folder import is_at_hand
    from tasks.models.registry import MODELS

    names = ("name", "hub_id", "revision", "licence", "commercial", "parameters", "memory_bytes", "serves")
    found = [
        {**{name: getattr(model, name) for name in names}, "is_here": is_at_hand(model)} for model in MODELS.values()
    ]
    if as_json:
        print_json(found)
        return
    from tasks.cli.show import results, table

    rows = table("model", "licence", "memory", "serves", "", right=("memory",))
    for model in found:
        here = "here" if model["is_here"] else "[dim]not here[/]"
        gigabytes = f"{model['memory_bytes'] / 1e9:.2g} GB"
        rows.add_row(model["name"], model["licence"], gigabytes, ", ".join(model["serves"]), here)
    results().print(rows)


@models_app.command()
def pull(name: str = NAME) -> None:
    """Fetch a model's files at its pinned revision, and note their sums; nothing where they are here.

    Where CLIPMILL_MODELS names a bucket they are put there too, for machines without internet.
    """
    from tasks.models import folder

    place, shared = folder.pull(name), folder.shared_models()
    typer.echo(f"{name}  {place}{f', and {shared.url}' if shared else ''}")


@models_app.command()
def verify(name: str = NAME) -> None:
    """Say whether a model's files are as they were fetched; ends with 78 where they are not."""
    from tasks.core.errors import StageRefused
    from tasks.models import folder

    if wrong := folder.verify(name):
        raise StageRefused(f"{name}: {'; '.join(wrong)}")
    typer.echo(f"ok  {name}")
