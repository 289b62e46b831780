"""`clipmill duplicates`: what one clip is like, or all copies of a run."""

import typer

from tasks.cli.ask import AS_JSON, PANEL, print_json
from tasks.cli.catalog import catalog_at_hand
from tasks.core.errors import StageRefused

duplicates_app = typer.Typer()


@duplicates_app.command(rich_help_panel=PANEL)
def duplicates(
    clip: str | None = typer.Argument(None, metavar="[CLIP]", help="An id, or its first six digits or more."),
    recipe: str | None = typer.Option(None, "--recipe", help="Without CLIP: copies in this recipe's newest run."),
    run: str | None = typer.Option(None, "--run", help="Under this run's recipe and policy; else the newest."),
    count: int = typer.Option(20, "--count", min=1, help="So many: alike clips, or clusters of copies."),
    as_json: bool = AS_JSON,
) -> None:
    """The clips that are like one clip, and which is kept; without CLIP, all that are set aside as copies.

    --json gives
    of a clip: clip_id, run_id
    copies: representative_id, similarity (with it), stands_for (clips)
    copies.alike: clip_id, path, start_s, similarity, is_copy, limit, state, ...
    of a run: run_id, recipe, dataset, set_aside: clips, hours
    clusters: representative_id, path, start_s, members
    members: clip_id, path, start_s, duration_s, similarity, kept_has
    """
    if clip is not None and recipe is not None:
        raise StageRefused("a clip is asked for by itself; --recipe lists all copies")
    if clip is None:
        _all(recipe, run, count, as_json)
    else:
        _one(clip, run, count, as_json)


def _one(clip: str, run: str | None, count: int, as_json: bool) -> None:
    from tasks.cli.copies import copies_of
    from tasks.cli.explain import find_clip

    with catalog_at_hand() as catalog, catalog.begin() as connection:
        found, seen_by = find_clip(connection, clip, run)
        story = {"clip_id": found, "run_id": seen_by, "copies": copies_of(connection, seen_by, found, count)}
    if as_json:
        print_json(story)
        return
    from tasks.cli.show_copies import show_copies

    show_copies(story)


def _all(recipe: str | None, run: str | None, count: int, as_json: bool) -> None:
    from tasks.cli.copies import clusters_of

    with catalog_at_hand() as catalog, catalog.begin() as connection:
        story = clusters_of(connection, recipe, run, count)
    if as_json:
        print_json(story)
        return
    from tasks.cli.show_copies import show_clusters

    show_clusters(story)
