"""The stage `embed`: who gets there, where vectors go, and what later scores mean for verdicts."""

import uuid
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from tasks.core.catalog import Catalog
from tasks.core.catalog.work import Run
from tasks.core.log import get_log
from tasks.core.score_names import SCORES
from tasks.core.store import open_store
from tasks.core.vectors import read_vectors
from tasks.plan.__main__ import plan
from tests.fixtures.made_catalog import (
    add_boxes,
    add_clips,
    add_embeddings,
    add_scores,
    add_video,
    made_run,
    policy_file,
    started,
    table,
)  # fmt: skip
from tests.fixtures.made_video import Shot, made_video
from tests.fixtures.pipeline import Pipeline, write_recipe

LOG = get_log()
CAMERA = {"rule": "not_filmed", "score": "zero_shot_camera", "min": 0.5}
LONG = {"rule": "too_short", "score": "duration_s", "min": 5}


def measured(catalog: Catalog, run: Run, seconds: Sequence[float]) -> list[uuid.UUID]:
    """Clips that filter has finished with, each of the duration that it measured."""
    clips = add_clips(catalog, run, add_video(catalog, run, "file:///v"), [10.0 + n for n in range(len(seconds))])
    add_boxes(catalog, run, clips)
    for clip, duration_s in zip(clips, seconds, strict=True):
        add_scores(catalog, run, [clip], {"duration_s": duration_s})
    return clips


def looked_at(catalog: Catalog, run: Run, clip: uuid.UUID, camera: float) -> None:
    """The clip embedded, and scored by zero-shot."""
    add_embeddings(catalog, run, [clip])
    numbers = {name: camera for name, about in SCORES.items() if about.scorer == "zero_shot"}
    row = (run.key("embed.zero_shot"), clip, "zero_shot", numbers, None, started(catalog, run, "embed").stage_run_id)
    with catalog.begin() as connection:
        connection.copy("score", ("stage_key", "clip_id", "scorer", "numbers", "unmeasured", "stage_run_id"), [row])


def planned(catalog: Catalog, run: Run, phase: str) -> set[uuid.UUID]:
    """The members of the batches that a phase cuts."""
    plan(started(catalog, run, "plan"), LOG, phase)
    where = f"where b.run_id = '{run.run_id}' and b.phase = '{phase}'"
    rows = table(
        catalog, f"select subject_id from catalog.batch_member m join catalog.batch b using (batch_id) {where}"
    )
    return {uuid.UUID(str(row[0])) for row in rows}


def verdicts(catalog: Catalog) -> dict[uuid.UUID, tuple[str, list[str]]]:
    rows = table(catalog, "select clip_id, outcome, failed_rules from catalog.verdict_current")
    return {uuid.UUID(str(clip)): (outcome, failed) for clip, outcome, failed in rows}


def states(catalog: Catalog, run: Run) -> dict[uuid.UUID, tuple[str, str | None]]:
    rows = table(catalog, f"select clip_id, state, stage from catalog.clip_state('{run.run_id}')")
    return {uuid.UUID(str(clip)): (state, stage) for clip, state, stage in rows}


def policy(folder: Path, *rules: dict[str, object]) -> dict[str, object]:
    """A recipe's policy, with the scorer that it asks."""
    return {"policy": policy_file(folder, *rules), "embed": {"zero_shot": {}}}


def test_only_what_the_first_scores_let_through_is_embedded(catalog: Catalog, tmp_path: Path) -> None:
    run = made_run(catalog, **policy(tmp_path, LONG))
    kept, dropped = measured(catalog, run, [9, 1])
    assert planned(catalog, run, "clips") == {kept}
    assert verdicts(catalog) == {kept: ("keep", []), dropped: ("drop", ["too_short"])}
    assert states(catalog, run) == {kept: ("pending", "embed"), dropped: ("dropped", "filter")}


def test_score_all_embeds_what_is_dropped_too(catalog: Catalog, tmp_path: Path) -> None:
    run = made_run(catalog, policy=policy_file(tmp_path, LONG), embed={"score_all": True})
    clips = measured(catalog, run, [9, 1])
    assert planned(catalog, run, "clips") == set(clips)


