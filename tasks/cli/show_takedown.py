"""A takedown on a terminal: what is concerned, what was removed, and what there is to do."""

from typing import Any

from rich.console import Console

from tasks.cli.concerned import Target
from tasks.cli.show import results, safe, table
from tasks.cli.show_copies import SHORT_ID
from tasks.core.amounts import size
from tasks.report.wording import count, length

Found = dict[str, Any]
REMAINS = 20
"""Lines on what remains; the record has them all."""


def show_takedown(target: Target, found: Found, done: Found | None, console: Console | None = None) -> None:
    """Prints it; `done` is None where nothing was to be written."""
    console = console or results()
    blocked = "would be blocked" if done is None else "is blocked from now on"
    same = "" if target.name == str(target.subject_id) else f" [dim]{target.subject_id}[/]"
    console.print(f"[bold]{target.subject}[/] {safe(target.name)}{same} {blocked}\n")
    _print_counts(found, console)
    _print_lists(found, console)
    _print_exports(found["exports"], console)
    if done is None:
        console.print("\nnothing was written; with --reason and without --dry-run it is blocked")
        return
    proof = done["proof"]
    if proof["purged"]:
        _print_purged(proof, console)
    else:
        console.print("\nno byte was removed; --purge removes what no published version needs")
        if any(row["is_newest"] for row in found["versions"]):
            console.print("run the recipe for a version without it: the shards that hold it are written anew")
    console.print(f"\nfor {safe(proof['requested_by'])}, on {proof['requested_at'][:10]}: {safe(proof['reason'])}")
    for url in done["kept"]:
        console.print(f"record     {safe(url)}")
    console.print(f"[dim]takedown {proof['takedown_id']}, kept in the catalog too[/]")


def _print_counts(found: Found, console: Console) -> None:
    counts = found["counts"]
    rows = table("", "")
    rows.show_header = False
    files = count(counts["places"], "files")
    rows.add_row("videos", f"{counts['videos']:,}, {size(counts['video_bytes'])}, in {files}")
    rows.add_row("clips", f"{counts['clips']:,}, {length(counts['clip_seconds'])}")
    rows.add_row("encoded", f"{counts['renditions']:,}, {size(counts['rendition_bytes'])}")
    rows.add_row("described", f"{counts['described']:,}, in captions or by what a model answered")
    rows.add_row("vectors", f"{counts['vectors']:,} in {count(counts['vector_files'], 'files')}")
    rows.add_row("shards", f"{counts['shards']:,}, {size(counts['shard_bytes'])}")
    for row in found["versions"]:
        newest = ", the newest" if row["is_newest"] else ""
        what = f"version {row['version']}{newest}: {row['clips']:,} of its {count(row['clip_count'], 'clips')}"
        rows.add_row("published", f"{safe(row['dataset'])} {what}")
    if not found["versions"]:
        rows.add_row("published", "in no version")
    console.print(rows)


def _print_lists(found: Found, console: Console) -> None:
    counts = found["counts"]
    shown = [
        ("original", found["places"], counts["places"], lambda one: one["uri"]),
        ("encoded", found["renditions"], counts["renditions"], lambda one: one["object_key"]),
        ("vectors", found["vector_files"], counts["vector_files"], lambda one: one["object_key"]),
        ("shard", found["shards"], counts["shards"], _shard),
    ]
    for name, rows, total, said in shown:
        for place, row in enumerate(rows):
            console.print(("\n" if place == 0 else "") + f"{name:10} {safe(said(row))}")
        if total > len(rows):
            console.print(f"[dim]{'':10} and {total - len(rows):,} more; --all lists them[/]")
    if found["alike"]:
        console.print("\nother videos with clips much like these, which stay unless they are taken down too:")
        for row in found["alike"]:
            path = row["path"] or ""
            console.print(f"{'alike':10} {str(row['video_id'])[:SHORT_ID]}  {safe(path)}  {row['similarity']:.3f}")


def _print_exports(exports: list[Found], console: Console) -> None:
    for place, one in enumerate(exports):
        at = f"{one['host']}:{one['place']}" if one["host"] else one["place"]
        what = f"{one['format']} of {one['dataset']} version {one['version']}, {count(one['clips'], 'clips')} of it"
        whole = "" if one["ended_at"] else ", begun and not ended"
        who = f"{what}, by {one['by']} on {one['begun_at'][:10]}{whole}: {one['state']}"
        console.print(("\n" if place == 0 else "") + f"{'export':10} {safe(at)}")
        console.print(f"{'':10} {safe(who)}")
        console.print(f"{'':10} [dim]{safe(one['to_do'])}[/]")


def _shard(row: Found) -> str:
    state = "bytes removed" if row["is_purged"] else "current" if row["is_current"] else "written anew since"
    return f"{row['object_key']}  {count(row['clips'], 'clips')} of it, {state}"


def _print_purged(proof: Found, console: Console) -> None:
    removed = [one for one in proof["removed"] if one["was_there"]]
    freed = size(sum(one["size_bytes"] or 0 for one in removed))
    kinds = sorted({one["kind"] for one in removed})
    told = ", ".join(f"{sum(one['kind'] == kind for one in removed):,} {kind}" for kind in kinds)
    console.print(f"\nremoved    {count(len(removed), 'objects')}, {freed}" + (f": {told}" if told else ""))
    if words := [f"{number:,} {kind}" for kind, number in proof["words"].items() if number]:
        console.print(f"           and from the catalog: {', '.join(words)}")
    for one in proof["remains"][:REMAINS]:
        console.print(f"remains    {safe(one['kind'])} {safe(one['what'])}\n           [dim]{safe(one['why'])}[/]")
    if (left := len(proof["remains"]) - REMAINS) > 0:
        console.print(f"[dim]{'':10} and {left:,} more, in the record[/]")
