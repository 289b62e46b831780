"""The judge in SQL and the one in Python are one judge."""

import dataclasses
import math
import random
import uuid
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.core.catalog import Catalog
from tasks.core.catalog.work import Run, load_run
from tasks.core.errors import BadRecipe
from tasks.core.keys import basis, stage_keys
from tasks.core.policy import Policy
from tasks.core.policy_checks import problems
from tasks.core.recipe import parse_recipe
from tasks.core.verdict import Judge, Limits, Verdict
from tasks.plan.params import RunParams
from tasks.plan.register import Registered, add_run
from tests.fixtures.made_catalog import add_boxes, add_clips, add_scores, add_video, made_run, recipe_body, table

SCORES = ("luma_mean", "dark_share", "sharpness", "freeze_share")
"""Of three scorers; all lie between 0 and 1."""
GRID = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Few values, so that scores often lie on a bound."""
SOURCES = [
    {"name": name, "path": f"/{name}", "licence": "CC0-1.0", "rights": "made by the test"} for name in ("made", "other")
]
Clips = dict[uuid.UUID, tuple[str, dict[str, float]]]
"""Source and numbers of each clip."""


def bounds() -> st.SearchStrategy[dict[str, float]]:
    """Bounds of one score that are not empty."""
    absolute = st.tuples(st.sampled_from(GRID), st.sampled_from(GRID)).map(
        lambda two: {"min": min(two), "max": max(two)}
    )
    one = absolute.flatmap(lambda both: st.sampled_from([{"min": both["min"]}, {"max": both["max"]}, both]))
    share = st.sampled_from((0.1, 0.15, 0.3))
    relative = st.builds(lambda side, value: {side: value}, st.sampled_from(("drop_lowest", "drop_highest")), share)
    return one | relative


def conditions() -> st.SearchStrategy[dict[str, Any]]:
    """A score and its bounds."""
    return st.builds(lambda score, limits: {"score": score, **limits}, st.sampled_from(SCORES), bounds())


def checks() -> st.SearchStrategy[dict[str, Any]]:
    """Conditions in groups."""

    def groups(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        several = st.lists(parts, min_size=1, max_size=3)
        return st.builds(lambda word, each: {word: each}, st.sampled_from(("any", "all")), several)

    return st.recursive(conditions(), groups, max_leaves=4)


def overrides() -> st.SearchStrategy[dict[str, Any]]:
    """Something else for some clips."""
    of = st.sampled_from([{"source": "made"}, {"source": ["other"]}, {"source": ["made", "other"]}])
    where = conditions().map(lambda one: {"where": one})
    which = of | where | st.builds(lambda one, other: {**one, **other}, of, where)
    instead = st.just({"skip": True}) | checks()
    return st.builds(lambda some, asked: {**some, **asked, "because": "drawn"}, which, instead)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Any policy of up to five rules."""
    meanings = st.sampled_from(("keep", "drop", "hold"))
    rules = [
        {"rule": f"rule_{number}", "because": "drawn", "when_unmeasured": draw(meanings), **draw(checks()),
         "overrides": draw(st.lists(overrides(), max_size=2))}
        for number in range(draw(st.integers(1, 5)))
    ]  # fmt: skip
    return Policy.model_validate({"name": "drawn", "version": 1, "rules": rules})


