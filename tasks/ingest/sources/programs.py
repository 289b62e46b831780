"""Other people's programs: found on this machine, started without a shell, ended with us."""

import ctypes
import shutil
import signal
import subprocess
from collections.abc import Sequence
from typing import IO, Any

from tasks.core.errors import StageRefused

INSTALL = {
    "rclone": "apt-get install rclone (or https://rclone.org/install)",
    "yt-dlp": "uv pip install yt-dlp",
}
"""How to come by what a source needs."""
MOST_TOLD = 500


def find_program(name: str, source: str) -> str:
    """The program's path. Raises StageRefused with the command that installs it."""
    found = shutil.which(name)
    if found is None:
        raise StageRefused(f"source {source!r} needs {name}, which this machine lacks: {INSTALL[name]}")
    return found


def start(line: Sequence[str], output: int | IO[bytes] = subprocess.PIPE, **more: Any) -> "subprocess.Popen[bytes]":
    """The program, which dies with this process; nothing on its standard input."""
    return subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=output, preexec_fn=_die_with_parent, **more)


def last_words(text: bytes) -> str:
    """The last line that says something, short enough for a message."""
    lines = [line for line in text.decode("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1].strip()[:MOST_TOLD] if lines else "it did not say why"


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
