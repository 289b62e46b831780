"""What a stage process has done and used."""

import resource
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Usage:
    """What processes have used up to now."""

    cpu_s: float = 0.0
    peak_bytes: int = 0
    """Largest resident size of one process."""

    @classmethod
    def own(cls) -> "Usage":
        """Of this process."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        return cls(used.ru_utime + used.ru_stime, _peak_bytes())

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(self.cpu_s + other.cpu_s, max(self.peak_bytes, other.peak_bytes))


def _peak_bytes() -> int:
    # ru_maxrss would tell of the process that started this one too: it lives on through exec.
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:"))


@dataclass(slots=True)
class Tally:
    """Counts of one stage run, kept while it runs so that they are there however it ends."""

    done: int = 0
    failed: int = 0
    children: Usage = field(default_factory=Usage)
    error: str | None = None
    """Why the stage did not end well, in a sentence."""

    @property
    def ended(self) -> int:
        """Items that ended, one way or the other."""
        return self.done + self.failed

    @property
    def used(self) -> Usage:
        """What this process and its children have used."""
        return self.children + Usage.own()
