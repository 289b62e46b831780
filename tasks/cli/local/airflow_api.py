"""Airflow's REST API, as far as starting a run and following it needs it."""

import contextlib
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tasks.cli.local.state import ServiceFailed
from tasks.core.errors import ClipmillError

TIMEOUT_S, BACKFILL_TIMEOUT_S = 30, 600
ENDED = ("success", "failed")
"""States in which a DAG run stays."""
PAGE = 100
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""The API is on this machine: never through a proxy."""


class RunRefused(ClipmillError):
    """Airflow does not accept this run as asked."""


@dataclass(frozen=True, slots=True)
class DagRun:
    """One run of a DAG as it stands."""

    dag_id: str
    run_id: str
    state: str
    """queued, running, success or failed."""
    conf: Mapping[str, Any]
    run_after: datetime
    """When it was due; for a triggered run, when it was triggered."""


@dataclass(frozen=True, slots=True)
class TaskState:
    """One task of a run as it stands; of a mapped task, one of its instances."""

    task_id: str
    map_index: int
    """-1 for a task that is not mapped."""
    label: str
    """What the UI shows of a mapped instance."""
    state: str | None
    """None while the scheduler has not looked at it."""
    try_number: int
    duration_s: float | None
    ended_at: datetime | None = None


class AirflowApi:
    """A client of one Airflow that asks for no login."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._token = ""

    def health(self) -> Mapping[str, Mapping[str, str | None]]:
        """State and last heartbeat of each component. Raises ServiceFailed while the API does not answer."""
        report: dict[str, dict[str, str | None]] = self._ask("GET", "/api/v2/monitor/health")
        return report

    def import_errors(self) -> dict[str, str]:
        """DAG files that do not load, with the traceback of each."""
        found = self._ask("GET", "/api/v2/importErrors")["import_errors"]
        return {error["filename"]: error["stack_trace"] for error in found}

    def set_pool(self, name: str, pool: Mapping[str, Any]) -> None:
        """Make the pool of these `slots` and `description`, or change the one that is there."""
        body = {"name": name, **pool}
        if self._ask("POST", "/api/v2/pools", body, accept=(409,)) is None:
            self._ask("PATCH", f"/api/v2/pools/{_quoted(name)}", body)

    def pool(self, name: str) -> dict[str, Any]:
        """The pool as it is: `slots`, `description`, `running_slots`, `queued_slots` and more."""
        return dict(self._ask("GET", f"/api/v2/pools/{_quoted(name)}"))

    def wait_for_dag(self, dag_id: str, timeout_s: float = 120) -> None:
        """Return when the DAG can be triggered; raises ServiceFailed with what is wrong with its file."""
        deadline = time.monotonic() + timeout_s
        while self._ask("GET", f"/api/v2/dags/{_quoted(dag_id)}", accept=(404,)) is None:
            wrong = "\n".join(self.import_errors().values())
            if wrong or time.monotonic() > deadline:
                raise ServiceFailed(f"Airflow knows no DAG {dag_id!r} after all its files were read\n{wrong}".strip())
            time.sleep(0.5)

    def trigger(self, dag_id: str, conf: Mapping[str, Any]) -> str:
        """Id of the new run. Raises RunRefused when the DAG's form does not allow a value."""
        body = {"conf": dict(conf), "logical_date": None}
        return str(self._ask("POST", f"/api/v2/dags/{_quoted(dag_id)}/dagRuns", body)["dag_run_id"])

    def backfill_begins(self, body: Mapping[str, Any]) -> list[datetime]:
        """When the interval of each run begins that a backfill of this `dag_id`, `from_date`, `to_date` would make."""
        return [datetime.fromisoformat(run["logical_date"]) for run in self._backfill("/dry_run", body)["backfills"]]

    def start_backfill(self, body: Mapping[str, Any]) -> bool:
        """Whether the backfill was started; not where one of its DAG is at work already."""
        return self._backfill("", body) is not None

    def _backfill(self, path: str, body: Mapping[str, Any]) -> Any:
        # Airflow answers when all runs are in its database.
        return self._ask("POST", f"/api/v2/backfills{path}", body, accept=(409,), timeout_s=BACKFILL_TIMEOUT_S)

    def stop_backfills(self, dag_id: str) -> int:
        """How many backfills of the DAG were not at their end; their runs that have not begun are marked failed."""
        found = self._ask("GET", f"/api/v2/backfills?dag_id={_quoted(dag_id)}&order_by=-id&limit={PAGE}")["backfills"]
        at_work = [backfill["id"] for backfill in found if backfill["completed_at"] is None]
        for number in at_work:
            self._ask("PUT", f"/api/v2/backfills/{number}/cancel", accept=(409,))
        return len(at_work)

    def run(self, dag_id: str, run_id: str) -> DagRun:
        """The run as it stands."""
        return _dag_run(self._ask("GET", f"/api/v2/dags/{_quoted(dag_id)}/dagRuns/{_quoted(run_id)}"))

    def runs(self, dag_id: str, since: datetime) -> list[DagRun]:
        """The DAG's runs due at or after a moment, oldest first; a hundred at most."""
        query = urllib.parse.urlencode({"run_after_gte": since.isoformat(), "order_by": "run_after", "limit": PAGE})
        found = self._ask("GET", f"/api/v2/dags/{_quoted(dag_id)}/dagRuns?{query}")
        return [_dag_run(run) for run in found["dag_runs"]]

    def task_states(self, dag_id: str, run_id: str) -> list[TaskState]:
        """Every task instance of a run."""
        path = f"/api/v2/dags/{_quoted(dag_id)}/dagRuns/{_quoted(run_id)}/taskInstances"
        states: list[TaskState] = []
        while True:
            page = self._ask("GET", f"{path}?limit={PAGE}&offset={len(states)}&order_by=id")
            states += [_task_state(instance) for instance in page["task_instances"]]
            if not page["task_instances"] or len(states) >= page["total_entries"]:
                return states

    def log(self, dag_id: str, run_id: str, task: TaskState) -> str:
        """What the task's last try logged, a line per event."""
        path = f"/api/v2/dags/{_quoted(dag_id)}/dagRuns/{_quoted(run_id)}/taskInstances/{_quoted(task.task_id)}"
        page = self._ask("GET", f"{path}/logs/{task.try_number}?map_index={task.map_index}&full_content=true")
        return "\n".join(str(line.get("event", line) if isinstance(line, dict) else line) for line in page["content"])

    def _ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        accept: tuple[int, ...] = (),
        timeout_s: float = TIMEOUT_S,
    ) -> Any:
        """The answer's JSON; None for a status that the caller accepts."""
        request = urllib.request.Request(self.url + path, method=method)
        request.add_header("Accept", "application/json")
        if body is not None:
            request.add_header("Content-Type", "application/json")
            request.data = json.dumps(body).encode()
        if not path.startswith(("/auth/", "/api/v2/monitor/")):
            request.add_header("Authorization", f"Bearer {self._login()}")
        try:
            with _direct.open(request, timeout=timeout_s) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code in accept:
                return None
            detail = _detail(error)
            if error.code in (400, 422):
                raise RunRefused(detail) from error
            raise ServiceFailed(f"Airflow answered {error.code} to {method} {path}: {detail}") from error
        except (OSError, ValueError) as error:
            raise ServiceFailed(f"Airflow does not answer at {self.url}: {error}") from error

    def _login(self) -> str:
        if not self._token:
            self._token = str(self._ask("GET", "/auth/token")["access_token"])
        return self._token


def _quoted(name: str) -> str:
    return urllib.parse.quote(name, safe="")


def _detail(error: urllib.error.HTTPError) -> str:
    """What the API says is wrong, without the schema that it failed."""
    text = error.read().decode(errors="replace")
    with contextlib.suppress(ValueError, KeyError, TypeError):
        text = str(json.loads(text)["detail"])
    return text.split("\n\n")[0][:500]


def _dag_run(run: Mapping[str, Any]) -> DagRun:
    run_after = datetime.fromisoformat(run["run_after"])
    return DagRun(run["dag_id"], run["dag_run_id"], run["state"], run["conf"] or {}, run_after)


def _task_state(instance: Mapping[str, Any]) -> TaskState:
    return TaskState(
        task_id=instance["task_id"],
        map_index=instance["map_index"],
        label=instance["rendered_map_index"] or "",
        state=instance["state"],
        try_number=instance["try_number"],
        duration_s=instance["duration"],
        ended_at=datetime.fromisoformat(ended) if (ended := instance["end_date"]) else None,
    )
