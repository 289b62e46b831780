"""Which rows are to be compared with which: those of the cells that they probe, or all with all."""

from collections.abc import Iterator

import numpy as np

from tasks.dedup.compare import MEMBERS, QUERIES, Block, Rows


def all_blocks(first: int, end: int) -> Iterator[Block]:
    """Rows first..end with each other and with all before."""
    for start in range(first, end, QUERIES):
        queries = np.arange(start, min(end, start + QUERIES))
        yield from _blocks(queries, np.arange(queries[-1] + 1))


def _blocks(queries: Rows, members: Rows) -> Iterator[Block]:
    for start in range(0, len(members), MEMBERS):
        yield Block(queries, members[start : start + MEMBERS])
