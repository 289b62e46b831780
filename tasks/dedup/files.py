"""The files of vectors that a run's clips lie in, as the catalog knows them and as they are stored."""

import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.core.catalog.connection import as_uuid
from tasks.core.catalog.work import StageRun
from tasks.core.errors import ObjectMissing, VectorsDamaged
from tasks.core.store import open_store
from tasks.core.vectors import Made, read_vectors

AT_ONCE = 16
"""Files that are fetched together: a bucket answers many as fast as one."""


@dataclass(frozen=True, slots=True)
class VectorFile:
    """Where vectors lie."""

    store_url: str
    object_key: str

    @property
    def name(self) -> str:
        """The file's own name in an index."""
        return f"{self.store_url.rstrip('/')}/{self.object_key}"


@dataclass(frozen=True, slots=True)
class Vectors:
    """The vectors of a file that the catalog points to."""

    file: VectorFile
    made: Made
    clips: tuple[uuid.UUID, ...]
    rows: NDArray[np.float32]
    """float32 [clips, dimension]."""


def new_files(stage_run: StageRun) -> list[VectorFile]:
    """Those with vectors of the run's clips that have not been compared."""
    keys = {"embedding_key": stage_run.run.key("embed.embedding"), "key": stage_run.key}
    with stage_run.catalog.begin() as connection:
        found = connection.rows("dedup/new_files", run=stage_run.run.run_id, **keys)
    return [VectorFile(row["store_url"], row["object_key"]) for row in found]


def compared_files(stage_run: StageRun) -> list[VectorFile]:
    """Those that have been compared by any run: the index should hold them."""
    with stage_run.catalog.begin() as connection:
        found = connection.rows("dedup/compared_files", key=stage_run.key)
    return [VectorFile(row["store_url"], row["object_key"]) for row in found]


def read_all(stage_run: StageRun, files: Sequence[VectorFile]) -> Iterator[Vectors | VectorFile]:
    """The vectors of each file in order; the file itself where it is gone or damaged."""

    def read(file: VectorFile) -> Vectors | VectorFile:
        return _read(stage_run, file) or file

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for start in range(0, len(files), AT_ONCE):
            yield from pool.map(read, files[start : start + AT_ONCE])


def _read(stage_run: StageRun, file: VectorFile) -> Vectors | None:
    where = {"store_url": file.store_url, "object_key": file.object_key}
    with stage_run.catalog.begin() as connection:
        pointers = connection.rows("dedup/vectors_of", embedding_key=stage_run.run.key("embed.embedding"), **where)
    try:
        made, clips, rows = read_vectors(open_store(file.store_url).get_bytes(file.object_key))
    except (ObjectMissing, VectorsDamaged):
        return None
    wanted = [pointer["ordinal"] for pointer in pointers]
    if any(not 0 <= row < len(clips) for row in wanted):
        return None
    # What another process of the same batch has written too may lie in two files; the catalog points to one.
    return Vectors(file, made, tuple(as_uuid(pointer["clip_id"]) for pointer in pointers), rows[wanted])
