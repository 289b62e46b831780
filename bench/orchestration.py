"""What Airflow costs beside the stages, and whether the first batch is whole early.

    python -m bench orchestration

A real Airflow as `clipmill up` starts it, one run of `curate` with 20 batches a phase. The stages only pretend, so
that the processor time of the scheduler and the tasks that it starts, ended ones too, is what a stage of a batch costs
beside itself. What the API server and the reader of DAG files use meanwhile is told too: they run with or without
stages. The scheduler looks again and again while it waits, so where a run takes longer, on a busy machine, all is more.
"""

import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import psutil

from bench.figure import Figure
from bench.scheduler_loop import pretending
from tasks.cli.local import services
from tasks.cli.local.airflow_api import AirflowApi, TaskState
from tasks.cli.local.airflow_settings import NAMES
from tasks.cli.local.processes import running
from tasks.cli.local.state import ServiceFailed

BATCHES = 20
PRETEND_S = 0.5
LONGEST_S = 1500
EARLY = 0.35
GOAL_CPU_S = 1.5


def figures() -> Iterator[Figure]:
    """When the first batch left the phase of videos, and processor time for each stage of each batch."""
    with tempfile.TemporaryDirectory() as folder:
        pretend = pretending(Path(folder), BATCHES, PRETEND_S)
        os.environ.update({"CLIPMILL_STATE": folder, "CLIPMILL_PYTHON": str(pretend)})
        try:
            airflow = services.up(print)
            airflow.api.wait_for_dag("curate")
            before_s = used_s(Path(folder) / "airflow")
            began = time.monotonic()
            run = airflow.api.trigger("curate", {"recipe": "pretended"})
            while state_of(airflow.api, run) not in ("success", "failed"):
                if time.monotonic() - began > LONGEST_S:
                    raise TimeoutError(f"the run was not done after {LONGEST_S} s")
                time.sleep(1)
            took_s = time.monotonic() - began
            after_s = used_s(Path(folder) / "airflow")
            tasks = airflow.api.task_states("curate", run)
        finally:
            services.down(print)
    stages = [task for task in tasks if task.map_index >= 0 and task.state == "success"]
    yield Figure("first batch whole, share of the phase of videos", first_whole(tasks), "share", at_most=EARLY)
    each_s = {name: (after_s[name] - before_s[name]) / len(stages) for name in NAMES}
    beside_s = each_s.pop("scheduler") - own_cpu_s(pretend)
    yield Figure(f"tasks' and scheduler's CPU for each of {len(stages)} stages", beside_s, "s", at_most=GOAL_CPU_S)
    for name, other_s in each_s.items():
        yield Figure(f"{name}'s CPU in the meantime, for each", other_s, "s")
    yield Figure("the run, from its start to its end", took_s, "s")


def state_of(api: AirflowApi, run: str) -> str | None:
    """The state of a run of `curate`; None where a busy machine's API did not answer in time."""
    try:
        return api.run("curate", run).state
    except ServiceFailed:
        return None


def used_s(folder: Path) -> dict[str, float]:
    """Processor seconds of each of Airflow's components so far, with all that it started and that has ended."""
    return {name: sum(map(_spent_s, _family(running(folder, name)))) for name in NAMES}


def _family(process: psutil.Process | None) -> list[psutil.Process]:
    return [process, *process.children(recursive=True)] if process else []


def _spent_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)


def own_cpu_s(pretend: Path) -> float:
    """Processor seconds of the program that stands for a stage."""
    before = psutil.Process().cpu_times()
    os.spawnl(os.P_WAIT, str(pretend), str(pretend), "-m", "tasks.split", "--run", "none")
    after = psutil.Process().cpu_times()
    spent = (after.children_user - before.children_user, after.children_system - before.children_system)
    return float(sum(spent))


def first_whole(tasks: Sequence[TaskState]) -> float:
    """When the first batch had all its stages behind it, as a share of the time until all batches had."""
    ends: dict[str, list[datetime]] = {}
    for task in tasks:
        if task.task_id.startswith("videos.") and task.ended_at is not None:
            ends.setdefault(task.label, []).append(task.ended_at)
    whole = sorted(max(batch) for batch in ends.values() if len(batch) == 3)
    (began,) = [task.ended_at for task in tasks if task.task_id == "video_batches"]
    if began is None or len(whole) < BATCHES:
        raise ValueError(f"{len(whole)} of {BATCHES} batches were whole")
    return (whole[0] - began) / (whole[-1] - began)
