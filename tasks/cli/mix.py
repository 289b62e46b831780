"""`clipmill mix`: what quotas, weights and repeats would make of a dataset, before they do."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import typer

from tasks.cli.ask import AS_JSON, PANEL, RUN, print_json
from tasks.cli.catalog import catalog_at_hand

if TYPE_CHECKING:
    from tasks.core.catalog import Connection
    from tasks.core.catalog.work import Run
    from tasks.core.recipe import Recipe

mix_app = typer.Typer()


@mix_app.command(rich_help_panel=PANEL)
def mix(
    recipe: str | None = typer.Argument(
        None, metavar="[RECIPE]", help="Whose `shard` and `mix` are tried: a name or a YAML file; else the run's own."
    ),
    run: str | None = RUN,
    dry_run: bool = typer.Option(False, "--dry-run", help="Has to be given: the next run is what does it."),
    as_json: bool = AS_JSON,
) -> None:
    """Show the hours of every cell as they are kept, and as a recipe's bins and quotas would leave them.

    --json gives
    run
    cells: cell (null: no bin has them), clips, seconds, left_clips, left_seconds; weight, times, share
    excluded: reason, detail, clips, seconds
    """
    from tasks.core.catalog.work import load_run
    from tasks.report.funnel import newest_run

    if not dry_run:
        raise typer.BadParameter("say --dry-run; quotas take effect in the recipe's next run, weights in its version")
    with catalog_at_hand() as catalog, catalog.trial() as connection:
        found = load_run(connection, run or newest_run(connection))
        told = foresee(connection, _with(found, _recipe(connection, recipe)) if recipe else found)
    if as_json:
        print_json(told)
        return
    show_mix(told)


def _recipe(connection: "Connection", named: str) -> "Recipe":
    from tasks.cli.run import name_or_path
    from tasks.plan.params import RunParams
    from tasks.plan.register import resolve

    return resolve(connection, RunParams(recipe=name_or_path(named))).recipe


def _with(run: "Run", recipe: "Recipe") -> "Run":
    """The run as it would be with the bins and the mixture of another recipe."""
    from tasks.core.keys import stage_keys

    changed = run.recipe.model_copy(update={"shard": recipe.shard, "mix": recipe.mix})
    return replace(run, recipe=changed, keys=run.keys | {"place": stage_keys(changed)["place"]})


def foresee(connection: "Connection", run: "Run") -> dict[str, Any]:
    """What the run's bins and mixture make of what is kept; nothing of it stays where the transaction is a trial."""
    from tasks.core.model import dataset_id
    from tasks.publish.mixture import shown_cells
    from tasks.publish.tally import Tally
    from tasks.shard.placing import gather_excluded, record_places

    key = run.key("transcode")
    rows = connection.rows("cli/unplaced", run=run.run_id, key=key, place=run.key("place"))
    record_places(connection, run, rows, connection.value("cli/stage_run_of_run", run=run.run_id))
    gather_excluded(connection, run, dataset_id(run.recipe.output, run.recipe.dataset), even_without_quotas=True)
    cells = [dict(row) for row in connection.rows("cli/mix_cells", key=key)]
    excluded = [dict(row) for row in connection.rows("cli/mix_excluded", key=key)]
    left = {row["cell"]: Tally(row["left_clips"]) for row in cells if row["left_clips"]}
    shown = shown_cells(run.recipe.mix, run.recipe.shard.axes, left)
    nothing = {"weight": None, "times": None, "share": 0.0}
    return {
        "run": run.run_id,
        "cells": [row | shown.get(row["cell"] or "", nothing) for row in cells],
        "excluded": excluded,
    }


def show_mix(told: dict[str, Any]) -> None:
    """Prints the cells with their hours before and after, and what leaves out what."""
    from tasks.cli.show import results, safe, table
    from tasks.report.wording import NOTHING, count, length, percent

    console = results()
    columns = ("kept", "length", "stays", "length of it", "weight", "times", "of an epoch")
    rows = table("cell", *columns, right=columns)
    for cell in told["cells"]:
        is_in = cell["left_clips"] > 0
        rows.add_row(
            safe((cell["cell"] or "no bin has them").replace("/", "  ")),
            *(f"{cell['clips']:,}", length(cell["seconds"])),
            *(f"{cell['left_clips']:,}", length(cell["left_seconds"])),
            *((f"{cell['weight']:g}", str(cell["times"]), percent(cell["share"])) if is_in else (NOTHING,) * 3),
        )
    whole = {
        name: sum(cell[name] for cell in told["cells"]) for name in ("clips", "seconds", "left_clips", "left_seconds")
    }
    rows.add_row(
        "[bold]together[/]", f"{whole['clips']:,}", length(whole["seconds"]), f"{whole['left_clips']:,}",
        length(whole["left_seconds"]), "", "", "",
    )  # fmt: skip
    console.print(rows)
    for one in told["excluded"]:
        amount = f"{count(one['clips'], 'clips')}, {length(one['seconds'])}"
        console.print(f"left out: {amount}  {one['reason']}: {safe(one['detail'] or '')}")
    console.print("\n[dim]nothing was written; the recipe's next run does it[/]")
