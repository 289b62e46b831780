"""What a clip was said to show before others were asked for: which windows stand, and what the rest is to avoid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tasks.caption.window import NO_MODEL, Texts, Unmeasured, Window, WindowCaption


@dataclass(frozen=True, slots=True)
class Earlier:
    """By ordinal of the window; empty for a clip that was never described, or is to be as a whole."""

    standing: Mapping[int, WindowCaption] = field(default_factory=dict)
    faults: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    """Flags of the windows that do not stand, as far as they were asked away."""

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, Any]] | None) -> "Earlier":
        """As the rows of its windows say."""
        standing = {row["ordinal"]: _window(row) for row in rows or () if row["stands"]}
        faults = {row["ordinal"]: _faults(row) for row in rows or () if not row["stands"]}
        return cls(standing, faults)


def _window(row: Mapping[str, Any]) -> WindowCaption:
    """The window as it is; what it cost was counted when it was asked about."""
    texts = None if row["short"] is None else Texts(row["short"], row["medium"], row["long"])
    why = None if row["unmeasured"] is None else Unmeasured(row["unmeasured"], row["message"])
    # JSON has no 0.0, and captions are named by their text.
    window = Window(row["ordinal"], float(row["start_s"]), float(row["end_s"]))
    model = "" if row["model"] == NO_MODEL else row["model"]
    return WindowCaption(window, model, texts, row["structured"], unmeasured=why)


def _faults(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(flag for flag in row["flags"] if flag in row["faults"])
