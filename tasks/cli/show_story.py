"""The story of a clip or a video on a terminal."""

from typing import Any

from rich.console import Console

from tasks.cli.show import results, safe, table
from tasks.cli.show_copies import SHORT_ID, print_copies
from tasks.core.amounts import size
from tasks.core.policy import said_policy
from tasks.report.wording import NOTHING, bounds, count, length, number, percent, unit

Story = dict[str, Any]
COLOURS = {"kept": "green", "split": "green", "dropped": "yellow", "failed": "red", "keep": "green", "drop": "yellow"}


def show_story(story: Story, console: Console | None = None, *, every: bool = False) -> None:
    """Prints the story, in the order in which it happened; every score, or those that a rule asks for."""
    console = console or results()
    if story["kind"] == "clip":
        story = _by_outcome(story, every)
    console.print(
        f"[bold]{story['kind']}[/] {story[story['kind'] + '_id']}  {_coloured(story['state'], story['reason'])}"
    )
    console.print(_origin(story))
    for one in story["blocked"]:
        console.print(f"[yellow]excluded[/] by {safe(one['reason'])}: {safe(one['detail'])}")
    for print_part in _PARTS[story["kind"]]:
        print_part(story, console)
    _print_failures(story, console)
    console.print(f"\n[dim]as run {safe(story['run_id'])} sees it; --json tells all[/]")


def _coloured(state: str | None, reason: str | None = None) -> str:
    said = safe(f"{state}: {reason}" if reason else str(state))
    return f"[{COLOURS.get(state or '', 'cyan')}]{said}[/]"


def _origin(story: Story) -> Any:
    video, source, info = story["video"], story["source"], story["video"]["info"]
    rows = table("", "")
    rows.show_header = False
    name, licence, rights = (safe(source[part] or NOTHING) for part in ("name", "licence", "rights"))
    rows.add_row("source", f"{name}  {licence}  [dim]{rights}[/]")
    for place in video["places"] or [video["path"]]:
        rows.add_row("file", safe(place or NOTHING))
    rows.add_row("video", f"{video['video_id']}  {size(video['size_bytes'] or 0)}{_picture(info)}")
    return rows


def _picture(info: Story | None) -> str:
    if info is None:
        return "  not a readable video"
    rate = info["frame_rate"].split("/")
    fps = float(rate[0]) / float(rate[-1]) if len(rate) == 2 else float(rate[0])
    return f"  {info['width_px']}x{info['height_px']}  {info['codec']}  {number(fps)} frames/s"


def _print_span(story: Story, console: Console) -> None:
    span, crop = story["span"], story["crop"]
    console.print(
        f"span   {_from_to(span)}  frames {span['start_frame']} to {span['end_frame']}  of {span['duration_s']:.2f} s"
    )
    if crop:
        box = f"{crop['width_px']}x{crop['height_px']} at {crop['x_px']},{crop['y_px']}"
        console.print(f"crop   {box}  confidence {crop['confidence']:.2f}")


def _from_to(span: Story) -> str:
    return f"{span['start_s']:.2f} s to {span['start_s'] + span['duration_s']:.2f} s"


def _by_outcome(story: Story, every: bool) -> Story:
    """The story with its failing scores first; those that no rule asks for are left out, unless every one is wanted."""
    outcomes: dict[str, set[str]] = {}
    for rule in story["rules"]:
        outcomes.setdefault(rule["score"], set()).add(rule["outcome"])
    shown = [one for one in story["scores"] if every or not outcomes or one["score"] in outcomes]
    # Sorting keeps the order of what is alike.
    shown.sort(key=lambda one: outcomes.get(one["score"], {"keep"}) == {"keep"})
    return {**story, "scores": shown, "unasked": len(story["scores"]) - len(shown)}


def _print_scores(story: Story, console: Console) -> None:
    if not story["scores"]:
        return
    because = {rule["rule"]: rule["because"] for rule in story["rules"] if rule["outcome"] != "keep"}
    console.print()
    for name, reason in because.items():
        console.print(f"{safe(name)} because: {safe(reason)}")
    rows = table("score", "value", "unit", "rule", "", right=("value",))
    for score in story["scores"]:
        value = number(score["value"]) if score["unmeasured"] is None else safe(score["unmeasured"])
        measured = (score["score"], value, unit(score["unit"]))
        judged = [_judged(rule) for rule in story["rules"] if rule["score"] == score["score"]] or [("", "")]
        for place, cells in enumerate(judged):
            rows.add_row(*(measured if place == 0 else ("", "", "")), *cells)
    console.print(rows)
    if story["unasked"]:
        console.print(f"[dim]{count(story['unasked'], 'scores')} more that no rule asks for: --all[/]")


def _judged(rule: Story) -> tuple[str, str]:
    """A rule with its bounds, and what it says."""
    return f"{safe(rule['rule'])} ({_limits(rule)})", _coloured(rule["outcome"])


def _limits(rule: Story) -> str:
    shares = [
        f"{side} {percent(rule[name])}"
        for side, name in (("lowest", "drop_lowest"), ("highest", "drop_highest"))
        if rule[name] is not None
    ]
    number_known = rule["min_value"] is not None or rule["max_value"] is not None
    return ", ".join([*([bounds(rule["min_value"], rule["max_value"])] if number_known else []), *shares])


