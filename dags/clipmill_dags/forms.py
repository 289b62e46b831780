"""The form a person fills in to start a run. Its JSON answers are what `plan` gets as `--params`."""

import json
from pathlib import Path
from typing import Any

from airflow.sdk import Param

ESSENTIAL, OPTIONS = "What to run", "Options"

SCHEMA = Path(__file__).with_name("recipe.schema.json")
"""Written by `make schema` from the settings models."""

RECIPES = Path(__file__).resolve().parents[2] / "recipes"


def run_form() -> dict[str, Param]:
    """The Params of both DAGs: one form, because `ingest` hands its answers on to `curate`."""
    return {
        "recipe": Param(
            "",
            title="Recipe",
            description="Name of a registered recipe, or its hash; `clipmill recipe add` registers one. "
            "Where stages run on this machine, also the path of a recipe file: a pod sees none.",
            section=ESSENTIAL,
            type="string",
            minLength=1,
            examples=sorted(path.stem for path in RECIPES.glob("*.yaml")),
        ),
        "policy": Param(
            None,
            title="Policy",
            description=f"{_described('policy')} Empty: the recipe's own.",
            section=OPTIONS,
            type=["null", "string"],
            minLength=1,
        ),
        "limit": Param(
            None,
            title="Videos at most",
            description="Take no more than this many videos, to try a recipe out. Empty: all.",
            section=OPTIONS,
            type=["null", "integer"],
            minimum=1,
        ),
    }


def _described(field: str) -> str:
    """What the settings models say of a field of the recipe."""
    schema: dict[str, Any] = json.loads(SCHEMA.read_text())
    return schema["properties"][field]["description"]
