"""Runs with a window take up what is of its time, and leave the rest to others."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tasks.core.catalog import Catalog
from tasks.core.catalog.work import Run, load_run
from tasks.core.log import get_log
from tasks.core.recipe import parse_recipe
from tasks.core.tally import Tally
from tasks.plan.__main__ import plan
from tasks.plan.params import params_of
from tasks.plan.register import Registered, add_run, find_policy
from tests.fixtures.made_catalog import (
    add_boxes,
    add_clips,
    add_scores,
    add_video,
    made_run,
    policy_file,
    recipe_body,
    started,
    table,
)


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def day_run(catalog: Catalog, first: int, last: int | None, run_id: str = "curate.day", **changes: Any) -> Run:
    """A run over [first, last) of November."""
    recipe = parse_recipe(recipe_body(**changes))
    params = params_of({"recipe": "made", "window_from": at(first), "window_to": last and at(last)})
    with catalog.begin() as connection:
        add_run(connection, run_id, params, Registered(recipe, find_policy(connection, recipe.policy)))
        return load_run(connection, run_id)


def taken(catalog: Catalog, run: Run, phase: str = "videos") -> set[uuid.UUID]:
    """What the run's batches of a phase hold."""
    plan(started(catalog, run, "plan"), get_log(), phase)
    members = "select subject_id from catalog.batch join catalog.batch_member using (batch_id)"
    rows = table(catalog, f"{members} where run_id = '{run.run_id}' and phase = '{phase}'")
    return {uuid.UUID(str(subject)) for (subject,) in rows}


def of_days(catalog: Catalog, run: Run, times: Sequence[datetime | None]) -> list[uuid.UUID]:
    return [add_video(catalog, run, f"file:///{n}", modified_at=time) for n, time in enumerate(times)]


def test_what_is_of_the_windows_time_or_of_none_is_taken_up(catalog: Catalog) -> None:
    run = day_run(catalog, 2, 3)
    _, first, last, _, unknown = of_days(catalog, run, [at(1, 23), at(2), at(2, 23), at(3), None])
    assert taken(catalog, run) == {first, last, unknown}


def test_a_window_may_be_open(catalog: Catalog) -> None:
    run = day_run(catalog, 2, None)
    _, later = of_days(catalog, run, [at(1), at(20)])
    assert taken(catalog, run) == {later}


def test_by_the_date_in_the_path_where_the_source_has_one(catalog: Catalog) -> None:
    (source,) = recipe_body()["sources"]
    dated = [source | {"listing": {"date_in_key": "%Y-%m-%d"}}]
    run = day_run(catalog, 2, 3, sources=dated)
    paths = ("2026-11-01/a", "2026-11-02/a", "2026-11-03/a", "undated/a")
    videos = [add_video(catalog, run, path, modified_at=at(2)) for path in paths]
    assert taken(catalog, run) == {videos[1]}


def test_a_run_without_one_takes_up_all(catalog: Catalog) -> None:
    run = made_run(catalog)
    videos = of_days(catalog, run, [at(1), at(20), None])
    assert taken(catalog, run) == set(videos)


def test_clips_are_taken_up_by_their_video(catalog: Catalog, tmp_path: Path) -> None:
    long_enough = policy_file(tmp_path, {"rule": "too_short", "score": "duration_s", "min": 5})
    run = day_run(catalog, 2, 3, policy=long_enough)
    clips = []
    for video in of_days(catalog, run, [at(1), at(2)]):
        clips.append(add_clips(catalog, run, video, [10.0]))
        add_boxes(catalog, run, clips[-1])
        add_scores(catalog, run, clips[-1], {"duration_s": 10})
    assert taken(catalog, run) == set()
    assert taken(catalog, run, "clips") == set(clips[1])


def test_waves_follow_for_what_the_window_holds_alone(catalog: Catalog) -> None:
    plan_ = {"batch_video_s": 20, "max_batches": 1}
    run = day_run(catalog, 2, 3, plan=plan_)
    of_days(catalog, run, [at(1), at(2), at(2, 1)])

    def another_wave(of: Run) -> bool:
        taken(catalog, of)
        started(catalog, of, "split", f"{of.run_id}.videos-00").end(0, Tally(done=1))
        ((answer,),) = table(catalog, f"select catalog.another_wave('{of.run_id}')")
        return bool(answer)

    assert another_wave(run)
    assert not another_wave(day_run(catalog, 2, 3, "curate.second", plan=plan_))
