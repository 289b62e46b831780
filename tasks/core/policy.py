"""A policy: named, versioned thresholds that turn scores into verdicts."""

from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field, ValidationError

from tasks.core.errors import BadRecipe
from tasks.core.model import content_hash
from tasks.core.recipe import explain_invalid
from tasks.core.score_names import SCORES
from tasks.core.settings import Settings, canonical_json

SHIPPED = Path(__file__).parent / "policies"


class Rule(Settings):
    """One threshold: a clip passes when min <= score <= max."""

    rule: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="The reason people see, such as low_motion.")
    score: str
    min: float | None = None
    max: float | None = None
    because: str = Field(min_length=3)
    when_unmeasured: Literal["keep", "drop", "hold"] = "hold"

    @property
    def scorer(self) -> str:
        """Name of the scorer that measures this rule's score."""
        return SCORES[self.score].scorer


class Policy(Settings):
    """Rules in the order in which people read them; all must pass."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")
    version: int = Field(ge=1)
    description: str = ""
    rules: tuple[Rule, ...] = Field(min_length=1, max_length=60)

    @property
    def policy_hash(self) -> str:
        """sha256 of the canonical JSON of all fields."""
        return content_hash(canonical_json(self.model_dump(mode="json")))


def is_file(name_or_path: str) -> bool:
    """Whether a policy is named by its file's path."""
    return "/" in name_or_path


def shipped_policies() -> list[str]:
    """Names of the policies that come with clipmill."""
    return sorted(known.stem for known in SHIPPED.glob("*.yaml"))


def load_policy(name_or_path: str) -> Policy:
    """The shipped policy of that name, or the one in that file. Raises BadRecipe with the rule and the choices."""
    path = Path(name_or_path) if is_file(name_or_path) else SHIPPED / f"{name_or_path}.yaml"
    if not path.is_file():
        shipped = ", ".join(shipped_policies())
        raise BadRecipe(f"policy: no such policy {name_or_path!r}; shipped are {shipped}, or give a file's path")
    try:
        policy = Policy.model_validate(yaml.safe_load(path.read_text()))
    except yaml.YAMLError as error:
        raise BadRecipe(f"{path}: {error}") from error
    except ValidationError as error:
        raise BadRecipe(explain_invalid(error, str(path))) from error
    _check_rules(policy, path)
    return policy


def _check_rules(policy: Policy, path: Path) -> None:
    seen: set[str] = set()
    for number, rule in enumerate(policy.rules, start=1):
        where = f"{path}: rule {number} ({rule.rule})"
        if rule.rule in seen:
            raise BadRecipe(f"{where}: the name is used twice")
        seen.add(rule.rule)
        if rule.score not in SCORES:
            raise BadRecipe(f"{where}: no such score {rule.score!r}; there are {', '.join(sorted(SCORES))}")
        _check_range(rule, where)


def _check_range(rule: Rule, where: str) -> None:
    if rule.min is None and rule.max is None:
        raise BadRecipe(f"{where}: give min, max or both")
    if rule.min is not None and rule.max is not None and rule.min > rule.max:
        raise BadRecipe(f"{where}: empty range, min {rule.min} is above max {rule.max}")
    score = SCORES[rule.score]
    for side, value in (("min", rule.min), ("max", rule.max)):
        if value is not None and not score.low <= value <= score.high:
            raise BadRecipe(f"{where}: {side} {value} is out of range; {rule.score} is {score.low} to {score.high}")
