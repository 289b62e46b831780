"""A recipe that shows what its data is for: clips are scored, judged and ranked by how like it they are."""

from pathlib import Path

import pytest

from tasks.core.catalog import Catalog
from tasks.core.catalog.work import Run
from tasks.core.examples import list_examples
from tasks.core.log import get_log
from tasks.core.media import probe
from tasks.core.store import path_to_uri
from tasks.plan.__main__ import plan
from tasks.report.coverage import chart
from tasks.report.domain import read_ranking
from tasks.report.page import look, read_facts, render
from tests.fixtures.made_catalog import (
    add_batch,
    add_boxes,
    add_clips,
    add_scores,
    add_video,
    made_run,
    policy_file,
    started,
    table,
)
from tests.fixtures.made_video import Coding, Shot, made_video
from tests.fixtures.pipeline import Pipeline

ALIKE = {"rule": "off_target", "score": "domain_similarity", "min": 0.9}


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """A folder of what is wanted: the first shot below, coded anew."""
    folder = tmp_path / "target"
    folder.mkdir()
    made_video(folder / "wanted.mp4", [Shot(6, seed=1)], coding=Coding(options={"crf": "35"}))
    return folder


def registered(catalog: Catalog, folder: Path, *rules: dict[str, object]) -> Run:
    """A run whose recipe shows the folder's `target`."""
    embed = {"domain": {"examples": [one.model_dump() for one in list_examples("target", folder)]}}
    return made_run(catalog, output=str(folder / "out"), policy=policy_file(folder, *rules), embed=embed)


def test_clips_are_judged_and_ranked_by_it(catalog: Catalog, tmp_path: Path, target: Path) -> None:
    run = registered(catalog, tmp_path, ALIKE)
    made_video(tmp_path / "one.mkv", [Shot(6, seed=1), Shot(6, seed=2), Shot(6, seed=3)])
    video = add_video(catalog, run, path_to_uri(tmp_path / "one.mkv"), probe(tmp_path / "one.mkv"))
    clips = add_clips(catalog, run, video, [6, 6, 6])
    add_boxes(catalog, run, clips, (160, 120))
    add_scores(catalog, run, clips, {})
    for phase in ("clips", "survivors"):
        plan(started(catalog, run, "plan"), get_log(), phase)
        for batch in Pipeline(catalog.url, tmp_path).batches(run.run_id, phase):
            if phase == "clips":
                Pipeline(catalog.url, tmp_path).stage("embed", "--run", run.run_id, "--batch", batch)

    with catalog.begin() as connection:
        ranking = read_ranking(connection, run.run_id, count=2)
        every = read_ranking(connection, run.run_id, count=9)
        facts = read_facts(connection, run.run_id)
    seen = chart(facts.embedded)
    page = render(facts, seen, look(facts, seen))
    assert "<h2>Domain</h2>" in page
    assert page.index("Most like") < page.index(str(clips[0])[:8], page.index("Most like"))
    assert (ranking.clips, len(ranking.best), len(ranking.worst)) == (3, 2, 1)
    assert [one.place for one in ranking.best + ranking.worst] == [1, 2, 3]
    similar = [one.similarity for one in ranking.best + ranking.worst]
    assert similar[0] > 0.95 > 0.8 > similar[1] > similar[2]
    assert ranking.best[0].sample.subject_id == clips[0]
    assert (len(every.best), every.worst) == (3, ())
    outcomes = dict(table(catalog, "select clip_id::text, outcome from catalog.verdict_current"))
    assert {clip for clip, outcome in outcomes.items() if outcome == "keep"} == {str(clips[0])}


def test_a_run_without_a_domain_has_no_ranking(catalog: Catalog) -> None:
    made_run(catalog)
    with catalog.begin() as connection:
        ranking = read_ranking(connection, "curate.made")
    assert (ranking.clips, ranking.best, ranking.worst) == (0, (), ())


def refused(catalog: Catalog, folder: Path, code: int) -> str:
    """What `embed` says of a recipe with the folder's `target`, when it ends with this code on a clip of its batch."""
    run = registered(catalog, folder, ALIKE)
    clips = add_clips(catalog, run, add_video(catalog, run, "file:///v"), [10.0])
    add_boxes(catalog, run, clips)
    batch = add_batch(catalog, run, "clips", clips)
    process = Pipeline(catalog.url, folder).start("embed", "--run", run.run_id, "--batch", batch)
    assert process.wait(60) == code
    assert table(catalog, "select count(*) from catalog.attempt") == [(0,)]
    assert table(catalog, "select count(*) from catalog.failure") == [(0,)]
    ((error,),) = table(catalog, f"select error from catalog.stage_run where exit_code = {code}")
    return str(error)


def test_no_example_that_can_be_read_ends_the_stage_before_it_begins(catalog: Catalog, tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "readme.txt").write_text("what we want")
    assert "none of the 1 examples can be read as a video" in refused(catalog, tmp_path, 78)
