"""Airflow as services of this machine: api-server, scheduler and dag-processor from `.venv-airflow`.

No triggerer: no task is deferred. No log server: the tasks' logs lie in the state folder, where the API reads them.
"""

import json
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tasks.cli.local.airflow_api import AirflowApi
from tasks.cli.local.airflow_settings import (
    NAMES,
    AirflowSettings,
    airflow_environment,
    load_settings,
    save_settings,
    settings_for_start,
    worker_slots,
)
from tasks.cli.local.postgres import Postgres, query
from tasks.cli.local.postgres import status as postgres_status
from tasks.cli.local.processes import launch, listens, log_file, running
from tasks.cli.local.processes import stop as stop_processes
from tasks.cli.local.state import PROJECT_ROOT, ServiceFailed, locked, port_is_free, tail

PROGRAM = PROJECT_ROOT / ".venv-airflow" / "bin" / "airflow"
ARGUMENTS = {"scheduler": ["--skip-serve-logs"]}
START_TIMEOUT_S = 180
HEALTH = {"api-server": "metadatabase", "scheduler": "scheduler", "dag-processor": "dag_processor"}
"""Component to its name in the health report."""

Say = Callable[[str], None]


class PortTaken(ServiceFailed):
    """Another program listens where Airflow should."""


@dataclass(frozen=True, slots=True)
class Airflow:
    """A running Airflow."""

    folder: Path
    url: str

    @property
    def port(self) -> int:
        """Where its API listens."""
        return int(self.url.rsplit(":", 1)[1])

    @property
    def api(self) -> AirflowApi:
        """A client of its API."""
        return AirflowApi(self.url)


def start(folder: Path, postgres: Postgres, catalog_url: str, say: Say) -> Airflow:
    """Airflow on this folder, healthy, with its pools; left as it is where all of it runs already."""
    if not PROGRAM.exists():
        raise ServiceFailed("Airflow is not installed; run `make setup`")
    with locked(folder):
        found = status(folder)
        if found:
            return found
        try:
            airflow = _start(folder, postgres, catalog_url, say)
        except PortTaken:
            say("another program has taken the port meanwhile; starting Airflow on another")
            airflow = _start(folder, postgres, catalog_url, say)
        for name, pool in pools().items():
            airflow.api.set_pool(name, pool)
        return airflow


def _start(folder: Path, postgres: Postgres, catalog_url: str, say: Say) -> Airflow:
    # Where one of them died, the others and what it left behind end first.
    stop_processes(folder, NAMES)
    settings = settings_for_start(folder)
    environment = airflow_environment(folder, settings, postgres, catalog_url)
    if settings.migrated != _revision(postgres):
        say("preparing Airflow's database")
        settings = _migrate(folder, settings, environment, postgres)
    began = datetime.now(UTC)
    for name in reversed(NAMES):
        launch(folder, name, [str(PROGRAM), name, *ARGUMENTS.get(name, [])], environment)
    airflow = Airflow(folder, settings.url)
    _wait(airflow, began, say)
    return airflow


def environment(folder: Path, catalog_url: str) -> dict[str, str]:
    """The environment of the Airflow that runs on this folder. Raises ServiceFailed where none does."""
    settings, server = load_settings(folder), postgres_status(folder.parent / "postgres")
    if settings is None or server is None:
        raise ServiceFailed("Airflow does not run; start it with `clipmill up`")
    return airflow_environment(folder, settings, server, catalog_url)


def stop(folder: Path) -> bool:
    """Whether any of Airflow ran; returns when all of it is gone, running stages included."""
    if not folder.exists():
        return False
    with locked(folder):
        return stop_processes(folder, NAMES)


def status(folder: Path) -> Airflow | None:
    """The Airflow that runs on this folder, None where any of its components does not."""
    settings = load_settings(folder)
    if settings and all(running(folder, name) for name in NAMES):
        return Airflow(folder, settings.url)
    return None


def pools() -> dict[str, dict[str, Any]]:
    """The pools of the DAGs' pools.json; those of more than one slot with a slot for each core of this machine."""
    kept: dict[str, dict[str, Any]] = json.loads((PROJECT_ROOT / "dags" / "pools.json").read_text())
    return {name: pool | {"slots": worker_slots()} if pool["slots"] > 1 else pool for name, pool in kept.items()}


def _migrate(
    folder: Path, settings: AirflowSettings, environment: Mapping[str, str], postgres: Postgres
) -> AirflowSettings:
    """The settings with the revision that the database now has."""
    log = log_file(folder, "db-migrate")
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        done = subprocess.run(
            [PROGRAM, "db", "migrate"], env=environment, cwd=folder, stdout=output, stderr=subprocess.STDOUT
        )
    if done.returncode != 0:
        raise ServiceFailed(f"Airflow could not prepare its database\n{tail(log)}")
    return save_settings(folder, replace(settings, migrated=_revision(postgres)))


def _revision(postgres: Postgres) -> str:
    """The database's revision and the installed Airflow; changes when either does."""
    made = query(postgres, "SELECT to_regclass('alembic_version')", "airflow")
    revision = query(postgres, "SELECT version_num FROM alembic_version", "airflow") if made else "none"
    installed = sorted(path.name for path in PROGRAM.parents[1].glob("lib/python*/site-packages/apache_airflow-*"))
    return " ".join([revision, *installed])


def _wait(airflow: Airflow, began: datetime, say: Say) -> None:
    """Return when every component has said it is well since it was started."""
    deadline = time.monotonic() + START_TIMEOUT_S
    waiting: list[str] = []
    while True:
        for name in NAMES:
            if not running(airflow.folder, name):
                if name == "api-server" and not port_is_free(airflow.port):
                    raise PortTaken(str(airflow.port))
                raise ServiceFailed(f"Airflow's {name} ended\n{tail(log_file(airflow.folder, name))}")
        still = _not_yet(airflow, began)
        if not still:
            return
        if still != waiting:
            say(f"waiting for Airflow's {', '.join(still)}")
            waiting = still
        if time.monotonic() > deadline:
            log = log_file(airflow.folder, still[0])
            raise ServiceFailed(f"Airflow's {still[0]} is not well after {START_TIMEOUT_S} s; see {log}\n{tail(log)}")
        time.sleep(0.3)


def _not_yet(airflow: Airflow, began: datetime) -> list[str]:
    """The components that are not well, or were last heard of before they were started."""
    # What answers there before it does is another Airflow, started at the same time on the same port.
    if not listens(airflow.folder, "api-server", airflow.port):
        return list(NAMES)
    try:
        health = airflow.api.health()
    except ServiceFailed:
        return list(NAMES)
    return [name for name, key in HEALTH.items() if not _is_well(health[key], began)]


def _is_well(component: Mapping[str, str | None], began: datetime) -> bool:
    heartbeats = [value for key, value in component.items() if key.endswith("heartbeat") and value]
    return component["status"] == "healthy" and all(datetime.fromisoformat(beat) >= began for beat in heartbeats)
