"""The forms a person fills in to start a run. Their JSON answers are what `plan` gets as `--params`.

What each field may hold and what it means stands in `params.schema.json`, which `make schema` writes from the model by
which `plan` checks the answers; here stand the sections, their order, and the titles.
"""

import json
from pathlib import Path
from typing import Any

from airflow.sdk import Param

from clipmill_dags.schedule import Schedule
from clipmill_dags.stages import STAGES

SCHEMA = Path(__file__).with_name("params.schema.json")

TITLES = {
    "recipe": "Recipe",
    "source": "Source",
    "licence": "Licence",
    "rights": "Rights",
    "window_from": "From",
    "window_to": "Until",
    "dataset": "Dataset",
    "output": "Output",
    "policy": "Policy",
    "fps": "Frames per second",
    "max_short_side_px": "Longest short side (px)",
    "stages": "Only these stages",
    "limit": "Videos at most",
    "dry_run": "Dry run",
    "approval": "Ask before publishing",
    "caption_model": "Captions by",
    "caption_prompt": "Prompt",
    "caption_server": "Server of the model",
    "settings": "Other settings",
}

INGEST = {
    "Source and licence": ("recipe", "source", "licence", "rights"),
    "Window": ("window_from", "window_to"),
    "Dataset and policy": ("dataset", "output", "policy"),
    "Output": ("fps", "max_short_side_px"),
    "Stages": ("stages", "limit", "dry_run"),
    "Captions": ("caption_model", "caption_prompt", "caption_server"),
    "Advanced": ("approval", "settings"),
}
CURATE = {
    "Dataset and policy": ("recipe", "dataset", "output", "policy"),
    "Stages": ("stages", "limit", "dry_run"),
    "Captions": ("caption_model", "caption_prompt", "caption_server"),
    "Output": ("fps", "max_short_side_px", "approval"),
    "Advanced": ("settings", "source", "licence", "rights", "window_from", "window_to"),
}
"""The same fields in another order, because `ingest` hands its answers on to `curate`."""

AS_BEFORE = "as the recipe says"
"""What an empty drop-down shows."""

MULTILINE, MANY = {"rights"}, {"stages": [spec.name for spec in STAGES if spec.name != "plan"]}


def run_form(sections: dict[str, tuple[str, ...]], schedule: Schedule | None = None) -> dict[str, Param]:
    """The Params of a DAG, in their order; a schedule's recipe stands in the form already."""
    fields = json.loads(SCHEMA.read_text())["properties"]
    form = {}
    for section, names in sections.items():
        for name in names:
            form[name] = _param(name, section, dict(fields[name]))
    if schedule is not None:
        form["recipe"].value = schedule.recipe
    return form


def _param(name: str, section: str, field: dict[str, Any]) -> Param:
    default = field.pop("default", None)
    field.pop("title", None)
    choices = [choice for choice in field.pop("anyOf", []) if choice.get("type") != "null"]
    if choices:
        field |= choices[0]
    if field["type"] != "boolean":
        # A field that was filled in and emptied again comes back as null.
        field["type"] = ["null", field["type"]]
    if "enum" in field:
        field |= {"enum": [None, *field["enum"]], "values_display": {"null": AS_BEFORE}}
    if name in MANY:
        field["examples"] = MANY[name]
    if name in MULTILINE:
        field["format"] = "multiline"
    return Param(default, title=TITLES[name], section=section, **field)
