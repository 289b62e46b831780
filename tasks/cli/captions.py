"""Captions: of one file, without a catalog; and a page of those that a run has, or that two prompts would give."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from tasks.cli.ask import AS_JSON, RUN, print_json, writable
from tasks.cli.catalog import catalog_at_hand
from tasks.cli.one_file import END, FILE, START, chosen_span, opened, waiting
from tasks.cli.one_file import PANEL as FILE_PANEL

if TYPE_CHECKING:
    from tasks.cli.captions_page import Shown
    from tasks.core.catalog import Row
    from tasks.core.catalog.inputs import ClipInput
    from tasks.core.settings_caption import CaptionSettings
    from tasks.models.ask import Backend

caption_app = typer.Typer()
captions_app = typer.Typer(help="Look at the captions of a run, compare prompts, ask for others.", no_args_is_help=True)
MODEL = typer.Option(None, "--model", help="A model of the model store, or what the server at --url calls one.")
URL = typer.Option(None, "--url", help="A server that speaks OpenAI's chat completions, up to /v1.")
COUNT = typer.Option(50, "--n", min=1, max=500, help="So many windows, drawn at random; the same every time.")


@caption_app.command(rich_help_panel=FILE_PANEL)
def caption(
    file: Path = FILE,
    start_s: float = START,
    end_s: float | None = END,
    model: str | None = MODEL,
    url: str | None = URL,
    prompt: str = typer.Option(
        "default", "--prompt", help="What a model is told to look for: a shipped prompt's name, or a .md file."
    ),
    structured: bool = typer.Option(False, "--structured", help="Also a caption by its parts (`caption_json`)."),
    read_text: bool = typer.Option(False, "--read-text", help="Without --model: also tell what text in it says."),
    as_json: bool = AS_JSON,
) -> None:
    """Say what a video shows, in windows of 5 s: without --model, what can be measured and no more.

    --json gives
    windows: start_s, end_s, captions (short, medium, long), model, flags;
    unmeasured (why there are none), caption_json (with --structured)
    """
    from tasks.caption.stage import check_packages

    settings = _settings(model, url, structured=structured, read_text=read_text, **_words_of(prompt))
    check_packages(settings)
    with waiting("looking at the file"):
        windows = _described(file, start_s, end_s, settings)
    print_json({"windows": windows}) if as_json else _show(windows)


def _settings(model: str | None, url: str | None, **changes: Any) -> "CaptionSettings":
    backend = {"backend": "openai", "url": url} if url else {"backend": "transformers"}
    return _checked({**({"model": {"model": model, **backend}} if model else {}), **changes})


def _checked(body: dict[str, Any]) -> "CaptionSettings":
    from pydantic import ValidationError

    from tasks.core.errors import BadRecipe
    from tasks.core.recipe import explain_invalid
    from tasks.core.settings_caption import CaptionSettings

    try:
        return CaptionSettings.model_validate(body)
    except ValidationError as error:
        raise BadRecipe(explain_invalid(error, "caption")) from error


def _words_of(prompt: str) -> dict[str, str]:
    """The field that a prompt's name, or the text of its file, goes into."""
    if not prompt.endswith(".md"):
        return {"prompt": prompt}
    try:
        return {"prompt_text": Path(prompt).read_text()}
    except FileNotFoundError as error:
        raise typer.BadParameter(f"there is no prompt file {prompt}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"the prompt file {prompt} cannot be read: {error}") from error


def _described(file: Path, start_s: float, end_s: float | None, settings: "CaptionSettings") -> list[dict[str, Any]]:
    from tasks.caption.dialogue import ask_of
    from tasks.caption.look import CaptionInput, describe
    from tasks.core.catalog.inputs import ClipInput
    from tasks.core.model import content_id
    from tasks.core.settings_filter import CropSettings
    from tasks.core.store import path_to_uri
    from tasks.crop.find import find_box

    with opened(file) as (stream, info):
        span = chosen_span(info, start_s, end_s)
        box = find_box(stream, info, span, CropSettings()).box
        clip_id = content_id("file", str(file), span.start_pts, span.end_pts)
        clip = ClipInput(clip_id, clip_id, path_to_uri(file), info, span, box)
        scores = {} if settings.model else _scores(stream, clip)
        found = describe(stream, CaptionInput(clip, scores), settings)
    if settings.model is not None:
        from tasks.models.backends import open_backend

        ask_of(open_backend(settings.model), settings, [(clip_id, found)])
    return [one.as_json() for one in found.windows]


def _scores(stream: Any, clip: "ClipInput") -> dict[str, float]:
    """The numbers that captions without a model tell."""
    from tasks.core.settings_caption import SIGNALS_READ
    from tasks.core.settings_filter import FilterSettings
    from tasks.filter.clip import score_clip
    from tasks.filter.scorer import Clip

    scores = score_clip(stream, Clip(clip.info, clip.span, clip.inner), FilterSettings(), frozenset(SIGNALS_READ))
    return {name: value for score in scores for name, value in score.numbers.items()}


def _show(windows: Sequence[dict[str, Any]]) -> None:
    from tasks.cli.show import results, safe

    console = results()
    for one in windows:
        flags = f"  [yellow]{safe(', '.join(one['flags']))}[/]" if one["flags"] else ""
        console.print(f"[bold]{one['start_s']:.1f} s to {one['end_s']:.1f} s[/]  [dim]{safe(one['model'])}[/]{flags}")
        for length, text in one["captions"].items():
            console.print(f"  [dim]{length:6}[/] {safe(text)}")
        if "unmeasured" in one:
            console.print(f"  no caption: {one['unmeasured']}")


@captions_app.command()
def sample(
    run: str | None = RUN,
    count: int = COUNT,
    flag: str | None = typer.Option(None, "--flag", help="Only those with this flag; `unmeasured` for those without."),
    output: Path = typer.Option(Path("captions.html"), "--output", callback=writable, help="Where to write the page."),
) -> None:
    """Write a page of windows drawn at random: pictures, the three captions, and the flags."""
    from tasks.cli.captions_page import Look, Shown, captions_page, column_of, looked_at, sheet_of, window_clip

    _check_flags([flag] if flag else [])
    run_id, rows = _drawn(run, count, flag)
    clips = [window_clip(row) for row in rows]
    with waiting("looking at the windows"):
        seen = looked_at(clips, Look())
    shown = [
        Shown(*_place(row), sheet_of(seen.get(clip.subject_id)), (column_of(row),))
        for row, clip in zip(rows, clips, strict=True)
    ]
    about = f"{len(rows)} windows of {run_id}{f' with the flag {flag}' if flag else ''}, drawn at random"
    output.write_text(captions_page("Captions", about, shown))
    typer.echo(f"wrote {output}: {len(rows)} windows")


@captions_app.command()
def compare(
    prompt_a: str = typer.Argument(metavar="PROMPT_A", help="A shipped prompt's name, or a .md file."),
    prompt_b: str = typer.Argument(metavar="PROMPT_B", help="Another one."),
    run: str | None = RUN,
    count: int = typer.Option(10, "--n", min=1, max=500, help="So many windows, drawn at random; the same every time."),
    model: str | None = MODEL,
    url: str | None = URL,
    output: Path = typer.Option(Path("compare.html"), "--output", callback=writable, help="Where to write the page."),
) -> None:
    """Ask a model about the same windows by two prompts, and write a page with both answers side by side."""
    from tasks.models.backends import open_backend

    run_id, rows = _drawn(run, count, None)
    both = [_prompted(run_id, prompt, model, url) for prompt in (prompt_a, prompt_b)]
    asked = both[0].model
    if asked is None:
        raise typer.BadParameter("the run's captions are made without a model, which has no prompt; give --model")
    with waiting("asking about the windows"):
        shown = compared(rows, list(zip((prompt_a, prompt_b), both, strict=True)), open_backend(asked))
    from tasks.cli.captions_page import captions_page

    about = f"{len(rows)} windows of {run_id}, drawn at random, by {asked.model}"
    output.write_text(captions_page(f"{prompt_a} and {prompt_b}", about, shown))
    typer.echo(f"wrote {output}: {len(rows)} windows by two prompts")


def compared(rows: "Sequence[Row]", both: "list[tuple[str, CaptionSettings]]", backend: "Backend") -> "list[Shown]":
    """Each window with what the model says of it by each prompt."""
    from tasks.caption.dialogue import ask_of
    from tasks.caption.look import Described
    from tasks.caption.window import WindowCaption
    from tasks.cli.captions_page import Column, Look, Shown, looked_at, sheet_of, window_clip

    clips = [window_clip(row) for row in rows]
    first = both[0][1]
    side_px = first.model.longer_side_px if first.model else 0
    seen = looked_at(clips, Look(first.frames, side_px))
    columns: dict[Any, list[Column]] = {clip.subject_id: [] for clip in clips}
    for heading, settings in both:
        copies = {
            clip: Described([WindowCaption(one.window, "") for one in found.windows], dict(found.pictures))
            for clip, found in seen.items()
        }
        ask_of(backend, settings, list(copies.items()))
        for clip, found in copies.items():
            said = found.windows[0]
            why = said.unmeasured.kind if said.unmeasured else None
            columns[clip].append(Column(heading, said.texts.as_json() if said.texts else {}, said.flags, why))
    return [
        Shown(*_place(row), sheet_of(seen.get(clip.subject_id)), tuple(columns[clip.subject_id]))
        for row, clip in zip(rows, clips, strict=True)
    ]


def _prompted(run_id: str, prompt: str, model: str | None, url: str | None) -> "CaptionSettings":
    """How the run's recipe, or the model that was named, would be asked by another prompt."""
    from tasks.core.catalog.work import load_run

    own = _words_of(prompt)
    if model is not None:
        return _settings(model, url, **own)
    with catalog_at_hand() as catalog, catalog.begin() as connection:
        settings = load_run(connection, run_id).recipe.caption
    body = settings.model_dump(mode="json", exclude={"prompt", "prompt_text"}) if settings else {}
    return _checked({**body, **own})


@captions_app.command()
def redo(
    flags: list[str] = typer.Argument(metavar="FLAG...", help="Flags, or `unmeasured` for windows without a caption."),
    run: str | None = RUN,
    as_json: bool = AS_JSON,
) -> None:
    """Ask for other captions of the windows that have a flag; the next run makes them, and keeps all others.

    --json gives
    run, flags, and how many clips and windows are released
    """
    from tasks.report.funnel import newest_run

    _check_flags(flags)
    with catalog_at_hand() as catalog, catalog.begin() as connection:
        run_id = run or newest_run(connection)
        found = connection.row("cli/release_captions", run=run_id, flags=sorted(set(flags)))
    clips, windows = (int(found[name]) for name in ("clips", "windows")) if found else (0, 0)
    if as_json:
        print_json({"run": run_id, "flags": flags, "clips": clips, "windows": windows})
    else:
        typer.echo(f"released {windows} windows of {clips} clips; `clipmill run RECIPE` describes them anew")


def _check_flags(flags: "Sequence[str]") -> None:
    from tasks.caption.flags import FLAGS

    known = (*FLAGS, "unmeasured")
    if strange := [flag for flag in flags if flag not in known]:
        raise typer.BadParameter(f"no such flag: {', '.join(strange)}; there are {', '.join(known)}")


def _drawn(run: str | None, count: int, flag: str | None) -> "tuple[str, list[Row]]":
    from tasks.report.funnel import newest_run

    with catalog_at_hand() as catalog, catalog.begin() as connection:
        run_id = run or newest_run(connection)
        return run_id, connection.rows("cli/caption_windows", run=run_id, count=count, flag=flag)


def _place(row: "Row") -> tuple[str, str, float, float]:
    return str(row["clip_id"]), row["path"], row["window_start_s"], row["window_end_s"]
