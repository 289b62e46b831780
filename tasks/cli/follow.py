"""Following a run of `ingest` and the runs of `curate` that come of it, until the last one ends."""

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from tasks.cli.local.airflow_api import ENDED, AirflowApi, DagRun, TaskState
from tasks.cli.local.state import ServiceFailed

POLL_S = 1.0
PATIENCE_S = 300.0
"""How long Airflow may leave every question unanswered: on a busy machine it answers late, and the run goes on."""
QUIET_S = 60.0
"""Without a terminal, at most this long without a line."""
SHOWN = (
    "ingest", "split", "crop", "filter", "embed", "dedup", "validate", "caption", "transcode", "shard", "publish",
    "report",
)  # fmt: skip
OVER = {"success", "failed", "skipped", "upstream_failed", "removed"}

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Triggered:
    """A run of `ingest` that was just triggered."""

    dag_run_id: str
    since: datetime
    """Not after it was due; nothing that comes of it is older."""


@dataclass(frozen=True, slots=True)
class FailedTask:
    """A task that ended red."""

    dag_id: str
    dag_run_id: str
    task: TaskState

    @property
    def run(self) -> str:
        """Id of its run as the catalog has it."""
        return f"{self.dag_id}.{self.dag_run_id}"

    @property
    def stage(self) -> str:
        """The stage that it runs; `plan` has a task for each phase and one to close."""
        name = _stage(self.task)
        return "plan" if name.startswith("plan") or name == "close" else name

    @property
    def batch(self) -> str | None:
        """Id of its batch as the catalog has it."""
        return f"{self.run}.{self.task.label}" if self.task.map_index >= 0 else None

    def __str__(self) -> str:
        return f"{self.task.task_id}{f' [{self.task.label}]' if self.task.map_index >= 0 else ''} failed in {self.run}"


@dataclass(slots=True)
class Ended:
    """How it all ended."""

    runs: list[str] = field(default_factory=list)
    """Ids of the runs as the catalog has them, in order."""
    failed: list[FailedTask] = field(default_factory=list)

    @property
    def last_curate(self) -> str | None:
        """The run that published, or found nothing to publish."""
        return next((run for run in reversed(self.runs) if run.startswith("curate.")), None)


def trigger(api: AirflowApi, conf: Mapping[str, Any]) -> Triggered:
    """Starts `ingest` with these answers to its form."""
    for dag in ("ingest", "curate"):
        api.wait_for_dag(dag)
    # Runs are listed by when they were due; a second's slack for a clock that Airflow rounds.
    since = datetime.now(UTC).replace(microsecond=0)
    return Triggered(api.trigger("ingest", conf), since)


def follow(api: AirflowApi, triggered: Triggered, say: Say) -> Ended:
    """Watches a run of `ingest` and everything that comes of it."""
    answered_at = time.monotonic()
    with _display(say) as shown:
        while True:
            try:
                runs, states = _as_they_stand(api, triggered)
            except ServiceFailed:
                if time.monotonic() - answered_at > PATIENCE_S:
                    raise
            else:
                answered_at = time.monotonic()
                shown.update([state for tasks in states.values() for state in tasks])
                if all(run.state in ENDED for run in runs) and _is_complete(runs, states):
                    break
            time.sleep(POLL_S)
    failed = [
        FailedTask(run.dag_id, run.run_id, task)
        for run in runs
        for task in states[f"{run.dag_id}.{run.run_id}"]
        if task.state == "failed"
    ]
    return Ended(list(states), failed)


def _as_they_stand(api: AirflowApi, triggered: Triggered) -> tuple[list[DagRun], dict[str, list[TaskState]]]:
    """The runs, and the tasks of each by the id that the catalog has for it. Raises ServiceFailed."""
    runs = _family(api, triggered)
    return runs, {f"{run.dag_id}.{run.run_id}": api.task_states(run.dag_id, run.run_id) for run in runs}


def _family(api: AirflowApi, triggered: Triggered) -> list[DagRun]:
    """The run of `ingest`, and the runs of `curate` whose ids end with its own."""
    first = triggered.dag_run_id
    own = api.run("ingest", first)
    return [own, *(run for run in api.runs("curate", triggered.since) if run.run_id.endswith(f"ingest.{first}"))]


def _is_complete(runs: list[DagRun], states: dict[str, list[TaskState]]) -> bool:
    """Whether no further run is on its way: each that was announced by a task is there."""
    started = [task for tasks in states.values() for task in tasks if task.task_id in ("curate", "next_wave")]
    return sum(task.state == "success" for task in started) < len(runs)


class Bars:
    """A bar per stage, on a terminal."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description:10}"),
            BarColumn(bar_width=32),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
        )
        self._bars: dict[str, TaskID] = {}

    def __enter__(self) -> "Bars":
        self._progress.start()
        for name in SHOWN:
            self._bars[name] = self._progress.add_task(name, total=None, start=False)
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def update(self, states: list[TaskState]) -> None:
        """Shows how many tasks of each stage are over."""
        for name, (over, total) in counted(states).items():
            bar = self._bars[name]
            if over or any(state.state == "running" for state in states if _stage(state) == name):
                self._progress.start_task(bar)
            self._progress.update(bar, completed=over, total=total)
            if over == total:
                self._progress.stop_task(bar)


class Lines:
    """A line whenever something has changed, elsewhere: a log, say."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._last = ""
        self._begun_at = self._said_at = time.monotonic()

    def __enter__(self) -> "Lines":
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def update(self, states: list[TaskState]) -> None:
        """Says which stages are at work, how many of their tasks are over, and for how long the run was followed."""
        line, now = _line(states), time.monotonic()
        if line != self._last or now - self._said_at > QUIET_S:
            minutes, seconds = divmod(int(now - self._begun_at), 60)
            self._say(f"{minutes:3d}:{seconds:02d}  {line}")
            self._last, self._said_at = line, now


def _line(states: list[TaskState]) -> str:
    """`crop 3/4  filter 1/4  (over: ingest, split)`."""
    counts = counted(states)
    begun = {_stage(state) for state in states if state.state == "running" or state.state in OVER}
    now = [f"{name} {over}/{total}" for name, (over, total) in counts.items() if over < total and name in begun]
    ended = [name for name, (over, total) in counts.items() if over == total]
    failed = sum(state.state == "failed" and _stage(state) in counts for state in states)
    words = now or (["waiting for Airflow"] if len(ended) < len(counts) or not counts else [])
    words += [f"(over: {', '.join(ended)})"] if ended else []
    return "  ".join([*words, *([f"({failed} failed)"] if failed else [])])


def _display(say: Say) -> Bars | Lines:
    return Bars() if sys.stderr.isatty() else Lines(say)


def counted(states: list[TaskState]) -> dict[str, tuple[int, int]]:
    """Tasks that are over and tasks in all, per stage that has any; a stage left out counts as over."""
    counts: dict[str, tuple[int, int]] = {}
    for state in states:
        name = _stage(state)
        if name in SHOWN:
            over, total = counts.get(name, (0, 0))
            counts[name] = (over + (state.state in OVER), total + 1)
    return {name: counts[name] for name in SHOWN if name in counts}


def _stage(state: TaskState) -> str:
    """The stage that a task runs: the last part of its id."""
    return state.task_id.rsplit(".", 1)[-1]
