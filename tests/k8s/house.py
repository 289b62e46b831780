"""What stands around the cluster: a Postgres and a bucket that pods reach, and an Airflow that starts the pods."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import boto3
import psutil

from tasks.cli.local import postgres
from tasks.cli.local.airflow_api import AirflowApi, TaskState
from tasks.cli.local.postgres import Postgres
from tasks.cli.local.state import free_port
from tests.k8s.cluster import HOST, ROOT, Cluster

BUCKET = "clips"
S3_PORT = 9000
KEYS = {"AWS_ACCESS_KEY_ID": "tests", "AWS_SECRET_ACCESS_KEY": "for-the-tests"}
CLIPMILL = ROOT / ".venv" / "bin" / "clipmill"
PATIENCE_S = 900.0


def wait_until(condition: Callable[[], Any], what: str, patience_s: float = PATIENCE_S) -> Any:
    """The first true answer; AssertionError where none comes."""
    end = time.monotonic() + patience_s
    while not (answer := condition()):
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.3)
    return answer


class CatalogServer:
    """A Postgres of the catalog alone, on an address that pods reach."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = self._start()
        with (folder / "data" / "pg_hba.conf").open("a") as rules:
            rules.write("host all all 10.0.0.0/8 scram-sha-256\n")
        postgres.query(self.server, "SELECT pg_reload_conf()")

    def _start(self) -> Postgres:
        return postgres.start(self.folder, {"listen_addresses": f"127.0.0.1,{HOST}", "fsync": "off"})

    @property
    def url(self) -> str:
        """URL of the catalog, from pods and from here."""
        return f"postgresql://{postgres.USER}:{quote(self.server.password)}@{HOST}:{self.server.port}/clipmill"

    def restart(self, away_s: float) -> None:
        """Stop it, and start it after a while."""
        postgres.stop(self.folder)
        time.sleep(away_s)
        self.server = self._start()

    def empty(self) -> None:
        """Begin anew with a database without tables."""
        postgres.query(self.server, "DROP DATABASE clipmill WITH (FORCE)")
        postgres.query(self.server, "CREATE DATABASE clipmill")

    def rows(self, sql: str) -> list[list[str]]:
        """Rows of a query, as text."""
        text = postgres.query(self.server, sql, "clipmill")
        return [line.split("|") for line in text.splitlines()]


