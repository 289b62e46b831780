"""A policy: named, versioned rules that turn scores into verdicts."""

from functools import cache, cached_property
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field, ValidationError

from tasks.core.clauses import Compiled, compile_rules
from tasks.core.errors import BadPolicy
from tasks.core.model import content_hash
from tasks.core.policy_checks import problems
from tasks.core.recipe import explain_invalid
from tasks.core.rule import Rule
from tasks.core.score_names import SCORES
from tasks.core.settings import Settings, canonical_json
from tasks.core.yaml_lines import Lines

SHIPPED = Path(__file__).parent / "policies"
HASH_SHOWN = 8
"""Digits of a hash that tell two policies of one name apart."""


class Limits(Settings):
    """From which similarity on two clips count as copies, by what made their vectors."""

    signal: float | None = Field(None, gt=0, le=1, description="Of vectors made without a network.")
    model: float | None = Field(None, gt=0, le=1, description="Of vectors made by a network.")


class Duplicates(Settings):
    """Which clips count as copies; of those, the best is kept."""

    similarity: Limits
    same_video: Limits = Field(
        Limits(), description="For two clips of one video, which often look alike and are none; empty: never copies."
    )
    because: str = Field(min_length=3)

    def limits(self, kind: Literal["signal", "model"]) -> tuple[float | None, float | None]:
        """The limits for vectors of this kind: of any two clips, and of two of one video."""
        return getattr(self.similarity, kind), getattr(self.same_video, kind)


class Policy(Settings):
    """Rules in the order in which people read them; all must pass."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")
    version: int = Field(ge=1)
    description: str = ""
    rules: tuple[Rule, ...] = Field(min_length=1, max_length=60)
    duplicates: Duplicates | None = Field(None, description="Empty: copies are kept.")

    @property
    def policy_hash(self) -> str:
        """sha256 of the canonical JSON of what is said; a field added later changes no hash."""
        return content_hash(canonical_json(self.body))

    @property
    def said(self) -> str:
        """Its name and version, and the start of its hash where it is no shipped one."""
        return said_policy(self.name, self.version, self.policy_hash)

    @property
    def body(self) -> dict[str, object]:
        """What the policy says, as JSON can hold it."""
        return self.model_dump(mode="json", exclude_defaults=True)

    @cached_property
    def compiled(self) -> Compiled:
        """The rules as the catalog judges by them."""
        return compile_rules(self.rules)

    @property
    def scorers(self) -> list[str]:
        """Names of the scorers whose numbers it needs."""
        return sorted({scorer for rule in self.rules for scorer in rule_scorers(rule)})

    @property
    def depends_on_run(self) -> bool:
        """Whether a verdict hangs on more than the clip's own scores: on its source, or on the other clips."""
        relative = any(one.condition.is_relative for one in self.compiled.conditions)
        return relative or any(one.source for rule in self.rules for one in rule.overrides)


def rule_scorers(rule: Rule) -> set[str]:
    """Names of the scorers whose numbers a rule needs, its overrides too."""
    return {SCORES[one.condition.score].scorer for one in compile_rules([rule]).conditions}


def is_file(name_or_path: str) -> bool:
    """Whether a policy is named by its file's path."""
    return "/" in name_or_path


def shipped_policies() -> list[str]:
    """Names of the policies that come with clipmill."""
    return sorted(known.stem for known in SHIPPED.glob("*.yaml"))


@cache
def _shipped_hashes() -> frozenset[str]:
    return frozenset(load_policy(name).policy_hash for name in shipped_policies())


def said_policy(name: str, version: int, policy_hash: str) -> str:
    """A policy as people name it, `default v1`; one that is not shipped as it is has the start of its hash behind."""
    return f"{name} v{version}" + ("" if policy_hash in _shipped_hashes() else f" ({policy_hash[:HASH_SHOWN]})")


def policy_path(name_or_path: str) -> Path:
    """The file of the shipped policy of that name, or the file given. Raises BadPolicy with the choices."""
    path = Path(name_or_path) if is_file(name_or_path) else SHIPPED / f"{name_or_path}.yaml"
    if not path.is_file() and name_or_path.endswith((".yaml", ".yml")):
        raise BadPolicy(f"there is no file {name_or_path}")
    if not path.is_file():
        shipped = ", ".join(shipped_policies())
        raise BadPolicy(f"no such policy {name_or_path!r}; shipped are {shipped}, or give a file's path")
    return path


def load_policy(name_or_path: str) -> Policy:
    """The shipped policy of that name, or the one in that file.

    Raises BadPolicy with a line of the file and the choices for each thing that is wrong.
    """
    path = policy_path(name_or_path)
    try:
        text = path.read_text()
        policy = Policy.model_validate(yaml.safe_load(text))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadPolicy(f"{path}: {error}") from error
    except ValidationError as error:
        raise BadPolicy(explain_invalid(error, str(path), Lines(text).of)) from error
    wrong = [f"  line {Lines(text).of(place)}, {says}" for place, says in problems(policy.rules)]
    if wrong:
        raise BadPolicy("\n".join([f"{path}:", *wrong]))
    return policy
