"""The local runtime: a stage's process, its log, and that nothing of it is left behind."""

import logging
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest
from airflow.sdk.exceptions import AirflowTaskTimeout
from airflow.sdk.execution_time.timeout import timeout

from clipmill_dags import local
from clipmill_dags.exits import StageBroken, StageRefused, StageTryAgain
from clipmill_dags.stage_log import StageLog

PATIENCE_S = 20.0


@pytest.fixture
def stage(tmp_path, monkeypatch):
    """Makes the operator of a stage whose whole program is the text."""

    def make(program: str) -> local.LocalStageOperator:
        head = f"import os, pathlib, signal, subprocess, sys, time\nhere = {str(tmp_path)!r}\n"
        (tmp_path / "stage.py").write_text(head + textwrap.dedent(program))
        python = tmp_path / "python"
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{tmp_path / "stage.py"}" "$@"\n')
        python.chmod(0o755)
        monkeypatch.setenv("CLIPMILL_PYTHON", str(python))
        return local.LocalStageOperator(task_id="split", stage="split", arguments=["--run", "r 1"])

    return make


# Programs of stages are indented by four.
WITH_CHILD = """
    child = subprocess.Popen(["sleep", "600"])
    pathlib.Path(here, "pids").write_text(f"{os.getpid()} {child.pid}")
"""


def pids(tmp_path: Path) -> list[int]:
    """The process ids that a WITH_CHILD stage noted, once it has."""
    path = tmp_path / "pids"
    wait_until(lambda: path.exists() and len(path.read_text().split()) == 2)
    return [int(pid) for pid in path.read_text().split()]


