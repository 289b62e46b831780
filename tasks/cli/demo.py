"""`clipmill demo`: the main job on this machine, from a folder of videos to a dataset and its report."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer
import yaml

from tasks.cli.local.state import PROJECT_ROOT, state_folder
from tasks.cli.run import check_output, policy_named, register, run_recipe, say
from tasks.core.errors import StageRefused
from tasks.core.model import content_hash

if TYPE_CHECKING:
    from tasks.core.recipe import Recipe

MADE = {"licence": "CC0-1.0", "rights": "made on this machine by `clipmill demo`"}
NOT_STATED = "LicenseRef-not-stated"
GIVEN_RIGHTS = "given to `clipmill demo`; whoever ran it answers for the rights"

demo_app = typer.Typer()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a demo reads and writes."""

    name: str
    videos: Path
    output: Path


@demo_app.command(rich_help_panel="This machine")
def demo(
    given: Path | None = typer.Option(None, "--input", help="Folder of videos; without it, a small corpus is made."),
    output: Path | None = typer.Option(None, "--output", help="Where the dataset goes; `dataset/NAME` without it."),
    licence: str | None = typer.Option(None, "--licence", help="SPDX identifier of the videos' licence, with --input."),
    policy: str = typer.Option("default", help="Thresholds: a shipped policy's name, or the path of a policy file."),
) -> None:
    """Curate a folder of videos through Airflow, and show what became of each clip."""
    from tasks.plan.params import RunParams

    place = _place(given, output)
    recipe = _recipe(place, MADE if given is None else _terms(licence), policy_named(policy))
    check_output(recipe)
    if given is None:
        _make_corpus(place)
    catalog, recipe_hash = register(recipe)
    run_recipe(catalog, recipe, RunParams(recipe=recipe_hash))


def _terms(licence: str | None) -> dict[str, str]:
    if licence is None:
        say(f"no licence given: recorded as {NOT_STATED}; set LICENCE=... (or --licence), such as LICENCE=CC-BY-4.0")
    return {"licence": licence or NOT_STATED, "rights": GIVEN_RIGHTS}


def _place(given: Path | None, output: Path | None) -> Place:
    if given is None:
        return Place("demo", state_folder() / "demo" / "videos", _output(output, "demo"))
    videos = given.expanduser().resolve()
    if not videos.is_dir():
        raise StageRefused(f"--input: {videos} is not a folder")
    slug = re.sub(r"[^a-z0-9]+", "-", videos.name.lower()).strip("-")[:40] or "videos"
    name = f"{slug}-{content_hash(f'{videos} {output.expanduser().resolve() if output else None}')[:6]}"
    out = _output(output, name)
    if out == videos or out.is_relative_to(videos):
        raise StageRefused(f"--output: {out} lies within the folder of videos; name another place")
    return Place(name, videos, out)


def _output(given: Path | None, name: str) -> Path:
    return (given or PROJECT_ROOT / "dataset" / name).expanduser().resolve()


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
