"""`clipmill run`: one recipe through Airflow on this machine, followed to its end."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from tasks.cli.local import services
from tasks.core.errors import BadRecipe

if TYPE_CHECKING:
    from tasks.core.catalog import Catalog
    from tasks.core.policy import Policy
    from tasks.core.recipe import Recipe
    from tasks.plan.params import RunParams

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""

run_app = typer.Typer()


def say(message: str) -> None:
    """Progress, on the standard error so that results alone are on the standard output."""
    typer.echo(message, err=True)


@run_app.command(rich_help_panel="This machine")
def run(
    recipe: str = typer.Argument(
        metavar="RECIPE", help="A registered recipe's name or the beginning of its hash, or a recipe's YAML file."
    ),
    policy: str | None = typer.Option(None, "--policy", help="Another policy than the recipe's: a name, or a file."),
    limit: int | None = typer.Option(None, "--limit", min=1, help="Take at most so many videos."),
    stages: list[str] = typer.Option([], "--stage", help="Run this stage only; may be given several times."),
    first: str | None = typer.Option(None, "--from", help="Only files of this time or later, such as 2026-11-10."),
    last: str | None = typer.Option(None, "--to", help="Only files of before this time."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Say what would be done, and do nothing."),
) -> None:
    """Run a recipe through Airflow, and show what became of each clip; services are started where they are down."""
    from tasks.plan.params import params_of

    named = {"recipe": name_or_path(recipe), "policy": policy and _name_or_policy_path(policy)}
    window = {"window_from": first, "window_to": last}
    params = params_of(named | window | {"limit": limit, "stages": stages, "dry_run": dry_run})
    catalog = _open_catalog(services.start_catalog(say))
    found, params = _registered(catalog, params)
    check_output(found)
    run_recipe(catalog, found, params)


def name_or_path(recipe: str) -> str:
    """What is given; a file by its whole path, since it is read elsewhere."""
    path = Path(recipe).expanduser()
    return str(path.resolve()) if "/" in recipe or path.suffix in (".yaml", ".yml") else recipe


def policy_named(policy: str) -> str:
    """The policy's name, or its file's whole path. Raises BadRecipe where it is none."""
    from tasks.core.policy import load_policy

    named = _name_or_policy_path(policy)
    load_policy(named)
    return named


def named_policy(policy: str) -> "Policy":
    """The policy of that name, or in that file. Raises BadRecipe where it is none, or wrong."""
    from tasks.core.policy import load_policy

    return load_policy(_name_or_policy_path(policy))


def _name_or_policy_path(policy: str) -> str:
    path = Path(policy).expanduser()
    return str(path.resolve()) if "/" in policy or path.is_file() else policy


def _registered(catalog: "Catalog", params: "RunParams") -> "tuple[Recipe, RunParams]":
    """The recipe that is meant, and the params with the hashes by which the catalog knows it and its policy.

    Files are registered here: the stages may run on machines that do not have them. By hash, since a name may mean
    something else by the time that a stage asks.
    """
    from tasks.core.policy import is_file
    from tasks.core.recipe import load_recipe
    from tasks.plan.register import add_policy, add_recipe, resolve

    names = {}
    with catalog.begin() as connection:
        if params.recipe and "/" in params.recipe:
            names["recipe"] = add_recipe(connection, load_recipe(Path(params.recipe))).recipe_hash
        if params.policy and is_file(params.policy):
            names["policy"] = add_policy(connection, params.policy)
        params = params.model_copy(update=names)
        found = resolve(connection, params)
        # As this version of clipmill writes it down, which may be another hash than an older one's.
        named = add_recipe(connection, found.named or found.recipe, is_variant=found.is_by_hash)
        return found.recipe, params.model_copy(update={"recipe": named.recipe_hash})


def register(recipe: "Recipe") -> "tuple[Catalog, str]":
    """The catalog, running, with the recipe in it, and the hash by which it has it."""
    from tasks.plan.register import add_recipe

    catalog = _open_catalog(services.start_catalog(say))
    with catalog.begin() as connection:
        return catalog, add_recipe(connection, recipe).recipe_hash


def _open_catalog(url: str) -> "Catalog":
    from tasks.core.catalog import open_catalog

    return open_catalog(url)


def check_output(recipe: "Recipe") -> None:
    """Raises BadRecipe where another dataset than the recipe's is published at its output."""
    from tasks.core.store import open_store
    from tasks.publish.versions import latest_version

    latest = latest_version(open_store(recipe.output))
    if latest is not None and (held := latest.manifest["dataset"]) != recipe.dataset:
        raise BadRecipe(
            f"{recipe.output} already holds the dataset {held!r}, and {recipe.dataset!r} is another; "
            "name another folder with OUTPUT=... or --output, or as the recipe's `output`"
        )


def run_recipe(catalog: "Catalog", recipe: "Recipe", params: "RunParams") -> None:
    """Triggers a registered recipe, follows it to its end and tells it. Exits with 1 where it ended red."""
    from tasks.cli.follow import follow, trigger
    from tasks.cli.outcome import tell

    airflow = services.up(say)
    conf: dict[str, Any] = params.model_dump(mode="json", exclude_defaults=True)
    triggered = trigger(airflow.api, conf)
    say(f"following the run; it can be watched at {airflow.url}")
    try:
        ended = follow(airflow.api, triggered, say)
    except KeyboardInterrupt:
        say("the run goes on in Airflow; `make down` stops it")
        raise typer.Exit(INTERRUPTED) from None
    if not tell(catalog, airflow.api, recipe, ended):
        raise typer.Exit(1)
