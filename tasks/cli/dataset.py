"""`clipmill dataset`: the published versions of a dataset, out of its store; the catalog only says where it lies."""

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from tasks.cli.ask import AS_JSON, print_json
from tasks.cli.catalog import catalog_at_hand

if TYPE_CHECKING:
    from tasks.core.store import Store
    from tasks.publish.versions import Version

dataset_app = typer.Typer(help="Published versions of a dataset.", no_args_is_help=True)
OUTPUT = typer.Option(None, "--output", help="Where the dataset lies: a folder, or s3://bucket/prefix.")
DATASET = typer.Option(None, "--dataset", help="Its name, where the catalog knows several.")


def version_number(text: str | int) -> int:
    """The number of a version. Raises BadParameter that says how a dataset is named, which people give here."""
    if isinstance(text, str) and not text.isdecimal():
        raise typer.BadParameter(f"{text!r} is no version's number; a dataset is named by --dataset {text}")
    if int(text) < 1:
        raise typer.BadParameter("versions are counted from 1")
    return int(text)


VERSION = typer.Argument(None, metavar="[VERSION]", parser=version_number, help="Its number; the newest if left out.")


@dataset_app.command("list")
def list_versions(output: str | None = OUTPUT, dataset: str | None = DATASET, as_json: bool = AS_JSON) -> None:
    """List the versions of a dataset; or, where neither is named, the datasets that the catalog knows.

    --json gives
    of a dataset: version, clips, duration_s, size_bytes, shards, parent
    of the catalog: name, store_url, version, clip_count, duration_s, size_bytes, published_at
    """
    from tasks.cli import dataset_show

    if output is None and dataset is None:
        with catalog_at_hand() as catalog, catalog.begin() as connection:
            datasets = connection.rows("cli/datasets")
        print_json(datasets) if as_json else dataset_show.show_datasets(datasets)
        return
    versions = list(_versions(_store(output, dataset)[0]))
    print_json([dataset_show.brief(one) for one in versions]) if as_json else dataset_show.show_versions(versions)


@dataset_app.command()
def show(
    version: int | None = VERSION, output: str | None = OUTPUT, dataset: str | None = DATASET, as_json: bool = AS_JSON
) -> None:
    """Show what one version holds: its cells, licences and sources, and what it leaves out.

    --json gives the manifest
    """
    from tasks.cli.dataset_show import show_version

    found = _version(*_store(output, dataset), version)
    print_json(found.manifest) if as_json else show_version(found)


@dataset_app.command()
def diff(
    before: int = typer.Argument(metavar="A", parser=version_number, help="The older version."),
    after: int = typer.Argument(metavar="B", parser=version_number, help="The newer one."),
    output: str | None = OUTPUT,
    dataset: str | None = DATASET,
    count: int = typer.Option(20, "--count", min=0, help="Clips that are named one by one; --json names all."),
    as_json: bool = AS_JSON,
) -> None:
    """Say which clips were added, removed or changed from one version to another, and why.

    --json gives
    dataset, before, after
    totals: change, why, clips, duration_s
    clips: clip_id, video_id, source, duration_s, change, what, why, detail
    """
    from tasks.cli.dataset_show import diff_json, show_diff
    from tasks.core.errors import BadRecipe
    from tasks.publish.changes import changes_between

    if before >= after:
        raise BadRecipe(f"version {before} is not older than {after}; the older one comes first")
    store, url = _store(output, dataset)
    pair = (_version(store, url, before), _version(store, url, after))
    found = diff_json(pair, changes_between(store, *pair))
    print_json(found) if as_json else show_diff(found, count)


@dataset_app.command()
def rollback(
    version: int = typer.Argument(
        metavar="VERSION", parser=version_number, help="The version whose content the newest is to have again."
    ),
    output: str | None = OUTPUT,
    dataset: str | None = DATASET,
    without_catalog: bool = typer.Option(
        False, "--without-catalog", help="Where there is none; nobody then knows of clips that were taken down since."
    ),
    as_json: bool = AS_JSON,
) -> None:
    """Publish a new version with the content of an older one; nothing is copied, and no version is changed.

    --json gives
    version (of the new one, null where the newest has that content already), same_as
    """
    from tasks.publish.rollback import roll_back

    store, url = _store(output, dataset)
    with nullcontext() if without_catalog else catalog_at_hand() as catalog:
        made = roll_back(store, version, catalog, url)
    if as_json:
        print_json({"version": made.number if made else None, "same_as": version})
    elif made is None:
        typer.echo(f"nothing to do: the newest version has the content of version {version}")
    else:
        typer.echo(f"published version {made.number}, with the content of version {version}")
        typer.echo("the next run of its recipe publishes what recipe and policy say then: change them too, if need be")


@dataset_app.command()
def verify(
    version: int | None = VERSION,
    output: str | None = OUTPUT,
    dataset: str | None = DATASET,
    deep: bool = typer.Option(False, "--deep", help="Also open every video and compare its size with the index."),
    as_json: bool = AS_JSON,
) -> None:
    """Read all of a version again and name whatever is not as its manifest says; exit code 1 where something is.

    --json gives
    dataset, version, well (true or false), shards, clips, size_bytes
    faults: kind, where, says
    """
    from dataclasses import asdict

    from tasks.cli.dataset_show import progress_of, show_faults
    from tasks.publish.verify import verify as read_again

    store, url = _store(output, dataset)
    found = _version(store, url, version)
    with progress_of(found) as advance:
        faults = list(read_again(store, found, deep=deep, advance=advance))
    manifest = found.manifest
    if as_json:
        about = {name: manifest[name] for name in ("dataset", "version", "clips", "size_bytes")}
        told = [asdict(fault) for fault in faults]
        print_json({**about, "shards": len(manifest["shards"]), "well": not faults, "faults": told})
    else:
        show_faults(found, faults)
    raise typer.Exit(1 if faults else 0)


def _store(output: str | None, dataset: str | None) -> tuple["Store", str]:
    """The dataset's store and its place. Raises NotFound where it is not clear which is meant."""
    from tasks.core.errors import NotFound
    from tasks.core.store import open_store

    if output is not None:
        place = output if "://" in output else str(Path(output).expanduser().resolve())
        return open_store(place), place
    with catalog_at_hand() as catalog, catalog.begin() as connection:
        known = connection.rows("cli/datasets")
    places = [row["store_url"] for row in known if row["version"] and dataset in (None, row["name"])]
    if len(places) != 1:
        there_are = ", ".join(f"{row['name']} in {row['store_url']}" for row in known if row["version"]) or "none"
        raise NotFound(f"say which dataset with --dataset or --output; published are: {there_are}")
    return open_store(places[0]), places[0]


def _versions(store: "Store") -> list["Version"]:
    from tasks.publish.versions import read_version, version_numbers

    return [read_version(store, number) for number in version_numbers(store)]


def _version(store: "Store", url: str, number: int | None) -> "Version":
    """The version of that number, or the newest. Raises NotFound saying which there are."""
    from tasks.core.errors import NotFound, ObjectMissing
    from tasks.publish.versions import read_version, version_numbers

    try:
        if number is not None:
            return read_version(store, number)
    except ObjectMissing:
        pass
    numbers = version_numbers(store)
    if number is not None or not numbers:
        there_are = f"1 to {numbers[-1]}" if numbers else "none"
        raise NotFound(f"{url}: version {number or 1}; there are: {there_are}")
    return read_version(store, numbers[-1])
