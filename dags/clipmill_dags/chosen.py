"""Whether a run is to do a stage at all: the form can name some, and a dry run does none."""

from typing import Any

ALWAYS = "plan"


def is_left_out(stage: str, context: Any) -> bool:
    """Whether the person who started the run left this stage out."""
    params = context.get("params") or {}
    only = params.get("stages") or ()
    return stage != ALWAYS and (bool(params.get("dry_run")) or (bool(only) and stage not in only))


def why_left_out(stage: str, context: Any) -> str:
    """What the task's log says of it."""
    if context["params"].get("dry_run"):
        return f"{stage}: nothing done, this is a dry run; the log of each plan says what would be"
    return f"{stage}: left out, the run was asked for {', '.join(context['params']['stages'])} only"
