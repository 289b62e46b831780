"""What a person chooses when they trigger a run, and what it makes of a recipe."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from pydantic import Field, ValidationError, field_validator

from tasks.core.errors import BadRecipe
from tasks.core.model_names import VisionLanguage
from tasks.core.policy import shipped_policies
from tasks.core.prompts import PromptName
from tasks.core.recipe import Recipe, explain_invalid, parse_recipe
from tasks.core.settings import Settings

Choosable = Literal[
    "ingest", "split", "crop", "filter", "embed", "dedup", "validate", "caption", "transcode", "shard", "publish",
    "report",
]  # fmt: skip
"""Stages that a run may leave out; `plan` it may not."""

SIGNALS, NO_CAPTIONS = "signals", "none"
"""Captions without a model, and none."""


class RunParams(Settings):
    """The answers to the trigger form; every name is one of its fields."""

    recipe: str | None = Field(
        None,
        min_length=1,
        description="A registered recipe's name or hash, or the path of a recipe file. Empty: one is made of the "
        "source, licence, rights, dataset and output given here.",
    )
    source: str | None = Field(
        None, min_length=1, description="Add this source to the recipe, from now on: a path or URL."
    )
    licence: str | None = Field(None, description="SPDX identifier of the source's licence.")
    rights: str | None = Field(None, description="On what ground the source may be used, in a sentence.")
    window_from: datetime | None = Field(
        None, description="Only files of this time or later are listed, and their videos worked on."
    )
    window_to: datetime | None = Field(
        None, description="Only files of before this time are listed, and their videos worked on."
    )
    dataset: str | None = Field(None, description="Another dataset than the recipe's.")
    output: str | None = Field(None, description="Another place for the dataset than the recipe's.")
    policy: str | None = Field(None, description="Another policy than the recipe's: a shipped name or a file's path.")
    fps: float | None = Field(None, gt=0, le=240, description="Frames per second of the encoded clips.")
    max_short_side_px: int | None = Field(
        None, ge=16, le=8192, description="Pictures with a longer short side are scaled down to it."
    )
    caption_model: str | None = Field(
        None, min_length=1,
        description=f"What writes captions: `{SIGNALS}` (what was measured, without a model), a model of the model "
        f"store, with a server what that calls it, or `{NO_CAPTIONS}` for no captions. Empty: as the recipe says.",
    )  # fmt: skip
    caption_prompt: PromptName | None = Field(None, description="What that model is told to look for.")
    caption_server: str | None = Field(
        None, pattern=r"^https?://[^\s]+$",
        description="Address of a served model, up to /v1. Empty: the model store's.",
    )  # fmt: skip
    settings: dict[str, Any] = Field({}, description="Any other field of the recipe, as it stands in a recipe file.")
    stages: tuple[Choosable, ...] = Field((), description="Run these stages only. Empty: all.")
    limit: int | None = Field(None, gt=0, description="Take at most so many videos; empty for all.")
    dry_run: bool = Field(False, description="Say what would be done, and do nothing.")
    approval: bool = Field(False, description="Ask a person before a version is published.")

    @field_validator("window_from", "window_to")
    @classmethod
    def _in_utc(cls, time: datetime | None) -> datetime | None:
        return time if time is None or time.tzinfo else time.replace(tzinfo=UTC)

    def model_post_init(self, context: Any) -> None:
        """Refuse answers that name no recipe and make none."""
        if self.recipe is None and None in (self.source, self.dataset, self.output):
            raise ValueError("recipe: name one, or give source, licence, rights, dataset and output to make one")
        if self.source is not None and None in (self.licence, self.rights):
            raise ValueError("licence: a source needs its licence and the ground on which it may be used (rights)")
        if self.window_from and self.window_to and self.window_from >= self.window_to:
            raise ValueError("window_to: not after window_from")
        if self.caption_server is not None and self.caption_model in (None, SIGNALS, NO_CAPTIONS):
            raise ValueError("caption_server: name the model that it serves as caption_model")

    @property
    def answers(self) -> dict[str, Any]:
        """What was answered, as it is kept with the run."""
        return self.model_dump(mode="json", exclude_defaults=True)

    def made_recipe(self) -> Recipe:
        """The recipe of these answers alone, called as its dataset. Raises BadRecipe."""
        body = {"name": self.dataset, "sources": [self._source()]}
        return parse_recipe(_merged(body, self._changes()), "params")

    def with_source(self, recipe: Recipe) -> Recipe:
        """The recipe with the source that was given, in place of its own entry for the same place. Raises BadRecipe."""
        if self.source is None:
            return recipe
        others = [one.model_dump(mode="json") for one in recipe.sources if one.path != self.source]
        return parse_recipe(recipe.model_dump(mode="json") | {"sources": [*others, self._source()]}, "params")

    def changed(self, recipe: Recipe) -> Recipe:
        """The recipe with what was chosen for one run in place of its own. Raises BadRecipe naming the field."""
        changes = self._changes()
        if not changes:
            return recipe
        return parse_recipe(_merged(recipe.model_dump(mode="json"), changes), "params")

    def _changes(self) -> dict[str, Any]:
        """The chosen fields, as they stand in a recipe file."""
        said = {"dataset": self.dataset, "output": self.output, "policy": self.policy}
        encoded = {"fps": self.fps, "max_short_side_px": self.max_short_side_px}
        changes: dict[str, Any] = _merged(self.settings, {name: value for name, value in said.items() if value})
        if any(encoded.values()):
            changes = _merged(changes, {"transcode": {name: value for name, value in encoded.items() if value}})
        return _with_captions(changes, self._captions())

    def _captions(self) -> dict[str, Any] | None:
        """The chosen fields of `caption`; None for no captions."""
        if self.caption_model == NO_CAPTIONS:
            return None
        chosen: dict[str, Any] = {}
        if self.caption_prompt is not None:
            chosen |= {"prompt": self.caption_prompt, "prompt_text": None}
        if self.caption_model == SIGNALS:
            chosen["model"] = None
        elif self.caption_model is not None:
            backend = "openai" if self.caption_server else "transformers"
            chosen["model"] = {"backend": backend, "model": self.caption_model, "url": self.caption_server}
        return chosen

    def _source(self) -> dict[str, Any]:
        place = str(self.source)
        kind = "s3" if place.startswith("s3://") else "folder"
        words = re.sub(r"[^a-z0-9]+", "-", place.lower()).strip("-")
        return {
            "name": words[-60:].strip("-") or "source",
            "kind": kind,
            "path": place,
            "licence": self.licence,
            "rights": self.rights,
        }


def params_schema() -> dict[str, Any]:
    """The JSON Schema of the params, from which the trigger form is made; of policies, those that are shipped."""
    schema = RunParams.model_json_schema()
    schema["properties"]["policy"]["examples"] = sorted(shipped_policies())
    schema["properties"]["caption_model"]["examples"] = [SIGNALS, NO_CAPTIONS, *get_args(VisionLanguage)]
    return schema


def parse_params(text: str) -> RunParams:
    """The params as the trigger form sent them. Raises BadRecipe naming the field."""
    try:
        answers = json.loads(text)
    except ValueError as error:
        raise BadRecipe(f"params: no JSON: {error}") from error
    return params_of(answers)


def params_of(answers: Mapping[str, Any]) -> RunParams:
    """The params of these answers, an empty one as if it was not given. Raises BadRecipe naming the field."""
    said = {name: value for name, value in answers.items() if value is not None and value != ""}
    try:
        return RunParams.model_validate(said)
    except ValidationError as error:
        raise BadRecipe(explain_invalid(error, "params")) from error


def _with_captions(changes: dict[str, Any], chosen: dict[str, Any] | None) -> dict[str, Any]:
    return changes if chosen == {} else _merged(changes, {"caption": chosen})


def _merged(body: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The body with the changes in it, those of nested mappings one by one; a list is replaced as a whole."""
    merged = dict(body)
    for name, value in changes.items():
        under = merged.get(name)
        both = isinstance(under, Mapping) and isinstance(value, Mapping)
        merged[name] = _merged(under, value) if both and under is not None else value
    return merged