def _print_verdicts(story: Story, console: Console) -> None:
    if not story["verdicts"]:
        return
    rows = table("verdict", "policy", "when", "for")
    for verdict in story["verdicts"]:
        reasons = [*verdict["failed_rules"], *(f"{rule} unmeasured" for rule in verdict["unmeasured_rules"])]
        policy = said_policy(verdict["policy"], verdict["policy_version"], verdict["policy_hash"])
        rows.add_row(
            _coloured(verdict["outcome"]),
            safe(policy),
            verdict["judged_at"][:19].replace("T", " "),
            safe(", ".join(reasons)),
        )
    console.print()
    console.print(rows)
    if story["state"] == "duplicate":
        console.print("its scores pass every rule; it is set aside because a better copy of it is kept")


def _print_embeddings(story: Story, console: Console) -> None:
    for one in story["embeddings"]:
        other = "" if one["is_of_run"] else "  [dim](other settings)[/]"
        made = f"{safe(one['model'])} ({safe(one['revision'])[:SHORT_ID]}), {one['dimension']} numbers"
        console.print(f"\nvector     {made}, row {one['ordinal']} of [bold]{safe(one['object_key'])}[/]{other}")
        if one["copied_from"]:
            console.print(f"           vector of the same footage: {one['copied_from']}")


def _print_validations(story: Story, console: Console) -> None:
    for one in story["validations"]:
        other = "" if one["is_of_run"] else "  [dim](other settings)[/]"
        tokens = f"{one['prompt_tokens'] + one['answer_tokens']:,} tokens, {count(one['attempts'], 'attempts')}"
        console.print(f"\nasked      {safe(one['model'] or NOTHING)}  [dim]{tokens}[/]{other}")
        for name, said in (one["answers"] or {}).items():
            confidence = f"{said['confidence']:.2f}"
            console.print(
                f"           {safe(name)}: {safe(said['answer'])} ({confidence})  [dim]{safe(said['reason'])}[/]"
            )
        if one["unmeasured"]:
            console.print(f"           {safe(one['unmeasured'])}: [dim]{safe(one['text'])}[/]")


def _print_captions(story: Story, console: Console) -> None:
    current = next((one for one in story["captions"] if one["is_of_run"] and not one["released_at"]), None)
    if current is None:
        return
    console.print(f"\ncaptions by {safe(current['model'])}")
    for window in current["windows"]:
        times = f"{window['start_s']:.1f} to {window['end_s']:.1f} s"
        flags = f"  [yellow]{safe(', '.join(window['flags']))}[/]" if window["flags"] else ""
        said = (
            safe(window["medium"]) if window["medium"] else f"none: {safe(window['message'] or window['unmeasured'])}"
        )
        console.print(f"  {times}  {said}{flags}")


def _print_renditions(story: Story, console: Console) -> None:
    for one in story["renditions"]:
        frames = f"{one['frame_count']} frames  {size(one['size_bytes'])}"
        what = f"{one['width_px']}x{one['height_px']}  {one['codec']}  {frames}"
        other = "" if one["is_of_run"] else "  [dim](other settings)[/]"
        console.print(f"\nencoded as [bold]{safe(one['object_key'])}[/]  {what}{other}")
    for one in story["shards"]:
        versions = ", ".join(map(str, one["versions"])) or "none yet"
        current = "" if one["is_current"] else "  [dim](written anew since)[/]"
        at = f"at byte {one['offset_bytes']:,}, {size(one['size_bytes'])}"
        where = f"[bold]{safe(one['object_key'])}[/]  {at}"
        console.print(f"in shard   {where}  versions of {safe(one['dataset'])}: {versions}{current}")


def _print_spans(story: Story, console: Console) -> None:
    split = story["split"]
    if split is None:
        return
    changes = f"{count(len(split['boundaries']), 'changes')} of shot"
    console.print(f"split  {split['frame_count']} frames, {length(split['duration_s'])}, {changes}\n")
    rows = table("", "from", "to", "length", "clip", "", right=("from", "to", "length"))
    for span in story["spans"]:
        times = (f"{span['start_s']:.2f}", f"{span['start_s'] + span['duration_s']:.2f}", f"{span['duration_s']:.2f} s")
        state = _coloured(span["state"], span["reason"]) if span["clip_id"] else f"[dim]{span['reason']}[/]"
        rows.add_row(str(span["ordinal"]), *times, (span["clip_id"] or "")[:SHORT_ID], state)
    console.print(rows)


def _print_failures(story: Story, console: Console) -> None:
    for one in story["failures"]:
        state = "released" if one["released_at"] else "failed"
        what = f"{one['kind']} ({safe(one['message'])}), {count(one['tries'], 'tries')}"
        console.print(f"\n[red]{state}[/] in {one['stage']}: {what}")


def _print_copies(story: Story, console: Console) -> None:
    print_copies(story["copies"], story["clip_id"], console)


_PARTS = {
    "clip": (
        _print_span,
        _print_scores,
        _print_verdicts,
        _print_embeddings,
        _print_validations,
        _print_copies,
        _print_captions,
        _print_renditions,
    ),
    "video": (_print_spans,),
}
