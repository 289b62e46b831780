"""Which rows are to be compared with which: those of the cells that they probe, or all with all."""

from collections.abc import Iterator

import numpy as np

from tasks.dedup.cells import Cells, rows_of
from tasks.dedup.compare import MEMBERS, QUERIES, Block, Rows, Table
from tasks.dedup.segments import Segment


def all_blocks(first: int, end: int) -> Iterator[Block]:
    """Rows first..end with each other and with all before."""
    for start in range(first, end, QUERIES):
        queries = np.arange(start, min(end, start + QUERIES))
        yield from cut_blocks(queries, np.arange(queries[-1] + 1))


def cell_blocks(segments: list[Segment], first: int, cells: Cells, floor: float) -> Iterator[Block]:
    """Rows of the segments from `first` on with those before them in the cells that are near."""
    edges = [rows_of(segment.cells, len(cells)) for segment in segments]
    starts = Table(segments).starts
    for number in range(first, len(segments)):
        queries, bounds = _by_cell(*cells.near(segments[number].sketches, floor), len(cells))
        for cell in np.flatnonzero(np.diff(bounds)).tolist():
            asking = queries[bounds[cell] : bounds[cell + 1]] + starts[number]
            *before, own = _members(edges[: number + 1], starts[: number + 1], cell)
            if before:
                yield from cut_blocks(asking, np.concatenate(before))
            if len(own):
                yield from cut_blocks(asking[asking > own[0]], own)


def _members(edges: list[Rows], starts: Rows, cell: int) -> list[Rows]:
    """The rows that lie in the cell, of each segment."""
    return [np.arange(of[cell], of[cell + 1]) + start for of, start in zip(edges, starts, strict=True)]


def _by_cell(rows: Rows, cells: Rows, count: int) -> tuple[Rows, Rows]:
    """(the rows that probe cell 0, then those of cell 1, ..., each ascending; [count + 1], where each begins)."""
    order = np.argsort(cells, kind="stable")
    return rows[order], rows_of(cells[order], count)


def cut_blocks(queries: Rows, members: Rows) -> Iterator[Block]:
    """Blocks of bounded size, where a query has a member before it."""
    for first in range(0, len(queries), QUERIES):
        some = queries[first : first + QUERIES]
        for start in range(0, len(members), MEMBERS):
            if members[start] < some[-1]:
                yield Block(some, members[start : start + MEMBERS])
