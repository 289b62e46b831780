"""The time that a run is narrowed to: by a file's own time, or by the date in its path."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tasks.core.store import SourceObject

MOST_DAYS = 400
"""Days beyond which listing all is no dearer than asking for each."""
_PARTS = {"Y": r"\d{4}", "m": r"\d{2}", "d": r"\d{2}", "H": r"\d{2}", "j": r"\d{3}"}


@dataclass(frozen=True, slots=True)
class Window:
    """[start, end) in UTC, either of which may be open."""

    start: datetime | None = None
    end: datetime | None = None
    date_in_key: str | None = None
    """How a path begins with its date; None goes by the file's time."""

    @property
    def is_open(self) -> bool:
        """Whether it holds everything."""
        return self.start is None and self.end is None

    def holds(self, found: SourceObject) -> bool:
        """Whether the file is of this time, or nobody can say of what time it is."""
        if self.is_open:
            return True
        if self.date_in_key is None:
            return found.modified_at is None or self._meets(found.modified_at, found.modified_at)
        return self.holds_date_of(found.relative_path)

    def holds_date_of(self, path: str) -> bool:
        """Whether the date that the path begins with is of this time."""
        dated = date_of(path, self.date_in_key) if self.date_in_key else None
        return dated is not None and self._meets(*dated)

    def _meets(self, first: datetime, last: datetime) -> bool:
        return (self.start is None or last >= self.start) and (self.end is None or first < self.end)

    def beginnings(self) -> tuple[str, ...]:
        """How the paths of the window's days begin, in order; ("",) where it takes a look at all of them."""
        pattern = self.date_in_key
        if pattern is None or "*" in pattern or self.start is None or self.end is None:
            return ("",)
        daily = pattern.partition("%H")[0]
        first = self.start.replace(hour=0, minute=0, second=0, microsecond=0)
        days = -((first - self.end) // timedelta(days=1))
        if days > MOST_DAYS:
            return ("",)
        return tuple(sorted({(first + timedelta(days=day)).strftime(daily) for day in range(days)}))


def date_of(path: str, pattern: str) -> tuple[datetime, datetime] | None:
    """The first and the last moment of the date that the path begins with; None where it begins otherwise."""
    found = re.match(_expression(pattern), path)
    if found is None:
        return None
    parts = found.groupdict()
    text = " ".join(f"{name}{value}" for name, value in parts.items())
    try:
        first = datetime.strptime(text, " ".join(f"{name}%{name}" for name in parts)).replace(tzinfo=UTC)
    except ValueError:  # a 31 February
        return None
    length = timedelta(hours=1) if "H" in parts else timedelta(days=1)
    return first, first + length - timedelta(microseconds=1)


def _expression(pattern: str) -> str:
    seen: set[str] = set()
    pieces = []
    for piece in re.findall(r"%[YmdHj]|\*|[^%*]+", pattern):
        if piece == "*":
            pieces.append("[^/]*")
        elif piece.startswith("%"):
            name = piece[1]
            pieces.append(f"(?P={name})" if name in seen else f"(?P<{name}>{_PARTS[name]})")
            seen.add(name)
        else:
            pieces.append(re.escape(piece))
    return "".join(pieces)
