"""`clipmill lineage`: where something comes from and what was made of it, as tree, JSON or one page."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from tasks.cli.ask import AS_JSON, PANEL, print_json, writable
from tasks.cli.catalog import catalog_at_hand

if TYPE_CHECKING:
    from rich.tree import Tree

    from tasks.cli.lineage_tree import Node

lineage_app = typer.Typer()
SHOWN = 10


@lineage_app.command(rich_help_panel=PANEL)
def lineage(
    what: str = typer.Argument(
        metavar="CLIP|SHARD|VIDEO|SOURCE",
        help="An id or its first six digits or more, a file's path, a shard's key, a source's name or place.",
    ),
    every: bool = typer.Option(False, "--all", help="All of what there are many of, not the first ten."),
    html: Path | None = typer.Option(
        None, "--html", callback=writable, help="Write it as one page, which needs nothing else, to a file."
    ),
    as_json: bool = AS_JSON,
) -> None:
    """Where a clip, a shard, a video or a source comes from, and what was made of it.

    --json gives kind, made_by (stage runs: run, stage, image, code revision, host, times), and
    of a clip: all that `explain` gives; places (with their sources' terms), training, compared, versions, settings
    of a video: all that `explain` gives; places, training, made
    of a source: terms, runs, blocked, made
    of a shard: sources, members, versions, sha256, retired_by, ...
    made: counts, and the first videos, renditions, vector_files, shards, versions
    """
    from tasks.cli.lineage_story import lineage as tell
    from tasks.cli.lineage_tree import tree_of

    with catalog_at_hand() as catalog, catalog.begin() as connection:
        story = tell(connection, what, None if every else SHOWN)
    if html is not None:
        from tasks.report.lineage_page import lineage_page

        html.write_text(lineage_page(tree_of(story)))
        typer.echo(f"wrote {html}", err=True)
    if as_json:
        print_json(story)
    elif html is None:
        from tasks.cli.show import results

        results().print(_drawn(tree_of(story)))


def _drawn(node: "Node") -> "Tree":
    from rich.tree import Tree

    tree = Tree(_line(node))
    for part in node.parts:
        tree.children.append(_drawn(part))
    return tree


def _line(node: "Node") -> str:
    from tasks.cli.show import safe

    return f"[bold]{safe(node.what)}[/]  {safe(node.text)}".rstrip()
