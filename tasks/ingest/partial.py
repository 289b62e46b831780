"""Files under way: on this machine's disk, going on where a killed process stopped, and never taken for whole ones."""

import fcntl
import os
import stat
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tasks.core.errors import StageRefused, StoreUnavailable

KEPT_S = 7 * 86400.0
"""Seconds after which what nobody went on with is removed."""


@dataclass(frozen=True, slots=True)
class Partial:
    """One file under way, held by this process alone."""

    path: Path
    note: Path
    """Says what came of it, to whoever waited for it."""

    @property
    def sha256(self) -> str | None:
        """Of its bytes, where another process has brought it just now."""
        return self.note.read_text() or None

    def done(self, sha256: str) -> None:
        """It is where it belongs."""
        self.path.unlink(missing_ok=True)
        self.note.write_text(sha256)

    def drop(self) -> None:
        """It is not what it should be: the next try begins anew."""
        self.path.unlink(missing_ok=True)


@contextmanager
def held(name: uuid.UUID) -> Iterator[Partial]:
    """The partial file of this name; waits while another process holds it."""
    folder = _folder()
    partial = Partial(folder / f"{name}.part", folder / f"{name}.note")
    with partial.note.open("a") as note:
        fcntl.flock(note, fcntl.LOCK_EX)
        yield partial


def require_space(partial: Partial, size_bytes: int) -> None:
    """Raises StoreUnavailable where what is missing of the file does not fit on the disk."""
    have = partial.path.stat().st_size if partial.path.exists() else 0
    status = os.statvfs(partial.path.parent)
    free = status.f_bavail * status.f_frsize
    if size_bytes - have > free:
        raise StoreUnavailable(
            f"no space left for {size_bytes - have} bytes more in {partial.path.parent}, where {free} are free; "
            "free some, or let TMPDIR name a larger disk"
        )


def sweep_partials(older_than_s: float = KEPT_S) -> int:
    """The number of files removed that nobody has touched for so long."""
    oldest = time.time() - older_than_s
    old = [path for path in _folder().iterdir() if path.stat().st_mtime < oldest]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _folder() -> Path:
    """A folder of this user alone. Raises StageRefused where somebody else has made it."""
    folder = Path(tempfile.gettempdir()) / f"clipmill-partial-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        raise StageRefused(f"{folder} is not this user's own folder; remove it, or let TMPDIR name another place")
    return folder
