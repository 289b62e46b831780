"""How far a vector must look beyond its own cell, as pairs that are alike among a sample would have needed."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.dedup.blocks import cell_blocks
from tasks.dedup.cells import REACH, Cells, in_cells
from tasks.dedup.compare import Block, Rows, Table, by_sketches
from tasks.dedup.halves import in_single
from tasks.dedup.products import Single
from tasks.dedup.segments import Segment
from tasks.dedup.sketch import unsketched

ALIKE = (0.9, 0.995)
"""Cosines between which pairs show it."""
SAMPLE = 16_384
"""Vectors in the first sample; each other has twice as many, and so four times the pairs."""
SAMPLE_OF_ROOT = 64
"""Times the root of how many there are: the sample at most. Where pairs grow as the vectors do, it has as many of any
number."""
PAIRS_ENOUGH = 500
PAIRS_AT_LEAST = 50
PAIRS_AT_MOST = 1 << 15
"""That are near by their sketches: of each block, and of all."""
PRODUCTS = 1 << 26
"""Of a sample, from which on none larger is taken: what lies so densely is alike, or nothing shows it."""
REACHED = 0.99
"""Part of the pairs that the reach holds."""
DEVIATIONS = 1
"""Of the share that so many pairs tell, by which it may be too small."""
LEAST = 0.1
"""Where cells are whole scenes a pair needs no reach, but for the few pairs that they cut."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a sample shows."""

    needed: Single
    """[pairs], the reach that would have found each."""
    products: int
    """Sketches that were compared."""


def learnt_reach(centres: Cells, table: Table, random: np.random.Generator) -> float:
    """What nearly all pairs that are alike need: it hangs on how many ways vectors vary.

    They are looked for as the index looks, among a sample, as far as REACH. The fewer there are the higher it is.
    """
    order, size = random.permutation(len(table)), SAMPLE
    most = SAMPLE_OF_ROOT * math.isqrt(len(table))
    shown = _shown(centres, table, np.sort(order[:size]))
    while len(shown.needed) < PAIRS_ENOUGH and size < most and shown.products < PRODUCTS:
        size *= 2
        shown = _shown(centres, table, np.sort(order[:size]))
    return held_by(shown.needed)


def held_by(needed: Single) -> float:
    """The reach that holds REACHED of all pairs, as far as these few tell."""
    if len(needed) < PAIRS_AT_LEAST:
        return REACH
    doubt = DEVIATIONS * math.sqrt(REACHED * (1 - REACHED) / len(needed))
    return max(LEAST, float(np.quantile(needed, min(1, REACHED + doubt))))


def _shown(cells: Cells, table: Table, rows: Rows) -> Shown:
    widely = Cells(cells.centres, cells.made_of, REACH)
    sample = in_cells([table.some(rows)], widely, ALIKE[0])
    among, found, products = Table([sample]), [np.empty((2, 0), np.int64)], 0
    for block in cell_blocks([sample], 0, widely, ALIKE[0]):
        found.append(_near(among, block))
        products += len(block.queries) * len(block.members)
    near = np.concatenate(found, axis=1)
    near = near[:, :: near.shape[1] // PAIRS_AT_MOST + 1]
    return Shown(_needed(sample, widely.centres, *near), products)


def _near(table: Table, block: Block) -> NDArray[np.int64]:
    """[2, pairs], some rows with one before them that are near by their sketches."""
    near = by_sketches(table, block, ALIKE[0])
    query, member = np.divmod(near[:: len(near) // PAIRS_AT_MOST + 1], len(block.members))
    found = np.stack([block.queries[query], block.members[member]])
    return found[:, found[1] < found[0]]


def _needed(sample: Segment, centres: Single, one: Rows, other: Rows) -> Single:
    """Of those that are alike: how much lower the product with the other's centre is, by their distance."""
    similarity = np.einsum("ij,ij->i", in_single(sample.vectors[one]), in_single(sample.vectors[other]))
    alike = (similarity >= ALIKE[0]) & (similarity <= ALIKE[1])
    one, other, similarity = one[alike], other[alike], similarity[alike]
    between = centres[sample.cells[one]] - centres[sample.cells[other]]
    needed: Single = np.einsum("ij,ij->i", unsketched(sample.sketches[one]), between) / np.sqrt(2 - 2 * similarity)
    return needed
