"""The state folder: all that the local services keep, and nothing of theirs lies elsewhere."""

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tasks.core.errors import TryAgain

PROJECT_ROOT = Path(__file__).resolve().parents[3]
LOOPBACK = "127.0.0.1"


class ServiceFailed(TryAgain):
    """A local service does not run as it should."""


def state_folder() -> Path:
    """`CLIPMILL_STATE`, or `.clipmill` in the project; it need not exist."""
    return Path(os.environ.get("CLIPMILL_STATE") or PROJECT_ROOT / ".clipmill").expanduser().resolve()


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Only one process at a time starts or stops what lives in the folder; the others wait."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def write_private(path: Path, text: str) -> None:
    """Replace the file whole, readable by its owner alone from its first byte on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    new.replace(path)


def read_json(path: Path) -> dict[str, object]:
    """What the file holds; nothing where it is missing or was cut short."""
    try:
        kept = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def port_is_free(port: int) -> bool:
    """Whether nothing listens on the loopback port just now."""
    with socket.socket() as probe:
        # As servers do: a port whose last connections are still being wound up is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def free_port(preferred: int | None) -> int:
    """The preferred loopback port when it is free, else one that the system gives."""
    if preferred and port_is_free(preferred):
        return preferred
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def tail(path: Path, lines: int = 15) -> str:
    """The last lines of a log, empty where there is none."""
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return ""
