"""The pages of runs and batches as a service of this machine, on the loopback alone."""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tasks.cli.local.processes import launch, listens, log_file, running
from tasks.cli.local.processes import stop as stop_processes
from tasks.cli.local.state import LOOPBACK, ServiceFailed, free_port, locked, read_json, tail, write_private

NAME = "pages"
PREFERRED_PORT = 8090
START_TIMEOUT_S = 60
TRIES = 2
"""Another program may take the port between our looking and the server's start."""

Say = Callable[[str], None]


def start(folder: Path, catalog_url: str, say: Say) -> str:
    """Where the pages are; the server is left as it is where it runs already."""
    with locked(folder):
        if found := status(folder):
            return found
        say("starting the pages of runs and batches")
        for _ in range(TRIES):
            if _starts(folder, catalog_url):
                return str(url(folder))
        raise ServiceFailed(f"the pages of runs and batches do not start\n{tail(log_file(folder, NAME))}")


def _starts(folder: Path, catalog_url: str) -> bool:
    port = free_port(_port(folder) or PREFERRED_PORT)
    write_private(folder / "settings.json", json.dumps({"port": port}))
    own = {"CLIPMILL_CATALOG_URL": catalog_url, "CLIPMILL_STATE": str(folder.parent)}
    command = [sys.executable, "-c", "from tasks.cli.main import main; main()", "pages", "--port", str(port)]
    launch(folder, NAME, command, {**os.environ, **own})
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and running(folder, NAME):
        if listens(folder, NAME, port):
            return True
        time.sleep(0.1)
    return False


def stop(folder: Path) -> bool:
    """Whether it ran."""
    if not folder.exists():
        return False
    with locked(folder):
        return stop_processes(folder, [NAME])


def status(folder: Path) -> str | None:
    """Where the pages are; None where they are not served."""
    return url(folder) if running(folder, NAME) else None


def url(folder: Path) -> str | None:
    """Where the pages are when they are served; None where they never were."""
    port = _port(folder)
    return f"http://{LOOPBACK}:{port}" if port else None


def _port(folder: Path) -> int | None:
    found = read_json(folder / "settings.json").get("port")
    return int(str(found)) if found else None
