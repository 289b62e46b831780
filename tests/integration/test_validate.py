"""The stage `validate`: who is asked about, what answers make of verdicts, and what is lost when the server is."""

import json
import os
import signal
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from tasks.core.catalog import Catalog
from tasks.core.errors import BadPolicy
from tasks.core.log import get_log
from tasks.core.media import probe
from tasks.core.store import open_store, path_to_uri
from tasks.core.vectors import Made, vectors_file
from tasks.dedup.__main__ import dedup
from tasks.plan.__main__ import plan
from tests.fixtures.command import Command
from tests.fixtures.made_catalog import (
    add_boxes,
    add_clips,
    add_scores,
    add_video,
    made_run,
    policy_file,
    started,
    table,
)  # fmt: skip
from tests.fixtures.made_video import Coding, Shot, made_video
from tests.fixtures.model_server import Running, model_server
from tests.fixtures.pipeline import Pipeline, write_recipe

pytest.importorskip("httpx2", reason="httpx2 is not installed")

ASK = [{"name": "filmed", "question": "Was it filmed by a camera?", "reject_if": "no"}]
RULE = {"rule": "not_filmed", "score": "validate_filmed", "min": 0.5, "because": "a model saw no camera's picture"}
LONG = {"rule": "too_short", "score": "duration_s", "min": 5}
WAITS = ("pending", None, "validate")


def said(answer: str, confidence: float = 0.9) -> str:
    return json.dumps({"filmed": {"answer": answer, "confidence": confidence, "reason": f"a reason for {answer}"}})


@pytest.fixture
def server() -> Iterator[Running]:
    with model_server(words={"filmed": said("yes")}) as running:
        yield running


