"""Segments: the vectors of an index in immutable pieces sorted by cell, each an Arrow file named by its bytes."""

import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from tasks.core.errors import IndexDamaged, ObjectMissing
from tasks.core.store import Store
from tasks.core.vectors import Made

SEGMENT_BYTES = 128 << 20
"""Of vectors, in one object; what is larger is cut, and no longer merged."""
NAME_DIGITS = 32
_FILES = "clipmill.files"
T = TypeVar("T", np.float16, np.int8)


class Part(BaseModel):
    """A stored object of an index, as the manifest names it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    """Below the index's place."""
    sha256: str
    rows: int


@dataclass(frozen=True, slots=True)
class Near:
    """Cells in which rows of a segment look for what is alike to them."""

    floor: float
    """Down to this cosine."""
    rows: NDArray[np.int32]
    cells: NDArray[np.int32]
    """[rows], a cell that the row looks at."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Some clips with their vectors, row by row in ascending order of their cells."""

    clips: NDArray[np.uint8]
    """[rows, 16], the ids' bytes."""
    vectors: NDArray[np.float16]
    """[rows, dimension], as stored."""
    cells: NDArray[np.int32]
    """[rows]"""
    files: frozenset[str]
    """Names of files of vectors that are in the index since this segment is."""
    sketches: NDArray[np.int8]
    """[rows, at most 64], of the vectors."""
    part: Part | None = None
    """The object that it lies in; None before it is stored."""
    near: Near | None = None
    """The cells that its rows look at, where they have been looked for."""

    def __len__(self) -> int:
        return len(self.clips)

    def some(self, rows: NDArray[np.int64] | slice) -> "Segment":
        """These rows of it; not stored."""
        return Segment(self.clips[rows], self.vectors[rows], self.cells[rows], self.files, self.sketches[rows])

    def in_order(self, order: NDArray[np.int64], cells: NDArray[np.int32]) -> "Segment":
        """The rows in another order, that of their cells, which are given as the rows lie now; not stored."""
        return replace(self.some(order), cells=cells[order])


def id_bytes(clips: Sequence[uuid.UUID]) -> NDArray[np.uint8]:
    """The ids as rows of 16 bytes."""
    return np.frombuffer(b"".join(clip.bytes for clip in clips), np.uint8).reshape(-1, 16)


def rows_per_segment(dimension: int) -> int:
    """How many vectors one object holds."""
    return max(1, SEGMENT_BYTES // (2 * dimension))


def merged(segments: Sequence[Segment]) -> list[Segment]:
    """The rows of all of them in order of their cells, cut into as few segments as may be."""
    whole = joined(segments)
    return cut(whole.in_order(np.argsort(whole.cells, kind="stable"), whole.cells))


def joined(segments: Sequence[Segment]) -> Segment:
    """The rows of all of them as they come."""
    return Segment(
        np.concatenate([one.clips for one in segments]),
        np.concatenate([one.vectors for one in segments]),
        np.concatenate([one.cells for one in segments]),
        frozenset().union(*(one.files for one in segments)),
        np.concatenate([one.sketches for one in segments]),
    )


def cut(segment: Segment) -> list[Segment]:
    """The segment as pieces of at most the rows that one object holds; the first of them tells of the files."""
    size = rows_per_segment(segment.vectors.shape[1])
    pieces = [segment.some(slice(start, start + size)) for start in range(0, max(1, len(segment)), size)]
    return [pieces[0], *(replace(piece, files=frozenset()) for piece in pieces[1:])]


def compacted(segments: Sequence[Segment], new_from: int) -> list[Segment]:
    """The segments, where the new ones have taken in those before them that are no larger.

    So there are about as many as the logarithm of the rows, beside full ones, and a row is written as often.
    """
    kept, tail = list(segments[:new_from]), list(segments[new_from:])
    full = rows_per_segment(segments[0].vectors.shape[1]) // 2 if segments else 0
    while kept and len(kept[-1]) <= min(full, sum(map(len, tail))):
        tail.insert(0, kept.pop())
    return kept + (merged(tail) if len(kept) < new_from else tail)


def put_part(store: Store, place: str, kind: str, data: bytes, rows: int) -> Part:
    """The object of these bytes, stored under a name made of them."""
    sha256 = hashlib.sha256(data).hexdigest()
    key = f"{kind}/{sha256[:NAME_DIGITS]}"
    store.put_bytes(f"{place}/{key}", data)
    return Part(key=key, sha256=sha256, rows=rows)


def read_part(store: Store, place: str, part: Part) -> bytes:
    """The bytes of the object. Raises IndexDamaged where they are not those that were put there."""
    try:
        data = store.get_bytes(f"{place}/{part.key}")
    except ObjectMissing as error:
        raise IndexDamaged(f"{place}/{part.key} is missing") from error
    if hashlib.sha256(data).hexdigest() != part.sha256:
        raise IndexDamaged(f"{place}/{part.key} has changed, or is cut short")
    return data


def put_segment(store: Store, place: str, made: Made, segment: Segment) -> Segment:
    """The segment, stored now."""
    ids = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(16), len(segment), [None, pa.py_buffer(np.ascontiguousarray(segment.clips))]
    )
    columns = {
        "clip_id": ids,
        "cell": pa.array(segment.cells),
        "vector": _lists(segment.vectors),
        "sketch": _lists(segment.sketches),
    }
    batch = pa.record_batch(columns)
    words = {_FILES: json.dumps(sorted(segment.files)), **made.words()}
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, batch.schema.with_metadata(words)) as file:
        file.write_batch(batch.replace_schema_metadata(words))
    return replace(
        segment, near=None, part=put_part(store, place, "segments", sink.getvalue().to_pybytes(), len(segment))
    )


def read_segment(store: Store, place: str, part: Part) -> Segment:
    """A stored segment, whose arrays are its object's bytes. Raises IndexDamaged."""
    table = pa.ipc.open_file(pa.BufferReader(read_part(store, place, part)))
    files = frozenset(json.loads(table.schema.metadata[_FILES.encode()]))
    batch = table.get_batch(0)
    ids, cells, vectors, sketches = (batch.column(name) for name in ("clip_id", "cell", "vector", "sketch"))
    clips = np.frombuffer(ids.buffers()[1], np.uint8, count=16 * len(ids)).reshape(-1, 16)
    return Segment(clips, _rows(vectors, np.float16), cells.to_numpy(), files, _rows(sketches, np.int8), part)


def _lists(rows: NDArray[np.generic]) -> pa.FixedSizeListArray:
    return pa.FixedSizeListArray.from_arrays(pa.array(np.ascontiguousarray(rows).ravel()), rows.shape[1])


def _rows(lists: pa.FixedSizeListArray, number: type[T]) -> NDArray[T]:
    size = lists.type.list_size
    return np.frombuffer(lists.values.buffers()[1], number, count=size * len(lists)).reshape(-1, size)
