"""Recipes: checked, registered, listed, and the JSON schema of what they may say."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from tasks.cli.ask import AS_JSON, print_json, writable
from tasks.cli.catalog import catalog_at_hand
from tasks.cli.local.state import PROJECT_ROOT
from tasks.core.errors import BadRecipe

if TYPE_CHECKING:
    from tasks.core.recipe import Recipe

recipe_app = typer.Typer(help="Recipes: what makes a dataset, as one YAML file.", no_args_is_help=True)
FILE = typer.Argument(metavar="FILE", help="A recipe's YAML file.")
SCHEMA = PROJECT_ROOT / "dags" / "clipmill_dags" / "recipe.schema.json"
UNSAID = "your name"
"""The contact in recipes that are to be filled in."""
PARAMS_SCHEMA = SCHEMA.with_name("params.schema.json")


@recipe_app.command()
def check(file: Path = FILE) -> None:
    """Say whether a recipe and its policy are right, and if not, which field is wrong and what is allowed.

    A source that is no folder on this machine is a warning: the recipe may be meant for another one. So is a contact
    that nobody has filled in.
    """
    from tasks.core.keys import basis, cluster_key, stage_keys
    from tasks.core.policy import load_policy
    from tasks.core.recipe import load_recipe
    from tasks.report.wording import count

    recipe = load_recipe(file)
    _refuse_unfinished(recipe)
    policy = load_policy(recipe.policy)
    cluster_key(policy, stage_keys(recipe), recipe)
    basis(policy, stage_keys(recipe), recipe)
    for source in recipe.sources:
        if source.kind == "folder" and not Path(source.path).is_dir():
            typer.echo(f"warning: source {source.name}: there is no folder {source.path} on this machine", err=True)
        if source.contact == UNSAID:
            typer.echo(f"warning: source {source.name}: contact is still {UNSAID!r}; name who answers for it", err=True)
    rules = f"policy {policy.said}, {count(len(policy.rules), 'rules')}"
    typer.echo(f"ok  {recipe.name}  {recipe.recipe_hash[:12]}  {rules}")


@recipe_app.command()
def add(file: Path = FILE) -> None:
    """Register a recipe, so that a run can be triggered by its name; the newest of a name is what the name means."""
    from tasks.core.recipe import load_recipe
    from tasks.plan.register import add_recipe, find_policy

    recipe = load_recipe(file)
    _refuse_unfinished(recipe)
    with catalog_at_hand() as catalog, catalog.begin() as connection:
        find_policy(connection, recipe.policy)
        recipe = add_recipe(connection, recipe)
    typer.echo(f"registered {recipe.name} ({recipe.recipe_hash[:12]})")


def _refuse_unfinished(recipe: "Recipe") -> None:
    for place, source in enumerate(recipe.sources):
        if source.hub is not None and not source.hub.revision.strip("0"):
            raise BadRecipe(
                f"sources.{place}.hub.revision: holds no commit yet; put in the one that you want, "
                f"`git ls-remote {source.hub.endpoint}/datasets/{source.path} HEAD` prints the newest"
            )


@recipe_app.command("list")
def list_recipes(as_json: bool = AS_JSON) -> None:
    """List the registered recipes."""
    with catalog_at_hand() as catalog, catalog.begin() as connection:
        recipes = connection.rows("cli/recipes")
    if as_json:
        print_json(recipes)
        return
    from rich.markup import escape

    from tasks.cli.show import results, table

    rows = table("name", "hash", "dataset", "output", "registered")
    for recipe in recipes:
        said = (recipe["name"], recipe["recipe_hash"][:12], recipe["dataset"], recipe["output"])
        rows.add_row(*map(escape, said), f"{recipe['registered_at']:%Y-%m-%d %H:%M}")
    results().print(rows if recipes else "none yet; `clipmill recipe add FILE` registers one")


@recipe_app.command()
def schema(
    output: Path | None = typer.Option(None, "--output", callback=writable, help="A file to write it to instead."),
    params: bool = typer.Option(False, "--params", help="Of what a run may be asked, instead of what a recipe holds."),
) -> None:
    """Print the JSON Schema of recipes, or of what a run may be asked, from which the trigger form is made."""
    text = schema_text(params=params)
    if output is None:
        typer.echo(text, nl=False)
        return
    output.write_text(text)
    typer.echo(f"wrote {output}", err=True)


def schema_text(*, params: bool = False) -> str:
    """The JSON Schema of a recipe, or of a run's params, as it is kept in the project."""
    from tasks.core.recipe import recipe_schema
    from tasks.plan.params import params_schema

    body = params_schema() if params else recipe_schema()
    return json.dumps(body, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
