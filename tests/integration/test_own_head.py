"""A recipe with a head of its own: clips are scored and judged by what it says of their vectors."""

from pathlib import Path

import numpy as np

from tasks.core.catalog import Catalog
from tasks.core.examples import take_in
from tasks.core.log import get_log
from tasks.core.media import probe
from tasks.core.store import path_to_uri
from tasks.embed.domain import target_of
from tasks.embed.stage import asked_by
from tasks.plan.__main__ import plan
from tests.fixtures.made_catalog import (
    add_boxes,
    add_clips,
    add_scores,
    add_video,
    made_run,
    policy_file,
    started,
    table,
)
from tests.fixtures.made_video import Shot, made_video
from tests.fixtures.pipeline import Pipeline
from tests.unit.embed.test_domain import settings_of

WANTED = {"rule": "off_target", "score": "own_head", "min": 0.5}


def test_clips_are_judged_by_what_the_head_says(catalog: Catalog, tmp_path: Path) -> None:
    shown = tmp_path / "shown"
    shown.mkdir()
    for seed in (1, 2):
        made_video(shown / f"{seed}.mp4", [Shot(6, seed=seed)])
    settings = settings_of(shown)
    one, other = target_of(settings, asked_by(settings))
    np.savez(tmp_path / "head.npz", weight_1=[(one - other) * 20], bias_1=[0.0])
    embed = {"own_head": {"file": take_in("head.npz", tmp_path, "embed.own_head.file").model_dump()}}
    run = made_run(catalog, output=str(tmp_path / "out"), policy=policy_file(tmp_path, WANTED), embed=embed)
    made_video(tmp_path / "one.mkv", [Shot(6, seed=1), Shot(6, seed=2)])
    video = add_video(catalog, run, path_to_uri(tmp_path / "one.mkv"), probe(tmp_path / "one.mkv"))
    clips = add_clips(catalog, run, video, [6, 6])
    add_boxes(catalog, run, clips, (160, 120))
    add_scores(catalog, run, clips, {})
    plan(started(catalog, run, "plan"), get_log(), "clips")
    for batch in Pipeline(catalog.url, tmp_path).batches(run.run_id, "clips"):
        Pipeline(catalog.url, tmp_path).stage("embed", "--run", run.run_id, "--batch", batch)
    plan(started(catalog, run, "plan"), get_log(), "survivors")

    found = table(catalog, "select (numbers ->> 'own_head')::float from catalog.score where scorer = 'own_head'")
    low, high = sorted(value for (value,) in found)
    assert low < 0.1 < 0.9 < high
    outcomes = dict(table(catalog, "select clip_id::text, outcome from catalog.verdict_current"))
    assert {clip for clip, outcome in outcomes.items() if outcome == "keep"} == {str(clips[0])}