class World:
    """Three videos of one clip, measured, embedded and compared: a large one, its smaller copy, and another."""

    def __init__(self, catalog: Catalog, folder: Path, server: Running, *rules: dict[str, Any], **change: Any) -> None:
        self.catalog, self.server = catalog, server
        model = {"backend": "openai", "model": "m", "url": server.url, "give_up_s": 1, "timeout_s": 1, "tries": 2}
        policy = policy_file(folder, LONG, *rules, duplicates={"similarity": {"signal": 0.95}})
        validate = {"model": model, "criteria": ASK, "frames": 3} | change
        self.run = made_run(catalog, policy=policy, output=str(folder / "out"), validate=validate)
        self.files = {name: folder / f"{name}.mp4" for name in ("large", "small", "other")}
        self.clips = {name: self._clip(file, 80 if name == "small" else 160) for name, file in self.files.items()}
        self._embed(folder)

    def _clip(self, file: Path, width_px: int) -> uuid.UUID:
        made_video(file, [Shot(6, seed=1)], (160, 120), Coding(fps=10))
        video = add_video(self.catalog, self.run, path_to_uri(file), probe(file))
        clips = add_clips(self.catalog, self.run, video, [6.0])
        add_boxes(self.catalog, self.run, clips, (width_px, width_px * 3 // 4))
        add_scores(self.catalog, self.run, clips, {"duration_s": 6.0})
        return clips[0]

    def _embed(self, folder: Path) -> None:
        vectors = np.array([[1, 0, 0], [0.99, 0.141, 0], [0, 0, 1]], np.float32)
        key, data = vectors_file(Made("signal", "signal", "signal-2", 3), list(self.clips.values()), vectors)
        open_store(str(folder / "out")).put_bytes(key, data)
        about = ("signal", "signal", "signal-2", 3, str(folder / "out"), key)
        by = started(self.catalog, self.run, "embed").stage_run_id
        columns = (
            "stage_key", "clip_id", "kind", "model", "revision", "dimension", "store_url", "object_key", "ordinal",
            "stage_run_id",
        )  # fmt: skip
        embedding = self.run.key("embed.embedding")
        with self.catalog.begin() as connection:
            rows = [(embedding, clip, *about, place, by) for place, clip in enumerate(self.clips.values())]
            connection.copy("embedding", columns, rows)
        assert dedup(started(self.catalog, self.run, "dedup"), get_log()) == 3

    def plan(self, phase: str) -> int:
        return plan(started(self.catalog, self.run, "plan"), get_log(), phase)

    def start(self, **environment: str) -> "subprocess.Popen[bytes]":
        """The stage on what is pending, which is one batch."""
        assert self.plan("candidates") == 1
        (batch,) = Pipeline(self.catalog.url, Path()).batches(self.run.run_id, "candidates")
        return Pipeline(self.catalog.url, Path()).start(
            "validate", "--run", self.run.run_id, "--batch", batch, **environment
        )

    def validate(self, **environment: str) -> int:
        """How it ended, and what survives has been planned."""
        code = self.start(**environment).wait(120)
        self.plan("survivors")
        return code

    def states(self) -> dict[str, tuple[str, str | None, str | None]]:
        """State, reason and stage by the name of the video."""
        found = table(
            self.catalog, f"select clip_id::text, state, reason, stage from catalog.clip_state('{self.run.run_id}')"
        )
        states = {clip: tuple(rest) for clip, *rest in found}
        return {name: states[str(clip)] for name, clip in self.clips.items()}

    def funnel(self) -> list[tuple[Any, ...]]:
        asked = f"from catalog.funnel('{self.run.run_id}') where stage = 'validate' order by flow, reason"
        return table(self.catalog, f"select flow, reason, things {asked}")


@pytest.fixture
def world(catalog: Catalog, tmp_path: Path, server: Running) -> World:
    return World(catalog, tmp_path, server, RULE)


KEPT, COPY = ("pending", None, "caption"), ("duplicate", "near_duplicate", "dedup")
REFUSED = ("dropped", "not_filmed", "validate")


def test_of_copies_the_best_is_asked_about_and_what_passes_goes_on(world: World) -> None:
    assert world.states()["other"] == ("pending", None, "filter")
    world.plan("candidates")
    assert world.states() == {name: COPY if name == "small" else WAITS for name in world.clips}
    assert world.validate() == 0
    assert world.states() == {"large": KEPT, "small": COPY, "other": KEPT}
    stats = world.server.stats()
    assert (stats.answers, set(stats.pictures), stats.with_schema) == (2, {3}, 2)
    rows = table(world.catalog, "select numbers, unmeasured from catalog.score where scorer = 'criteria'")
    assert rows == [({"validate_filmed": 0.9, "validate_score": 0.9}, None)] * 2
    cost = "select model, attempts, picture_count, prompt_tokens > 100, answer_tokens > 0, wait_s > 0"
    assert set(table(world.catalog, f"{cost} from catalog.validation")) == {("m", 1, 3, True, True, True)}
    assert world.funnel() == [("in", None, 2), ("out", None, 2)]
    assert world.plan("candidates") == 0


def test_a_best_copy_that_is_refused_promotes_the_next(
    world: World, clipmill: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIPMILL_CATALOG_URL", world.catalog.url)
    world.server.script(words={"filmed": said("no")})
    assert world.validate() == 0
    # The smaller copy stands for itself now, and has not been seen.
    assert world.states() == {"large": REFUSED, "small": WAITS, "other": REFUSED}
    assert world.funnel() == [("dropped", "not_filmed", 2), ("in", None, 3), ("pending", None, 1)]

    world.server.script(words={"filmed": said("yes")})
    assert world.validate() == 0
    assert world.states() == {"large": REFUSED, "small": KEPT, "other": REFUSED}
    assert world.funnel() == [("dropped", "not_filmed", 2), ("in", None, 3), ("out", None, 1)]

    told = clipmill("explain", world.clips["large"], "--json").json
    assert told["validations"][0]["answers"]["filmed"]["reason"] == "a reason for no"
    shown = clipmill("explain", world.clips["large"]).out
    for part in ("not_filmed because: a model saw no camera", "filmed: no (0.90)", "a reason for no"):
        assert part in shown


def test_an_answer_that_cannot_be_read_is_neither_a_reject_nor_a_pass(world: World) -> None:
    world.server.script(words={"filmed": "Da, это снято камерой."})
    assert world.validate() == 0
    assert world.states()["other"] == ("unmeasured", "not_filmed", "validate")
    rows = table(world.catalog, "select answers, unmeasured, attempts from catalog.validation")
    assert rows == [(None, "malformed_answer", 2)] * 2
    assert table(world.catalog, "select distinct numbers::text from catalog.score where scorer = 'criteria'") == [
        ("{}",)
    ]


def test_without_a_rule_answers_are_kept_and_drop_nothing(catalog: Catalog, tmp_path: Path, server: Running) -> None:
    world = World(catalog, tmp_path, server)
    server.script(words={"filmed": said("no")})
    assert world.validate() == 0
    assert world.states() == {"large": KEPT, "small": COPY, "other": KEPT}


def test_what_the_cheaper_scores_drop_is_never_asked_about(catalog: Catalog, tmp_path: Path, server: Running) -> None:
    world = World(catalog, tmp_path, server, RULE, LONG | {"rule": "much_too_short", "min": 50})
    assert world.plan("candidates") == 0
    assert set(world.states().values()) == {("dropped", "much_too_short", "filter")}


def test_where_nobody_is_to_be_asked_nothing_waits(catalog: Catalog, tmp_path: Path, server: Running) -> None:
    run = made_run(catalog)
    assert run.keys_of("validate") == []
    assert plan(started(catalog, run, "plan"), get_log(), "candidates") == 0


def test_a_server_that_is_gone_ends_it_to_be_run_again_and_nothing_is_lost(world: World) -> None:
    world.server.script(misbehave=["", *["503"] * 1000], words={"filmed": said("yes")})
    assert world.validate() == 75
    assert table(world.catalog, "select count(*) from catalog.validation") == [(1,)]
    assert table(world.catalog, "select count(*) from catalog.failure") == [(0,)]
    assert sorted(world.states().values()) == sorted([COPY, KEPT, WAITS])
    asked = world.server.stats().answers
    world.server.script(words={"filmed": said("yes")})
    assert world.validate() == 0
    assert world.states() == {"large": KEPT, "small": COPY, "other": KEPT}
    assert world.server.stats().answers == asked + 1


def test_a_stage_that_is_told_to_stop_forgets_what_it_waits_for(
    catalog: Catalog, tmp_path: Path, server: Running
) -> None:
    model = {"backend": "openai", "model": "m", "url": server.url, "timeout_s": 600, "give_up_s": 600}
    world = World(catalog, tmp_path, server, model=model)
    server.script(misbehave=["hang", "..."])
    process = world.start()
    while server.stats().requests < 2:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.2)
    os.kill(process.pid, signal.SIGTERM)
    assert process.wait(20) == 75
    assert table(catalog, "select count(*) from catalog.validation") == [(0,)]


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ({"model": "smolvlm2-256m"}, "clipmill models pull smolvlm2-256m"),
        ({"backend": "openai", "model": "m"}, "CLIPMILL_VLM_SERVER"),
    ],
)
def test_a_model_that_cannot_be_asked_ends_it_for_good(
    catalog: Catalog, tmp_path: Path, server: Running, model: dict[str, Any], told: str
) -> None:
    world = World(catalog, tmp_path, server, model=model)
    assert world.validate(CLIPMILL_MODELS=str(tmp_path / "none"), CLIPMILL_VLM_SERVER="") == 78
    (error,) = table(catalog, "select error from catalog.stage_run where stage = 'validate'")[0]
    assert told in error


