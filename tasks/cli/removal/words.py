"""What was said of clips, out of the catalog: captions, a model's answers, the user's own columns."""

from tasks.cli.concerned import Target
from tasks.core.catalog import Connection


def forget_words(connection: Connection, target: Target, takedown: object) -> dict[str, int]:
    """How many rows of each are gone. Columns of a video stay where only a clip of it is taken down."""
    found = {
        "captions": connection.run("takedown/forget_captions"),
        "answers": connection.run("takedown/forget_answers"),
        "metadata": 0 if target.subject == "clip" else connection.run("takedown/forget_metadata"),
    }
    connection.run("takedown/removed_words", takedown=takedown)
    return found
