"""What rules do alone, one after the other, and together, of clips counted by hand."""

import pytest

from tasks.core.policy import Policy, Rule
from tasks.report.effects import Alike, Effect, effects
from tasks.report.funnel import Amount

POLICY = Policy(
    name="testing",
    version=1,
    rules=(
        Rule(rule="dark", score="luma_mean", min=0.1, because="made"),
        Rule(rule="still", score="motion_mean", min=0.1, because="made", when_unmeasured="drop"),
        Rule(rule="blurred", score="sharpness", min=0.1, because="made"),
    ),
)
GROUPS = [
    Alike("keep", (), (), Amount(50, 500), "keep"),
    Alike("drop", ("dark",), (), Amount(20, 200), "keep"),
    Alike("drop", ("dark", "blurred"), (), Amount(10, 100), "drop", ("blurred",)),
    Alike("drop", (), ("still",), Amount(5, 50), "drop", ("dark",)),
    Alike("drop", ("still",), ("blurred",), Amount(4, 40)),
    Alike("hold", (), ("blurred",), Amount(3, 30), "hold"),
    Alike("keep", (), (), Amount(8, 80), "drop", ("blurred", "of_yesterday")),
]


def found() -> dict[str, Effect]:
    return {one.rule: one for one in effects(POLICY, GROUPS).rules}


@pytest.mark.parametrize(
    ("rule", "alone", "entering", "after", "only", "unmeasured"),
    [("dark", 30, 100, 30, 20, 0), ("still", 9, 70, 9, 5, 5), ("blurred", 10, 61, 0, 0, 7)],
)
def test_alone_and_after_the_rules_before(
    rule: str, alone: int, entering: int, after: int, only: int, unmeasured: int
) -> None:
    one = found()[rule]
    amounts = (one.alone, one.entering, one.after, one.only, one.unmeasured)
    assert tuple(amount.count for amount in amounts) == (alone, entering, after, only, unmeasured)


def test_what_changes_is_told_by_rule_and_jointly() -> None:
    dark, still, blurred = found().values()
    assert (dark.newly_failing.count, dark.no_longer_kept.count, dark.newly_passing.count) == (30, 20, 5)
    assert (still.newly_failing.count, still.no_longer_kept.count) == (5, 0)
    assert (blurred.newly_passing.count, blurred.newly_kept) == (8, Amount(8, 80))
    whole = effects(POLICY, GROUPS)
    assert whole.judged == Amount(100, 1000)
    assert whole.became("keep").count == 58
    assert whole.outcomes["keep", "drop"].count == 20


def test_overlap_counts_the_clips_that_two_rules_drop() -> None:
    assert effects(POLICY, GROUPS).overlap == {("dark", "blurred"): 10, ("blurred", "dark"): 10}


def test_nothing_judged_has_no_shares() -> None:
    nothing = effects(POLICY, [])
    assert [nothing.share(one.alone) for one in nothing.rules] == [0, 0, 0]
