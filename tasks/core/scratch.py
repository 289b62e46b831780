"""Local folders for files on their way to a store, below TMPDIR; what a killed process left there is swept."""

import os
import shutil
import tempfile
from pathlib import Path

PREFIX = "clipmill-scratch-"


def scratch_folder() -> Path:
    """A new empty folder that bears the number of this process."""
    return Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))


def sweep_scratch() -> int:
    """The number of folders removed: those of processes of this machine that are no more."""
    dead = [path for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*") if not _lives(path)]
    for path in dead:
        shutil.rmtree(path, ignore_errors=True)
    return len(dead)


def _lives(path: Path) -> bool:
    number = path.name.removeprefix(PREFIX).split("-")[0]
    return not number.isdecimal() or Path("/proc", number).exists()
