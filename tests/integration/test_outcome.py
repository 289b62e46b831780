"""The end of a run, told from the catalog, Airflow's log and the dataset."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer

from tasks.cli import run as run_module
from tasks.cli.follow import Ended, FailedTask, Triggered
from tasks.cli.local.airflow_api import TaskState
from tasks.cli.outcome import program, tell, what_it_did
from tasks.core.catalog import Catalog
from tasks.core.catalog.work import load_run
from tasks.core.recipe import Recipe
from tasks.core.store import open_store
from tasks.plan.params import RunParams
from tasks.report.funnel import read_funnel
from tasks.report.page import LATEST, report_key
from tests.fixtures.command import Command
from tests.fixtures.curated import RUN, Curated, curated
from tests.fixtures.made_catalog import add_batch, add_video, made_run, started

DAG_RUN = RUN.removeprefix("curate.")


class Api:
    """Airflow as far as the end of a run asks it."""

    url = "http://127.0.0.1:1"

    def log(self, dag_id: str, run_id: str, task: TaskState) -> str:
        return "starts\nThe recipe is refused: output: no exit_code=78\nend exit_code=78 done=0\nTask failed"


@pytest.fixture
def world(catalog: Catalog, tmp_path: Path) -> Curated:
    return curated(catalog, tmp_path)


@pytest.fixture
def recipe(catalog: Catalog, world: Curated) -> Recipe:
    with catalog.begin() as connection:
        return load_run(connection, RUN).recipe


def spoil(catalog: Catalog, sql: str) -> None:
    """Does to the catalog what no stage does."""
    with catalog.begin() as connection:
        connection.script(sql)


def failed(task_id: str, label: str = "") -> FailedTask:
    """A red task of the run."""
    task = TaskState(task_id, 0 if label else -1, label, "failed", 1, 1.0)
    return FailedTask("curate", DAG_RUN, task)


def told(catalog: Catalog, recipe: Recipe, ended: Ended, capsys: pytest.CaptureFixture[str]) -> tuple[bool, str, str]:
    """Whether it ended well, and what was said on both outputs."""
    api: Any = Api()
    well = tell(catalog, api, recipe, ended)
    said = capsys.readouterr()
    return well, said.out, said.err


def test_a_red_run_says_why(catalog: Catalog, recipe: Recipe, capsys: pytest.CaptureFixture[str]) -> None:
    spoil(catalog, "update catalog.stage_run set exit_code = 75, error = 'the disk is full' where stage = 'crop'")
    red = [failed("videos.crop", "crop-00"), failed("plan_survivors")]
    well, _, err = told(catalog, recipe, Ended([RUN], red), capsys)
    lines = [line.strip() for line in err.splitlines()]
    assert not well
    assert lines[1:5] == [
        f"videos.crop [crop-00] failed in {RUN}",
        "the disk is full",
        f"plan_survivors failed in {RUN}",
        "The recipe is refused: output: no",
    ]


def test_a_run_without_any_curation_is_no_good_end(
    catalog: Catalog, recipe: Recipe, capsys: pytest.CaptureFixture[str]
) -> None:
    well, out, err = told(catalog, recipe, Ended(["ingest.manual__1"], [failed("plan")]), capsys)
    assert (well, out) == (False, "")
    assert err.splitlines()[0] == "the run failed before any curation:"
    assert "doctor" not in err


def test_a_good_run_says_where_things_are(
    catalog: Catalog, recipe: Recipe, world: Curated, capsys: pytest.CaptureFixture[str]
) -> None:
    store = open_store(str(world.output))
    assert "report   none was written" in told(catalog, recipe, Ended([RUN]), capsys)[1]
    store.put_bytes(report_key(RUN), b"page")
    well, out, err = told(catalog, recipe, Ended([RUN]), capsys)
    assert (well, err) == (True, "")
    assert f"dataset  {world.output}" in out
    assert f"report   {store.url(LATEST)}" in out


def sentence(catalog: Catalog, recipe: Recipe, run: str = RUN) -> str | None:
    """What is said of a run."""
    with catalog.begin() as connection:
        return what_it_did(connection, [run], read_funnel(connection, run), recipe)


def test_nothing_to_do_is_said_only_where_it_is_true(catalog: Catalog, recipe: Recipe) -> None:
    assert sentence(catalog, recipe) is None
    spoil(catalog, "update catalog.stage_run set done_count = 0")
    assert sentence(catalog, recipe) == "No stage had work to do; the policy's new verdicts made version 1."
    spoil(catalog, "delete from catalog.verdict")
    assert sentence(catalog, recipe) == "No stage had work to do; what earlier runs left made version 1."
    spoil(catalog, "delete from catalog.dataset_version_shard; delete from catalog.dataset_version")
    assert (sentence(catalog, recipe) or "").startswith("Nothing to do: ")


def test_what_another_run_works_on_is_said_to_be_left_to_it(catalog: Catalog) -> None:
    run, busy = made_run(catalog, "curate.late"), made_run(catalog, "curate.busy")
    batch = add_batch(catalog, busy, "videos", [add_video(catalog, run, "file:///v")])
    started(catalog, busy, "split", batch).take()
    assert (sentence(catalog, run.recipe, "curate.late") or "").startswith("curate.busy still works on these videos")


def test_an_empty_folder_is_named(catalog: Catalog) -> None:
    run = made_run(catalog, "curate.empty")
    assert sentence(catalog, run.recipe, "curate.empty") == "no files found in /made"


def test_a_dry_run_says_what_would_be_done(
    catalog: Catalog, recipe: Recipe, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(catalog, f"update catalog.run set params = params || '{{\"dry_run\": true}}' where run_id = '{RUN}'")
    well, out, _ = told(catalog, recipe, Ended([RUN]), capsys)
    assert well
    phases = [line.split()[0] for line in out.splitlines()[1:5]]
    assert phases == ["videos", "clips", "candidates", "survivors"]
    assert "nothing was done, this was a dry run" in out
    assert "in = out" not in out


def test_the_command_is_named_as_it_can_be_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert program() == ".venv/bin/clipmill"


@pytest.fixture
def triggered(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What Airflow was asked to run; its run ends as the world's did."""
    asked: list[dict[str, Any]] = []

    def trigger(api: object, conf: dict[str, Any]) -> Triggered:
        asked.append(conf)
        return Triggered("x", datetime.now(UTC))

    airflow = SimpleNamespace(api=Api(), url=Api.url)
    services = SimpleNamespace(start_catalog=lambda say: catalog.url, up=lambda say: airflow)
    monkeypatch.setattr(run_module, "services", services)
    monkeypatch.setattr("tasks.cli.follow.trigger", trigger)
    monkeypatch.setattr("tasks.cli.follow.follow", lambda api, triggered, say: Ended([RUN]))
    return asked


