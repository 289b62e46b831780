"""A policy as the catalog judges by it: numbered conditions, and each check as clauses over their numbers.

A check passes when every clause does, a clause when one of its conditions does. Any nesting of all and any can be
written so, and no answer changes by it, whichever conditions could not be measured: all is the least, any the greatest
of fails < unmeasured < passes, and each distributes over the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from tasks.core.rule import Check, Condition, Rule

MAX_CONDITIONS = 62
"""Each is a bit of a signed 64-bit number."""

Clauses = list[frozenset[Condition]]


@dataclass(frozen=True, slots=True)
class Numbered:
    """A condition by whose place in the list its bit is known."""

    condition: Condition
    source: tuple[str, ...]
    """Where a relative one looks for the other clips; everywhere where empty."""


@dataclass(frozen=True, slots=True)
class AskedOf:
    """A variant of a rule in numbers."""

    source: tuple[str, ...]
    where: int | None
    """The bit of the condition that has to hold for it to apply."""
    clauses: tuple[int, ...]
    """The bits of each clause; none where nothing is asked."""
    because: str


@dataclass(frozen=True, slots=True)
class Compiled:
    """All rules of a policy in numbers."""

    conditions: tuple[Numbered, ...]
    variants: tuple[tuple[AskedOf, ...], ...]
    """By rule, in the order in which they are tried."""


def clauses(check: Check) -> Clauses:
    """The clauses of a check, which together ask the same."""
    if check.condition is not None:
        return [frozenset([check.condition])]
    if check.all:
        return [clause for part in check.all for clause in clauses(part)]
    return [frozenset[Condition]().union(*chosen) for chosen in product(*(clauses(part) for part in check.any))]


def compile_rules(rules: Sequence[Rule]) -> Compiled:
    """The rules in numbers; the same condition has one number wherever it stands."""
    numbers: dict[Numbered, int] = {}

    def bit(condition: Condition, source: tuple[str, ...]) -> int:
        numbered = Numbered(condition, source if condition.is_relative else ())
        return 1 << numbers.setdefault(numbered, len(numbers))

    def asked(rule: Rule) -> tuple[AskedOf, ...]:
        found = []
        for one in rule.variants():
            where = None if one.where is None else bit(one.where, one.source)
            # The check's own order, so that the numbers do not hang on how a set is walked.
            own = {condition: bit(condition, one.source) for condition in one.check.conditions()} if one.check else {}
            sets = clauses(one.check) if one.check else []
            masks = tuple(sum(own[condition] for condition in clause) for clause in sets)
            found.append(AskedOf(one.source, where, masks, one.because))
        return tuple(found)

    variants = tuple(asked(rule) for rule in rules)
    return Compiled(tuple(numbers), variants)
