"""Settings of a dataset's mixture: how much of what, how often it is shown, and in which order.

Quotas leave clips out. Weights, repeats and the order copy no bytes: they are content of a version that
loaders are to heed.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from tasks.core.score_names import SCORES
from tasks.core.settings import Settings
from tasks.core.settings_shard import AXES, Axis


def _is_score(name: str) -> str:
    if name not in SCORES:
        raise ValueError("no such score; tasks/core/score_names.py has them all, docs/scores.md how they are measured")
    return name


ScoreName = Annotated[str, AfterValidator(_is_score)]


class Cells(Settings):
    """Cells, by the bins that they have; an axis left empty means all of it."""

    content_type: tuple[str, ...] = ()
    resolution: tuple[str, ...] = ()
    aspect_ratio: tuple[str, ...] = ()
    length: tuple[str, ...] = ()

    @property
    def axes(self) -> set[Axis]:
        """The axes that are not left empty."""
        return {axis for axis in AXES if getattr(self, axis)}

    def have(self, bins: Mapping[Axis, str]) -> bool:
        """Whether a cell of these bins is among them."""
        return all(bins.get(axis) in getattr(self, axis) for axis in self.axes)


class Quota(Settings):
    """At most so much; of what is more, the clips of the best quality stay."""

    where: Cells = Field(Cells(), description="The cells that it is about; empty for all.")
    sources: tuple[str, ...] = Field((), description="The sources that it is about; empty for all.")
    per: tuple[Axis | Literal["source", "video"], ...] = Field(
        (), description="The limit is for each of these, not for all together: [source] caps every source."
    )
    max_clips: int | None = Field(None, ge=0, description="Clips, at most.")
    max_hours: float | None = Field(None, ge=0, description="Hours, at most.")

    def model_post_init(self, context: object) -> None:
        """Refuse a quota that limits nothing."""
        if self.max_clips is None and self.max_hours is None:
            raise ValueError("max_clips or max_hours has to be given")


class Weight(Settings):
    """How often a clip of these cells is drawn, beside a clip of others, which have 1."""

    where: Cells = Cells()
    weight: float = Field(gt=0)


class Repeat(Settings):
    """How often an epoch shows each clip of these cells; others come once."""

    where: Cells = Cells()
    times: int = Field(ge=1, le=1000)


class Difficulty(Settings):
    """One measure of how hard a clip is."""

    score: ScoreName
    harder: Literal["high", "low"] = "high"
    weight: float = Field(1.0, gt=0)


class MixSettings(Settings):
    """How much of what a version holds, and how it is to be shown."""

    algorithm: Literal["mix-1"] = "mix-1"
    quality: ScoreName = Field(
        "quality", description="The score by which a quota chooses, highest first; of equals the lower clip id."
    )
    quotas: tuple[Quota, ...] = Field((), description="Limits, each on what those before it have left.")
    weights: tuple[Weight, ...] = Field((), description="The last one that fits a cell counts.")
    repeats: tuple[Repeat, ...] = Field((), description="The last one that fits a cell counts.")
    order: tuple[Difficulty, ...] = Field(
        (), description="From easy to hard, by the mean of these measures' ranks: for instance motion, length, quality."
    )

    @property
    def axes(self) -> set[Axis]:
        """The axes that it speaks of."""
        rules: tuple[Quota | Weight | Repeat, ...] = (*self.quotas, *self.weights, *self.repeats)
        per = {axis for quota in self.quotas for axis in AXES if axis in quota.per}
        return per.union(*(rule.where.axes for rule in rules))

    @property
    def shown(self) -> dict[str, object] | None:
        """What loaders are to heed, None where nothing is asked for."""
        found = self.model_dump(mode="json", include={"weights", "repeats", "order"})
        return found if any(found.values()) else None
