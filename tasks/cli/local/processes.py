"""Background processes that outlive the command that started them, and are ended whole, by what started them only.

Each is the leader of a session of its own and is recorded as its pid and start time, so that a number the system
gave to another process later is not taken for ours. A mark in the environment finds what began a further session,
as stages do. Airflow's workers overwrite their environment with their title; they stay in their leader's session.
"""

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import psutil

from tasks.cli.local.state import read_json, write_private

MARK = "CLIPMILL_SERVICES"
"""Environment variable that holds the folder of the services that a process belongs to."""
STOP_S = 20.0
"""How long the first to be ended may take: Airflow's scheduler waits for its tasks to report their end."""
REST_S = 5.0
KILL_S = 10.0
_started: list["subprocess.Popen[bytes]"] = []
"""Our own children; kept, so that they are reaped when they end before we do."""


def launch(folder: Path, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
    """Start the command in the background, its output in `logs/NAME.log`; the last start's log becomes `.log.1`."""
    log = log_file(folder, name)
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists():
        log.replace(log.with_name(f"{log.name}.1"))
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, env={**environment, MARK: str(folder)}, stdin=subprocess.DEVNULL, stdout=output,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    _started.append(process)
    record = {"pid": process.pid, "started": psutil.Process(process.pid).create_time()}
    write_private(_record(folder, name), json.dumps(record))


def log_file(folder: Path, name: str) -> Path:
    """Where the process's output goes."""
    return folder / "logs" / f"{name}.log"


def running(folder: Path, name: str) -> psutil.Process | None:
    """The process started under this name, None when it has ended."""
    record = read_json(_record(folder, name))
    with contextlib.suppress(psutil.Error, KeyError):
        process = psutil.Process(int(str(record["pid"])))
        # The clock may be set while it runs: a second more or less is the same process.
        if abs(process.create_time() - float(str(record["started"]))) < 1 and _is_alive(process):
            return process
    return None


def listens(folder: Path, name: str, port: int) -> bool:
    """Whether the process started under this name, or one that it started, listens on the port."""
    process = running(folder, name)
    # Gone meanwhile, or not ours to look at.
    with contextlib.suppress(psutil.Error):
        members = [process, *process.children(recursive=True)] if process else []
        found = [socket for member in members for socket in member.net_connections("tcp")]
        return any(socket.status == psutil.CONN_LISTEN and socket.laddr.port == port for socket in found)
    return False


def stop(folder: Path, names: Sequence[str]) -> bool:
    """Whether anything ran; ends the first of the names, then the others, then all that belongs to them."""
    found = _members(folder, names)
    # What they started in sessions of its own, stages, is told first, so that its end can still be reported.
    outside = [process for process in found if _session(process) not in _sessions(folder, names)]
    _signal(outside, psutil.Process.terminate)
    first = running(folder, names[0])
    _end([first] if first else [], STOP_S)
    _end(_members(folder, names), REST_S)
    for name in names:
        _record(folder, name).unlink(missing_ok=True)
    return bool(found)


def _sessions(folder: Path, names: Iterable[str]) -> set[object]:
    return {read_json(_record(folder, name)).get("pid") for name in names}


def _session(process: psutil.Process) -> int:
    """Its session's number, 0 when it has just ended."""
    try:
        return os.getsid(process.pid)
    except ProcessLookupError:
        return 0


def _members(folder: Path, names: Iterable[str]) -> list[psutil.Process]:
    """Every living process in the sessions of those names, and every one that bears the folder's mark."""
    sessions = _sessions(folder, names)
    members = []
    for process in psutil.process_iter():
        # Gone meanwhile, or not ours to look at.
        with contextlib.suppress(psutil.Error):
            in_session = _session(process) in sessions and process.cwd() == str(folder)
            if (in_session or process.environ().get(MARK) == str(folder)) and _is_alive(process):
                members.append(process)
    return members


def _end(processes: Sequence[psutil.Process], patience_s: float) -> None:
    """Ask them to end, and make them end when they have not done so in time."""
    for send, wait_s in ((psutil.Process.terminate, patience_s), (psutil.Process.kill, KILL_S)):
        _signal(processes, send)
        deadline = time.monotonic() + wait_s
        while any(map(_is_alive, processes)) and time.monotonic() < deadline:
            time.sleep(0.05)


def _signal(processes: Iterable[psutil.Process], send: Callable[[psutil.Process], None]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            send(process)


def _is_alive(process: psutil.Process) -> bool:
    for child in _started:
        child.poll()
    try:
        return process.is_running() and bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _record(folder: Path, name: str) -> Path:
    return folder / f"{name}.pid"
