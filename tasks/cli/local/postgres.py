"""An embedded Postgres: a daemon on the loopback, its data in the state folder.

Everything of it lies in one folder: `data/`, `password` (0600), `port` and `log`. What is running is read from
the server's own pid file, checked against the process table, so that a killed server is never taken for a live one.
"""

import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil

from tasks.cli.local.postgres_programs import account, as_account, find_programs
from tasks.cli.local.state import LOOPBACK, ServiceFailed, free_port, locked, tail, write_private

USER = "clipmill"
DATABASES = ("clipmill", "airflow")
PREFERRED_PORT = 54320
START_TRIES = 5
"""A killed server's children take a moment to let go of its memory, and a free port may be taken before we are."""
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 30
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "jit": "off",
}


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server and how to reach it."""

    folder: Path
    pid: int
    port: int
    password: str

    def url(self, database: str, driver: str = "") -> str:
        """URL of one database; `driver` as SQLAlchemy writes it (`psycopg2`, `asyncpg`)."""
        scheme = f"postgresql+{driver}" if driver else "postgresql"
        return f"{scheme}://{USER}:{quote(self.password)}@{LOOPBACK}:{self.port}/{database}"


def start(folder: Path, settings: Mapping[str, str] | None = None) -> Postgres:
    """The server of this folder, made at the first call and started where it does not run."""
    with locked(folder):
        if running := status(folder):
            return running
        chosen = {**SETTINGS, **(settings or {})}
        _open_to_account(folder)
        if not (folder / "data" / "PG_VERSION").exists():
            _initialise(folder, [] if chosen.get("fsync") != "off" else ["--no-sync"])
        # Not alive, as just seen; left there, it may name a process that now has this number.
        (folder / "data" / "postmaster.pid").unlink(missing_ok=True)
        server = _launch(folder, chosen)
        have = query(server, "SELECT datname FROM pg_database").split()
        for name in DATABASES:
            if name not in have:
                query(server, f'CREATE DATABASE "{name}"')
        return server


def stop(folder: Path) -> bool:
    """Whether there was a server to stop; returns when it is gone."""
    if not folder.exists():
        return False
    with locked(folder):
        running = status(folder)
        if running is None:
            return False
        for mode in ("fast", "immediate"):
            done = _run(folder, "pg_ctl", "stop", "-m", mode, "-w", "-t", str(STOP_TIMEOUT_S))
            if done.returncode == 0 or status(folder) is None:
                return True
        raise ServiceFailed(f"Postgres (process {running.pid}) does not stop\n{tail(folder / 'log')}")


def status(folder: Path) -> Postgres | None:
    """The server that runs on this folder's data, None where none does."""
    data = folder / "data"
    try:
        # pid, data folder, start time, port, socket folder, address, memory, state.
        lines = (data / "postmaster.pid").read_text().splitlines()
        pid, port = int(lines[0]), int(lines[3])
        command = psutil.Process(pid).cmdline()
        password = (folder / "password").read_text()
    except (FileNotFoundError, IndexError, ValueError, psutil.Error):
        return None
    return Postgres(folder, pid, port, password) if str(data) in command else None


def query(server: Postgres, sql: str, database: str = "postgres") -> str:
    """Rows of one statement as text, by the server's own `psql`: columns split by `|`, rows by newlines."""
    command = [str(_program(server.folder, "psql")), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql]
    where = ["-h", LOOPBACK, "-p", str(server.port), "-U", USER, "-d", database]
    done = _finished([*command, *where], PGPASSWORD=server.password)
    if done.returncode != 0:
        raise ServiceFailed(f"Postgres refused `{sql}`: {done.stderr.strip()}")
    return done.stdout.strip()


def _open_to_account(folder: Path) -> None:
    """Give the folder to the account that the server runs as, and close it to all others."""
    folder.chmod(0o700)
    if who := account():
        os.chown(folder, who.pw_uid, who.pw_gid)


def _initialise(folder: Path, options: Sequence[str]) -> None:
    """Make the data folder; it gets its name when it is whole, so that a killed start leaves no half of one."""
    unfinished = folder / "data.new"
    shutil.rmtree(unfinished, ignore_errors=True)
    write_private(folder / "password", secrets.token_urlsafe(24))
    if who := account():
        os.chown(folder / "password", who.pw_uid, who.pw_gid)
    login = ["-U", USER, "--pwfile", str(folder / "password"), "--auth", "scram-sha-256"]
    text = ["--encoding", "UTF8", "--locale", "C"]
    done = _run(folder, "initdb", *login, *text, *options, data="data.new")
    if done.returncode != 0:
        raise ServiceFailed(f"Postgres could not make its data folder: {done.stderr.strip()}")
    unfinished.rename(folder / "data")


def _launch(folder: Path, settings: Mapping[str, str]) -> Postgres:
    port_file = folder / "port"
    for _ in range(START_TRIES):
        port = free_port(int(port_file.read_text()) if port_file.exists() else PREFERRED_PORT)
        options = " ".join(f"-c {name}={value}" for name, value in {**settings, "port": str(port)}.items())
        done = _run(
            folder, "pg_ctl", "start", "-w", "-t", str(START_TIMEOUT_S), "-l", str(folder / "log"), "-o", options
        )
        server = status(folder)
        if done.returncode == 0 and server:
            port_file.write_text(str(port))
            return server
        time.sleep(1)
    raise ServiceFailed(f"Postgres does not start in {folder}\n{tail(folder / 'log')}")


def _run(folder: Path, program: str, *arguments: str, data: str = "data") -> subprocess.CompletedProcess[str]:
    """Run one of the server's own programs on its data folder, as the server's account."""
    path = _program(folder, program)
    return _finished(as_account([str(path), *arguments, "-D", str(folder / data)], account(), [folder / data, path]))


def _program(folder: Path, name: str) -> Path:
    """The program of the installation that made this folder's data."""
    version = folder / "data" / "PG_VERSION"
    return find_programs(int(version.read_text()) if version.exists() else None).folder / name


def _finished(command: Sequence[str], **environment: str) -> subprocess.CompletedProcess[str]:
    """The finished command, free of the person's own Postgres settings and of a folder the account cannot enter."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return subprocess.run(
        command, cwd="/", env={**inherited, "LC_ALL": "C", **environment}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True,
    )  # fmt: skip
