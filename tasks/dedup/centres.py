"""Making cells: when they are due, how many, and where their centres lie."""

import math

import numpy as np
from numpy.typing import NDArray

from tasks.dedup.cells import Cells
from tasks.dedup.compare import Table
from tasks.dedup.products import Single
from tasks.dedup.reach import learnt_reach
from tasks.dedup.sketch import unsketched

FLAT_BELOW = 20_000
"""Vectors up to which all are compared with all: that takes a second."""
CELL_OF_ROOT = 0.7
"""Vectors in a cell, by the root of how many there are: finding cells then costs about what comparing in them does."""
GROWN = 4
"""Times as many vectors as the cells were made of, from which on they are made anew."""
SAMPLE_PER_CELL = 32
ROUNDS = 4
"""Of k-means on the sample."""
SEED = 20_240_511


def are_due(cells: Cells | None, rows: int) -> bool:
    """Whether so many vectors want cells, or new ones."""
    return rows >= (FLAT_BELOW if cells is None else GROWN * cells.made_of)


def made_cells(table: Table) -> Cells:
    """Cells for these rows: sampled rows as centres, moved into the middle of the sampled rows around them."""
    random = np.random.default_rng(SEED)
    count = max(1, round(math.sqrt(len(table)) / CELL_OF_ROOT))
    rows = np.sort(random.choice(len(table), min(len(table), count * SAMPLE_PER_CELL), replace=False))
    of_sample = table.sketches(rows)
    sample = unsketched(of_sample)
    centres = np.unique(sample[random.choice(len(sample), count, replace=False)], axis=0)
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    for _ in range(ROUNDS):
        centres = _middles(sample, Cells(centres, len(table)).own(of_sample))
    cells = Cells(centres, len(table))
    cells.reach = learnt_reach(cells, table, random)
    return cells


def _middles(sample: Single, cells: NDArray[np.int32]) -> Single:
    """Of the cells that have any of the sample, the middle of theirs, as long as a vector is."""
    order = np.argsort(cells, kind="stable")
    starts = np.flatnonzero(np.diff(cells[order], prepend=-1))
    sums = np.add.reduceat(sample[order], starts, axis=0)
    middles: Single = sums / np.linalg.norm(sums, axis=1, keepdims=True)
    return middles
