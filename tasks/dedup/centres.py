"""Making cells: when they are due, where their centres lie, and how far a vector must reach beyond its own."""

import numpy as np
from numpy.typing import NDArray

from tasks.dedup.cells import REACH, Cells
from tasks.dedup.compare import Rows, Table
from tasks.dedup.products import Single
from tasks.dedup.sketch import maybe_alike, unsketched

FLAT_BELOW = 20_000
"""Vectors up to which all are compared with all: that takes a second."""
VECTORS_PER_CELL = 512
GROWN = 4
"""Times as many vectors as the cells were made of, from which on they are made anew."""
SAMPLE_PER_CELL = 16
ROUNDS = 2
"""Of k-means on the sample."""
SEED = 20_240_511

ALIKE = (0.9, 0.995)
"""Cosines between which pairs of the sample show how far a vector must reach."""
ALIKE_SAMPLE = 16_384
AT_ONCE = 1024
PAIRS_AT_MOST = 4096
"""Of each thousand of the sample with all of it."""
PAIRS_AT_LEAST = 50
REACHED = 0.985
"""Part of the pairs that the reach holds."""


def are_due(cells: Cells | None, rows: int) -> bool:
    """Whether so many vectors want cells, or new ones."""
    return rows >= (FLAT_BELOW if cells is None else GROWN * cells.made_of)


def made_cells(table: Table) -> Cells:
    """Cells for these rows: sampled rows as centres, moved into the middle of the sampled rows around them."""
    random = np.random.default_rng(SEED)
    count = len(table) // VECTORS_PER_CELL
    rows = np.sort(random.choice(len(table), min(len(table), count * SAMPLE_PER_CELL), replace=False))
    of_sample = table.sketches(rows)
    sample = unsketched(of_sample)
    centres = np.unique(sample[random.choice(len(sample), count, replace=False)], axis=0)
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    for _ in range(ROUNDS):
        centres = _middles(sample, Cells(centres, len(table)).own(of_sample))
    cells = Cells(centres, len(table))
    cells.reach = _reach(cells, table, np.sort(random.permutation(rows)[:ALIKE_SAMPLE]))
    return cells


def _reach(cells: Cells, table: Table, rows: Rows) -> float:
    """What nearly all pairs of these rows that are alike would have needed: it hangs on how many ways vectors vary."""
    vectors, sketches = table.vectors(rows), table.sketches(rows)
    own = cells.centres[cells.own(sketches)]
    needed = [np.zeros(0, np.float32)]
    for start in range(0, len(rows), AT_ONCE):
        near = maybe_alike(sketches[start : start + AT_ONCE], sketches, ALIKE[0])
        one, other = np.divmod(near[:: len(near) // PAIRS_AT_MOST + 1], len(rows))
        one += start
        similarity = (vectors[one] * vectors[other]).sum(axis=1)
        alike = (similarity >= ALIKE[0]) & (similarity <= ALIKE[1])
        lower = (unsketched(sketches[one]) * (own[one] - own[other])).sum(axis=1)
        needed.append(lower[alike] / np.sqrt(2 - 2 * similarity[alike]))
    every = np.concatenate(needed)
    return float(np.quantile(every, REACHED)) if len(every) >= PAIRS_AT_LEAST else REACH


def _middles(sample: Single, cells: NDArray[np.int32]) -> Single:
    """Of the cells that have any of the sample, the middle of theirs, as long as a vector is."""
    order = np.argsort(cells, kind="stable")
    starts = np.flatnonzero(np.diff(cells[order], prepend=-1))
    sums = np.add.reduceat(sample[order], starts, axis=0)
    middles: Single = sums / np.linalg.norm(sums, axis=1, keepdims=True)
    return middles