def test_a_verdict_waits_for_later_scores_only_where_the_policy_asks_them(catalog: Catalog, tmp_path: Path) -> None:
    run = made_run(catalog, **policy(tmp_path, LONG, CAMERA))
    filmed, drawn, short = measured(catalog, run, [9, 9, 1])
    assert planned(catalog, run, "clips") == {filmed, drawn}
    assert verdicts(catalog) == {short: ("drop", ["too_short"])}
    assert states(catalog, run)[filmed] == ("pending", "embed")

    looked_at(catalog, run, filmed, 0.9)
    looked_at(catalog, run, drawn, 0.1)
    assert planned(catalog, run, "survivors") == {filmed}
    assert verdicts(catalog) == {
        filmed: ("keep", []), drawn: ("drop", ["not_filmed"]), short: ("drop", ["too_short"])
    }  # fmt: skip
    assert states(catalog, run) == {
        filmed: ("pending", "caption"), drawn: ("dropped", "embed"), short: ("dropped", "filter")
    }  # fmt: skip


def test_a_policy_on_later_scores_alone_sends_all_on(catalog: Catalog, tmp_path: Path) -> None:
    run = made_run(catalog, **policy(tmp_path, CAMERA))
    clips = measured(catalog, run, [9, 1])
    assert planned(catalog, run, "clips") == set(clips)
    assert verdicts(catalog) == {}


def test_the_funnel_adds_up_with_drops_on_both_sides(catalog: Catalog, tmp_path: Path) -> None:
    from tasks.report.funnel import check_sums, read_funnel

    run = made_run(catalog, **policy(tmp_path, LONG, CAMERA))
    filmed, drawn, waiting, _ = measured(catalog, run, [9, 9, 9, 1])
    looked_at(catalog, run, filmed, 0.9)
    looked_at(catalog, run, drawn, 0.1)
    planned(catalog, run, "survivors")
    with catalog.begin() as connection:
        funnel = read_funnel(connection, run.run_id)
    assert [one for one in check_sums(funnel) if not one.startswith(("ingest", "split"))] == []
    line = funnel.line("embed")
    assert (line.entered.count, line.left.count) == (3, 1)
    assert {(rest.state, rest.reason) for rest in line.rest} == {("dropped", "not_filmed"), ("pending", None)}
    assert states(catalog, run)[waiting] == ("pending", "embed")


@pytest.fixture
def pipeline(catalog: Catalog, tmp_path: Path) -> Pipeline:
    folder = tmp_path / "videos"
    folder.mkdir()
    made_video(folder / "one.mp4", [Shot(6, seed=1), Shot(6, seed=2)])
    made_video(folder / "two.mp4", [Shot(7, seed=3)], (200, 120))
    recipe = write_recipe(tmp_path / "recipe.yaml", folder, tmp_path / "dataset", policy="permissive")
    return Pipeline(catalog.url, recipe)


def test_every_kept_clip_has_a_vector_and_only_once(catalog: Catalog, pipeline: Pipeline, tmp_path: Path) -> None:
    pipeline.run("first")
    columns = "clip_id, kind, model, revision, dimension, store_url, object_key, ordinal"
    rows = table(catalog, f"select {columns} from catalog.embedding order by clip_id")
    assert rows
    for clip, *made, store, key, ordinal in rows:
        said, clips, vectors = read_vectors(open_store(store).get_bytes(key))
        assert [said.kind, said.model, said.revision, said.dimension] == made
        assert str(clips[ordinal]) == str(clip)
        assert np.linalg.norm(vectors[ordinal]) == pytest.approx(1, abs=1e-3)
    assert table(catalog, "select count(*) from catalog.rendition") == [(len(rows),)]

    pipeline.run("second")
    assert table(catalog, f"select {columns} from catalog.embedding order by clip_id") == rows
    files = {path.name for path in (tmp_path / "dataset" / "embeddings").rglob("*.parquet")}
    assert files == {str(row[6]).rsplit("/", 1)[-1] for row in rows}


def test_a_missing_model_ends_the_stage_before_it_begins(catalog: Catalog, tmp_path: Path) -> None:
    run = made_run(catalog, policy=policy_file(tmp_path, LONG), embed={"clip_aesthetic": {}})
    measured(catalog, run, [9])
    planned(catalog, run, "clips")
    (batch,) = table(catalog, "select batch_id from catalog.batch where phase = 'clips'")
    process = Pipeline(catalog.url, tmp_path).start(
        "embed", "--run", run.run_id, "--batch", batch[0], CLIPMILL_MODELS=str(tmp_path / "nothing")
    )
    assert process.wait(60) == 78
    ((error,),) = table(catalog, "select error from catalog.stage_run where exit_code = 78")
    assert "clipmill models pull" in error
    assert table(catalog, "select count(*) from catalog.failure") == [(0,)]
