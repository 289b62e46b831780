"""Output keys: the content-made name of a stage with its settings and of the stages that it reads."""

import uuid
from dataclasses import dataclass
from typing import Any

from tasks.core.model import content_id
from tasks.core.policy import Policy
from tasks.core.recipe import Recipe
from tasks.core.settings import canonical_json


@dataclass(frozen=True, slots=True)
class StageKey:
    """One stage (or scorer of it) as a run does it."""

    name: str
    """The stage's name, or filter.<scorer>."""
    stage: str
    key: uuid.UUID
    fingerprint: dict[str, Any]


def stage_keys(recipe: Recipe) -> dict[str, StageKey]:
    """The keys of every stage of a recipe by name.

    A key is made of the stage's own settings and the keys of the outputs it reads. `crop` reads clips, whose ids hold
    their spans, so it does not depend on how they were cut; each scorer has a key of its own, so that a new one
    measures only itself.
    """
    keys: dict[str, StageKey] = {}

    def add(name: str, settings: dict[str, Any], *reads: str) -> None:
        made_of = [str(keys[read].key) for read in reads]
        key = content_id("key", name, canonical_json(settings), *made_of)
        keys[name] = StageKey(name, name.split(".")[0], key, settings)

    add("ingest", recipe.ingest.model_dump(mode="json"))
    add("split", recipe.split.model_dump(mode="json"))
    add("crop", recipe.crop.model_dump(mode="json"))
    scorers = recipe.filter.model_dump(mode="json")
    for scorer, settings in sorted(scorers.items()):
        add(f"filter.{scorer}", settings, "crop")
    add("filter", {}, *(f"filter.{scorer}" for scorer in sorted(scorers)))
    # Renditions lie below the output: another output has none yet.
    add("transcode", {"output": recipe.output} | recipe.transcode.model_dump(mode="json"), "crop")
    where = {"dataset": recipe.dataset, "output": recipe.output}
    add("shard", where | recipe.shard.model_dump(mode="json"), "transcode")
    return keys


def basis(policy: Policy, keys: dict[str, StageKey]) -> uuid.UUID:
    """Name of the measurements that a policy judges by: verdicts under another basis are other verdicts."""
    scorers = sorted({rule.scorer for rule in policy.rules})
    return content_id("basis", *(keys[f"filter.{scorer}"].key for scorer in scorers))
