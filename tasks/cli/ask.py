"""Questions to the catalog: funnel, explain, doctor; and retry, which is what the doctor may advise."""

import json
import os
from pathlib import Path
from typing import Any

import typer

from tasks.cli.catalog import catalog_at_hand

ask_app = typer.Typer()
PANEL = "Ask"
RUN = typer.Option(None, "--run", help="Id of a run; the newest one that curates where left out.")
AS_JSON = typer.Option(False, "--json", help="One JSON object on the standard output.")


def writable(path: Path | None) -> Path | None:
    """The path of a file to write, checked before the work is done. Raises BadParameter where it cannot be written."""
    if path is not None and not path.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {path.parent}")
    if path is not None and (path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK)):
        raise typer.BadParameter(f"{path} cannot be written{': it is a folder' if path.is_dir() else ''}")
    return path


def print_json(value: Any) -> None:
    """Writes one JSON object."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


@ask_app.command(rich_help_panel=PANEL)
def funnel(run: str | None = RUN, as_json: bool = AS_JSON) -> None:
    """What went in and out of every stage, and where the rest is.

    --json gives
    run: run_id, recipe, policy, dataset, version, ...
    stages: stage, unit, in, out, rest; each with count and seconds
    problems: what does not add up; empty when in = out
    """
    from tasks.report.funnel import as_json as funnel_json
    from tasks.report.funnel import newest_run, read_funnel

    with catalog_at_hand() as catalog, catalog.begin() as connection:
        found = read_funnel(connection, run or newest_run(connection))
    if as_json:
        print_json(funnel_json(found))
        return
    from tasks.cli.show import show_funnel

    show_funnel(found)


@ask_app.command(rich_help_panel=PANEL)
def explain(
    what: str = typer.Argument(
        metavar="CLIP|VIDEO|PATH", help="An id, its first six digits or more, or a file's path."
    ),
    run: str | None = typer.Option(
        None, "--run", help="Under this run's recipe and policy; else the newest that sees it."
    ),
    every: bool = typer.Option(False, "--all", help="All scores, not those alone that a rule asks for."),
    as_json: bool = AS_JSON,
) -> None:
    """The whole story of one clip, or of one video; of its rules those first that it fails.

    --json gives
    of both: kind, state, reason, source, video, failures, made_by
    of a clip: span, crop, scores, rules, verdicts, copies, captions, renditions, shards
    of a video: split, spans
    """
    from tasks.cli.explain import explain as tell

    with catalog_at_hand() as catalog, catalog.begin() as connection:
        story = tell(connection, what, run)
    if as_json:
        print_json(story)
        return
    from tasks.cli.show_story import show_story

    show_story(story, every=every)


@ask_app.command(rich_help_panel=PANEL)
def doctor(
    run: str | None = RUN,
    every: bool = typer.Option(False, "--all", help="Look up every stored object, not a sample."),
    as_json: bool = AS_JSON,
) -> None:
    """What is wrong, and what to do about it; exit code 1 where something is.

    --json gives
    run_id, well (true or false)
    findings: check, level (ok, note or wrong), says, do
    """
    from tasks.cli.doctor import diagnose

    with catalog_at_hand() as catalog:
        diagnosis = diagnose(catalog, run, all_objects=every)
    if as_json:
        print_json(diagnosis.as_json())
    else:
        from tasks.cli.show import show_diagnosis

        show_diagnosis(diagnosis)
    raise typer.Exit(0 if diagnosis.is_well else 1)


@ask_app.command(rich_help_panel=PANEL)
def retry(
    kind: str = typer.Option(..., "--kind", help="The kind of failure, as funnel and doctor name it."),
    as_json: bool = AS_JSON,
) -> None:
    """Release what failed with one kind, so that the next run tries it again."""
    with catalog_at_hand() as catalog, catalog.begin() as connection:
        released = connection.value("work/release_failures", kind=kind)
        still_open = connection.rows("cli/open_kinds")
    if as_json:
        print_json({"kind": kind, "released": released})
    elif released:
        typer.echo(f"released {released}; `clipmill run RECIPE` tries them again")
    else:
        there_are = ", ".join(f"{row['kind']} ({row['failures']})" for row in still_open) or "none"
        typer.echo(f"nothing failed with kind {kind!r}; open kinds: {there_are}")
