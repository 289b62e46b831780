"""The index of all vectors of one kind: it persists in a store, grows, and gives the pairs that are alike."""

import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from numpy.typing import NDArray

from tasks.core.pool import worker_count
from tasks.core.store import Store
from tasks.core.vectors import Made
from tasks.dedup.blocks import all_blocks, cell_blocks
from tasks.dedup.cells import Cells, in_cells
from tasks.dedup.centres import are_due, made_cells
from tasks.dedup.compare import Pairs, Table, by_sketches, compared
from tasks.dedup.generations import Generation, check_made, numbers, put_generation, read_generation
from tasks.dedup.intake import check_dimension, taken_in, without_known
from tasks.dedup.nearest import Found, nearest
from tasks.dedup.segments import (
    Part,
    Segment,
    compacted,
    in_objects,
    joined,
    put_part,
    put_segment,
    read_part,
    read_segment,
)  # fmt: skip

AT_ONCE = 4
"""Segments that are made, written or read at a time: on its way to a bucket each lies in the temporary folder."""


class VectorIndex:
    """The index of the vectors of one kind below a place of a store: it persists, and grows."""

    def __init__(self, store: Store, place: str, made: Made, generation: int = 0) -> None:
        self.place = place
        self.made = made
        self.generation = generation
        """Number of the newest generation, 0 before the first."""
        self._store = store
        self._segments: list[Segment] = []
        self._new_from = 0
        """The first segment that is not in the generation."""
        self._cells: Cells | None = None
        self._cells_part: Part | None = None
        self._added: list[Segment] = []

    @classmethod
    def open(cls, store: Store, place: str, made: Made) -> "VectorIndex":
        """The newest generation there, empty where there is none.

        Raises StageRefused where it holds other vectors than these, and IndexDamaged where it is not whole.
        """
        found = numbers(store, place)
        if not found:
            return cls(store, place, made)
        generation = read_generation(store, place, found[-1])
        check_made(place, generation.made, made)
        index = cls(store, place, made, generation.number)
        index._read(generation)
        return index

    @classmethod
    def anew(cls, store: Store, place: str, made: Made) -> "VectorIndex":
        """An empty index, which replaces what is there when it is saved: for one that is damaged."""
        return cls(store, place, made, max(numbers(store, place), default=0))

    def __len__(self) -> int:
        """Clips in it."""
        return sum(len(segment) for segment in (*self._segments, *self._added))

    @property
    def covered(self) -> frozenset[str]:
        """Names of the files whose vectors are in it."""
        return frozenset().union(*(segment.files for segment in (*self._segments, *self._added)))

    def add(self, file: str, clips: Sequence[uuid.UUID], vectors: NDArray[np.float32]) -> None:
        """Takes the vectors of a file in, in memory until `save`; a clip that is in already keeps the one it has.

        Raises StageRefused for a vector that is none, or has another dimension.
        """
        self._added.append(taken_in(self.made, file, clips, vectors))

    def pairs(self, floor: float) -> Iterator[Pairs]:
        """Pairs of clips whose cosine is at least the floor: of all added since it was opened or saved.

        They are compared with each other and with all before; each pair comes once.
        """
        self._settle(floor)
        table = Table(self._segments)
        if self._cells is None:
            yield from compared(table, all_blocks(int(table.starts[self._new_from]), len(table)), floor)
        else:
            blocks = cell_blocks(self._segments, self._new_from, self._cells, floor)
            yield from compared(table, blocks, floor, by_sketches)

    def find(self, vectors: NDArray[np.float32], count: int) -> list[list[Found]]:
        """The nearest clips of each vector, the nearest first; exact, since every vector of the index is looked at."""
        check_dimension(self.made, vectors)
        self._settle()
        return nearest(Table(self._segments), vectors, count)

    def save(self) -> None:
        """Makes what was added the next generation; nothing where nothing was.

        The objects come first and the manifest last, so a crash leaves the generation before it. Raises TryAgain where
        somebody else has saved since this was opened.
        """
        self._settle()
        if len(self._segments) == self._new_from:
            return
        with _threads() as pool:
            segments = list(pool.map(self._stored, compacted(self._segments, self._new_from)))
        if self._cells and not self._cells_part:
            data, made_of = self._cells.to_bytes(), self._cells.made_of
            self._cells_part = put_part(self._store, self.place, "cells", data, made_of)
        parts = tuple(segment.part for segment in segments if segment.part)
        generation = Generation(number=self.generation + 1, made=self.made, cells=self._cells_part, segments=parts)
        put_generation(self._store, self.place, generation)
        self.generation, self._segments, self._new_from = generation.number, segments, len(segments)

    def _read(self, generation: Generation) -> None:
        """Takes up what a generation names."""
        if part := generation.cells:
            self._cells = Cells.from_bytes(read_part(self._store, self.place, part), part.rows)
            self._cells_part = part
        with _threads() as pool:
            self._segments = list(pool.map(partial(read_segment, self._store, self.place), generation.segments))
        self._new_from = len(self._segments)

    def _settle(self, floor: float | None = None) -> None:
        """Makes segments of what was added, ready for pairs down to the floor, and cells where that makes them due."""
        if not self._added:
            return
        added, self._added = without_known(self._added, self._segments), []
        pieces, table = list(in_objects(added)), Table([*self._segments, *added])
        if are_due(self._cells, len(table)):
            self._cells, self._cells_part = made_cells(table), None
            self._segments, again = self._segments[: self._new_from], self._segments[self._new_from :]
            self._segments = [in_cells([segment], self._cells) for segment in self._segments]
            pieces = [[segment] for segment in again] + pieces
            del again
        del added, table
        with _threads() as pool:  # what a piece was made of is let go as soon as it lies in cells
            self._segments += pool.map(partial(self._laid, floor=floor), (pieces.pop(0) for _ in range(len(pieces))))

    def _laid(self, some: list[Segment], floor: float | None) -> Segment:
        return in_cells(some, self._cells, floor) if self._cells else joined(some)

    def _stored(self, segment: Segment) -> Segment:
        return segment if segment.part else put_segment(self._store, self.place, self.made, segment)


def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(min(worker_count(), AT_ONCE), thread_name_prefix="segments")
