"""One word, everywhere: the list of stages, and every other place that names them, agree."""

import importlib.util
import re
import sys
import tomllib
from pathlib import Path
from types import ModuleType

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


STAGES = {spec.name for spec in stage_specs().STAGES}


def test_every_stage_is_a_folder_with_a_command() -> None:
    folders = {path.parent.name for path in (ROOT / "tasks").glob("*/__main__.py")}
    assert folders - NOT_STAGES == STAGES


def test_every_stage_is_a_dependency_group() -> None:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    assert set(groups) >= STAGES


def test_every_stage_is_a_row_of_the_catalog() -> None:
    rows = re.findall(r"^    \('(\w+)', \d+", (ROOT / "sql" / "views" / "000_stage.sql").read_text(), re.MULTILINE)
    assert set(rows) == STAGES


def test_every_stage_has_tests() -> None:
    folders = {path.name for path in (ROOT / "tests" / "unit").iterdir() if path.is_dir()}
    assert folders >= STAGES


def test_every_stage_is_a_task_of_a_dag() -> None:
    text = "".join(path.read_text() for path in (ROOT / "dags").glob("*.py"))
    assert set(re.findall(r'stage\("(\w+)"', text)) == STAGES
