"""An Airflow of its own in a temporary folder, stages that only pretend, and a catalog in a SQLite file."""

import dataclasses
import json
import os
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
HOME = tempfile.TemporaryDirectory(prefix="clipmill-airflow-")

# Airflow reads its settings when it is imported.
os.environ.update(
    {
        "AIRFLOW_HOME": HOME.name,
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{HOME.name}/airflow.db",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
    }
)
for name in ("CLIPMILL_RUNTIME", "CLIPMILL_PYTHON"):
    os.environ.pop(name, None)
sys.path.insert(0, str(ROOT / "dags"))


@pytest.fixture(scope="session")
def dags() -> dict[str, Any]:
    """The DAGs of the project by id, as Airflow's own loader finds them."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(str(ROOT / "dags"))
    assert bag.import_errors == {}
    return dict(bag.dags)


@pytest.fixture(scope="session")
def metadata_db() -> None:
    """Airflow's own tables, in SQLite."""
    from airflow.utils.db import initdb

    initdb()


@dataclass
class House:
    """A project whose stages pretend; `says` sets how."""

    folder: Path

    def says(self, **behaviour: Any) -> None:
        """How the stages shall behave; the keys are in pretend_stage.py."""
        (self.folder / "behaviour.json").write_text(json.dumps(behaviour))

    def calls(self) -> list[list[str]]:
        """Every command line that was run, in order, from the module on."""
        path = self.folder / "calls.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def stages(self) -> list[str]:
        """What was run, in order, as `stage`, `stage:batch` or `stage:phase`; batches without their run."""
        return [":".join([call[0].removeprefix("tasks."), *_parts(call)]) for call in self.calls()]


def _parts(call: list[str]) -> list[str]:
    run = call[call.index("--run") + 1]
    values = [value for option, value in pairwise(call) if option in ("--batch", "--phase")]
    return [value.removeprefix(f"{run}.") for value in values]


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """Stages that pretend instead of tasks/, and their catalog instead of Postgres."""
    from airflow.providers.common.sql.operators.sql import BaseSQLOperator

    from tests.dags.pretend_catalog import PretendCatalog

    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{Path(__file__).with_name("pretend_stage.py")}" "$@"\n')
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("CLIPMILL_PYTHON", str(python))
    monkeypatch.setenv("CLIPMILL_PRETEND_FOLDER", str(tmp_path))
    monkeypatch.setattr(BaseSQLOperator, "get_db_hook", lambda self: PretendCatalog(tmp_path))
    pretend = House(tmp_path)
    pretend.says()
    return pretend


@pytest.fixture
def no_waiting(dags: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Retries of stages without the wait before them, and runs without the second that dag.test() sleeps at joins."""
    sleep = time.sleep
    monkeypatch.setattr(time, "sleep", lambda seconds: sleep(min(seconds, 0.01)))
    tasks = [task for dag in dags.values() for task in dag.tasks if task.retry_policy]
    before = [task.retry_policy for task in tasks]
    for task in tasks:
        task.retry_policy = dataclasses.replace(task.retry_policy, longest_delay=timedelta(0))
    yield
    for task, policy in zip(tasks, before, strict=True):
        task.retry_policy = policy
