"""Try one file: what split, crop and filter would make of it, without a catalog and without Airflow."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import typer

from tasks.cli.ask import AS_JSON, print_json
from tasks.cli.run import named_policy

if TYPE_CHECKING:
    from tasks.core.model import Span, VideoInfo
    from tasks.core.policy import Policy
    from tasks.split.video import Split

file_app = typer.Typer()
PANEL = "Try one file"
FILE = typer.Argument(metavar="FILE", help="A video file.")
START = typer.Option(0.0, "--start", min=0, help="Seconds from the first frame.")
END = typer.Option(None, "--end", min=0, help="Seconds from the first frame; the end of the file where left out.")


@contextmanager
def opened(file: Path) -> Iterator[tuple[BinaryIO, "VideoInfo"]]:
    """The file and what a probe says of it. Raises UnreadableVideo for whatever cannot be read."""
    from tasks.core.errors import ObjectMissing, UnreadableVideo
    from tasks.core.media import probe
    from tasks.core.store import open_source, path_to_uri

    uri = path_to_uri(file)
    try:
        stream = open_source(uri)
    except ObjectMissing as error:
        raise UnreadableVideo("no_such_file", f"there is no file {file}") from error
    except UnreadableVideo as error:
        raise UnreadableVideo(error.kind, error.detail.replace(uri, str(file))) from error
    with stream:
        yield stream, probe(stream)


@contextmanager
def waiting(doing: str) -> Iterator[None]:
    """Shows on a terminal that work goes on."""
    from rich.console import Console

    with Console(stderr=True).status(doing):
        yield


def chosen_span(info: "VideoInfo", start_s: float, end_s: float | None) -> "Span":
    """The asked part of the video on its own clock. Raises BadParameter where it holds nothing."""
    from tasks.core.model import Span

    length_s = info.duration_s
    until_s = length_s if end_s is None else min(end_s, length_s)
    if start_s >= until_s:
        raise typer.BadParameter(f"from {start_s:g} s to {until_s:g} s is nothing; the video is {length_s:.3f} s long")
    end_pts = info.end_pts if until_s == length_s else info.start_pts + round(until_s / info.time_base)
    return Span(info.start_pts + round(start_s / info.time_base), end_pts, info.time_base)


@file_app.command(rich_help_panel=PANEL)
def split(
    file: Path = FILE,
    output: Path | None = typer.Option(None, "--output", help="Also cut the clips, into this folder."),
    method: str = typer.Option("clipmill", help="Shot detector: clipmill, content, adaptive or transnetv2."),
    min_clip_s: float = typer.Option(5.0, "--min", help="Shortest clip in seconds."),
    max_clip_s: float = typer.Option(60.0, "--max", help="Longest clip in seconds."),
    as_json: bool = AS_JSON,
) -> None:
    """Find the changes of shot in a video, and the clips it would be cut into.

    --json gives
    boundaries: frame (first of the new shot), time_s, strength, start_frame,
    end_frame, kind (cut, dissolve, fade or wipe)
    clips: start_frame, end_frame, start_s, end_s, reason (where it is none),
    file (where --output cut it)
    Seconds and frames count from the first frame.
    """
    from tasks.split.video import as_json as split_json
    from tasks.split.video import split_video

    settings = _split_settings(method, min_clip_s, max_clip_s)
    with opened(file) as (stream, info), waiting("looking for changes of shot"):
        found = split_video(stream, info, settings)
        files = _cut(stream, info, found, output) if output else {}
    said = split_json(found)
    for clip in said["clips"]:
        if clip["start_frame"] in files:
            clip["file"] = str(files[clip["start_frame"]])
    print_json(said) if as_json else _show_split(said)


def _split_settings(method: str, min_clip_s: float, max_clip_s: float) -> Any:
    from pydantic import ValidationError

    from tasks.core.errors import BadRecipe
    from tasks.core.recipe import SplitSettings, explain_invalid

    asked: dict[str, Any] = {"method": method, "min_clip_s": min_clip_s, "max_clip_s": max_clip_s}
    try:
        return SplitSettings(**asked)
    except ValidationError as error:
        raise BadRecipe(explain_invalid(error, "split")) from error


def _cut(stream: BinaryIO, info: "VideoInfo", found: "Split", folder: Path) -> dict[int, Path]:
    """The written files by the first frame of their clip."""
    from tasks.core.media import Encoding, encode

    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for number, piece in enumerate((piece for piece in found.spans if piece.reason is None), start=1):
        target = folder / f"clip-{number:04d}-{piece.span.start_s:.2f}s.mp4"
        encode(stream, info, piece.span, Encoding(), target)
        files[piece.start_frame] = target
    return files


def _show_split(said: dict[str, Any]) -> None:
    from tasks.cli.show import results, table

    console = results()
    changes = table("change", "at", "frames", "strength", right=("at", "frames", "strength"))
    for one in said["boundaries"]:
        frames = str(one["frame"]) if one["kind"] == "cut" else f"{one['start_frame']} to {one['end_frame']}"
        changes.add_row(one["kind"], f"{one['time_s']:.2f} s", frames, f"{one['strength']:.2f}")
    spans = table("", "from", "to", "length", "", right=("from", "to", "length"))
    for one in said["clips"]:
        times = [f"{seconds:.2f} s" for seconds in (one["start_s"], one["end_s"], one["end_s"] - one["start_s"])]
        reason = one.get("reason")
        spans.add_row(f"[dim]{reason}[/]" if reason else "clip", *times, one.get("file", ""))
    if said["boundaries"]:
        console.print(changes, "")
    console.print(spans)


@file_app.command(rich_help_panel=PANEL)
def crop(file: Path = FILE, start_s: float = START, end_s: float | None = END, as_json: bool = AS_JSON) -> None:
    """Find the picture inside black or other bars.

    --json gives
    box: x, y, width, height, in displayed pixels
    confidence: 0 to 1
    """
    from tasks.core.settings_filter import CropSettings
    from tasks.crop.find import as_json as crop_json
    from tasks.crop.find import find_box

    with opened(file) as (stream, info), waiting("looking for bars"):
        said = crop_json(find_box(stream, info, chosen_span(info, start_s, end_s), CropSettings()))
    if as_json:
        print_json(said)
        return
    box = said["box"]
    whole = (box["width"], box["height"]) == (info.width_px, info.height_px)
    found = "no bars: the whole" if whole else f"{box['width']}x{box['height']} at {box['x']},{box['y']} of the"
    typer.echo(f"{found} {info.width_px}x{info.height_px} picture, confidence {said['confidence']:.2f}")


@file_app.command(rich_help_panel=PANEL)
def score(
    file: Path = FILE,
    start_s: float = START,
    end_s: float | None = END,
    policy: str | None = typer.Option(None, "--policy", help="Also judge it: a shipped policy's name, or a file."),
    source: str | None = typer.Option(None, "--source", help="Judge it as a clip of the source of this name."),
    as_json: bool = AS_JSON,
) -> None:
    """Measure what the policies judge by, inside the bars.

    --json gives
    scores: by name, value (or null), unit, state (measured or unmeasured)
    verdict, with --policy: outcome (keep, drop or hold); dropped_by: rule, score,
    value, threshold, side (min, max or unmeasured); unmeasured: scores that rules
    wanted; policy
    """
    from tasks.core.settings_filter import CropSettings, FilterSettings
    from tasks.crop.find import find_box
    from tasks.filter.clip import as_json as scores_json
    from tasks.filter.clip import score_clip
    from tasks.filter.scorer import Clip

    judged_by = None if policy is None else named_policy(policy)
    with opened(file) as (stream, info), waiting("measuring"):
        span = chosen_span(info, start_s, end_s)
        box = find_box(stream, info, span, CropSettings()).box
        said = scores_json(score_clip(stream, Clip(info, span, box), FilterSettings()))
    if judged_by is not None:
        said["verdict"] = _verdict(judged_by, said["scores"], source)
    print_json(said) if as_json else _show_scores(said)


def _verdict(policy: "Policy", scores: dict[str, Any], source: str | None) -> dict[str, Any]:
    """What the policy makes of the measured numbers. What depends on other clips is not decided here."""
    from dataclasses import asdict

    from tasks.core.verdict import Judge

    numbers = {name: one["value"] for name, one in scores.items() if one["value"] is not None}
    verdict = Judge(numbers, source).verdict(policy)
    return {
        "outcome": verdict.outcome,
        "dropped_by": [asdict(one) for one in verdict.dropped_by],
        "unmeasured": list(verdict.missing),
        "policy": {"name": policy.name, "version": policy.version, "policy_hash": policy.policy_hash},
    }


def _show_scores(said: dict[str, Any]) -> None:
    from tasks.cli.show import results, table
    from tasks.core.score_names import SCORES
    from tasks.report.wording import number, unit

    console = results()
    rows = table("score", "value", "unit", "", right=("value",))
    for name, one in said["scores"].items():
        value = number(one["value"]) if one["state"] == "measured" else f"[dim]{one['state']}[/]"
        rows.add_row(name, value, unit(one["unit"]), f"[dim]{SCORES[name].meaning}[/]")
    console.print(rows)
    if "verdict" in said:
        _show_verdict(said["verdict"])


def _show_verdict(verdict: dict[str, Any]) -> None:
    from tasks.cli.show import results, safe
    from tasks.report.wording import bounds, number

    console, policy = results(), verdict["policy"]
    console.print(f"\n[bold]{verdict['outcome']}[/] under {safe(policy['name'])} v{policy['version']}")
    for one in verdict["dropped_by"]:
        low, high = (one["threshold"] if one["side"] == side else None for side in ("min", "max"))
        measured = one["value"] is not None
        found = f"{number(one['value'])}, wants {bounds(low, high)}" if measured else "could not be measured"
        console.print(f"  {one['rule']}: {one['score']} {found}  [dim]{safe(one['because'])}[/]")
    if verdict["unmeasured"]:
        console.print(f"  not decided, for want of {', '.join(verdict['unmeasured'])}")
