"""What each rule of a policy does to the clips of a run: alone, after the rules before it, and beside the others."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tasks.core.catalog import Row
from tasks.core.policy import Policy
from tasks.report.funnel import Amount

NONE = Amount()


@dataclass(frozen=True, slots=True)
class Alike:
    """Clips that a policy judges alike."""

    outcome: str
    failed: tuple[str, ...]
    unmeasured: tuple[str, ...]
    amount: Amount
    old_outcome: str | None = None
    """What the policy before made of them; None where it has not judged them."""
    old_failed: tuple[str, ...] = ()


@dataclass(slots=True)
class Effect:
    """What one rule does."""

    rule: str
    alone: Amount = NONE
    """Clips that it drops."""
    entering: Amount = NONE
    """Clips that no rule before it drops."""
    after: Amount = NONE
    """Those of them that it drops."""
    only: Amount = NONE
    """Clips that no other rule drops or holds."""
    unmeasured: Amount = NONE
    """Clips that it could not decide."""
    newly_failing: Amount = NONE
    """Clips that fail it and did not fail the rule of its name in the policy before."""
    newly_passing: Amount = NONE
    no_longer_kept: Amount = NONE
    """Those of the newly failing that were kept and are dropped now."""
    newly_kept: Amount = NONE
    """Those of the newly passing that were dropped and are kept now."""


@dataclass(frozen=True, slots=True)
class Effects:
    """What a policy does."""

    judged: Amount
    outcomes: dict[tuple[str | None, str], Amount]
    """By what clips were under the policy before (None for not judged) and what they are now."""
    rules: tuple[Effect, ...]
    overlap: dict[tuple[str, str], int] = field(default_factory=dict)
    """Clips that two rules both drop."""

    def became(self, outcome: str) -> Amount:
        """All clips with this outcome."""
        return sum((amount for (_, now), amount in self.outcomes.items() if now == outcome), Amount())

    def share(self, amount: Amount, of: Amount | None = None) -> float:
        """An amount as a share of clips, of all that are judged where nothing else is given; 0 of none."""
        whole = (of or self.judged).count
        return amount.count / whole if whole else 0.0


def alike(row: Row) -> Alike:
    """The clips of a row of judge/foresee or report/judged."""
    return Alike(
        row["outcome"],
        tuple(row["failed_rules"]),
        tuple(row["unmeasured_rules"]),
        Amount(int(row["clips"]), float(row["seconds"])),
        row.get("old_outcome"),
        tuple(row.get("old_failed_rules") or ()),
    )


def effects(policy: Policy, groups: Sequence[Alike]) -> Effects:
    """What the rules of a policy do to the clips that it judged."""
    found = {rule.rule: Effect(rule.rule) for rule in policy.rules}
    meanings = {rule.rule: rule.when_unmeasured for rule in policy.rules}
    outcomes: dict[tuple[str | None, str], Amount] = {}
    overlap: dict[tuple[str, str], int] = {}
    for group in groups:
        change = (group.old_outcome, group.outcome)
        outcomes[change] = outcomes.get(change, Amount()) + group.amount
        stops = {*group.failed, *(rule for rule in group.unmeasured if meanings[rule] == "drop")}
        is_held = any(meanings[rule] == "hold" for rule in group.unmeasured)
        _add_stops(found, group, stops, is_held)
        _add_changes(found, group, stops)
        for one in stops:
            for other in stops - {one}:
                overlap[one, other] = overlap.get((one, other), 0) + group.amount.count
    judged = sum(outcomes.values(), Amount())
    return Effects(judged, outcomes, tuple(found.values()), overlap)


def _add_stops(found: dict[str, Effect], group: Alike, stops: set[str], is_held: bool) -> None:
    reached = True
    for rule, effect in found.items():
        if reached:
            effect.entering += group.amount
        if rule in group.unmeasured:
            effect.unmeasured += group.amount
        if rule not in stops:
            continue
        effect.alone += group.amount
        if reached:
            effect.after += group.amount
            reached = False
        if len(stops) == 1 and not is_held:
            effect.only += group.amount


def _add_changes(found: dict[str, Effect], group: Alike, stops: set[str]) -> None:
    if group.old_outcome is None:
        return
    for rule in stops - set(group.old_failed):
        found[rule].newly_failing += group.amount
        if group.old_outcome == "keep":
            found[rule].no_longer_kept += group.amount
    for rule in set(group.old_failed) - stops:
        if rule in found:
            found[rule].newly_passing += group.amount
            if group.outcome == "keep":
                found[rule].newly_kept += group.amount
