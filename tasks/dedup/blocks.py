"""Which rows are to be compared with which: those of the cells that they probe, or all with all."""

from collections.abc import Iterator, Sequence

import numpy as np

from tasks.dedup.cells import Cells, rows_of
from tasks.dedup.compare import MEMBERS, QUERIES, Block, Rows, Table
from tasks.dedup.segments import Segment

ASKING = 1 << 20
"""Rows that look for their cells at a time; what they find is in memory."""


def all_blocks(first: int, end: int) -> Iterator[Block]:
    """Rows first..end with each other and with all before."""
    return cut_blocks(np.arange(first, end), np.arange(end))


def cell_blocks(segments: list[Segment], first: int, cells: Cells, floor: float) -> Iterator[Block]:
    """Rows of the segments from `first` on with those before them in the cells that are near."""
    edges = [rows_of(segment.cells, len(cells)) for segment in segments]
    starts = Table(segments).starts
    for some in _together(segments, first):
        queries, bounds = _by_cell(segments, some, starts, cells, floor)
        for cell in np.flatnonzero(np.diff(bounds)).tolist():
            members = _members(edges[: some.stop], starts, cell)
            asking = queries[bounds[cell] : bounds[cell + 1]]
            if len(members):
                yield from cut_blocks(asking[np.searchsorted(asking, members[0], "right") :], members)


def _together(segments: Sequence[Segment], first: int) -> Iterator[range]:
    """Segments from `first` on whose rows ask at a time."""
    start, rows = first, 0
    for number in range(first, len(segments)):
        rows += len(segments[number])
        if rows >= ASKING or number + 1 == len(segments):
            yield range(start, number + 1)
            start, rows = number + 1, 0


def _by_cell(segments: list[Segment], some: range, starts: Rows, cells: Cells, floor: float) -> tuple[Rows, Rows]:
    """(the rows that probe cell 0, then those of cell 1, ..., each ascending; [count + 1], where each begins)."""
    keys = []
    for number in some:
        near = segments[number].near
        if near is None or near.floor != floor:
            _, near = cells.own_and_near(segments[number].sketches, floor)
        keys.append(near.cells.astype(np.int64) << 32 | near.rows + starts[number])
    found = np.concatenate(keys)
    found.sort()
    bounds = np.searchsorted(found, np.arange(len(cells) + 1) << 32)
    found &= (1 << 32) - 1
    return found, bounds


def _members(edges: Sequence[Rows], starts: Rows, cell: int) -> Rows:
    """The rows that lie in the cell, of all segments, ascending."""
    return np.concatenate([np.arange(of[cell], of[cell + 1]) + start for of, start in zip(edges, starts, strict=False)])


def cut_blocks(queries: Rows, members: Rows) -> Iterator[Block]:
    """Blocks of bounded size, of ascending rows, with the members that come before the last query of each."""
    for first in range(0, len(queries), QUERIES):
        some = queries[first : first + QUERIES]
        before = members[: np.searchsorted(members, some[-1])]
        for start in range(0, len(before), MEMBERS):
            yield Block(some, before[start : start + MEMBERS])
