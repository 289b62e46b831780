"""A policy that makes no sense is refused with the rule and the choices."""

from pathlib import Path
from typing import Any

import pytest

from tasks.core.errors import BadRecipe
from tasks.core.policy import SHIPPED, load_policy, said_policy
from tests.fixtures.made_catalog import policy_file

GOOD = {"rule": "short", "score": "duration_s", "min": 5}


@pytest.mark.parametrize("name", sorted(path.stem for path in SHIPPED.glob("*.yaml")))
def test_every_shipped_policy_loads_and_gives_its_reasons(name: str) -> None:
    policy = load_policy(name)
    assert policy.name == name
    assert all(len(rule.because) > 20 for rule in policy.rules)


def where(**override: Any) -> dict[str, Any]:
    """The good rule with one override."""
    return GOOD | {"overrides": [{"because": "made by the test"} | override]}


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        (
            [GOOD | {"score": "sharpnes"}],
            ["rule 1 (short): no such score 'sharpnes'; did you mean sharpness?"],
        ),
        ([GOOD | {"min": 9, "max": 5}], ["rule 1 (short): empty range, min 9 is above max 5"]),
        ([GOOD | {"min": None}], ["rule 1 (short): give min, max or both"]),
        ([GOOD | {"min": -3}], ["rule 1 (short): min -3 is out of range; duration_s is 0 to inf"]),
        ([GOOD | {"min": float("nan")}], ["rules.0.min"]),
        ([GOOD | {"drop_lowest": 0.1}], ["min and drop_lowest are the same side"]),
        (
            [{"rule": "odd", "score": "luma_mean", "drop_lowest": 0.6, "drop_highest": 0.4}],
            ["together drop every clip"],
        ),
        ([GOOD | {"max": 9, "drop_highest": 1}], ["rules.0.drop_highest", "less than 1"]),
        ([GOOD, GOOD], ["rule 2 (short): the name is used twice"]),
        ([GOOD | {"rule": "Too Short"}], ["rules.0.rule", "Too Short"]),
        ([GOOD | {"when_unmeasured": "guess"}], ["rules.0.when_unmeasured", "'keep', 'drop' or 'hold'"]),
        ([GOOD | {"minimum": 3}], ["rules.0.minimum: unknown field; did you mean min?"]),
        ([{"rule": "none"}], ["rule 1 (none): give one of score, any and all"]),
        ([GOOD | {"any": [{"score": "contrast", "min": 0}]}], ["given are score and any"]),
        ([{"rule": "odd", "min": 2, "any": [{"score": "contrast", "min": 0}]}], ["a group has no min of its own"]),
        (
            [{"rule": "odd", "all": [{"score": "contrast", "min": 0.9}]}],
            ["min 0.9 is out of range; contrast is 0 to 0.5"],
        ),
        ([where(min=2)], ["an override says for which clips"]),
        ([where(source="phone")], ["an override says what is asked instead"]),
        ([where(source="phone", max=2)], ["empty range, min 5 is above max 2"]),
        ([where(source="phone", skip=True, min=3)], ["skip asks nothing"]),
        ([where(where={"score": "beauty", "min": 3}, min=3)], ["no such score 'beauty'; there are ", "duration_s"]),
    ],
)
def test_a_wrong_rule_is_named(tmp_path: Path, rules: list[dict[str, Any]], told: list[str]) -> None:
    with pytest.raises(BadRecipe) as error:
        load_policy(policy_file(tmp_path, *rules))
    for part in told:
        assert part in str(error.value)


WRONG = """\
name: wrong
version: 1
rules:
  - rule: short
    score: duration_s
    min: 5
    because: all is well here
  - rule: dull
    because: two things are wrong here
    any:
      - score: contrast
        min: 0.9
      - score: beauty
        min: 1
    overrides:
      - source: phone
        because: nothing to say
"""


def test_everything_wrong_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(WRONG)
    with pytest.raises(BadRecipe) as error:
        load_policy(str(path))
    first, *lines = error.value.detail.splitlines()
    assert first == f"{path}:"
    assert [line.split(" (dull)")[0] for line in lines] == [f"  line {n}, rule 2" for n in (12, 13, 16)]


def test_a_misspelt_score_is_told_without_the_list_of_all(tmp_path: Path) -> None:
    with pytest.raises(BadRecipe, match=r"did you mean sharpness\?$"):
        load_policy(policy_file(tmp_path, GOOD | {"score": "sharpnes"}))


def test_a_misspelt_field_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(WRONG.replace("because: two", "becuase: two"))
    with pytest.raises(BadRecipe, match=r"line 9, rules\.1\.becuase: unknown field; did you mean because\?"):
        load_policy(str(path))


@pytest.mark.parametrize("text", ["", "- 1", "name: [", "\x00"])
def test_what_is_no_policy_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(text)
    with pytest.raises(BadRecipe):
        load_policy(str(path))


def test_more_conditions_than_can_be_numbered_are_refused(tmp_path: Path) -> None:
    many = [{"score": "duration_s", "min": number} for number in range(63)]
    with pytest.raises(BadRecipe, match="line 2, the policy has 63 different conditions; 62 is the most"):
        load_policy(policy_file(tmp_path, {"rule": "many", "any": many}))
    assert load_policy(policy_file(tmp_path, {"rule": "many", "any": many[:62]}))


def test_a_field_that_is_left_out_does_not_change_the_hash(tmp_path: Path) -> None:
    short, long = (
        load_policy(policy_file(tmp_path, GOOD | more)) for more in ({}, {"when_unmeasured": "hold", "any": []})
    )
    assert short.policy_hash == long.policy_hash


def test_an_override_keeps_the_bounds_that_it_does_not_name(tmp_path: Path) -> None:
    rule = where(source="phone", drop_lowest=0.1) | {"max": 60}
    first, last = load_policy(policy_file(tmp_path, rule)).rules[0].variants()
    assert first.check
    assert (first.check.bounds, first.source) == ({"drop_lowest": 0.1, "max": 60.0}, ("phone",))
    assert last.check
    assert last.check.bounds == {"min": 5.0, "max": 60.0}


def test_an_unknown_policy_names_the_shipped_ones() -> None:
    with pytest.raises(BadRecipe, match=r"no such policy 'none'; shipped are .*default"):
        load_policy("none")


def test_a_changed_copy_of_a_shipped_policy_is_told_from_it_by_its_hash(tmp_path: Path) -> None:
    shipped = load_policy("default")
    text = (SHIPPED / "default.yaml").read_text()
    (tmp_path / "default.yaml").write_text(text)
    assert load_policy(str(tmp_path / "default.yaml")).said == shipped.said == f"default v{shipped.version}"
    (tmp_path / "default.yaml").write_text(text.replace("min: 240", "min: 241"))
    edited = load_policy(str(tmp_path / "default.yaml"))
    assert edited.said == f"default v{shipped.version} ({edited.policy_hash[:8]})"
    assert said_policy("mine", 3, "0123456789abcdef") == "mine v3 (01234567)"
