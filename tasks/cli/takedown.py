"""`clipmill takedown`: what may be used no more is blocked, and its bytes are removed where that is asked for."""

import getpass
import socket
from typing import TYPE_CHECKING, Any, Literal

import typer

from tasks.cli.ask import AS_JSON, print_json
from tasks.cli.catalog import catalog_at_hand

if TYPE_CHECKING:
    from tasks.cli.concerned import Target
    from tasks.core.catalog import Connection

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
    shards that hold it. The same bytes are blocked wherever they turn up again.

    --json gives the record that is kept too, in the catalog and as takedowns/ID-NNN.json beside each dataset:
    takedown_id, subject, subject_id, name, reason, requested_by, requested_at, recorded_at
    concerned: counts; versions: dataset, store_url, version, clips
    purged; removed: kind, store, key, sha256, size_bytes, was_there; remains: kind, what, why
    With --dry-run: concerned and versions, and what they are: videos, renditions, vector_files, shards, alike
    """
    from tasks.cli.concerned import concerned, find_target

    subject, named = _subject(clip, video, source)
    by = by or f"{getpass.getuser()}@{socket.gethostname()}"
    if lift:
        _lift((subject, named), reason, by, as_json=as_json)
        return
    with catalog_at_hand() as catalog:
        with catalog.begin() as connection:
            target = find_target(connection, subject, named)
            found = concerned(connection, target, None if every else SHOWN)
            if not dry_run:
                _block(connection, target, reason, by)
        done = None
        if not dry_run:
            with catalog.begin() as connection:
                done = _carry_out(connection, target, found, purge=purge)
    if as_json:
        print_json(done["proof"] if done else {"subject": subject, "subject_id": target.subject_id, **_listed(found)})
        return
    from tasks.cli.show_takedown import show_takedown

    show_takedown(target, found, done)


def _subject(clip: str | None, video: str | None, source: str | None) -> tuple[Literal["source", "video", "clip"], str]:
    if sum(one is not None for one in (clip, video, source)) != 1:
        raise typer.BadParameter("name one thing: --clip, --video or --source")
    if clip is not None:
        return "clip", clip
    return ("video", video) if video is not None else ("source", source or "")


def _lift(what: tuple[Literal["source", "video", "clip"], str], reason: str | None, by: str, *, as_json: bool) -> None:
    """Takes a takedown back, and keeps a record of that in the catalog."""
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
        connection.run("takedown/lift", subject_id=target.subject_id)
        proof = make_lifting(target, row, reason, by)
        keep_proof(connection, proof, set())
    if as_json:
        print_json(proof)
    else:
        typer.echo(
            f"{target.subject} {target.name} is blocked no more by this takedown; the next run takes it up again"
        )


def _listed(found: dict[str, Any]) -> dict[str, Any]:
    return {"concerned": found["counts"], **{name: rows for name, rows in found.items() if name != "counts"}}


def _block(connection: "Connection", target: "Target", reason: str | None, by: str) -> None:
    """Blocks it; what is blocked already stays as it is, and needs no reason again."""
    from tasks.core.model import content_id

    if connection.row("takedown/of_subject", subject_id=target.subject_id) is not None:
        return
    if not reason:
        raise typer.BadParameter("say why with --reason, for the record; or look first with --dry-run")
    connection.run(
        "takedown/add",
        takedown=content_id("takedown", target.subject, target.subject_id),
        subject=target.subject,
        subject_id=target.subject_id,
        reason=reason,
        requested_by=by,
    )


def _carry_out(connection: "Connection", target: "Target", found: dict[str, Any], *, purge: bool) -> dict[str, Any]:
    """Removes what is to be removed, after it has been blocked for good, and keeps the proof."""
    from tasks.cli.removal.proof import keep_proof, make_proof
    from tasks.cli.removal.purge import purge as remove

    row = connection.row("takedown/of_subject", subject_id=target.subject_id) or {}
    stores = {one["store_url"] for one in found["versions"]}
    purged = None
    if purge:
        connection.value("target/gather", subject=target.subject, id=target.subject_id)
        purged = remove(connection, target, row["takedown_id"])
        stores |= purged.stores
    proof = make_proof(target, row, found, purged)
    return {"proof": proof, "kept": keep_proof(connection, proof, stores)}
