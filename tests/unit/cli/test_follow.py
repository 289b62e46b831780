"""Following a run while Airflow answers late, or not at all."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tasks.cli import follow as following
from tasks.cli.follow import Lines, Triggered, follow
from tasks.cli.local.airflow_api import DagRun, TaskState
from tasks.cli.local.state import ServiceFailed

BEGUN = datetime(2025, 1, 1, tzinfo=UTC)


class LateAirflow:
    """An Airflow whose only run has ended, and which answers as often as it is told: None for no answer."""

    def __init__(self, answers: Iterator[str | None]) -> None:
        self._answers = answers

    def run(self, dag_id: str, run_id: str) -> DagRun:
        state = next(self._answers)
        if state is None:
            raise ServiceFailed("Airflow does not answer")
        return DagRun(dag_id, run_id, state, {}, BEGUN)

    def runs(self, dag_id: str, since: datetime) -> list[DagRun]:
        return []

    def task_states(self, dag_id: str, run_id: str) -> list[TaskState]:
        return []


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "POLL_S", 0.0)


def followed(*answers: str | None) -> list[str]:
    """The runs that were followed to their end."""
    airflow = LateAirflow(iter(answers))
    return follow(airflow, Triggered("first", BEGUN), lambda _: None).runs  # type: ignore[arg-type]


def test_a_missing_answer_is_waited_for() -> None:
    assert followed("running", None, None, "running", None, "success") == ["ingest.first"]


def test_no_answer_for_long_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "PATIENCE_S", -1.0)
    with pytest.raises(ServiceFailed):
        followed("running", None, "success")


def tasks(**states: list[str | None]) -> list[TaskState]:
    """Tasks of stages, in these states."""
    return [
        TaskState(f"group.{stage}", number, str(number), state, 1, None)
        for stage, some in states.items()
        for number, state in enumerate(some)
    ]


def test_without_a_terminal_a_line_says_what_is_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([0.0, 5.0, 66.0, 67.0, 125.0, 127.5, 200.0])
    monkeypatch.setattr(following.time, "monotonic", lambda: next(now))
    said: list[str] = []
    lines = Lines(said.append)
    lines.update(tasks(ingest=[None]))
    lines.update(tasks(ingest=["success"], split=["success", "running"], crop=["running"], filter=[None]))
    for _ in range(3):
        lines.update(tasks(ingest=["success"], split=["success", "success"], crop=["queued"], filter=["failed", None]))
    lines.update(tasks(ingest=["success"], split=["success"]))
    assert said == [
        "  0:05  waiting for Airflow",
        "  1:06  split 1/2  crop 0/1  (over: ingest)",
        "  1:07  filter 1/2  (over: ingest, split)  (1 failed)",
        "  2:07  filter 1/2  (over: ingest, split)  (1 failed)",
        "  3:20  (over: ingest, split)",
    ]