def scored_clips(catalog: Catalog, run: Run, count: int = 40) -> Clips:
    """Clips of two sources with drawn numbers, some not measured."""
    chance, found = random.Random(7), {}
    for source in run.recipe.sources:
        placed = dataclasses.replace(run, recipe=run.recipe.model_copy(update={"sources": (source,)}))
        video = add_video(catalog, placed, f"file:///{source.name}")
        clips = add_clips(catalog, run, video, [10.0] * (count // 2))
        add_boxes(catalog, run, clips)
        for clip in clips:
            numbers = {score: chance.choice(GRID) for score in SCORES if chance.random() < 0.85}
            add_scores(catalog, run, [clip], numbers)
            found[clip] = (source.name, numbers)
    return found


def limits_on(policy: Policy, clips: Clips) -> dict[Any, Limits]:
    """Relative bounds in numbers, straight from what they mean."""
    found: dict[Any, Limits] = {}
    for one in policy.compiled.conditions:
        if one.condition.is_relative:
            values = sorted(
                numbers[one.condition.score]
                for source, numbers in clips.values()
                if one.condition.score in numbers and (not one.source or source in one.source)
            )
            lowest, highest = (
                None if share is None else math.floor(share * len(values) + 1e-9)
                for share in (one.condition.drop_lowest, one.condition.drop_highest)
            )
            low = one.condition.min if lowest is None else values[lowest]
            high = one.condition.max if highest is None else values[len(values) - 1 - highest]
            found[one.condition, one.source] = (low, high)
    return found


def judged_run(catalog: Catalog, policy: Policy) -> Run:
    """A run of the policy, judged."""
    run_id = f"curate.{policy.policy_hash[:16]}"
    with catalog.begin() as connection:
        add_run(
            connection, run_id, RunParams(recipe="made"), Registered(parse_recipe(recipe_body(sources=SOURCES)), policy)
        )
        connection.run("plan/judge", run=run_id)
        return load_run(connection, run_id)


def in_sql(catalog: Catalog, run: Run) -> dict[uuid.UUID, tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """Verdicts of a run."""
    rows = table(
        catalog,
        "select clip_id, outcome, failed_rules, unmeasured_rules from catalog.verdict_current "
        f"where policy_hash = '{run.policy_hash}' and basis = '{run.basis}'",
    )
    return {uuid.UUID(str(clip)): (outcome, tuple(failed), tuple(missing)) for clip, outcome, failed, missing in rows}


def decided(catalog: Catalog, run: Run, clip: uuid.UUID) -> set[tuple[Any, ...]]:
    """The conditions by which rules fail, as `explain` shows them."""
    return set(
        table(
            catalog,
            "select rule, score, value, threshold, side from catalog.decision "
            f"where run_id = '{run.run_id}' and clip_id = '{clip}' and outcome = 'drop' and side is not null",
        )
    )


def failures(verdict: Verdict) -> set[tuple[Any, ...]]:
    """The same, as `score --policy` says it."""
    return {
        (one.rule, one.score, one.value, one.threshold, one.side) for one in verdict.dropped_by if one.value is not None
    }


def test_both_judges_say_the_same_of_any_policy_and_clip(catalog: Catalog) -> None:
    clips = scored_clips(catalog, made_run(catalog, sources=SOURCES))
    looked_at = list(clips)[::9]

    @settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(policies())
    def same(policy: Policy) -> None:
        run = judged_run(catalog, policy)
        limits = limits_on(policy, clips)
        twin = {clip: Judge(numbers, source, limits).verdict(policy) for clip, (source, numbers) in clips.items()}
        assert in_sql(catalog, run) == {clip: (one.outcome, one.failed, one.unmeasured) for clip, one in twin.items()}
        for clip in looked_at:
            held = {rule for rule in twin[clip].unmeasured}
            assert {one for one in decided(catalog, run, clip) if one[0] not in held} == failures(twin[clip])

    same()


def quantile_policy(**bound: float) -> Policy:
    """Rules by a share of the clips."""
    return Policy.model_validate(
        {
            "name": "relative",
            "version": 1,
            "rules": [{"rule": "dull", "score": "luma_mean", "because": "drawn", **bound}],
        }
    )


def with_brightness(catalog: Catalog, run: Run, name: str, values: list[float]) -> None:
    """A video with one clip for each brightness."""
    clips = add_clips(catalog, run, add_video(catalog, run, name), [10.0] * len(values))
    add_boxes(catalog, run, clips)
    for clip, value in zip(clips, values, strict=True):
        add_scores(catalog, run, [clip], {"luma_mean": value})


@pytest.mark.parametrize(
    ("bound", "outcomes", "limits"),
    [
        ({"drop_lowest": 0.15}, {"drop": 3, "keep": 17}, (0.03, None)),
        ({"drop_highest": 0.05}, {"drop": 1, "keep": 19}, (None, 0.18)),
        ({"drop_lowest": 0.04}, {"keep": 20}, (0.0, None)),
        ({"drop_lowest": 0.1, "max": 0.15}, {"drop": 6, "keep": 14}, (0.02, 0.15)),
    ],
)
def test_a_share_of_the_clips_becomes_a_number_and_is_recorded(
    catalog: Catalog, bound: dict[str, float], outcomes: dict[str, int], limits: tuple[float | None, float | None]
) -> None:
    with_brightness(catalog, made_run(catalog, sources=SOURCES), "file:///v", [n / 100 for n in range(20)])
    run = judged_run(catalog, quantile_policy(**bound))
    said = [outcome for outcome, _, _ in in_sql(catalog, run).values()]
    assert {outcome: said.count(outcome) for outcome in said} == outcomes
    (row,) = table(catalog, "select min_value, max_value, clip_count, run_id from catalog.policy_resolution_current")
    assert row == (*limits, 20, run.run_id)


def test_numbers_follow_the_clips_and_are_written_only_when_they_change(catalog: Catalog) -> None:
    made = made_run(catalog, sources=SOURCES)
    with_brightness(catalog, made, "file:///v", [n / 100 for n in range(20)])
    policy = quantile_policy(drop_lowest=0.15)
    judged_run(catalog, policy)
    judged_run(catalog, policy)
    assert table(catalog, "select count(*) from catalog.policy_resolution") == [(1,)]
    with_brightness(catalog, made, "file:///w", [0.5] * 20)
    judged_run(catalog, policy)
    numbers = table(catalog, "select min_value, clip_count from catalog.policy_resolution order by sequence")
    assert numbers == [(0.03, 20), (0.06, 40)]


def test_other_clips_are_another_basis_only_where_the_verdict_depends_on_them() -> None:
    one, two = (parse_recipe(recipe_body(sources=sources)) for sources in (SOURCES[:1], SOURCES))
    relative, absolute = quantile_policy(drop_lowest=0.15), quantile_policy(min=0.1)
    assert basis(absolute, stage_keys(one), one) == basis(absolute, stage_keys(two), two)
    assert basis(relative, stage_keys(one), one) != basis(relative, stage_keys(two), two)


def test_a_rule_on_a_scorer_that_the_recipe_does_not_have_is_refused() -> None:
    recipe = parse_recipe(recipe_body())
    keys = {name: key for name, key in stage_keys(recipe).items() if name != "filter.exposure"}
    with pytest.raises(BadRecipe, match=r"dull needs the scorer exposure; the recipe measures by .*sharpness"):
        basis(quantile_policy(min=0.1), keys, recipe)


def test_what_is_drawn_makes_sense() -> None:
    @settings(max_examples=50, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(policies())
    def no_problem(policy: Policy) -> None:
        assert problems(policy.rules) == []

    no_problem()
