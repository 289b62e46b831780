"""A policy that makes no sense is refused with the rule and the choices."""

from pathlib import Path
from typing import Any

import pytest

from tasks.core.errors import BadRecipe
from tasks.core.policy import SHIPPED, load_policy
from tests.fixtures.made_catalog import policy_file

GOOD = {"rule": "short", "score": "duration_s", "min": 5}


@pytest.mark.parametrize("name", sorted(path.stem for path in SHIPPED.glob("*.yaml")))
def test_every_shipped_policy_loads_and_gives_its_reasons(name: str) -> None:
    policy = load_policy(name)
    assert policy.name == name
    assert all(len(rule.because) > 20 for rule in policy.rules)


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ([GOOD | {"score": "beauty"}], ["rule 1 (short)", "no such score 'beauty'", "duration_s"]),
        ([GOOD | {"min": 9, "max": 5}], ["rule 1 (short)", "empty range"]),
        ([GOOD | {"min": None}], ["rule 1 (short)", "give min, max or both"]),
        ([GOOD | {"min": -3}], ["rule 1 (short)", "min -3.0 is out of range"]),
        ([GOOD, GOOD], ["rule 2 (short)", "used twice"]),
        ([GOOD | {"rule": "Too Short"}], ["rules.0.rule", "Too Short"]),
        ([GOOD | {"when_unmeasured": "guess"}], ["rules.0.when_unmeasured", "'keep', 'drop' or 'hold'"]),
    ],
)
def test_a_wrong_rule_is_named(tmp_path: Path, rules: list[dict[str, Any]], told: list[str]) -> None:
    with pytest.raises(BadRecipe) as error:
        load_policy(policy_file(tmp_path, *rules))
    for part in told:
        assert part in str(error.value)


def test_an_unknown_policy_names_the_shipped_ones() -> None:
    with pytest.raises(BadRecipe, match=r"no such policy 'none'; shipped are .*default"):
        load_policy("none")
