"""`clipmill takedown`: what may be used no more is blocked, and its bytes are removed where that is asked for."""

from typing import TYPE_CHECKING, Any

import typer

from tasks.cli.ask import AS_JSON, print_json
from tasks.cli.catalog import catalog_at_hand

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasks.cli.concerned import Target
    from tasks.cli.removal.block import What
    from tasks.core.catalog import Catalog, Connection, Row
    from tasks.core.lock import Held

takedown_app = typer.Typer()
SHOWN = 10


@takedown_app.command(rich_help_panel="Rights")
def takedown(
    clip: str | None = typer.Option(None, "--clip", help="A clip: its id, or its first six digits or more."),
    video: str | None = typer.Option(None, "--video", help="A video: its id, or a file's path."),
    source: str | None = typer.Option(None, "--source", help="A source: its name, its place, or its id."),
    reason: str | None = typer.Option(None, "--reason", help="Why, for the record: a letter, a ticket, a name."),
    by: str | None = typer.Option(None, "--by", help="Who asks for it; you where left out."),
    purge: bool = typer.Option(False, "--purge", help="Remove the bytes too: what no published version needs now."),
    lift: bool = typer.Option(False, "--lift", help="Take a takedown back; what was purged is made anew."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Only list what is concerned; nothing is written."),
    every: bool = typer.Option(False, "--all", help="List all, not the first of each kind."),
    as_json: bool = AS_JSON,
) -> None:
    """Block a clip, a video or a source from now on, and list all that was made of it.

    The next run of a recipe makes a version without it; older versions stay as they are until --purge removes the
    shards that hold it. The same bytes are blocked wherever they turn up again. Exports that hold it are named, with
    what there is to do: they are not clipmill's to remove.

    --json gives the record that is kept too, in the catalog and as takedowns/ID-NNN.json beside each dataset, where
    ID-NNN-objects.jsonl lists every object, vector file, shard and version that was found:
    takedown_id, subject, subject_id, name, reason, requested_by, requested_at, recorded_at
    concerned: counts; objects: by kind found, removed; versions: dataset, store_url, version, clips
    exports: place, host, format, dataset, store_url, version, clips, by, begun_at, ended_at, state, to_do
    purged; removed: kind, store, key, sha256, size_bytes, was_there; words: by kind; remains: kind, what, why
    With --dry-run: concerned, exports and versions, and what they are: videos, renditions, vector_files, shards, alike
    """
    from tasks.dataset.exported import person_here

    what = _subject(clip, video, source)
    if lift:
        _lift(what, reason, by or person_here(), as_json=as_json)
        return
    limit = None if every else SHOWN
    with catalog_at_hand() as catalog:
        if dry_run:
            target, found, done = *_look(catalog, what, limit), None
        else:
            target, found, done = _take_down(catalog, what, limit, (reason, by or person_here()), purge=purge)
    if as_json:
        print_json(done["proof"] if done else {"subject": what[0], "subject_id": target.subject_id, **_listed(found)})
        return
    from tasks.cli.show_takedown import show_takedown

    show_takedown(target, found, done)


def _subject(clip: str | None, video: str | None, source: str | None) -> "What":
    if sum(one is not None for one in (clip, video, source)) != 1:
        raise typer.BadParameter("name one thing: --clip, --video or --source")
    if clip is not None:
        return "clip", clip
    return ("video", video) if video is not None else ("source", source or "")


def _lift(what: "What", reason: str | None, by: str, *, as_json: bool) -> None:
    """Takes a takedown back, and keeps a record of that."""
    from tasks.cli.concerned import find_target
    from tasks.cli.removal.proof import keep_proof, make_lifting
    from tasks.core.errors import NotFound

    if not reason:
        raise typer.BadParameter("say why with --reason, for the record")
    with catalog_at_hand() as catalog, catalog.begin() as connection:
        target = find_target(connection, *what)
        row = connection.row("takedown/of_subject", subject_id=target.subject_id)
        if row is None:
            raise NotFound(f"a takedown of the {target.subject} {target.name}")
        connection.value("target/gather", subject=target.subject, id=target.subject_id)
        connection.run("takedown/lift", subject_id=target.subject_id)
        connection.run("takedown/forget_places", takedown=row["takedown_id"])
        stores = {one["store_url"] for one in connection.rows("target/versions")}
        proof = make_lifting(target, row, reason, by)
        keep_proof(connection, proof, stores)
    if as_json:
        print_json(proof)
    else:
        typer.echo(
            f"{target.subject} {target.name} is blocked no more by this takedown; the next run takes it up again"
        )


def _listed(found: dict[str, Any]) -> dict[str, Any]:
    return {"concerned": found["counts"], **{name: rows for name, rows in found.items() if name != "counts"}}


def _look(catalog: "Catalog", what: "What", limit: int | None) -> "tuple[Target, dict[str, Any]]":
    """What is concerned, its exports too; nothing is written."""
    from tasks.cli.concerned import concerned, find_target
    from tasks.cli.removal.exports import exports_of

    with catalog.begin() as connection:
        target = find_target(connection, *what)
        found = concerned(connection, target, limit)
        return target, found | {"exports": exports_of(connection, target, found["versions"])}


def _take_down(
    catalog: "Catalog", what: "What", limit: int | None, asked: tuple[str | None, str], *, purge: bool
) -> "tuple[Target, dict[str, Any], dict[str, Any]]":
    """Blocks it and writes down what is concerned, for good; then finds its exports, purges, and keeps the proof.

    The block must not hang on a store that cannot be reached just now.
    """
    from contextlib import ExitStack

    from tasks.cli.removal.block import block
    from tasks.cli.removal.exports import exports_of
    from tasks.cli.removal.quiet import quiet

    with catalog.begin() as connection:
        target, found, takedown = block(connection, what, asked, limit)
        writers = connection.rows("target/writers") if purge else []
    with ExitStack() as stack:
        held = stack.enter_context(quiet(catalog, takedown["takedown_id"], writers))
        connection = stack.enter_context(catalog.begin())
        found |= {"exports": exports_of(connection, target, found["versions"])}
        return target, found, _carry_out(connection, (target, takedown, found), (writers, held) if purge else None)


def _carry_out(
    connection: "Connection",
    what: "tuple[Target, Row, dict[str, Any]]",
    alone: "tuple[Sequence[Row], Sequence[Held]] | None",
) -> dict[str, Any]:
    """Removes what is to be removed, where nobody else writes to it, and keeps the proof."""
    from tasks.cli.removal.exports import note_exports
    from tasks.cli.removal.proof import keep_proof, make_proof
    from tasks.cli.removal.purge import purge
    from tasks.cli.removal.quiet import refuse_at_work

    target, takedown, found = what
    stores = {one["store_url"] for one in found["versions"]}
    note_exports(connection, takedown["takedown_id"], found["exports"])
    purged = None
    if alone is not None:
        writers, held = alone
        connection.value("target/gather", subject=target.subject, id=target.subject_id)
        refuse_at_work(connection, target, writers)
        purged = purge(connection, target, takedown["takedown_id"], held)
        stores |= purged.stores
    proof = make_proof(connection, target, takedown, found, purged)
    return {"proof": proof, "kept": keep_proof(connection, proof, stores)}
