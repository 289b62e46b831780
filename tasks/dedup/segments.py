"""Segments: the vectors of an index in immutable pieces sorted by cell, each an Arrow file named by its bytes."""

import hashlib
import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from tasks.core.errors import IndexDamaged, ObjectMissing
from tasks.core.store import HashingWriter, Store
from tasks.core.vectors import Made

SEGMENT_BYTES = 128 << 20
"""Of vectors, in one object; what is larger is cut, and no longer merged."""
NAME_DIGITS = 32
_FILES = "clipmill.files"
T = TypeVar("T", np.float16, np.int8)
Number = TypeVar("Number", bound=np.generic)


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


def id_bytes(clips: Sequence[uuid.UUID]) -> NDArray[np.uint8]:
    """The ids as rows of 16 bytes."""
    return np.frombuffer(b"".join(clip.bytes for clip in clips), np.uint8).reshape(-1, 16)


def rows_per_segment(dimension: int) -> int:
    """How many vectors one object holds."""
    return max(1, SEGMENT_BYTES // (2 * dimension))


def merged(segments: Sequence[Segment]) -> list[Segment]:
    """The rows of all of them in order of their cells, cut into as few segments as may be."""
    cells = np.concatenate([one.cells for one in segments])
    return cut(joined(segments, np.argsort(cells, kind="stable")))


def joined(segments: Sequence[Segment], order: NDArray[np.int64] | None = None) -> Segment:
    """The rows of all of them as they come, or in another order; each array is written once, into new memory."""
    place = None if order is None else places(order)
    return Segment(
        _put_together([one.clips for one in segments], place),
        _put_together([one.vectors for one in segments], place),
        _put_together([one.cells for one in segments], place),
        frozenset().union(*(one.files for one in segments)),
        _put_together([one.sketches for one in segments], place),
    )


def places(order: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each row goes, by an order of them."""
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return place


def cut(segment: Segment) -> list[Segment]:
    """The segment as pieces of at most the rows that one object holds; the first of them tells of the files."""
    size = rows_per_segment(segment.vectors.shape[1])
    pieces = [segment.some(slice(start, start + size)) for start in range(0, max(1, len(segment)), size)]
    return [pieces[0], *(replace(piece, files=frozenset()) for piece in pieces[1:])]


def in_objects(segments: Sequence[Segment]) -> Iterator[list[Segment]]:
    """The segments, cut where an object is full: what each object is to hold."""
    some: list[Segment] = []
    rows = 0
    for piece in chain.from_iterable(map(cut, segments)):
        if some and rows + len(piece) > rows_per_segment(piece.vectors.shape[1]):
            yield some
            some, rows = [], 0
        some.append(piece)
        rows += len(piece)
    if some:
        yield some


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
    part = _part(kind, hashlib.sha256(data).hexdigest(), rows)
    store.put_bytes(f"{place}/{part.key}", data)
    return part


def read_part(store: Store, place: str, part: Part) -> memoryview:
    """The bytes of the object. Raises IndexDamaged where they are not those that were put there."""
    try:
        data = store.view_bytes(f"{place}/{part.key}")
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
    batch = batch.replace_schema_metadata(words)
    with store.new_object() as new:
        written = HashingWriter(new.file)
        with pa.ipc.new_file(pa.PythonFile(written, "w"), batch.schema) as file:
            file.write_batch(batch)
        part = _part("segments", written.digest.hexdigest(), len(segment))
        new.put(f"{place}/{part.key}")
    return replace(segment, near=None, part=part)


def read_segment(store: Store, place: str, part: Part) -> Segment:
    """A stored segment, whose arrays are its object's bytes. Raises IndexDamaged."""
    table = pa.ipc.open_file(pa.BufferReader(pa.py_buffer(read_part(store, place, part))))
    files = frozenset(json.loads(table.schema.metadata[_FILES.encode()]))
    batch = table.get_batch(0)
    ids, cells, vectors, sketches = (batch.column(name) for name in ("clip_id", "cell", "vector", "sketch"))
    clips = np.frombuffer(ids.buffers()[1], np.uint8, count=16 * len(ids)).reshape(-1, 16)
    return Segment(clips, _rows(vectors, np.float16), cells.to_numpy(), files, _rows(sketches, np.int8), part)


def _part(kind: str, sha256: str, rows: int) -> Part:
    return Part(key=f"{kind}/{sha256[:NAME_DIGITS]}", sha256=sha256, rows=rows)


def _put_together(parts: Sequence[NDArray[Number]], place: NDArray[np.int64] | None) -> NDArray[Number]:
    """The rows of all parts, each at its place."""
    if place is None:
        return np.concatenate(parts)
    whole = np.empty((len(place), *parts[0].shape[1:]), parts[0].dtype)
    start = 0
    for part in parts:
        whole[place[start : start + len(part)]] = part
        start += len(part)
    return whole


def _lists(rows: NDArray[np.generic]) -> pa.FixedSizeListArray:
    return pa.FixedSizeListArray.from_arrays(pa.array(np.ascontiguousarray(rows).ravel()), rows.shape[1])


def _rows(lists: pa.FixedSizeListArray, number: type[T]) -> NDArray[T]:
    size = lists.type.list_size
    return np.frombuffer(lists.values.buffers()[1], number, count=size * len(lists)).reshape(-1, size)
