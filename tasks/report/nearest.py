"""The clips on either side of each bound of a policy: where moving it would begin to matter."""

from collections.abc import Sequence
from dataclasses import dataclass

from tasks.core.catalog import Connection, Row
from tasks.core.score_names import SCORES
from tasks.report.histogram import Threshold
from tasks.report.policies import AppliedPolicy
from tasks.report.samples import Sample, sample_of

EACH_SIDE = 3


@dataclass(frozen=True, slots=True)
class Near:
    """A clip near a bound."""

    sample: Sample
    value: float


@dataclass(frozen=True, slots=True)
class Edge:
    """One bound with the clips nearest to it."""

    score: str
    threshold: Threshold
    failing: tuple[Near, ...]
    passing: tuple[Near, ...]
    """Both from the worst to the best, so that the bound lies between the last and the first."""

    @property
    def clips(self) -> tuple[Near, ...]:
        """All of them, those that fail first."""
        return self.failing + self.passing


def read_edges(connection: Connection, run_id: str, policy: AppliedPolicy) -> list[Edge]:
    """An edge for every bound that the policy sets for all clips, in its order."""
    bounds = [
        (condition.score, Threshold(rule, value, is_min))
        for rule, condition, limits in policy.conditions()
        for value, is_min in zip(limits, (True, False), strict=True)
        if value is not None
    ]
    asked = [
        {"place": place, "score": score, "scorer": SCORES[score].scorer, "bound": one.value, "is_min": one.is_min}
        for place, (score, one) in enumerate(bounds)
        if score in SCORES
    ]
    rows = connection.rows("report/nearest", run=run_id, bounds=connection.json(asked), count=EACH_SIDE)
    return [_edge(score, one, [row for row in rows if row["place"] == place])
            for place, (score, one) in enumerate(bounds)]  # fmt: skip


def _edge(score: str, threshold: Threshold, rows: Sequence[Row]) -> Edge:
    found = sorted(rows, key=lambda row: row["value"], reverse=not threshold.is_min)
    near = {passes: tuple(Near(sample_of(row), float(row["value"])) for row in found if row["passes"] is passes)
            for passes in (False, True)}  # fmt: skip
    return Edge(score, threshold, near[False], near[True])
