"""Windows of a clip, and what becomes of each: the values that the other files pass on."""

from dataclasses import dataclass, field
from typing import Any

WINDOW_S = 5.0
LEAST_LAST_S = 2.5
"""A shorter last window is made part of the one before it, as the trainers' loaders would leave it out."""
_HAIR_S = 1e-6
NO_MODEL = "none"
"""Recorded as the model of a window about which nobody answered."""


@dataclass(frozen=True, slots=True)
class Window:
    """A piece of a clip, in seconds from its start."""

    ordinal: int
    start_s: float
    end_s: float

    @property
    def length_s(self) -> float:
        """Seconds."""
        return self.end_s - self.start_s


def windows_of(duration_s: float) -> tuple[Window, ...]:
    """Windows of 5 s that cover the clip once; the last has 2.5 to 7.5 s, and a shorter clip is one window."""
    whole = int((duration_s + _HAIR_S) / WINDOW_S)
    count = max(1, whole + (duration_s - whole * WINDOW_S + _HAIR_S >= LEAST_LAST_S))
    ends = [*(WINDOW_S * number for number in range(1, count)), duration_s]
    starts = [0.0, *ends[:-1]]
    return tuple(Window(place, start, end) for place, (start, end) in enumerate(zip(starts, ends, strict=True)))


@dataclass(frozen=True, slots=True)
class Texts:
    """A caption in its three lengths."""

    short: str
    medium: str
    long: str

    def as_json(self) -> dict[str, str]:
        """By the names that datasets have."""
        return {"short": self.short, "medium": self.medium, "long": self.long}

    @property
    def all(self) -> tuple[str, str, str]:
        """The three, shortest first."""
        return self.short, self.medium, self.long


@dataclass(frozen=True, slots=True)
class Fact:
    """What one statement of a caption without a model stands on."""

    says: str
    score: str
    value: float
    of: str
    """`clip` for a score of `filter`, `window` for what was measured on the window's own pictures."""

    def as_json(self) -> dict[str, Any]:
        """As the catalog keeps it."""
        return {"says": self.says, "score": self.score, "value": self.value, "of": self.of}


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """Why a window has no caption."""

    kind: str
    """snake_case token: no_picture, empty, not_json, wrong_fields, too_long, refused, or the backend's own."""
    message: str


@dataclass(slots=True)
class WindowCaption:
    """One window, filled in as its caption comes to be."""

    window: Window
    model: str
    texts: Texts | None = None
    structured: dict[str, Any] | None = None
    facts: tuple[Fact, ...] = ()
    flags: tuple[str, ...] = field(default=())
    unmeasured: Unmeasured | None = None
    prompt_tokens: int = 0
    answer_tokens: int = 0

    @property
    def is_settled(self) -> bool:
        """Whether nothing is to be asked about it any more."""
        return self.texts is not None or self.unmeasured is not None

    def as_json(self) -> dict[str, Any]:
        """As the single-file tool and the dataset have it; `unmeasured` says why there are no captions."""
        said: dict[str, Any] = {
            "start_s": round(self.window.start_s, 6),
            "end_s": round(self.window.end_s, 6),
            "captions": self.texts.as_json() if self.texts else {},
            "model": self.model,
            "flags": list(self.flags),
        }
        if self.structured is not None:
            said["caption_json"] = self.structured
        if self.unmeasured is not None:
            said["unmeasured"] = self.unmeasured.kind
        return said
