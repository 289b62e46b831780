"""The local runtime: each stage is a process on this machine, its log the task's log."""

import os
import shlex
import shutil
import signal
import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from airflow.sdk import BaseOperator

from clipmill_dags.chosen import is_left_out, why_left_out
from clipmill_dags.exits import StageRefused, raise_for_exit
from clipmill_dags.pages import LINKS, told
from clipmill_dags.stage_log import StageLog

ROOT = Path(__file__).resolve().parents[2]
"""The project's folder, where `python -m tasks.<stage>` is run."""

GRACE_S = 4.0
"""From SIGTERM to SIGKILL. Airflow kills a cleared task's own process 5 s after its SIGTERM, so it must be less."""


def stage_python() -> str:
    """The interpreter that has the stages' packages: CLIPMILL_PYTHON, else the project's own `.venv`."""
    return os.environ.get("CLIPMILL_PYTHON") or str(ROOT / ".venv/bin/python")


def stage_environment() -> dict[str, str]:
    """This process's environment without Airflow's: decoders of hostile files need not see its keys."""
    kept = {key: value for key, value in os.environ.items() if "AIRFLOW" not in key}
    for key in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"):
        kept.pop(key, None)
    return kept | {"PYTHONUNBUFFERED": "1"}


def dies_with_parent() -> list[str]:
    """Command prefix that ends the stage when the task's process is itself killed and can end nothing any more."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []


class LocalStageOperator(BaseOperator):
    """Runs `python -m tasks.<stage> ARGUMENTS` in its own session and waits for it."""

    template_fields: Sequence[str] = ("arguments", "batch")
    operator_extra_links = LINKS
    ui_color = "#dcecf5"

    def __init__(self, *, stage: str, arguments: Sequence[str], batch: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.stage = stage
        self.arguments = arguments
        self.batch = batch
        self._process: subprocess.Popen[str] | None = None

    def execute(self, context: Any) -> None:
        """Start the stage, relay its log, and raise what its exit code stands for."""
        if is_left_out(self.stage, context):
            self.log.info(why_left_out(self.stage, context))
            return
        told(self)
        stage_log = StageLog(self.log)
        process = self._process = self._start()
        reader = threading.Thread(target=stage_log.follow, args=(process.stdout,), daemon=True)
        reader.start()
        try:
            exit_code = process.wait()
        finally:
            self._end()
            reader.join(GRACE_S)
        raise_for_exit(self.stage, exit_code, stage_log.last_error)

    def on_kill(self) -> None:
        """Ask the stage to stop, and make it stop after the grace period; called from a signal handler."""
        if self._process is None or self._process.returncode is not None:
            return
        self._signal(signal.SIGTERM)
        # No wait in here: the frame that was interrupted is the one that waits for the process.
        killer = threading.Timer(GRACE_S, self._kill)
        killer.daemon = True
        killer.start()

    def _start(self) -> subprocess.Popen[str]:
        python = stage_python()
        if not shutil.which(python):
            raise StageRefused(f"{self.stage}: no Python at {python}; run `make setup` or set CLIPMILL_PYTHON")
        command = [*dies_with_parent(), python, "-m", f"tasks.{self.stage}", *self.arguments]
        self.log.info("%s", shlex.join(command))
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env=stage_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )

    def _end(self) -> None:
        """Leave no process of the stage behind: itself where a timeout cut the wait short, and any child of it."""
        if self._process.poll() is None:
            self._signal(signal.SIGTERM)
            try:
                self._process.wait(GRACE_S)
            except subprocess.TimeoutExpired:
                self.log.warning("%s did not stop within %s s; killed", self.stage, GRACE_S)
        self._signal(signal.SIGKILL)
        self._process.wait()

    def _kill(self) -> None:
        if self._process.poll() is None:
            self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        # The stage began a session of its own, so its process id is also its group's.
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)
