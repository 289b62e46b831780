"""Airflow as a service of this machine: one real start, a run with a stage at work, and an end that leaves nothing."""

import os
import socket
import stat
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tasks.cli.local import airflow, airflow_settings, services
from tasks.cli.local.airflow import Airflow
from tasks.cli.local.airflow_api import RunRefused
from tasks.cli.local.processes import running
from tasks.cli.local.state import LOOPBACK

pytestmark = pytest.mark.skipif(not airflow.PROGRAM.exists(), reason="Airflow is not installed: run `make setup`")

# In the place of the stages' Python: a stage that says where it runs and works until it is told to stop.
STAGE = f"""#!{sys.executable}
import os, pathlib, time
note = pathlib.Path(os.environ["CLIPMILL_STATE"], "stage")
note.write_text(f"{{os.getpid()}} {{os.environ['CLIPMILL_CATALOG_URL']}}")
print("at work", flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("state")
    python = folder / "python"
    python.write_text(STAGE)
    python.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLIPMILL_PYTHON", str(python))
        patch.delenv("CLIPMILL_CATALOG_URL", raising=False)
        yield folder
        services.down(print, folder)


@pytest.fixture(scope="module")
def squatter() -> Iterator[int]:
    """The port that Airflow would like, taken by another program."""
    with socket.socket() as taken, pytest.MonkeyPatch.context() as patch:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        patch.setattr(airflow_settings, "PREFERRED_PORT", taken.getsockname()[1])
        yield taken.getsockname()[1]


@pytest.fixture(scope="module")
def started(state: Path, squatter: int) -> Airflow:
    return services.up(print, state)


def until(condition: Callable[[], object], timeout_s: float = 60) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"waited {timeout_s} s"
        time.sleep(0.1)


def test_it_takes_another_port_and_listens_on_the_loopback_alone(started: Airflow, squatter: int, state: Path) -> None:
    assert started.url != f"http://{LOOPBACK}:{squatter}"
    api_server = running(started.folder, "api-server")
    assert api_server
    listening = {c.laddr.ip for c in api_server.net_connections("tcp") if c.status == psutil.CONN_LISTEN}
    assert listening == {LOOPBACK}
    assert stat.S_IMODE((started.folder / "settings.json").stat().st_mode) == 0o600


def test_up_again_is_the_same_airflow_at_once(started: Airflow, state: Path) -> None:
    said: list[str] = []
    assert services.up(said.append, state) == started
    assert said == []


def test_the_pages_are_served_and_tasks_know_where(started: Airflow, state: Path) -> None:
    address = services.status(state).pages
    assert address
    with urllib.request.urlopen(address) as page:
        assert "<h1>Runs</h1>" in page.read().decode()
    environment = airflow.environment(started.folder, services.catalog_url(state))
    assert environment["CLIPMILL_PAGES_URL"] == address


def test_its_pools_are_those_of_the_dags(started: Airflow) -> None:
    cores = len(os.sched_getaffinity(0))
    assert airflow.pools()["cpu"]["slots"] == max(2, cores)
    assert airflow.pools()["shard"]["slots"] == 1
    for name, pool in airflow.pools().items():
        # A second time: what the first start made is changed, not refused.
        started.api.set_pool(name, pool)
        assert started.api.pool(name).items() >= pool.items()


def test_the_form_refuses_what_it_does_not_allow(started: Airflow) -> None:
    started.api.wait_for_dag("curate")
    with pytest.raises(RunRefused, match="recipe"):
        started.api.trigger("curate", {"recipe": 7})


def test_down_ends_the_stage_at_work_too(started: Airflow, state: Path) -> None:
    stage_pid = begin_stage(started, state)
    leaders = [running(started.folder, name) for name in airflow.NAMES]
    family = [process for leader in leaders if leader for process in (leader, *leader.children(recursive=True))]
    assert stage_pid in [process.pid for process in family]

    assert services.down(print, state)
    assert not [process for process in family if is_alive(process)]
    assert services.status(state) == services.Services(None, None, None)
    assert not services.down(print, state)
    log = (started.folder / "logs" / "scheduler.log").read_text()
    assert "final_state=up_for_retry" in log, "the task must have said how it ended, so that the next start goes on"


def begin_stage(started: Airflow, state: Path) -> int:
    """The pid of a new run's first stage, which is at work."""
    note = state / "stage"
    run_id = started.api.trigger("curate", {"recipe": "any"})
    until(lambda: note.exists() and note.read_text())
    stage_pid, catalog_url = note.read_text().split()
    assert catalog_url == services.catalog_url(state)
    [task] = [task for task in started.api.task_states("curate", run_id) if task.task_id == "plan_videos"]
    assert task.state == "running"
    until(lambda: "at work" in started.api.log("curate", run_id, task))
    run = started.api.run("curate", run_id)
    assert run.state == "running"
    assert [found.run_id for found in started.api.runs("curate", run.run_after)] == [run_id]
    return int(stage_pid)


def is_alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
