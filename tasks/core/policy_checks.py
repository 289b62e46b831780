"""What is wrong with rules that are well formed, with the place where each is written."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from tasks.core.clauses import MAX_CONDITIONS, compile_rules
from tasks.core.rule import SIDES, Check, Condition, Override, Rule
from tasks.core.score_names import CRITERIA, SCORES
from tasks.core.yaml_lines import Place

Problem = tuple[Place, str]
MAX_NESTING = 3
"""Groups within groups; deeper ones nobody reads."""


def problems(rules: Sequence[Rule]) -> list[Problem]:
    """Place in the policy, and what is wrong there; empty where nothing is."""
    found = [one for number, rule in enumerate(rules) for one in _of_rule(rule, number)]
    names = [rule.rule for rule in rules]
    found += [
        (("rules", number, "rule"), f"rule {number + 1} ({name}): the name is used twice")
        for number, name in enumerate(names)
        if name in names[:number]
    ]
    # Only what makes sense can be put in numbers.
    if not found and (count := len(compile_rules(rules).conditions)) > MAX_CONDITIONS:
        found.append((("rules",), f"the policy has {count} different conditions; {MAX_CONDITIONS} is the most"))
    return found


def _of_rule(rule: Rule, number: int) -> Iterator[Problem]:
    def named(found: Iterator[Problem]) -> Iterator[Problem]:
        return (((("rules", number, *place)), f"rule {number + 1} ({rule.rule}): {says}") for place, says in found)

    yield from named(_of_check(rule, ()))
    for place, override in enumerate(rule.overrides):
        yield from named(_of_override(rule, override, ("overrides", place)))


def _of_override(rule: Rule, one: Override, place: Place) -> Iterator[Problem]:
    if not one.source and one.where is None:
        yield place, "an override says for which clips: source, where or both"
    if one.where is not None:
        yield from _of_condition(one.where, (*place, "where"))
        if one.where.score in SCORES and SCORES[one.where.score].scorer == CRITERIA:
            yield (*place, "where"), "where asks what is known before a model is asked; use another score"
    own = [*(("score",) if one.score else ()), *(("any",) if one.any else ()), *(("all",) if one.all else ())]
    if one.skip and (own or one.bounds):
        yield place, "skip asks nothing; leave out what is asked instead"
    elif own:
        yield from _of_check(one, place)
    elif not one.skip and not one.bounds:
        yield place, "an override says what is asked instead: other bounds, a score, any, all, or skip: true"
    elif not one.skip and rule.condition is None:
        yield place, "the rule is a group, so bounds alone say nothing; write the score or the group out"
    elif not one.skip and rule.score in SCORES:
        changed = next(check for own, check in zip(rule.overrides, rule.variants(), strict=False) if own is one).check
        if changed is not None:
            yield from _of_check(changed, place)


def _of_check(check: Check, place: Place, depth: int = 0) -> Iterator[Problem]:
    given = [name for name in ("score", "any", "all") if getattr(check, name)]
    if len(given) != 1:
        yield place, f"give one of score, any and all{'; given are ' + ' and '.join(given) if given else ''}"
    elif check.condition is not None:
        yield from _of_condition(check.condition, place)
    elif check.bounds:
        yield place, f"a group has no {' and '.join(check.bounds)} of its own; its checks have"
    elif depth == MAX_NESTING:
        yield place, f"groups lie at most {MAX_NESTING} deep"
    else:
        for name in given:
            for number, part in enumerate(getattr(check, name)):
                yield from _of_check(part, (*place, name, number), depth + 1)


def _of_condition(one: Condition, place: Place) -> Iterator[Problem]:
    about = SCORES.get(one.score)
    if about is None:
        close = "".join(f"did you mean {near}?" for near in get_close_matches(one.score, SCORES, n=1))
        yield (*place, "score"), f"no such score {one.score!r}; {close or 'there are ' + ', '.join(sorted(SCORES))}"
        return
    given = [name for name in SIDES if getattr(one, name) is not None]
    if not given:
        yield place, "give min, max or both (or drop_lowest, drop_highest)"
    for side in ("min", "max"):
        if side in given and SIDES[side] in given:
            yield (*place, side), f"{side} and {SIDES[side]} are the same side; give one of them"
        value = getattr(one, side)
        if value is not None and not about.low <= value <= about.high:
            says = f"{side} {value:g} is out of range; {one.score} is {about.low:g} to {about.high:g}"
            yield (*place, side), says
    if one.min is not None and one.max is not None and one.min > one.max:
        yield (*place, "min"), f"empty range, min {one.min:g} is above max {one.max:g}"
    if one.drop_lowest is not None and one.drop_highest is not None and one.drop_lowest + one.drop_highest >= 1:
        yield (*place, "drop_lowest"), "empty range, drop_lowest and drop_highest together drop every clip"