def test_run_takes_a_name(clipmill: Command, catalog: Catalog, world: Curated, triggered: list[dict[str, Any]]) -> None:
    ended = clipmill("run", "tiny")
    with catalog.begin() as connection:
        meant = connection.row("plan/find_recipe", name="tiny")
    # By its hash: another recipe of that name may be added before a stage asks.
    assert meant is not None
    assert (ended.code, triggered) == (0, [{"recipe": meant["recipe_hash"]}])
    assert "in = out" in ended.out
    assert clipmill("run", "nonsense").code == 78


def test_run_registers_a_file(
    clipmill: Command, catalog: Catalog, world: Curated, tmp_path: Path, triggered: list[dict[str, Any]]
) -> None:
    file = tmp_path / "mine.yaml"
    source = "{name: a, path: /in, licence: CC0-1.0, rights: our own}"
    file.write_text(f"{{name: mine, dataset: mine, output: {tmp_path / 'mine'}, sources: [{source}]}}")
    assert clipmill("run", file, "--policy", "permissive", "--limit", 2).code == 0
    with catalog.begin() as connection:
        # Out of the catalog: the stages may run where the file is not.
        meant = connection.row("plan/find_recipe", name="mine")
        assert meant is not None
        assert triggered == [{"recipe": meant["recipe_hash"], "policy": "permissive", "limit": 2}]
        assert {row["name"] for row in connection.rows("cli/recipes")} == {"mine", "tiny"}


def test_ctrl_c_leaves_the_run_to_airflow(
    catalog: Catalog, recipe: Recipe, triggered: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    def interrupted(*arguments: object) -> Ended:
        raise KeyboardInterrupt

    monkeypatch.setattr("tasks.cli.follow.follow", interrupted)
    with pytest.raises(typer.Exit) as ended:
        run_module.run_recipe(catalog, recipe, RunParams(recipe="tiny"))
    assert ended.value.exit_code == 130
    assert "the run goes on in Airflow; `make down` stops it" in capsys.readouterr().err
