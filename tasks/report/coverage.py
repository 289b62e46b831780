"""A map of what a run kept: its clips by what they look like, in groups, and which of those are large or small."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby, product
from math import hypot

import numpy as np
from numpy.typing import NDArray

from tasks.core.catalog import Connection, Row
from tasks.core.catalog.connection import as_uuid
from tasks.core.errors import ObjectMissing, StageRefused
from tasks.core.store import open_store
from tasks.core.vectors import Made, read_vectors
from tasks.report.projection import Vectors, axes_of, distances, k_means
from tasks.report.samples import Sample, sample_of

KEPT, OTHERS = 5000, 2000
"""Clips that are drawn at most."""
FILES = 300
"""Files of vectors that are read at most, whatever the run holds; `embed` puts up to 50 into one."""
AT_ONCE = 16
FEWEST = 8
"""With fewer clips there is nothing to group."""
GROUPS = 10
LARGE, SMALL = 2.0, 0.5
"""Of an even share: a group with as much or more has too many clips, one with as little or less too few."""
WIDTH, HEIGHT, MARGIN = 640.0, 400.0, 12.0
"""Of the drawing, in SVG user units."""
LABEL = 20.0, 15.0
"""Width and height of a group's number."""
STEPS = sorted(product(range(-2 * GROUPS, 2 * GROUPS + 1), repeat=2), key=lambda step: hypot(*step))
"""Half labels right and down to where else a number may stand, the nearest first."""

Points = NDArray[np.float64]
"""[clips, 2]; in the drawing from its top left corner."""


@dataclass(frozen=True, slots=True)
class Group:
    """Clips that look alike."""

    clips: int
    share: float
    """Of all clips on the map."""
    against_even: float
    """The share beside that which it would have if all groups were of one size."""
    central: Sample
    """The clip nearest to the middle."""
    label: tuple[float, float]
    """Where its number stands in the drawing, in the midst of its clips or beside it."""
    dots: str
    """As SVG path."""

    @property
    def is_large(self) -> bool:
        """Whether it has far more than an even share."""
        return self.against_even >= LARGE

    @property
    def is_small(self) -> bool:
        """Whether it has far less than an even share."""
        return self.against_even <= SMALL


@dataclass(frozen=True, slots=True)
class Coverage:
    """The map."""

    clips: int
    """Kept clips that are on it."""
    missing: int
    """Kept clips that were drawn for it and whose vectors could not be had."""
    groups: tuple[Group, ...] = ()
    """The largest first; none where there are too few clips."""
    shown: float = 0.0
    """Share of what the vectors vary that the two axes show."""
    others: int = 0
    """Clips on it that are not kept."""
    other_dots: str = ""


def read_embedded(connection: Connection, run_id: str) -> list[Row]:
    """The clips to draw, and where their vectors lie; the same ones every time."""
    return connection.rows("report/embedded", run=run_id, kept=KEPT, others=OTHERS, files=FILES)


def chart(drawn: Sequence[Row]) -> Coverage:
    """The map of these clips. Vectors that are gone or damaged are counted, and cost nothing but their own dots."""
    found = [(row, vector) for row, vector in _with_vectors(drawn) if vector is not None]
    kept = [(row, vector) for row, vector in found if row["is_kept"]]
    missing = sum(row["is_kept"] for row in drawn) - len(kept)
    if len(kept) < FEWEST:
        return Coverage(len(kept), missing)
    vectors = np.stack([vector for _, vector in kept])
    others = np.array([vector for row, vector in found if not row["is_kept"]], np.float32).reshape(-1, vectors.shape[1])
    axes, shown = axes_of(vectors)
    places = _fitted(np.concatenate([vectors, others]) @ axes)
    groups = tuple(_groups([row for row, _ in kept], vectors, places[: len(kept)]))
    return Coverage(len(kept), missing, groups, shown, len(others), _dots(places[len(kept) :]))


def _with_vectors(drawn: Sequence[Row]) -> Iterator[tuple[Row, NDArray[np.float32] | None]]:
    """Each clip with its vector; None where it cannot be had."""

    def file_of(row: Row) -> tuple[str, str]:
        return row["store_url"], row["object_key"]

    files = [list(rows) for _, rows in groupby(sorted(drawn, key=file_of), key=file_of)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for rows, vectors in zip(files, pool.map(_of_file, files), strict=True):
            yield from zip(rows, vectors, strict=True)


def _of_file(rows: Sequence[Row]) -> list[NDArray[np.float32] | None]:
    """The vectors of clips that lie in one file; none of them where it is not what the catalog says."""
    first = rows[0]
    try:
        made, clips, vectors = read_vectors(open_store(first["store_url"]).get_bytes(first["object_key"]))
    except (ObjectMissing, StageRefused):  # also a store of another dataset that is closed to this one
        return [None] * len(rows)
    if made != Made(first["kind"], first["model"], first["revision"], first["dimension"]):
        return [None] * len(rows)
    of = dict(zip(clips, vectors, strict=True))
    return [of.get(as_uuid(row["vector_of"])) for row in rows]


def _fitted(points: Points) -> Points:
    """The points in the drawing, as large as fits, alike in both directions."""
    low, high = points.min(axis=0), points.max(axis=0)
    room = np.array([WIDTH, HEIGHT]) - 2 * MARGIN
    scale = (room / np.maximum(high - low, 1e-9)).min()
    centred = (points - (low + high) / 2) * scale * np.array([1, -1])
    fitted: Points = centred + np.array([WIDTH, HEIGHT]) / 2
    return fitted


def _groups(clips: Sequence[Row], vectors: Vectors, places: Points) -> Iterator[Group]:
    group_of, centres = k_means(vectors, group_count(len(clips)))
    labels: list[tuple[float, float]] = []
    for number, centre in enumerate(centres):
        members = np.flatnonzero(group_of == number)
        central = members[distances(vectors[members], centre[None])[:, 0].argmin()]
        share = len(members) / len(clips)
        label = _free(np.median(places[members], axis=0).round(1).tolist(), labels)
        labels.append(label)
        sample, dots = sample_of(clips[central]), _dots(places[members])
        yield Group(len(members), share, share * len(centres), sample, label, dots)


def _free(wanted: Sequence[float], taken: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The place of the drawing nearest to the wanted one where a label covers no other."""
    across, down = LABEL[0] / 2, LABEL[1] / 2
    places = ((wanted[0] + across * right, wanted[1] + down * below) for right, below in STEPS)
    return next(place for place in places if _is_inside(place) and not any(_cover(place, other) for other in taken))


def _is_inside(place: tuple[float, float]) -> bool:
    """Whether a label there lies in the drawing."""
    x, y = place
    return MARGIN <= x <= WIDTH - MARGIN and MARGIN <= y <= HEIGHT - MARGIN


def _cover(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return abs(one[0] - other[0]) < LABEL[0] and abs(one[1] - other[1]) < LABEL[1]


def group_count(clips: int) -> int:
    """Into how many groups so many clips are put."""
    return max(2, min(GROUPS, round((clips / 2) ** 0.5)))


def _dots(places: Points) -> str:
    """A path with a stroke of no length at each place: round caps make them dots, in a tenth of the text of circles."""
    return "".join(f"M{x:.1f} {y:.1f}h0" for x, y in places.tolist())
