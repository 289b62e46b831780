"""Output keys: the content-made name of a stage with its settings and of the stages that it reads."""

import uuid
from dataclasses import dataclass
from typing import Any

from tasks.core.errors import BadPolicy
from tasks.core.model import content_id
from tasks.core.policy import Policy, rule_scorers
from tasks.core.recipe import Recipe
from tasks.core.score_names import CRITERIA, SCORES
from tasks.core.settings import canonical_json
from tasks.core.settings_caption import CAPTION_FLAGS, SIGNALS_READ


@dataclass(frozen=True, slots=True)
class StageKey:
    """One stage (or scorer of it) as a run does it."""

    name: str
    """The stage's name, or filter.<scorer> or embed.<scorer>."""
    stage: str
    key: uuid.UUID
    fingerprint: dict[str, Any]


_STAGES = {"place": "shard", "text": "shard"}
"""Keys named otherwise than by a stage or a scorer of it."""


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
        keys[name] = StageKey(name, _STAGES.get(name, name.split(".")[0]), key, settings)

    add("ingest", recipe.ingest.model_dump(mode="json"))
    add("split", recipe.split.model_dump(mode="json"))
    add("crop", recipe.crop.model_dump(mode="json"))
    scorers = recipe.filter.model_dump(mode="json")
    for scorer, settings in sorted(scorers.items()):
        add(f"filter.{scorer}", settings, "crop")
    add("filter", {}, *(f"filter.{scorer}" for scorer in sorted(scorers)))
    embedders = sorted(recipe.embed.scorers)
    for scorer in embedders:
        add(f"embed.{scorer}", recipe.embed.fingerprint(scorer), "crop")
    add("embed", {}, *(f"embed.{scorer}" for scorer in embedders))
    # The index lies below the output.
    add("dedup", {"output": recipe.output} | recipe.dedup.model_dump(mode="json"), "embed.embedding")
    if recipe.validation is not None:
        add(f"validate.{CRITERIA}", recipe.validation.fingerprint(), "crop")
        add("validate", {}, f"validate.{CRITERIA}")
    captions = () if recipe.caption is None else ("caption.captions",)
    if recipe.caption is not None:
        # What a model says hangs on the pictures; without one, captions tell what filter has measured.
        told = [] if recipe.caption.model else [f"filter.{scorer}" for scorer in SIGNALS_READ]
        add("caption", recipe.caption.fingerprint(), "crop", *told)
        add("caption.captions", {"algorithm": CAPTION_FLAGS}, "caption")
    # Renditions lie below the output: another output has none yet.
    add("transcode", {"output": recipe.output} | recipe.transcode.fingerprint, "crop")
    content = [name for name in ("filter.content_type", "embed.zero_shot") if name in keys]
    add("place", recipe.shard.placing, "transcode", *(content if "content_type" in recipe.shard.axes else ()))
    text = () if recipe.shard.text_vectors is None else ("text",)
    if recipe.shard.text_vectors is not None:
        add("text", recipe.shard.text_vectors.fingerprint, *captions)
    where = {"dataset": recipe.dataset, "output": recipe.output}
    packing = recipe.shard.model_dump(mode="json", exclude={"text_vectors"})
    add("shard", where | packing, "transcode", "place", *captions, *text)
    return keys


def basis(policy: Policy, keys: dict[str, StageKey], recipe: Recipe) -> uuid.UUID:
    """Name of what a policy judges by: verdicts under another basis are other verdicts.

    Raises BadPolicy for a rule on a scorer, or on a criterion, that the recipe does not have.
    """
    _check_criteria(policy, recipe)
    made_of = [str(scorer_key(keys, scorer, policy).key) for scorer in policy.scorers]
    if policy.depends_on_run:
        made_of += [str(keys["split"].key), *sorted(f"{one.name} {one.uri}" for one in recipe.sources)]
    return content_id("basis", *made_of)


def _check_criteria(policy: Policy, recipe: Recipe) -> None:
    """Raises BadPolicy for a rule on a criterion that nobody asks about."""
    asked = recipe.validation.scores if recipe.validation is not None else None
    for one in policy.compiled.conditions:
        score = one.condition.score
        if asked is not None and SCORES[score].scorer == CRITERIA and score not in asked:
            raise BadPolicy(f"{policy.name}: {score}: the recipe's validate.criteria give {', '.join(asked)}")


def cluster_key(policy: Policy, keys: dict[str, StageKey], recipe: Recipe) -> uuid.UUID | None:
    """Name of what clusters of copies are made by; None where the policy keeps copies.

    Raises BadPolicy for a limit below which the recipe keeps no pairs.
    """
    if policy.duplicates is None:
        return None
    floor = recipe.dedup.floor
    for limit in policy.duplicates.limits(recipe.embed.embedding.kind):
        if limit is not None and limit < floor:
            raise BadPolicy(f"{policy.name}: duplicates: {limit} is below the recipe's dedup.floor, {floor}")
    clips = [str(keys["split"].key), *sorted(f"{one.name} {one.uri}" for one in recipe.sources)]
    made_of = (keys["dedup"].key, policy.policy_hash, basis(policy, keys, recipe), *clips)
    return content_id("clusters", *map(str, made_of))


def scorer_key(keys: dict[str, StageKey], scorer: str, policy: Policy) -> StageKey:
    """The key of a scorer, whichever stage it belongs to. Raises BadPolicy naming the rule that needs it."""
    scorers = {key.name.split(".")[1]: key for key in keys.values() if "." in key.name}
    if scorer not in scorers:
        rules = ", ".join(rule.rule for rule in policy.rules if scorer in rule_scorers(rule))
        measured = ", ".join(sorted(scorers))
        asked = f"{policy.name}: {rules} needs the scorer {scorer}; the recipe measures by {measured}"
        raise BadPolicy(f"{asked}; `{OF_STAGES.get(scorer, f'embed.{scorer}')}` in the recipe adds it")
    return scorers[scorer]


OF_STAGES = {"criteria": "validate", "captions": "caption"}
"""What in a recipe adds a scorer; else its own entry under `embed`, since those of `filter` are always there."""