class Bucket:
    """An S3 server behind a door that can be shut."""

    endpoint = f"http://{HOST}:{S3_PORT}"

    def __init__(self) -> None:
        port = free_port(None)
        self._server = subprocess.Popen(
            [Path(sys.executable).with_name("moto_server"), "-H", "127.0.0.1", "-p", str(port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._behind = port
        self._door = self._opened()
        self.client = boto3.client("s3", endpoint_url=self.endpoint, region_name="us-east-1", **_boto_keys())
        wait_until(self._answers, "the S3 server", 60)

    def _opened(self) -> "subprocess.Popen[bytes]":
        listen = f"TCP-LISTEN:{S3_PORT},bind={HOST},fork,reuseaddr"
        door = ["socat", listen, f"TCP:127.0.0.1:{self._behind}"]
        return subprocess.Popen(door, start_new_session=True, stderr=subprocess.DEVNULL)

    def _answers(self) -> bool:
        try:
            self.client.create_bucket(Bucket=BUCKET)
        except Exception:
            return False
        return True

    def shut(self, away_s: float) -> None:
        """Cut everybody off for a while, those who are just reading too."""
        os.killpg(self._door.pid, signal.SIGKILL)
        self._door.wait()
        time.sleep(away_s)
        self._door = self._opened()

    def put_folder(self, folder: Path, prefix: str) -> None:
        """Copy all files of a folder into the bucket."""
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self.client.upload_file(str(path), BUCKET, f"{prefix}/{path.relative_to(folder)}")

    def read(self, key: str) -> bytes:
        """One object."""
        body: bytes = self.client.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return body

    def close(self) -> None:
        """End the server."""
        os.killpg(self._door.pid, signal.SIGKILL)
        self._server.terminate()
        self._server.wait()


def _boto_keys() -> dict[str, str]:
    return {name.lower(): value for name, value in KEYS.items()}


@dataclass
class House:
    """Airflow outside the cluster, whose stages are pods in it."""

    cluster: Cluster
    catalog: CatalogServer
    bucket: Bucket
    folder: Path

    @property
    def manifests(self) -> Path:
        """The folder of the stages' Pod manifests, which every task reads anew."""
        return self.folder / "pods"

    @property
    def environment(self) -> dict[str, str]:
        """What a person sets to drive a cluster from their machine."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "CLIPMILL"))}
        return kept | {
            "KUBECONFIG": str(self.cluster.kubeconfig),
            "CLIPMILL_RUNTIME": "kubernetes",
            "CLIPMILL_POD_TEMPLATES": str(self.manifests),
            "CLIPMILL_CATALOG_URL": self.catalog.url,
            "CLIPMILL_STATE": str(self.folder / "state"),
            "CLIPMILL_SLOTS": "2",
            "AWS_ENDPOINT_URL_S3": self.bucket.endpoint,
            "AWS_REGION": "us-east-1",
            "CLIPMILL_S3_ADDRESSING": "path",
            "NO_PROXY": f"{HOST},10.123.0.2,127.0.0.1,localhost",
            **KEYS,
        }

    def clipmill(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """One call of the command line."""
        return subprocess.run(
            [CLIPMILL, *arguments], env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False
        )

    def up(self) -> None:
        """Start Airflow."""
        done = self.clipmill("up")
        assert done.returncode == 0, done.stderr

    def start(self, recipe: Path) -> "subprocess.Popen[str]":
        """Start a run and follow it; its words come when it ends."""
        return subprocess.Popen(
            [CLIPMILL, "run", str(recipe)],
            env=self.environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    @property
    def api(self) -> AirflowApi:
        """Airflow's API."""
        kept = json.loads((self.folder / "state" / "airflow" / "settings.json").read_text())
        return AirflowApi(f"http://127.0.0.1:{kept['port']}")

    def newest_run(self, dag_id: str = "curate") -> str | None:
        """Id of the newest run of a DAG."""
        rows = self.catalog.rows(
            f"select run_id from catalog.run where dag = '{dag_id}' order by started_at desc limit 1"
        )
        return rows[0][0].split(".", 1)[1] if rows else None

    def tasks(self, task_id: str) -> list[TaskState]:
        """The instances of a task in the newest run of `curate`."""
        run = self.newest_run()
        return [task for task in self.api.task_states("curate", run) if task.task_id == task_id] if run else []

    def log(self, task: TaskState, try_number: int) -> str:
        """What a try of a task logged."""
        run = self.newest_run()
        assert run is not None
        shown = TaskState(task.task_id, task.map_index, task.label, task.state, try_number, task.duration_s)
        return re.sub(r"\x1b\[[0-9;]*m", "", self.api.log("curate", run, shown))

    def running_pod(self, stage: str) -> str | None:
        """Name of a pod of a stage that runs just now."""
        for pod in self.cluster.pods(stage):
            if pod["status"]["phase"] == "Running" and not pod["metadata"].get("deletionTimestamp"):
                name: str = pod["metadata"]["name"]
                return name
        return None

    def kill_airflow(self, name: str) -> None:
        """SIGKILL a component of Airflow and all its children."""
        for process in psutil.process_iter(["cmdline", "environ"]):
            said = " ".join(process.info["cmdline"] or [])
            mine = (process.info["environ"] or {}).get("CLIPMILL_STATE") == str(self.folder / "state")
            if mine and f"airflow {name}" in said:
                for one in [*process.children(recursive=True), process]:
                    one.kill()
                return
        raise AssertionError(f"no {name} runs")


@contextmanager
def changed(path: Path, old: str, new: str) -> Iterator[None]:
    """A file with one text for another, until the end of the block."""
    before = path.read_text()
    assert old in before, f"{path} has no {old!r}"
    path.write_text(before.replace(old, new))
    try:
        yield
    finally:
        path.write_text(before)
