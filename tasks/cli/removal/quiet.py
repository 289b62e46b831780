"""That nobody makes anew what is being removed: who works on it ends first, and who would pack or compare it waits."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from tasks.cli.concerned import Target
from tasks.core.catalog import Catalog, Connection, Row
from tasks.core.catalog.connection import as_uuid
from tasks.core.errors import TryAgain
from tasks.core.lock import Held, hold

BLOCKED = "it is blocked, and no byte was removed: ask for --purge after it"
HELD_S = 3600.0
"""How long a purge that died keeps others off, unless it is asked for again."""


@contextmanager
def quiet(catalog: Catalog, takedown: object, writers: Sequence[Row]) -> Iterator[list[Held]]:
    """The rights of `shard` to the datasets and of `dedup` to the indexes. Raises TryAgain while a run has one."""
    with ExitStack() as stack:
        try:
            rights = [
                hold(catalog, row["stage"], as_uuid(row["subject"]), f"takedown.{takedown}", HELD_S) for row in writers
            ]
            held = [stack.enter_context(right) for right in rights]
        except TryAgain as error:
            raise TryAgain(f"{error.detail}; {BLOCKED}") from error
        yield held


def refuse_at_work(connection: Connection, target: Target, writers: Sequence[Row]) -> None:
    """Raises TryAgain while a run that began before the block could still write something of it."""
    datasets = [str(row["subject"]) for row in writers if row["stage"] == "shard"]
    if found := connection.row("target/at_work", clip=target.clip, datasets=datasets):
        raise TryAgain(f"{found['run_id']} {found['what']} just now; {BLOCKED}")