def wait_until(condition) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    """Whether the process does anything still; one that only waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def assert_gone(tmp_path: Path) -> None:
    for pid in pids(tmp_path):
        wait_until(lambda pid=pid: not is_running(pid))


def kill_when_started(operator, tmp_path: Path) -> None:
    """Do to the operator what Airflow does when its task is cleared: call on_kill from a signal handler."""
    signal.signal(signal.SIGUSR1, lambda *_: operator.on_kill())

    def send() -> None:
        pids(tmp_path)
        os.kill(os.getpid(), signal.SIGUSR1)

    threading.Thread(target=send, daemon=True).start()


def test_the_command_is_the_contract(stage, tmp_path):
    stage("""pathlib.Path(here, "seen").write_text(repr((sys.argv[1:], os.getcwd())))""").execute({})
    assert (tmp_path / "seen").read_text() == repr((["-m", "tasks.split", "--run", "r 1"], str(local.ROOT)))


@pytest.mark.parametrize(
    ("end", "failure"),
    [
        ("sys.exit(75)", StageTryAgain),
        ("sys.exit(78)", StageRefused),
        ("sys.exit(1)", StageBroken),
        ("os.kill(os.getpid(), signal.SIGKILL)", StageTryAgain),
    ],
)
def test_the_exit_code_becomes_the_exception(stage, end, failure):
    with pytest.raises(failure, match="split: "):
        stage(end).execute({})


def test_the_last_error_line_is_the_message(stage):
    operator = stage(
        """
        print('{"level": "error", "event": "first"}')
        print('{"level": "error", "event": "recipe_refused", "field": "split.min_clip_s", "run": "r 1"}')
        print('{"level": "info", "event": "stage_ended"}')
        sys.exit(78)
        """
    )
    with pytest.raises(StageRefused, match=r"^split: recipe_refused field=split.min_clip_s \(exit code 78\)$"):
        operator.execute({})


def test_a_traceback_ends_with_the_message(stage):
    with pytest.raises(StageBroken, match=r"^split: ZeroDivisionError: division by zero"):
        stage("1 / 0").execute({})


def test_log_lines_keep_their_level_and_fields(caplog):
    logger = logging.getLogger("stage")
    log = StageLog(logger)
    with caplog.at_level(logging.DEBUG, "stage"):
        log.follow(
            [
                '{"time": "t", "level": "warning", "event": "slow", "run": "r", "clip": "c1", "wait_s": 3}\n',
                "\n",
                "Traceback: 100 % plain {\n",
                '{"level": "no such", "event": "x"}\n',
                "[1, 2]\n",
            ]
        )
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", "slow clip=c1 wait_s=3"),
        ("INFO", "Traceback: 100 % plain {"),
        ("INFO", '{"level": "no such", "event": "x"}'),
        ("INFO", "[1, 2]"),
    ]


def test_a_stage_sees_our_settings_and_not_airflows_keys(stage, tmp_path, monkeypatch):
    monkeypatch.setenv("CLIPMILL_CATALOG", "postgresql://somewhere")
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", "secret")
    monkeypatch.setenv("AIRFLOW_CONN_CLIPMILL_CATALOG", "secret")
    monkeypatch.setenv("PYTHONPATH", "/of/airflow")
    stage("""pathlib.Path(here, "env").write_text(repr(dict(os.environ)))""").execute({})
    seen = (tmp_path / "env").read_text()
    assert "postgresql://somewhere" in seen
    assert "secret" not in seen
    assert "/of/airflow" not in seen


def test_without_python_it_says_what_to_do(monkeypatch):
    monkeypatch.setenv("CLIPMILL_PYTHON", "/nowhere/python")
    operator = local.LocalStageOperator(task_id="split", stage="split", arguments=[])
    with pytest.raises(StageRefused, match="/nowhere/python; run `make setup`"):
        operator.execute({})


def test_a_killed_stage_may_finish_its_chunk(stage, tmp_path):
    operator = stage(f"{WITH_CHILD}    signal.signal(signal.SIGTERM, lambda *_: sys.exit(75))\n    signal.pause()")
    kill_when_started(operator, tmp_path)
    with pytest.raises(StageTryAgain, match="exit code 75"):
        operator.execute({})
    assert_gone(tmp_path)


def test_a_killed_stage_that_will_not_end_is_ended(stage, tmp_path, monkeypatch):
    monkeypatch.setattr(local, "GRACE_S", 0.3)
    operator = stage(f"    signal.signal(signal.SIGTERM, signal.SIG_IGN)\n{WITH_CHILD}    time.sleep(600)")
    kill_when_started(operator, tmp_path)
    with pytest.raises(StageTryAgain, match="exit code -9"):
        operator.execute({})
    assert_gone(tmp_path)


def test_a_timeout_leaves_nothing_behind(stage, tmp_path):
    operator = stage(f"{WITH_CHILD}    time.sleep(600)")
    with pytest.raises(AirflowTaskTimeout), timeout(1):
        operator.execute({})
    assert_gone(tmp_path)


def test_children_do_not_outlive_their_stage(stage, tmp_path):
    # The child holds the stage's output open: without care, the task would wait for it for ever.
    stage(WITH_CHILD).execute({})
    assert_gone(tmp_path)


@pytest.mark.skipif(not shutil.which("setpriv"), reason="util-linux is not on this machine")
def test_a_stage_does_not_outlive_a_task_that_was_killed_outright(stage, tmp_path):
    end = "    signal.signal(signal.SIGTERM, lambda *_: (child.kill(), sys.exit(75)))\n    signal.pause()"
    operator = stage(WITH_CHILD + end)
    program = "import sys; sys.path.insert(0, sys.argv[1])\nfrom clipmill_dags.local import LocalStageOperator\n" + (
        f"LocalStageOperator(task_id='split', stage='split', arguments={operator.arguments!r}).execute({{}})"
    )
    task = subprocess.Popen([sys.executable, "-c", program, str(local.ROOT / "dags")], stderr=subprocess.DEVNULL)
    try:
        pids(tmp_path)
    finally:
        task.kill()
        task.wait()
    assert_gone(tmp_path)
