"""A policy as it was judged by: what each rule asks, in words and in absolute numbers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tasks.core.catalog import Connection, Row
from tasks.core.policy import Policy
from tasks.core.rule import Check, Condition
from tasks.report.wording import bounds, percent

Limits = tuple[float | None, float | None]
"""Lowest and highest value that passes."""


@dataclass(frozen=True, slots=True)
class AppliedPolicy:
    """A policy, and what its relative bounds came to."""

    policy: Policy
    resolved: dict[tuple[Condition, tuple[str, ...]], Limits]
    """By condition, and the sources whose clips it was found on."""

    def limits(self, condition: Condition, source: tuple[str, ...] = ()) -> Limits:
        """The bounds in absolute numbers; none where a relative one has not been judged by."""
        if condition.is_relative:
            return self.resolved.get((condition, source), (condition.min, condition.max))
        return condition.min, condition.max

    def conditions(self) -> Iterator[tuple[str, Condition, Limits]]:
        """Rule, condition and bounds, of what is asked of clips for which nothing else is said."""
        for rule in self.policy.rules:
            for condition in rule.variants()[-1].check.conditions():  # type: ignore[union-attr]
                yield rule.rule, condition, self.limits(condition)

    def asks(self, rule: str) -> str:
        """What a rule asks, in words."""
        found = next(one for one in self.policy.rules if one.rule == rule)
        return self._words(found, ())

    def overrides(self, rule: str) -> Iterator[tuple[str, str, str]]:
        """For which clips a rule asks something else, what, and why."""
        for one in next(one for one in self.policy.rules if one.rule == rule).variants()[:-1]:
            of = [f"source {', '.join(one.source)}"] if one.source else []
            of += [self._words(Check(**one.where.model_dump()), one.source)] if one.where else []
            yield " and ".join(of), self._words(one.check, one.source) if one.check else "nothing is asked", one.because

    def _words(self, check: Check, source: tuple[str, ...]) -> str:
        if check.condition is not None:
            return _condition(check.condition, self.limits(check.condition, source))
        parts = [self._words(part, source) for part in check.all or check.any]
        word = " and " if check.all else " or "
        return word.join(f"({part})" if " or " in part or " and " in part else part for part in parts)


def _condition(condition: Condition, limits: Limits) -> str:
    shares = [
        f"{side} {percent(share)} dropped"
        for side, share in (("lowest", condition.drop_lowest), ("highest", condition.drop_highest))
        if share is not None
    ]
    number = bounds(*limits) if any(limit is not None for limit in limits) else "not judged yet"
    said = f" ({', '.join(shares)})" if shares else ""
    return f"{condition.score} {number}{said}"


def read_policy(connection: Connection, policy_hash: str, basis: object) -> AppliedPolicy:
    """A registered policy, with the numbers that its relative bounds have under a basis."""
    row = connection.row("plan/find_policy", name=policy_hash)
    policy = Policy.model_validate(row["body"] if row else {})
    return with_numbers(policy, connection.rows("judge/resolved", policy=policy_hash, basis=str(basis)))


def with_numbers(policy: Policy, rows: Sequence[Row]) -> AppliedPolicy:
    """The policy with the numbers in rows of judge/resolved."""
    wanted = {
        (one.condition.score, one.condition.drop_lowest, one.condition.drop_highest, one.source): one
        for one in policy.compiled.conditions
        if one.condition.is_relative
    }
    found = {}
    for row in rows:
        one = wanted[row["score"], row["drop_lowest"], row["drop_highest"], tuple(row["sources"])]
        found[one.condition, one.source] = (row["min_value"], row["max_value"])
    return AppliedPolicy(policy, found)
