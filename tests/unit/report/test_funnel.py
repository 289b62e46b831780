"""The sums of a funnel: what is lost or doubled anywhere is said."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tasks.report.funnel import STAGES, Amount, Funnel, Line, Rest, RunFacts, as_json, check_sums

RUN = RunFacts(
    run_id="curate.one", started_at=datetime(2026, 3, 1, tzinfo=UTC), closed_at=None, recipe="tiny", recipe_hash="a",
    policy="default", policy_version=1, policy_hash="b", basis="c", dataset="tiny", store_url="/out",
    version=None, version_clips=0, version_seconds=0.0, version_bytes=0, is_version_of_run=False, clip_limit=None,
)  # fmt: skip


def line(stage: str, unit: str, entered: Amount, *rest: Rest) -> Line:
    """A line whose sums are right."""
    gone = sum((one.amount for one in rest), Amount())
    left = Amount(entered.count - gone.count, entered.seconds - gone.seconds)
    return Line(stage, unit, entered, left, rest)


@pytest.fixture
def funnel() -> Funnel:
    """Three files, one of them broken; six spans, one of them no clip; five clips, two of them dropped."""
    lines = [
        line("ingest", "files", Amount(3, 40.0), Rest("failed", "truncated", Amount(1, 0.0))),
        line("split", "files", Amount(2, 40.0)),
        line("split", "spans", Amount(6, 40.0), Rest("set_aside", "transition", Amount(1, 0.3))),
        line("crop", "clips", Amount(5, 39.7)),
        line("filter", "clips", Amount(5, 39.7), Rest("dropped", "low_motion", Amount(2, 15.1))),
        *(line(stage, unit, Amount(3, 24.6)) for stage, unit in STAGES[5:]),
    ]
    return Funnel(RUN, tuple(lines), ())


def changed(funnel: Funnel, stage: str, **fields: Amount) -> Funnel:
    """The funnel with one line of clips changed."""
    lines = tuple(replace(one, **fields) if (one.stage, one.unit) == (stage, "clips") else one for one in funnel.lines)
    return replace(funnel, lines=lines)


def test_a_whole_funnel_adds_up(funnel: Funnel) -> None:
    assert check_sums(funnel) == []


def test_a_clip_lost_inside_a_stage_is_said(funnel: Funnel) -> None:
    (problem, *_) = check_sums(changed(funnel, "filter", left=Amount(2, 24.6)))
    assert problem == "filter: 5 clips (39.700 s) go in, 4 clips (39.700 s) are accounted for"


def test_a_clip_lost_between_two_stages_is_said(funnel: Funnel) -> None:
    problems = check_sums(changed(funnel, "shard", entered=Amount(2, 24.6), left=Amount(2, 24.6)))
    assert "shard: 2 clips (24.600 s) go in where transcode lets out 3 clips (24.600 s)" in problems


def test_a_clip_that_split_cut_and_nobody_saw_is_said(funnel: Funnel) -> None:
    problems = check_sums(changed(funnel, "crop", entered=Amount(4, 39.7), left=Amount(4, 39.7)))
    assert "crop: 4 clips (39.700 s) go in where split cuts 5 clips (39.700 s)" in problems


def test_a_lost_second_is_said(funnel: Funnel) -> None:
    assert check_sums(changed(funnel, "filter", left=Amount(3, 23.6)))


def test_the_order_of_adding_is_no_loss(funnel: Funnel) -> None:
    assert check_sums(changed(funnel, "publish", entered=Amount(3, 24.6 + 1e-9))) == []


def test_a_video_that_its_spans_do_not_cover_is_said(funnel: Funnel) -> None:
    short = replace(funnel, uncovered=({"path": "a.mp4", "duration_s": 20.0, "spans_s": 19.5},))
    assert check_sums(short) == ["split: a.mp4 has 20.000 s, its spans 19.500 s"]


def test_json_has_every_stage_and_its_rest(funnel: Funnel) -> None:
    said = as_json(funnel)
    assert [(one["stage"], one["unit"]) for one in said["stages"]] == list(STAGES)
    assert said["stages"][4]["rest"] == [{"state": "dropped", "reason": "low_motion", "count": 2, "seconds": 15.1}]
    assert said["run"]["started_at"] == "2026-03-01T00:00:00+00:00"
    assert said["problems"] == []
