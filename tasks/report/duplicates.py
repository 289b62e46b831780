"""Clips that are copies of one another: how many, and the pairs nearest to the limit, side by side."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from tasks.core.catalog import Connection, Row
from tasks.core.clusters import Quality, why_better
from tasks.report.funnel import Amount
from tasks.report.histogram import BINS, Histogram, Threshold, of_bins
from tasks.report.samples import Sample, sample_of

EACH_SIDE = 6
"""Pairs shown above a limit, and below it."""
SIZES = ((2, 2), (3, 3), (4, 4), (5, 9), (10, 99), (100, None))
"""Clusters that are told together, from this many clips to that many."""
MEANING = "Similarity of two clips. Those of one footage have one vector, and count as one."


@dataclass(frozen=True, slots=True)
class Copy:
    """One clip of a pair, and what copies are ranked by."""

    sample: Sample
    quality: Quality

    @property
    def rank(self) -> tuple[float, float, float, str]:
        """Lower for the better of two, as `plan` ranks them."""
        return *self.quality.rank, str(self.sample.subject_id)


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Two clips that are alike."""

    first: Copy
    """What stands for the other, or would if they counted as copies."""
    second: Copy
    similarity: float

    @property
    def why(self) -> str:
        """What makes the first the better one."""
        better, worse = self.first.rank, self.second.rank
        if better > worse:
            return "settled before an older file of the other was seen"
        return why_better(self.first.quality, self.second.quality) or "the same in all, and first by id"


@dataclass(frozen=True, slots=True)
class Comparison:
    """All pairs of clips of two videos, or all of one."""

    is_same_video: bool
    limit: float | None
    """From which similarity on they are copies; None for never."""
    histogram: Histogram | None
    """None where no two are as alike as is recorded."""
    above: tuple[SideBySide, ...]
    """Nearest to the limit first; the second of each is set aside."""
    below: tuple[SideBySide, ...]
    """Nearest to the limit first; both are kept."""


@dataclass(frozen=True, slots=True)
class Clusters:
    """Those of about one size."""

    smallest: int
    largest: int | None
    """None for as large as there are."""
    clusters: int
    aside: Amount
    """Copies in them."""


@dataclass(frozen=True, slots=True)
class Duplicates:
    """What a policy makes of clips that are alike."""

    floor: float
    """No pair less alike is recorded."""
    comparisons: tuple[Comparison, ...]
    clusters: tuple[Clusters, ...]

    @property
    def shown(self) -> Iterator[Sample]:
        """The clips that are shown."""
        for one in self.comparisons:
            for pair in (*one.above, *one.below):
                yield from (pair.first.sample, pair.second.sample)


def read_duplicates(connection: Connection, run_id: str) -> Duplicates | None:
    """The copies among the clips of a run; None where its policy keeps copies."""
    limits = connection.row("report/duplicate_limit", run=run_id)
    if limits is None:
        return None
    floor = float(limits["floor"])
    asked = {"run": run_id, "similarity": limits["similarity"], "same_video": limits["same_video"]}
    bins = connection.rows("report/pair_histogram", bins=BINS, floor=floor, top=max(1.0, floor + 0.01), **asked)
    pairs = connection.rows("report/nearest_pairs", count=EACH_SIDE, **asked)
    comparisons = tuple(
        _comparison(
            is_same_video,
            limits["same_video" if is_same_video else "similarity"],
            [row for row in bins if row["is_same_video"] is is_same_video],
            [row for row in pairs if row["is_same_video"] is is_same_video],
        )
        for is_same_video in (False, True)
    )
    return Duplicates(floor, comparisons, tuple(_by_size(connection.rows("report/clusters", run=run_id))))


def _comparison(is_same_video: bool, limit: float | None, bins: list[Row], pairs: Sequence[Row]) -> Comparison:
    above = tuple(_pairs([row for row in pairs if row["is_copy"]]))
    below = tuple(_pairs([row for row in pairs if not row["is_copy"]]))[::-1]
    drawn = () if limit is None else (Threshold("kept", limit, is_min=False, is_within=False),)
    title = "pairs of one video" if is_same_video else "pairs of two videos"
    histogram = replace(of_bins(title, bins, drawn), meaning=MEANING) if bins else None
    return Comparison(is_same_video, limit, histogram, above, below)


def _pairs(rows: Sequence[Row]) -> Iterator[SideBySide]:
    """The pairs of rows of report/nearest_pairs, the better clip first where neither stands for the other."""
    for _, both in groupby(rows, key=lambda row: (row["first"], row["second"])):
        row, other = both
        first, second = (_copy(one) for one in (row, other))
        if not row["is_copy"] and second.rank < first.rank:
            first, second = second, first
        yield SideBySide(first, second, float(row["similarity"]))


def _copy(row: Row) -> Copy:
    return Copy(sample_of(row), Quality(row["area_px"], row["bits_per_pixel"], row["modified_at"]))


def _by_size(rows: Sequence[Row]) -> Iterator[Clusters]:
    for smallest, largest in SIZES:
        some = [row for row in rows if smallest <= row["size"] and (largest is None or row["size"] <= largest)]
        if some:
            clusters = sum(int(row["clusters"]) for row in some)
            copies = sum(int(row["clusters"]) * (int(row["size"]) - 1) for row in some)
            yield Clusters(smallest, largest, clusters, Amount(copies, sum(float(row["seconds"]) for row in some)))
