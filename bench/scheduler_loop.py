"""How long Airflow's scheduler takes for one look at all tasks, with a whole wave of batches at hand.

    python -m bench scheduler_loop

A real Airflow as `clipmill up` starts it, one run of `curate` with 32 batches of videos and 32 of survivors. The stages
only pretend: what counts is the scheduler's own metric, `scheduler_loop_duration`, while tasks run.
"""

import os
import socket
import stat
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from bench.figure import Figure
from tasks.cli.local import services

BATCHES = 32
GOAL_S = 2.0
METRIC = b"scheduler_loop_duration:"
PRETEND_S = 1.0
"""How long a pretended stage takes; a real one takes longer, which gives the scheduler less to do."""
LONGEST_S = 540

PRETEND = """
import os, sys, time
import psycopg2
said = dict(zip(sys.argv[3::2], sys.argv[4::2]))
phase = said.get("--phase")
if phase in ("videos", "survivors"):
    with psycopg2.connect(os.environ["CLIPMILL_CATALOG_URL"]) as connection, connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")
        for n in range({batches}):
            row = (f"{{said['--run']}}.{{phase}}-{{n:02d}}", said["--run"], phase, n, 1.0)
            cursor.execute("insert into catalog.batch values (%s, %s, %s, %s, %s) on conflict do nothing", row)
else:
    time.sleep({seconds})
"""


def figures() -> Iterator[Figure]:
    """Median and worst loop of a wave, and how long the wave took."""
    with tempfile.TemporaryDirectory() as folder, Listener() as listener:
        environment = {
            "CLIPMILL_STATE": folder,
            "CLIPMILL_PYTHON": str(pretending(Path(folder), BATCHES, PRETEND_S)),
            "CLIPMILL_STATSD": f"127.0.0.1:{listener.port}",
        }
        os.environ.update(environment)
        try:
            airflow = services.up(print)
            airflow.api.wait_for_dag("curate")
            listener.loops.clear()
            began = time.monotonic()
            run = airflow.api.trigger("curate", {"recipe": "pretended"})
            while airflow.api.run("curate", run).state not in ("success", "failed"):
                if time.monotonic() - began > LONGEST_S:
                    break
                time.sleep(1)
            took_s = time.monotonic() - began
            tasks = len(airflow.api.task_states("curate", run))
        finally:
            services.down(print)
    # A loop that finds nothing to do is over at once and says nothing of the cost.
    loops = sorted(listener.loops)
    yield Figure(f"one look of the scheduler, {BATCHES} batches, median", statistics.median(loops), "s", at_most=GOAL_S)
    yield Figure("the same, slowest of a hundred", loops[int(len(loops) * 0.99)], "s", at_most=GOAL_S)
    yield Figure(f"{tasks} tasks of a wave, a second each, two at a time", took_s, "s")


def pretending(folder: Path, batches: int, seconds: float) -> Path:
    """A program that stands where the stages' Python would: so many batches, and so long for each stage."""
    program = folder / "pretend.py"
    program.write_text(PRETEND.format(batches=batches, seconds=seconds))
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{program}" "$@"\n')
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    return python


class Listener:
    """Takes in what Airflow tells of its metrics, as statsd datagrams."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0.5)
        self._done = False
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self.loops: list[float] = []
        """Seconds of each of the scheduler's looks."""

    @property
    def port(self) -> int:
        """Where it listens, on the loopback."""
        return int(self._socket.getsockname()[1])

    def __enter__(self) -> "Listener":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done = True
        self._thread.join()
        self._socket.close()

    def _listen(self) -> None:
        while not self._done:
            try:
                data = self._socket.recv(65536)
            except TimeoutError:
                continue
            for line in data.splitlines():
                if METRIC in line:
                    self.loops.append(float(line.split(METRIC)[1].split(b"|")[0]) / 1000)
