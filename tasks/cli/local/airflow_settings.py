"""Airflow's configuration on this machine, all of it by environment, and the secrets and port it keeps."""

import base64
import json
import os
import secrets
import subprocess
import sys
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from tasks.cli.local import pages
from tasks.cli.local.postgres import Postgres
from tasks.cli.local.state import LOOPBACK, PROJECT_ROOT, free_port, read_json, write_private

PREFERRED_PORT = 8080
NAMES = ("scheduler", "dag-processor", "api-server")
"""The components. The scheduler is ended first: its tasks report their end to the API."""


@dataclass(frozen=True, slots=True)
class AirflowSettings:
    """What one Airflow keeps from start to start."""

    port: int
    jwt_secret: str
    fernet_key: str
    api_secret: str
    migrated: str
    """Revision that the database had after the last migration, with the Airflow that made it."""

    @property
    def url(self) -> str:
        """Where the UI and the API are."""
        return f"http://{LOOPBACK}:{self.port}"


def load_settings(folder: Path) -> AirflowSettings | None:
    """What the folder keeps, None where it has never been used (or by an older clipmill)."""
    kept = read_json(folder / "settings.json")
    if set(kept) != {field.name for field in fields(AirflowSettings)}:
        return None
    return AirflowSettings(**kept)  # type: ignore[arg-type]


def save_settings(folder: Path, settings: AirflowSettings) -> AirflowSettings:
    """The settings, now kept; only their owner can read them."""
    write_private(folder / "settings.json", json.dumps(asdict(settings), indent=2))
    return settings


def settings_for_start(folder: Path) -> AirflowSettings:
    """What the folder keeps, or new secrets; with another port where the kept one is taken by a stranger."""
    kept = load_settings(folder) or AirflowSettings(
        port=PREFERRED_PORT,
        jwt_secret=secrets.token_urlsafe(64),
        fernet_key=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        api_secret=secrets.token_urlsafe(32),
        migrated="",
    )
    return save_settings(folder, replace(kept, port=free_port(kept.port)))


def worker_slots() -> int:
    """Stages that run at once: CLIPMILL_SLOTS, or one for each core that this process may use."""
    return int(os.environ.get("CLIPMILL_SLOTS") or max(2, len(os.sched_getaffinity(0))))


def airflow_environment(
    folder: Path, settings: AirflowSettings, postgres: Postgres, catalog_url: str
) -> dict[str, str]:
    """The environment of every Airflow process, and through it of every stage."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        # A person's own Airflow or Python settings must not reach ours.
        if not name.startswith("AIRFLOW") and name not in ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONHOME")
    }
    ours = {**_stages(folder, catalog_url), **_airflow(folder, settings, postgres, catalog_url), **_metrics()}
    return {**inherited, **ours}


def _stages(folder: Path, catalog_url: str) -> dict[str, str]:
    return {
        # `kubernetes` drives a cluster from this machine: see docs/kubernetes.md.
        "CLIPMILL_RUNTIME": os.environ.get("CLIPMILL_RUNTIME") or "local",
        "CLIPMILL_STATE": str(folder.parent),
        "CLIPMILL_PYTHON": os.environ.get("CLIPMILL_PYTHON") or sys.executable,
        "CLIPMILL_CATALOG_URL": catalog_url,
        "CLIPMILL_REVISION": _revision(),
        # When `ingest` runs by itself; `clipmill schedule` writes the file.
        "CLIPMILL_SCHEDULE": os.environ.get("CLIPMILL_SCHEDULE") or str(folder.parent / "schedule.json"),
        # Where tasks link to what became of their batch.
        "CLIPMILL_PAGES_URL": os.environ.get("CLIPMILL_PAGES_URL") or pages.url(folder.parent / "pages") or "",
        "TMPDIR": str(scratch_folder(folder)),
        # Where a proxy is set, the components must still reach each other.
        "NO_PROXY": _no_proxy(),
        "no_proxy": _no_proxy(),
    }


def _no_proxy() -> str:
    """The hosts that a person reaches without a proxy, and this machine; `*` stands for all."""
    said = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    return said if said.strip() == "*" else ",".join(filter(None, [said, LOOPBACK, "localhost"]))


def _metrics() -> dict[str, str]:
    """Airflow's metrics, sent to CLIPMILL_STATSD (HOST:PORT) where that is set."""
    host, _, port = os.environ.get("CLIPMILL_STATSD", "").rpartition(":")
    if not host:
        return {}
    return {
        "AIRFLOW__METRICS__STATSD_ON": "True",
        "AIRFLOW__METRICS__STATSD_HOST": host,
        "AIRFLOW__METRICS__STATSD_PORT": port,
    }


def scratch_folder(folder: Path) -> Path:
    """Where stages keep files on their way to the store: in the state folder, like everything of ours."""
    scratch = folder.parent / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    return scratch


def _revision() -> str:
    """The revision of the code, for the provenance; empty where it is no checkout."""
    command = ["git", "-C", str(PROJECT_ROOT), "rev-parse", "HEAD"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def _airflow(folder: Path, settings: AirflowSettings, postgres: Postgres, catalog_url: str) -> dict[str, str]:
    return {
        "AIRFLOW_HOME": str(folder / "home"),
        "AIRFLOW_CONN_CLIPMILL_CATALOG": catalog_url,
        "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT_ROOT / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        # Stages take a slot of the pool `cpu` each; two more for the light tasks between them.
        "AIRFLOW__CORE__PARALLELISM": str(worker_slots() + 2),
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__FERNET_KEY": settings.fernet_key,
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{settings.url}/execution/",
        # No login, hence the loopback only.
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__API__HOST": LOOPBACK,
        "AIRFLOW__API__PORT": str(settings.port),
        "AIRFLOW__API__BASE_URL": settings.url,
        "AIRFLOW__API__SECRET_KEY": settings.api_secret,
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API_AUTH__JWT_SECRET": settings.jwt_secret,
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": postgres.url("airflow", "psycopg2"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": postgres.url("airflow", "asyncpg"),
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(folder / "task-logs"),
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
        # A task that was killed with its Airflow is noticed after a minute, not after five.
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
        # So are those whose scheduler was killed, once another runs.
        "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "60",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "10",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    }
