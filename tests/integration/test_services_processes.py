"""Background processes: found by what started them, ended whole, and no stranger touched."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tasks.cli.local import processes

# A service with a worker that has overwritten its environment, as Airflow's do, and a stage in its own session
# that takes a moment to end. Each writes its pid.
SERVICE = """
import os, pathlib, subprocess, sys, time
stage = "import os, pathlib, signal, sys, time; "\\
    "signal.signal(signal.SIGTERM, lambda *_: (time.sleep(0.3), pathlib.Path('told').touch(), sys.exit(75))); "\\
    "pathlib.Path('stage').write_text(str(os.getpid())); time.sleep(600)"
subprocess.Popen([sys.executable, "-c", stage], start_new_session=True)
worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], env={})
pathlib.Path("worker").write_text(str(worker.pid))
time.sleep(600)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    processes.stop(tmp_path, ["service", "deaf"])


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "waited 20 s"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def launch(folder: Path) -> list[int]:
    """The pids of the service, its worker and its stage."""
    processes.launch(folder, "service", [sys.executable, "-c", SERVICE], os.environ)
    until(lambda: all((folder / name).exists() and (folder / name).read_text() for name in ("worker", "stage")))
    leader = processes.running(folder, "service")
    assert leader
    return [leader.pid, *(int((folder / name).read_text()) for name in ("worker", "stage"))]


def test_stop_ends_the_service_its_workers_and_its_stages(folder: Path) -> None:
    family = launch(folder)
    assert processes.stop(folder, ["service"])
    assert not any(map(is_alive, family))
    assert (folder / "told").exists(), "the stage must be asked before it is killed"
    assert not processes.stop(folder, ["service"])


def test_what_a_killed_service_left_behind_is_ended_too(folder: Path) -> None:
    leader, *others = launch(folder)
    os.kill(leader, signal.SIGKILL)
    until(lambda: not is_alive(leader))
    assert processes.running(folder, "service") is None
    assert processes.stop(folder, ["service"])
    assert not any(map(is_alive, others))


def test_a_pid_that_went_to_a_stranger_is_left_alone(folder: Path) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    try:
        (folder / "service.pid").write_text(json.dumps({"pid": stranger.pid, "started": 1.0}))
        assert processes.running(folder, "service") is None
        assert not processes.stop(folder, ["service"])
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_who_listens_on_a_port_is_known(folder: Path) -> None:
    listening = "import socket, time; s = socket.create_server(('127.0.0.1', 0)); " \
        "open('port', 'w').write(str(s.getsockname()[1])); time.sleep(600)"  # fmt: skip
    processes.launch(folder, "service", [sys.executable, "-c", listening], os.environ)
    until(lambda: (folder / "port").exists() and (folder / "port").read_text())
    port = int((folder / "port").read_text())
    assert processes.listens(folder, "service", port)
    assert not processes.listens(folder, "other", port)
    with socket.create_server(("127.0.0.1", 0)) as strangers:
        assert not processes.listens(folder, "service", strangers.getsockname()[1])


def test_one_that_does_not_listen_is_killed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "STOP_S", 0.3)
    deaf = "import pathlib, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    deaf += "pathlib.Path('ready').touch(); time.sleep(600)"
    processes.launch(folder, "deaf", [sys.executable, "-c", deaf], os.environ)
    until((folder / "ready").exists)
    process = processes.running(folder, "deaf")
    assert process
    assert processes.stop(folder, ["deaf"])
    assert not is_alive(process.pid)


def test_output_goes_to_a_log_and_the_last_log_is_kept(folder: Path) -> None:
    for word in ("first", "second"):
        processes.launch(folder, "service", [sys.executable, "-c", f"print({word!r})"], os.environ)
        until(lambda: processes.running(folder, "service") is None)
    log = processes.log_file(folder, "service")
    assert (log.read_text(), log.with_name("service.log.1").read_text()) == ("second\n", "first\n")
