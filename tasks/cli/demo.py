"""`clipmill demo`: the main job on this machine, from a folder of videos to a dataset and its report."""

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer
import yaml

from tasks.cli.local import services
from tasks.cli.local.state import PROJECT_ROOT, state_folder
from tasks.core.errors import BadRecipe
from tasks.core.model import content_hash

if TYPE_CHECKING:
    from tasks.cli.follow import Ended
    from tasks.core.catalog import Catalog
    from tasks.core.recipe import Recipe

MADE = {"licence": "CC0-1.0", "rights": "made on this machine by `clipmill demo`"}
GIVEN_RIGHTS = "given to `clipmill demo`; whoever ran it answers for the rights"

demo_app = typer.Typer()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a demo reads and writes."""

    name: str
    videos: Path
    output: Path


def say(message: str) -> None:
    """Progress, on the standard error."""
    typer.echo(message, err=True)


@demo_app.command(rich_help_panel="This machine")
def demo(
    given: Path | None = typer.Option(None, "--input", help="Folder of videos; without it, a small corpus is made."),
    output: Path | None = typer.Option(None, "--output", help="Where the dataset goes; `dataset` here without it."),
    licence: str = typer.Option("LicenseRef-not-stated", help="SPDX identifier of the videos' licence, with --input."),
    policy: str = typer.Option("default", help="Thresholds: a shipped policy's name, or the path of a policy file."),
) -> None:
    """Curate a folder of videos through Airflow, and show what became of each clip."""
    from tasks.cli.follow import follow

    place = _place(given, output)
    if given is None:
        _make_corpus(place)
    recipe = _recipe(place, MADE if given is None else {"licence": licence, "rights": GIVEN_RIGHTS}, policy)
    airflow = services.up(say)
    catalog = _open_catalog()
    _register(catalog, recipe)
    say(f"following the run; it can be watched at {airflow.url}")
    ended = follow(airflow.api, recipe.name, say)
    _tell(catalog, ended, place, airflow.url)


def _place(given: Path | None, output: Path | None) -> Place:
    out = (output or PROJECT_ROOT / "dataset").expanduser().resolve()
    if given is None:
        return Place("demo", state_folder() / "demo" / "videos", out)
    videos = given.expanduser().resolve()
    if not videos.is_dir():
        raise BadRecipe(f"--input: {videos} is not a folder")
    if out == videos or out.is_relative_to(videos):
        raise BadRecipe(f"--output: {out} lies within the folder of videos; name another place")
    slug = re.sub(r"[^a-z0-9]+", "-", videos.name.lower()).strip("-")[:40] or "videos"
    return Place(f"{slug}-{content_hash(f'{videos} {out}')[:6]}", videos, out)


def _make_corpus(place: Place) -> None:
    from tasks.cli.demo_corpus import make_corpus

    shown: set[str] = set()

    def tell(made: int, total: int, name: str) -> None:
        if name not in shown:
            shown.add(name)
            say(f"making video {len(shown)} of {total}: {name}")

    make_corpus(place.videos, place.videos.with_name("truth.json"), progress=tell)


def _recipe(place: Place, terms: dict[str, str], policy: str) -> "Recipe":
    """The recipe, kept as a file beside the catalog for whoever wants to go on from it."""
    from tasks.core.recipe import parse_recipe

    body = {
        "name": place.name,
        "dataset": place.name,
        "output": str(place.output),
        "policy": policy,
        "sources": [{"name": place.name, "path": str(place.videos), **terms}],
        # Small batches, so that a few minutes of video show how a run fans out.
        "plan": {"batch_video_s": 90.0} if place.name == "demo" else {},
    }
    recipe = parse_recipe(body, "demo")
    path = state_folder() / "recipes" / f"{place.name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(body, sort_keys=False, allow_unicode=True))
    return recipe


def _open_catalog() -> "Catalog":
    from tasks.core.catalog import open_catalog

    return open_catalog(services.catalog_url())


def _register(catalog: "Catalog", recipe: "Recipe") -> None:
    from tasks.plan.register import add_recipe

    with catalog.begin() as connection:
        add_recipe(connection, recipe)


def _tell(catalog: "Catalog", ended: "Ended", place: Place, url: str) -> None:
    from tasks.cli.show import show_funnel
    from tasks.core.store import open_store
    from tasks.report.funnel import read_funnel
    from tasks.report.page import report_key

    if ended.last_curate is None:
        say("\n".join(["the run failed before any curation:", *ended.problems]))
        raise typer.Exit(1)
    with catalog.begin() as connection:
        funnel = read_funnel(connection, ended.last_curate)
        worked = sum(connection.value("cli/items_done", run=run) or 0 for run in ended.runs)
    show_funnel(funnel)
    if worked == 0:
        typer.echo("Nothing to do: every output of this recipe was there already, and nothing was published.")
    page = open_store(str(place.output)).url(report_key(ended.last_curate))
    _print_places({"dataset": str(place.output), "report": page, "Airflow": f"{url} (until `make down`)"})
    if ended.problems:
        say("\n".join(["the run ended red:", *ended.problems, "`clipmill doctor` says what to do"]))
        raise typer.Exit(1)


def _print_places(places: dict[str, str]) -> None:
    for name, where in places.items():
        typer.echo(f"{name:8} {where}")
    _print_next(["clipmill explain FILE", "clipmill doctor", "make down"])


def _print_next(commands: Sequence[str]) -> None:
    if sys.stdout.isatty():
        typer.echo(f"next     {' · '.join(commands)}")
