"""The copies of a clip on a terminal."""

from typing import Any

from rich.console import Console

from tasks.cli.show import results, safe, table
from tasks.report.wording import NOTHING, count, length

Story = dict[str, Any]
SHORT_ID = 13
"""Digits of an id that `explain` takes as well as the whole."""


def show_copies(story: Story) -> None:
    """Prints where a clip stands and what is alike with it."""
    console = results()
    console.print(f"[bold]clip[/] {story['clip_id']}")
    print_copies(story["copies"], story["clip_id"], console, every=True)
    console.print(f"\n[dim]as run {safe(story['run_id'])} sees it[/]")


def show_clusters(story: Story) -> None:
    """Prints what a run sets aside as copies, below what is kept in their place."""
    console, aside, shown = results(), story["set_aside"], story["clusters"]
    amount = f"{count(aside['clips'], 'clips')}, {length(3600 * aside['hours'])}"
    console.print(f"[bold]{safe(story['recipe'])}[/]  {amount}, set aside as copies  [dim]{safe(story['run_id'])}[/]")
    for one in shown:
        console.print(f"\nkept  [bold]{one['representative_id']}[/]  {_place(one)}")
        console.print(_members(one["members"]))
    if (told := sum(len(one["members"]) for one in shown)) < aside["clips"]:
        console.print(f"\n[dim]{count(aside['clips'] - told, 'clips')} more in smaller clusters; --count shows them[/]")


def _members(members: list[Story]) -> Any:
    rows = table("copy", "similarity", "from", "", right=("similarity",))
    for one in members:
        why = f"kept has {one['kept_has']}" if one["kept_has"] else ""
        rows.add_row(str(one["clip_id"])[:SHORT_ID], f"{one['similarity']:.3f}", _place(one), why)
    return rows


def _place(one: Story) -> str:
    return f"{safe(one['path'] or NOTHING)} at {one['start_s']:.2f} s"


def print_copies(copies: Story, clip_id: object, console: Console, *, every: bool = False) -> None:
    """Prints the part of a story that is about copies: with `every`, clips that are alike and no copies too."""
    representative = copies["representative_id"]
    if representative is not None and str(representative) != str(clip_id):
        similarity = f"similarity {copies['similarity']:.3f}"
        console.print(f"\ncopy of    [bold]{representative}[/], which is kept in its place  {similarity}")
    elif copies["stands_for"]:
        console.print(f"\nstands for {count(copies['stands_for'], 'copies')}")
    elif every:
        console.print(
            "\nno other clip that is kept counts as a copy of it (clips that are dropped are compared with none)"
        )
    shown = [one for one in copies["alike"] if every or one["is_copy"]]
    if shown:
        console.print(_rows(shown))


def _rows(shown: list[Story]) -> Any:
    rows = table("alike", "similarity", "counts as", "from", "", "", right=("similarity", "from"))
    for one in shown:
        limit = "" if one["limit"] is None else f" (≥ {one['limit']:.3g})"
        counts = f"a copy{limit}" if one["is_copy"] else f"another clip{limit}"
        why = f"it has {one['it_has']}" if one["it_has"] else f"this has {one['this_has']}" if one["this_has"] else ""
        rows.add_row(
            str(one["clip_id"])[:SHORT_ID],
            f"{one['similarity']:.3f}",
            counts,
            _place(one),
            one["state"] or "not in run",
            why,
        )
    return rows
