"""Versions of a dataset on a terminal."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from tasks.cli.show import results, safe, table
from tasks.core.amounts import size
from tasks.publish.changes import Change
from tasks.publish.verify import Fault
from tasks.publish.versions import Version
from tasks.report.wording import NOTHING, count, length, percent

SHORT_HASH = 12
CHANGES = {"added": "green", "removed": "yellow", "changed": "cyan"}


def brief(version: Version) -> dict[str, Any]:
    """What a list of versions says of one."""
    manifest = version.manifest
    parent = manifest["parent"] and manifest["parent"]["version"]
    about = {name: manifest[name] for name in ("dataset", "version", "clips", "duration_s", "size_bytes")}
    return {**about, "shards": len(manifest["shards"]), "parent": parent, "manifest_sha256": version.sha256}


def show_datasets(datasets: Sequence[Mapping[str, Any]]) -> None:
    """Prints the datasets of the catalog."""
    rows = table(
        "dataset", "version", "clips", "length", "size", "published", "in", right=("version", "clips", "length")
    )
    for one in datasets:
        where = safe(one["store_url"])
        if one["version"] is None:
            rows.add_row(safe(one["name"]), NOTHING, NOTHING, NOTHING, NOTHING, "nothing yet", where)
            continue
        holds = (f"{one['clip_count']:,}", length(one["duration_s"]), size(one["size_bytes"]))
        rows.add_row(safe(one["name"]), str(one["version"]), *holds, f"{one['published_at']:%Y-%m-%d %H:%M}", where)
    results().print(rows if datasets else "none yet; `clipmill demo` makes one")


def show_versions(versions: Sequence[Version]) -> None:
    """Prints the versions of one dataset."""
    rows = table(
        "version", "clips", "length", "size", "shards", "manifest", right=("version", "clips", "length", "shards")
    )
    for one in map(brief, versions):
        holds = (f"{one['clips']:,}", length(one["duration_s"]), size(one["size_bytes"]), str(one["shards"]))
        rows.add_row(str(one["version"]), *holds, f"[dim]{one['manifest_sha256'][:SHORT_HASH]}[/]")
    results().print(rows if versions else "no version is published there")


def show_version(version: Version, console: Console | None = None) -> None:
    """Prints what one version holds."""
    console, manifest = console or results(), version.manifest
    holds = f"{count(manifest['clips'], 'clips')}, {length(manifest['duration_s'])}, {size(manifest['size_bytes'])}"
    dead = len(manifest["tombstones"])
    console.print(f"[bold]{safe(manifest['dataset'])}[/] version {version.number}  {holds}")
    tars = f"in {count(len(manifest['shards']), 'tars')}"
    console.print(f"{tars}, with {count(dead, 'clips')} in them that no longer count" if dead else tars)
    hashes = manifest["made_by"]
    console.print(
        f"[dim]recipe's content {hashes.get('recipe', '')[:SHORT_HASH]}  policy {hashes['policy'][:SHORT_HASH]}[/]\n"
    )
    _print_cells(manifest, console)
    for title, name in (("licence", "licences"), ("source", "sources")):
        _print_amounts(title, manifest.get(name) or {}, console)
    _print_amounts("left out", (manifest.get("excluded") or {}).get("reasons") or {}, console)
    if order := (manifest.get("mix") or {}).get("order"):
        console.print(f"from easy to hard: {safe(order['key'])}")


def _print_cells(manifest: dict[str, Any], console: Console) -> None:
    shown = (manifest.get("mix") or {}).get("cells") or {}
    columns = ("clips", "length", *(("weight", "times", "of an epoch") if shown else ()))
    rows = table("cell", *columns, right=columns)
    for cell, amount in (manifest.get("cells") or {}).items():
        mix = shown.get(cell)
        told = (f"{mix['weight']:g}", str(mix["times"]), percent(mix["share"])) if mix else ()
        rows.add_row(safe(cell.replace("/", "  ")), f"{amount['clips']:,}", length(amount["duration_s"]), *told)
    console.print(rows)


def _print_amounts(title: str, amounts: dict[str, Any], console: Console) -> None:
    if not amounts:
        return
    rows = table(title, "clips", "length", right=("clips", "length"))
    for name, amount in amounts.items():
        rows.add_row(safe(name), f"{amount['clips']:,}", length(amount["duration_s"]))
    console.print()
    console.print(rows)


def diff_json(versions: tuple[Version, Version], changes: Sequence[Change]) -> dict[str, Any]:
    """The difference as one stable JSON object."""
    totals: dict[tuple[str, str], list[float]] = {}
    for one in changes:
        amount = totals.setdefault((one.difference.change, one.why), [0, 0.0])
        amount[0] += 1
        amount[1] += one.difference.duration_s
    before, after = versions
    ranked = sorted(totals.items(), key=lambda one: (list(CHANGES).index(one[0][0]), -one[1][0], one[0][1]))
    return {
        "dataset": after.manifest["dataset"],
        "before": before.number,
        "after": after.number,
        "totals": [
            {"change": change, "why": why, "clips": int(clips), "duration_s": round(seconds, 6)}
            for (change, why), (clips, seconds) in ranked
        ],
        "clips": [one.described for one in changes],
    }


def show_diff(found: dict[str, Any], most: int) -> None:
    """Prints the totals, and the first clips one by one."""
    console = results()
    console.print(f"[bold]{safe(found['dataset'])}[/] from version {found['before']} to {found['after']}\n")
    if not found["clips"]:
        console.print("the same clips, unchanged")
        return
    totals = table("", "clips", "length", "why", right=("clips", "length"))
    for one in found["totals"]:
        word = f"[{CHANGES[one['change']]}]{one['change']}[/]"
        totals.add_row(word, f"{one['clips']:,}", length(one["duration_s"]), safe(one["why"]))
    console.print(totals)
    if not most:
        return
    rows = table("clip", "", "source", "length", "why", "", right=("length",))
    for one in found["clips"][:most]:
        what = f"{one['change']}: {', '.join(one['what'])}" if one["what"] else one["change"]
        about = (one["clip_id"], f"[{CHANGES[one['change']]}]{what}[/]", safe(one["source"] or NOTHING))
        rows.add_row(*about, length(one["duration_s"]), safe(one["why"]), f"[dim]{safe(one['detail'] or '')}[/]")
    console.print()
    console.print(rows)
    if len(found["clips"]) > most:
        console.print(f"[dim]and {count(len(found['clips']) - most, 'clips')} more; --count or --json names them[/]")


@contextmanager
def progress_of(version: Version) -> Iterator[Callable[[int], None]]:
    """Shows on a terminal how many bytes of the version have been read; gives what is to be told of them."""
    console = Console(stderr=True)
    columns = (TextColumn("reading"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        bar = progress.add_task("", total=version.manifest["size_bytes"])
        yield lambda size_bytes: progress.advance(bar, size_bytes)


def show_faults(version: Version, faults: Sequence[Fault]) -> None:
    """Prints the faults, or that there is none."""
    console, manifest = results(), version.manifest
    what = f"{safe(manifest['dataset'])} version {version.number}"
    if not faults:
        read = f"{count(len(manifest['shards']), 'tars')}, {count(manifest['clips'], 'clips')}"
        console.print(f"[green]{what} is as its manifest says[/]: {read}, {size(manifest['size_bytes'])}")
        return
    rows = table("fault", "where", "")
    for fault in faults:
        rows.add_row(f"[red]{fault.kind}[/]", safe(fault.where), safe(fault.says))
    console.print(rows)
    console.print(f"\n[bold red]{what}: {count(len(faults), 'faults')}[/]")