def test_a_clip_that_cannot_be_decoded_is_quarantined_and_its_copy_takes_its_place(world: World) -> None:
    world.files["large"].write_bytes(b"gone")
    assert world.validate() == 0
    assert world.states()["large"][::2] == ("failed", "validate")
    assert world.states()["small"] == WAITS


def test_a_rule_on_a_criterion_that_nobody_asks_about_is_refused(catalog: Catalog, tmp_path: Path) -> None:
    policy = policy_file(tmp_path, RULE | {"score": "validate_nonsense"})
    with pytest.raises(BadPolicy, match=r"the recipe measures by .*; `validate` in the recipe adds it"):
        made_run(catalog, policy=policy)
    asks = {"model": {"model": "smolvlm2-256m"}, "criteria": ASK}
    with pytest.raises(BadPolicy, match="give validate_filmed, validate_score"):
        made_run(catalog, policy=policy, validate=asks)


def test_criteria_lie_beside_the_recipe(tmp_path: Path) -> None:
    from tasks.core.recipe import load_recipe

    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(ASK))
    validate = {"model": {"model": "smolvlm2-256m"}, "criteria": "mine.yaml"}
    recipe = load_recipe(write_recipe(tmp_path / "recipe.yaml", tmp_path, tmp_path / "out", validate=validate))
    assert recipe.validation is not None
    assert [one.name for one in recipe.validation.criteria] == ["filmed"]
