"""Local folders for files on their way to a store, below TMPDIR; what a killed process left there is swept."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tasks.core.errors import StageRefused

PREFIX = "clipmill-scratch-"
LIMIT_VARIABLE = "CLIPMILL_SCRATCH_BYTES"


def scratch_folder() -> Path:
    """A new empty folder that bears the number of this process."""
    return Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))


@contextmanager
def passing_scratch() -> Iterator[Path]:
    """Such a folder, which goes with all that is in it."""
    folder = scratch_folder()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def scratch_limit_bytes() -> int:
    """What a process may keep in local folders: CLIPMILL_SCRATCH_BYTES, or half of what is free."""
    told = os.environ.get(LIMIT_VARIABLE)
    if not told:
        return shutil.disk_usage(tempfile.gettempdir()).free // 2
    if not told.isdecimal():
        raise StageRefused(f"{LIMIT_VARIABLE}={told!r} is no number of bytes")
    return int(told)


def sweep_scratch() -> int:
    """The number of folders removed: those of processes of this machine that are no more."""
    dead = [path for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*") if not _lives(path)]
    for path in dead:
        shutil.rmtree(path, ignore_errors=True)
    return len(dead)


def _lives(path: Path) -> bool:
    number = path.name.removeprefix(PREFIX).split("-")[0]
    return not number.isdecimal() or Path("/proc", number).exists()
