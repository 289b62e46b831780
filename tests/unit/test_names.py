"""One word, everywhere: the list of stages, and every other place that names them, agree."""

import importlib.util
import re
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import pytest
import yaml

from tasks.cli.follow import SHOWN
from tasks.core.keys import stage_keys
from tasks.core.recipe import parse_recipe
from tasks.plan.params import Choosable
from tasks.plan.wave import PHASES
from tasks.report.funnel import STAGES as FUNNEL
from tests.fixtures import curated, pipeline
from tests.fixtures.made_catalog import recipe_body

ROOT = Path(__file__).parents[2]
NOT_STAGES = {"core", "cli", "models", "review"}


def stage_specs() -> ModuleType:
    """dags/clipmill_dags/stages.py, which needs no Airflow."""
    spec = importlib.util.spec_from_file_location("stages", ROOT / "dags" / "clipmill_dags" / "stages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["stages"] = module
    spec.loader.exec_module(module)
    return module


SPECS = stage_specs().STAGES
STAGES = {spec.name for spec in SPECS}
BATCHED = tuple(spec.name for spec in SPECS if spec.phase)
COUNTED = STAGES - {"plan", "report"}
"""Stages that files or clips go through."""
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def text_of(path: str) -> str:
    """A file of the project."""
    return (ROOT / path).read_text()


def check(found: Iterable[str], wanted: Iterable[str], where: str) -> None:
    """Fails, naming the place to edit, unless the stages found there are those wanted."""
    found, wanted = set(found), set(wanted)
    lacks, strange = sorted(wanted - found), sorted(found - wanted)
    assert not lacks, f"edit {where}: it lacks {', '.join(lacks)}"
    assert not strange, f"edit {where}: no such stage as {', '.join(strange)}, or not there"


def test_every_stage_is_a_folder_with_a_command() -> None:
    folders = {path.parent.name for path in (ROOT / "tasks").glob("*/__main__.py")}
    check(folders - NOT_STAGES, STAGES, "tasks/<stage>/__main__.py, or dags/clipmill_dags/stages.py")


def test_every_stage_is_a_dependency_group() -> None:
    check(STAGES & set(PYPROJECT["dependency-groups"]), STAGES, "pyproject.toml, [dependency-groups]")


def test_every_stage_is_locked() -> None:
    groups = re.findall(r"--group (\w+)", text_of("requirements/lock.sh"))
    check(STAGES & set(groups), STAGES, "requirements/lock.sh, and run `make lock`")


def test_every_stage_is_an_image() -> None:
    folders = {path.parent.name for path in (ROOT / "images").glob("*/Dockerfile")}
    check(folders - NOT_STAGES - {"base", "airflow"}, STAGES, "images/<stage>/Dockerfile")
    for stage in STAGES:
        asked = f'ENTRYPOINT ["python", "-m", "tasks.{stage}"]'
        assert asked in text_of(f"images/{stage}/Dockerfile"), f"edit images/{stage}/Dockerfile: it lacks {asked}"


def test_every_stage_is_a_target_of_the_images() -> None:
    (matrix,) = re.findall(r"^    stage = \[(.*?)\]", text_of("docker-bake.hcl"), re.MULTILINE | re.DOTALL)
    check(re.findall(r'"(\w+)"', matrix), STAGES, "docker-bake.hcl, the matrix of the target `stage`")


def test_every_image_has_a_lock_and_a_budget() -> None:
    images = STAGES | {"cli", "airflow"}
    locks = {path.stem for path in (ROOT / "requirements" / "images").glob("*.txt")}
    check(
        locks - {"core", "split-torch", "embed-torch", "validate-torch", "caption-torch", "shard-torch"},
        images,
        "requirements/lock.sh, and run `make lock`",
    )
    check(tomllib.loads(text_of("images/budget.toml")), images, "images/budget.toml")


def test_every_stage_has_its_layer() -> None:
    (layers,) = (one["layers"] for one in PYPROJECT["tool"]["importlinter"]["contracts"] if one["type"] == "layers")
    named = {name.strip() for layer in layers for name in layer.split("|")}
    check(STAGES & named, STAGES, "pyproject.toml, the layers of [[tool.importlinter.contracts]]")


def test_every_stage_is_a_row_of_the_catalog() -> None:
    rows = re.findall(r"^    \('(\w+)', \d+", text_of("sql/views/000_stage.sql"), re.MULTILINE)
    check(rows, STAGES, "sql/views/000_stage.sql")


def test_every_stage_has_tests() -> None:
    folders = {path.name for path in (ROOT / "tests" / "unit").iterdir() if path.is_dir()}
    check(STAGES & folders, STAGES, "tests/unit/<stage>/")


def test_every_stage_has_its_pod() -> None:
    where = "stages in helm/clipmill/values.yaml, and in values.schema.json beside it"
    check(yaml.safe_load(text_of("helm/clipmill/values.yaml"))["stages"], STAGES, where)


def test_every_stage_is_a_task_of_a_dag() -> None:
    text = "".join(path.read_text() for path in (ROOT / "dags").glob("*.py"))
    check(re.findall(r'stage\("(\w+)"', text), STAGES, "dags/curate.py or dags/ingest.py")


@pytest.mark.parametrize(
    ("phases", "where"),
    [(PHASES, "PHASES in tasks/plan/wave.py"), (pipeline.PHASES, "PHASES in tests/fixtures/pipeline.py")],
)
def test_every_phase_has_its_stages(phases: dict[str, tuple[str, ...]], where: str) -> None:
    wanted: dict[str, Any] = {}
    for spec in SPECS:
        if spec.phase:
            wanted[spec.phase] = (*wanted.get(spec.phase, ()), spec.name)
    assert phases == wanted, f"edit {where}, or `phase` in dags/clipmill_dags/stages.py"


def test_every_stage_with_batches_has_a_key() -> None:
    keys = stage_keys(parse_recipe(recipe_body(validate={"model": {"model": "smolvlm2-256m"}})))
    check(set(BATCHED) & {key.stage for key in keys.values()}, BATCHED, "stage_keys in tasks/core/keys.py")


def test_every_output_of_a_stage_with_batches_is_known() -> None:
    outputs = re.findall(r"^select '(\w+)'", text_of("sql/views/010_current.sql"), re.MULTILINE)
    check(outputs, set(BATCHED) - {"ingest"}, "catalog.output in sql/views/010_current.sql")


def test_every_stage_has_its_line_in_the_funnel() -> None:
    check((stage for stage, _ in FUNNEL), COUNTED, "STAGES in tasks/report/funnel.py")
    pattern = r"select (\d+)(?: as line)?, '(\w+)'(?: as stage)?, '(\w+)'"
    lines = {(int(number), *said) for number, *said in re.findall(pattern, text_of("sql/views/060_funnel.sql"))}
    wanted = {(number, *line) for number, line in enumerate(FUNNEL, start=1)}
    assert lines == wanted, "edit sql/views/060_funnel.sql, whose lines are numbered as tasks/report/funnel.py has them"


def test_every_stage_is_shown_while_a_run_is_followed() -> None:
    check(SHOWN, STAGES - {"plan"}, "SHOWN in tasks/cli/follow.py")


def test_every_stage_but_plan_can_be_chosen_for_a_run() -> None:
    check(get_args(Choosable), STAGES - {"plan"}, "Choosable in tasks/plan/params.py, and run `make schema`")


def test_every_stage_is_in_the_run_that_tests_read() -> None:
    check(curated.STAGES, COUNTED, "STAGES in tests/fixtures/curated.py")
