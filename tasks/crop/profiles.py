"""Frames reduced to line profiles: full resolution across the lines, a few dozen cells along them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

CELLS = 64
"""Cells along a line: few enough to average noise away, enough to tell a straight edge from a ragged one."""

FLAT_SPREAD = 4.0
"""Grey levels; a frame whose 1st and 99th percentile are closer than this is a fade's end and shows no edge."""


@dataclass(frozen=True, slots=True)
class Profiles:
    """What the sampled frames look like, line by line."""

    rows: Floats
    """[frames, height, cells]: mean grey level of each cell of each row."""
    columns: Floats
    """[frames, width, cells]: the same for columns."""

    @property
    def frames(self) -> int:
        """Number of frames that show something."""
        return int(self.rows.shape[0])


def cell_starts(length: int) -> NDArray[np.intp]:
    """First pixel of each cell along a line of this length."""
    return np.unique(np.linspace(0, length, CELLS, endpoint=False).astype(np.intp))


def row_cells(image: NDArray[np.uint8]) -> Floats:
    """[height, cells] float32 means of a grey image along its rows."""
    starts = cell_starts(image.shape[1])
    sums = np.add.reduceat(image, starts, axis=1, dtype=np.uint32)
    return (sums / np.diff([*starts, image.shape[1]])).astype(np.float32)


def column_cells(image: NDArray[np.uint8]) -> Floats:
    """[width, cells] float32 means of a grey image along its columns."""
    starts = cell_starts(image.shape[0])
    sums = np.add.reduceat(image, starts, axis=0, dtype=np.uint32)
    return (sums.T / np.diff([*starts, image.shape[0]])).astype(np.float32)


def is_flat(rows: Floats) -> bool:
    """True where a frame (as its row cells) shows nothing that an edge could be seen by."""
    low, high = np.percentile(rows, (1, 99))
    return bool(high - low < FLAT_SPREAD)


def read_profiles(images: Iterable[NDArray[np.uint8]]) -> Profiles | None:
    """Profiles of the grey images [height, width] that are not flat; None where all are."""
    kept = list(_visible(images))
    if not kept:
        return None
    return Profiles(np.stack([rows for rows, _ in kept]), np.stack([columns for _, columns in kept]))


def _visible(images: Iterable[NDArray[np.uint8]]) -> Iterator[tuple[Floats, Floats]]:
    for image in images:
        rows = row_cells(image)
        if not is_flat(rows):
            yield rows, column_cells(image)
