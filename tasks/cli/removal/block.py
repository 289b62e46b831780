"""Blocking what is taken down, and writing down all that hangs on it: before anything is removed."""

from typing import Any

from tasks.cli.concerned import Subject, Target, concerned, find_target
from tasks.core.catalog import Connection, Row
from tasks.core.errors import StageRefused
from tasks.core.model import content_id

What = tuple[Subject, str]
"""What is taken down, and how it was named."""


def block(
    connection: Connection, what: What, asked: tuple[str | None, str], limit: int | None
) -> tuple[Target, dict[str, Any], Row]:
    """What it is, what is concerned, and the takedown, with its list of objects. `asked` is why, and by whom.

    What is blocked already stays as it is, and needs no reason again. Raises NotFound; StageRefused without a reason.
    """
    target = find_target(connection, *what)
    found = concerned(connection, target, limit)
    takedown = _takedown(connection, target, *asked)
    connection.run("takedown/add_objects", takedown=takedown["takedown_id"])
    return target, found, takedown


def _takedown(connection: Connection, target: Target, reason: str | None, by: str) -> Row:
    about = {"subject_id": target.subject_id}
    if found := connection.row("takedown/of_subject", **about):
        return found
    if not reason:
        raise StageRefused("say why with --reason, for the record; or look first with --dry-run")
    named = content_id("takedown", target.subject, target.subject_id)
    who = {"subject": target.subject, "reason": reason, "requested_by": by}
    connection.run("takedown/add", takedown=named, **about, **who)
    return connection.row("takedown/of_subject", **about) or {}
