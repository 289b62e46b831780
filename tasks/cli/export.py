"""A published version for a trainer, and the card that goes with it; out of its store, without the catalog."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from tasks.cli.ask import AS_JSON, print_json
from tasks.cli.one_file import waiting

if TYPE_CHECKING:
    from tasks.core.settings import Settings
    from tasks.core.store import Store
    from tasks.dataset.version import PublishedVersion
    from tasks.export.target import Target

export_app = typer.Typer()
DATASET = typer.Argument(
    metavar="DATASET|PLACE", help="A dataset's name in the catalog; or its folder, or s3://bucket/prefix."
)
VERSION = typer.Option(None, "--version", min=1, help="Number of the version; the newest where left out.")


@export_app.command("formats")
def list_formats(as_json: bool = AS_JSON) -> None:
    """List the formats that versions can be exported to, with what can be set of each.

    --json gives a list: name, says, options (a JSON Schema)
    """
    from tasks.export.targets import TARGETS

    if as_json:
        found = [(one.name, one.says, one.options.model_json_schema()) for one in TARGETS.values()]
        print_json([{"name": name, "says": says, "options": options} for name, says, options in found])
        return
    from tasks.cli.show import results, table

    rows = table("format", "for", "--set")
    for one in TARGETS.values():
        chosen = (f"{name}={field.default}" for name, field in one.options.model_fields.items())
        rows.add_row(one.name, one.says, " ".join(chosen))
    results().print(rows)


@export_app.command()
def export(
    dataset: str = DATASET,
    name: str = typer.Option(..., "--format", help="As `clipmill dataset formats` has it."),
    output: str | None = typer.Option(
        None, "--output", help="A new folder, or s3://bucket/prefix; else exports/<version>/<format> of the dataset."
    ),
    version: int | None = VERSION,
    chosen: list[str] = typer.Option([], "--set", metavar="KEY=VALUE", help="Set an option of the format."),
    unrecorded: bool = typer.Option(
        False,
        help="Write nothing down in the dataset's store, which you may only read: no takedown will name the export.",
    ),
    as_json: bool = AS_JSON,
) -> None:
    """Write a version as a trainer reads it; clips that it could not use are listed in left_out.csv.

    Where it lies is written down in the dataset's store (exported/), so that a takedown can name it.

    --json gives what the export's own export.json says, and its place
    """
    from tasks.export.export import export as written
    from tasks.export.targets import target_named

    target = target_named(name)
    options = options_of(target, chosen)
    store, published = published_version(dataset, version)
    address = place_of(output or store.url(f"exports/{published.number:05d}/{target.name}"))
    with waiting(f"exporting version {published.number}"):
        report = written(published, target, options, address, is_recorded=not unrecorded) | {"place": address}
    if as_json:
        print_json(report)
        return
    anew = f", {report['encoded_anew']} encoded anew" if report["encoded_anew"] else ""
    typer.echo(f"{report['clips']} clips, {report['duration_s'] / 3600:.3f} hours{anew}: {address}")
    for reason, count in report["left_out"].items():
        typer.echo(f"left out  {count} {reason}")


@export_app.command()
def card(dataset: str = DATASET, version: int | None = VERSION) -> None:
    """Write a version's card anew: README, attribution, licences, training-data summary, Croissant, pictures."""
    from tasks.dataset.put_card import put_card

    store, published = published_version(dataset, version)
    with waiting("writing the card"):
        folder = put_card(published)
    typer.echo(store.url(f"{folder}/README.md").removesuffix("/README.md"))


def published_version(dataset: str, number: int | None) -> "tuple[Store, PublishedVersion]":
    """The store of a dataset and one of its versions, the newest for None. Raises StageRefused where there is none."""
    from tasks.core.errors import ObjectMissing, StageRefused
    from tasks.core.store import open_store
    from tasks.dataset.version import PublishedVersion
    from tasks.publish.versions import latest_version, read_version

    place = _place_of_dataset(dataset)
    store = open_store(place)
    try:
        found = latest_version(store) if number is None else read_version(store, number)
    except ObjectMissing:
        found = None
    if found is None:
        raise StageRefused(f"{place} has no published version{f' {number}' if number else ''}")
    return store, PublishedVersion(store, found.number, found.text)


def _place_of_dataset(dataset: str) -> str:
    """Where a dataset lies: what looks like a place is one, else the catalog is asked."""
    from tasks.core.errors import NotFound, StageRefused

    if "://" in dataset or "/" in dataset or Path(dataset).is_dir():
        place = place_of(dataset)
        if place.startswith("/") and not Path(place).is_dir():
            raise StageRefused(f"there is no folder {place}")
        return place
    from tasks.cli.catalog import catalog_at_hand

    with catalog_at_hand() as catalog, catalog.begin() as connection:
        places = [str(row["store_url"]) for row in connection.rows("cli/dataset_places", name=dataset)]
    if not places:
        raise NotFound(f"a dataset {dataset!r}")
    if len(places) > 1:
        raise StageRefused(f"there are several datasets {dataset!r}; give one of {', '.join(places)}")
    return places[0]


def place_of(text: str) -> str:
    """A place as stores take it: an absolute folder, or s3://bucket/prefix."""
    from tasks.core.store import uri_to_path

    if text.startswith("file://"):
        return str(uri_to_path(text))
    return text if "://" in text else os.path.abspath(text)


def options_of(target: "Target[Any]", chosen: list[str]) -> "Settings":
    """The format's options, as set. Raises StageRefused naming the option, its value and what is allowed."""
    import yaml
    from pydantic import ValidationError

    from tasks.core.errors import StageRefused

    known, body = target.options.model_fields, dict[str, Any]()
    for one in chosen:
        key, _, value = one.partition("=")
        if key not in known or "=" not in one:
            raise StageRefused(f"--set {one}: KEY=VALUE is wanted, and of {target.name} there are {_listed(known)}")
        body[key] = yaml.safe_load(value)
    try:
        options: Settings = target.options.model_validate(body)
    except ValidationError as error:
        wrong = [(".".join(map(str, one["loc"])), one["msg"].removeprefix("Value error, ")) for one in error.errors()]
        said = "; ".join(f"{field}: {why}" if field else why for field, why in wrong)
        raise StageRefused(f"{target.name}: {said}") from error
    return options


def _listed(known: Mapping[str, Any]) -> str:
    return ", ".join(known) or "none"
