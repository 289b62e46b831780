"""Judging one clip by hand: what `catalog.judge` does for all of them in SQL, and a test holds the two equal."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tasks.core.policy import Policy
from tasks.core.rule import Check, Condition, Rule, Variant

Outcome = Literal["keep", "drop", "hold"]
Limits = tuple[float | None, float | None]
"""Lowest and highest value that passes."""
State = Literal["fails", "unmeasured", "passes"]
_ORDER: tuple[State, ...] = ("fails", "unmeasured", "passes")


@dataclass(frozen=True, slots=True)
class Failure:
    """A condition that a rule failed by."""

    rule: str
    score: str
    value: float | None
    """None where the rule drops what could not be measured."""
    threshold: float | None
    side: Literal["min", "max", "unmeasured"]
    """Which bound the value is beyond."""
    because: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a policy makes of one clip."""

    outcome: Outcome
    failed: tuple[str, ...]
    """Rules that measured scores fail."""
    unmeasured: tuple[str, ...]
    """Rules that could not be decided."""
    dropped_by: tuple[Failure, ...]
    missing: tuple[str, ...]
    """Scores for want of which rules could not be decided."""


class Judge:
    """One clip before a policy."""

    def __init__(
        self,
        numbers: Mapping[str, float],
        source: str | None = None,
        resolved: Mapping[tuple[Condition, tuple[str, ...]], Limits] | None = None,
    ) -> None:
        """`resolved`: the numbers of relative conditions, by condition and sources; those left out are not decided."""
        self._numbers, self._source, self._resolved = numbers, source, resolved or {}

    def verdict(self, policy: Policy) -> Verdict:
        """The verdict. What cannot be measured is never a failure; each rule says what it means."""
        asked = [(rule, self._variant(rule)) for rule in policy.rules]
        states = [(rule, variant, self._state(variant.check, variant.source)) for rule, variant in asked]
        failed = tuple(rule.rule for rule, _, state in states if state == "fails")
        unmeasured = [(rule, variant) for rule, variant, state in states if state == "unmeasured"]
        meanings = {rule.when_unmeasured for rule, _ in unmeasured}
        missing = [one for _, variant in unmeasured for one in self._missing(variant)]
        return Verdict(
            outcome="drop" if failed or "drop" in meanings else "hold" if "hold" in meanings else "keep",
            failed=failed,
            unmeasured=tuple(rule.rule for rule, _ in unmeasured),
            dropped_by=tuple(one for rule, variant, state in states for one in self._failures(rule, variant, state)),
            missing=tuple(dict.fromkeys(missing)),
        )

    def _variant(self, rule: Rule) -> Variant:
        """The first of the rule's variants that applies."""
        return next(one for one in rule.variants() if self._applies(one))

    def _applies(self, one: Variant) -> bool:
        if one.source and self._source not in one.source:
            return False
        return one.where is None or self._holds(one.where, one.source) == "passes"

    def _state(self, check: Check | None, source: tuple[str, ...]) -> State:
        """The least of all parts, the greatest of any: fails < unmeasured < passes."""
        if check is None:
            return "passes"
        if check.condition is not None:
            return self._holds(check.condition, source)
        choose = min if check.all else max
        return choose((self._state(part, source) for part in check.all or check.any), key=_ORDER.index)

    def _holds(self, condition: Condition, source: tuple[str, ...]) -> State:
        value, limits = self._numbers.get(condition.score), self._limits(condition, source)
        if value is None or limits is None:
            return "unmeasured"
        return "passes" if _beyond(value, limits) is None else "fails"

    def _limits(self, condition: Condition, source: tuple[str, ...]) -> Limits | None:
        if condition.is_relative:
            return self._resolved.get((condition, source))
        return condition.min, condition.max

    def _missing(self, variant: Variant) -> list[str]:
        conditions = variant.check.conditions() if variant.check else []
        return [one.score for one in conditions if self._holds(one, variant.source) == "unmeasured"]

    def _failures(self, rule: Rule, variant: Variant, state: State) -> list[Failure]:
        if state == "unmeasured" and rule.when_unmeasured == "drop":
            return [
                Failure(rule.rule, score, None, None, "unmeasured", variant.because)
                for score in dict.fromkeys(self._missing(variant))
            ]
        if state != "fails" or variant.check is None:
            return []
        found = []
        for one in variant.check.conditions():
            value, limits = self._numbers.get(one.score), self._limits(one, variant.source)
            side = None if value is None or limits is None else _beyond(value, limits)
            if side is not None and limits is not None:
                found.append(Failure(rule.rule, one.score, value, limits[side == "max"], side, variant.because))
        return found


def _beyond(value: float, limits: Limits) -> Literal["min", "max"] | None:
    low, high = limits
    if low is not None and value < low:
        return "min"
    return "max" if high is not None and value > high else None
