"""One rule of a policy: a threshold, or a group of them, and what is different for some clips."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from tasks.core.settings import Settings

Share = Annotated[float, Field(gt=0, lt=1)]
Bound = Annotated[float, Field(allow_inf_nan=False)]
Meaning = Literal["keep", "drop", "hold"]


class Condition(Settings):
    """Bounds of one score, both included; it holds when the score lies within them."""

    score: str
    min: Bound | None = None
    max: Bound | None = None
    drop_lowest: Share | None = Field(None, description="Instead of min: the share of the clips that is too low.")
    drop_highest: Share | None = Field(None, description="Instead of max: the share of the clips that is too high.")

    @property
    def is_relative(self) -> bool:
        """Whether its numbers depend on the other clips."""
        return self.drop_lowest is not None or self.drop_highest is not None


class Check(Settings):
    """What has to hold: a condition, or all or any of several checks."""

    score: str | None = None
    min: Bound | None = None
    max: Bound | None = None
    drop_lowest: Share | None = None
    drop_highest: Share | None = None
    any: tuple["Check", ...] = ()
    all: tuple["Check", ...] = ()

    @property
    def bounds(self) -> dict[str, float]:
        """The bounds that are given, by name."""
        given = {name: getattr(self, name) for name in BOUNDS}
        return {name: value for name, value in given.items() if value is not None}

    @property
    def condition(self) -> Condition | None:
        """The condition that it is; None for a group."""
        return None if self.score is None else Condition(score=self.score, **self.bounds)

    def conditions(self) -> list[Condition]:
        """Every condition in it, in the order in which it is written."""
        own = [self.condition] if self.condition else []
        return own + [one for part in (*self.all, *self.any) for one in part.conditions()]


BOUNDS = ("min", "max", "drop_lowest", "drop_highest")
SIDES = {"min": "drop_lowest", "drop_lowest": "min", "max": "drop_highest", "drop_highest": "max"}
"""The two ways of giving the same side."""


def _as_list(value: object) -> object:
    return (value,) if isinstance(value, str) else value


class Override(Check):
    """What is asked instead of some clips: other bounds of the rule's score, another check, or nothing."""

    source: Annotated[tuple[str, ...], BeforeValidator(_as_list)] = Field((), description="Clips of these sources.")
    where: Condition | None = Field(None, description="Clips whose score lies within these bounds.")
    skip: bool = Field(False, description="The rule is not asked.")
    because: str = Field(min_length=3)


@dataclass(frozen=True, slots=True)
class Variant:
    """A rule as it is asked of some clips."""

    source: tuple[str, ...]
    """Of which sources; of every one where empty."""
    where: Condition | None
    check: Check | None
    """None where nothing is asked."""
    because: str


class Rule(Check):
    """A named check that a clip has to pass."""

    rule: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="The reason people see, such as low_motion.")
    because: str = Field(min_length=3)
    when_unmeasured: Meaning = "hold"
    overrides: tuple[Override, ...] = ()

    def variants(self) -> tuple[Variant, ...]:
        """The overrides as they are written, then the rule itself: the first that applies to a clip is asked."""
        own = Check(**{name: getattr(self, name) for name in Check.model_fields})
        others = [Variant(one.source, one.where, self._instead(one), one.because) for one in self.overrides]
        return (*others, Variant((), None, own, self.because))

    def _instead(self, one: Override) -> Check | None:
        if one.skip:
            return None
        if one.score or one.any or one.all:
            return Check(**{name: getattr(one, name) for name in Check.model_fields})
        kept = {name: value for name, value in self.bounds.items() if SIDES[name] not in one.bounds}
        return Check(score=self.score, **kept | one.bounds)
