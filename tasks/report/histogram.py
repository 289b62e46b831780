"""How clips spread over each score, and where the policy's thresholds lie in it."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from tasks.core.catalog import Connection, Row
from tasks.core.score_names import SCORES
from tasks.report.policies import AppliedPolicy, Limits

BINS = 48
WIDTH, HEIGHT = 288.0, 72.0
"""Of the drawing, in SVG user units."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """One bound of one rule."""

    rule: str
    value: float
    is_min: bool
    is_within: bool = True
    """Whether the value itself passes."""

    @property
    def sign(self) -> str:
        """Between what passes and the value."""
        strict, loose = (">", "≥") if self.is_min else ("<", "≤")
        return loose if self.is_within else strict


@dataclass(frozen=True, slots=True)
class Bar:
    """One bin as it is drawn, from the bottom up."""

    x: float
    height: float
    outside: float
    """The lower part of the height: clips outside a threshold."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """One score over all clips of a run."""

    score: str
    unit: str
    meaning: str
    clips: int
    unmeasured: int
    smallest: float
    median: float
    largest: float
    low: float
    """Value at the left end of the axis; clips below it are in the first bin."""
    high: float
    bins: tuple[int, ...]
    outside: tuple[int, ...]
    """How many of each bin lie outside a threshold."""
    thresholds: tuple[Threshold, ...]

    def x_of(self, value: float) -> float:
        """Where a value lies in the drawing."""
        return WIDTH * (value - self.low) / (self.high - self.low)

    def bars(self) -> Iterator[Bar]:
        """The bins that hold clips. Heights go by the square root, so that one clip beside thousands is still seen."""
        step, tallest = WIDTH / len(self.bins), max(self.bins)
        for number, (count, outside) in enumerate(zip(self.bins, self.outside, strict=True)):
            if count:
                height = max(2.0, HEIGHT * (count / tallest) ** 0.5)
                yield Bar(round(number * step, 2), round(height, 2), round(height * outside / count, 2))

    @property
    def bar_width(self) -> float:
        """Width of a bin, less a hair between two."""
        return round(WIDTH / len(self.bins) - 0.8, 2)


def read_histograms(connection: Connection, run_id: str, policy: AppliedPolicy) -> list[Histogram]:
    """A histogram for every score that some clip of the run has, those that the policy judges first."""
    looked_at = {row["scorer"]: int(row["clips"]) for row in connection.rows("report/measured", run=run_id)}
    limits = {name: [_finite(one.low), _finite(one.high)] for name, one in SCORES.items()}
    asked = list(policy.conditions())
    thresholds = [{"score": one.score, "low": low, "high": high} for _, one, (low, high) in asked]
    texts = {"limits": connection.json(limits), "thresholds": connection.json(thresholds)}
    rows = connection.rows("report/histograms", run=run_id, bins=BINS, **texts)
    found = []
    for score, group in groupby(rows, key=lambda row: str(row["score"])):
        drawn = [bound for rule, one, of in asked if one.score == score for bound in _thresholds(rule, of)]
        seen = looked_at.get(SCORES[score].scorer, 0) if score in SCORES else 0
        found.append(of_bins(score, list(group), tuple(dict.fromkeys(drawn)), seen))
    order = [one.score for _, one, _ in asked] + list(SCORES)
    return sorted(found, key=lambda one: order.index(one.score) if one.score in order else len(order))


def _finite(limit: float) -> float | None:
    return limit if math.isfinite(limit) else None


def of_bins(score: str, rows: list[Row], drawn: tuple[Threshold, ...], looked_at: int = 0) -> Histogram:
    """The histogram in rows of its bins, of so many clips that its scorer has looked at."""
    bins, outside = [0] * BINS, [0] * BINS
    for row in rows:
        bins[row["bin"]], outside[row["bin"]] = int(row["in_bin"]), int(row["outside"])
    first, about = rows[0], SCORES.get(score)
    clips = int(first["clips"])
    return Histogram(
        score=score,
        unit=about.unit if about else "1",
        meaning=about.meaning if about else "",
        clips=clips,
        unmeasured=max(0, looked_at - clips),
        bins=tuple(bins),
        outside=tuple(outside),
        thresholds=drawn,
        **{name: float(first[name]) for name in ("smallest", "median", "largest", "low", "high")},
    )


def _thresholds(rule: str, limits: Limits) -> Iterator[Threshold]:
    for value, is_min in zip(limits, (True, False), strict=True):
        if value is not None:
            yield Threshold(rule, float(value), is_min)
