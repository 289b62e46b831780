"""Vectors of clips as Parquet files: one row a clip, and in the file's own words what made them."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.core.errors import StageRefused, VectorsDamaged

NAME_DIGITS = 32
_WORDS = ("kind", "model", "revision", "dimension")


@dataclass(frozen=True, slots=True)
class Made:
    """What made a vector; only vectors alike in all of it may be compared."""

    kind: str
    """signal or model."""
    model: str
    revision: str
    dimension: int

    def words(self) -> dict[str, str]:
        """As the file says it."""
        own = {"kind": self.kind, "model": self.model, "revision": self.revision, "dimension": str(self.dimension)}
        return {f"clipmill.{name}": value for name, value in own.items()}


def check_vectors(vectors: NDArray[np.float32]) -> None:
    """Raises StageRefused for numbers that are none, or a vector that is not of length 1."""
    lengths = np.linalg.norm(vectors, axis=1)
    if not np.isfinite(vectors).all() or not np.allclose(lengths, 1, atol=1e-3):
        raise StageRefused("the network gave a vector that is none: see whether its weights are whole")


def vectors_file(made: Made, clips: Sequence[uuid.UUID], vectors: NDArray[np.float32]) -> tuple[str, bytes]:
    """Key and bytes of the file with these vectors, in the order of the clips; the same for the same vectors."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    check_vectors(vectors)
    column = pa.FixedSizeListArray.from_arrays(pa.array(vectors.astype(np.float16).ravel()), made.dimension)
    schema = pa.schema([("clip_id", pa.string()), ("vector", column.type)], metadata=made.words())
    table = pa.Table.from_arrays([pa.array([str(clip) for clip in clips]), column], schema=schema)
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="none")
    data = sink.getvalue().to_pybytes()
    return f"embeddings/{made.model}/{hashlib.sha256(data).hexdigest()[:NAME_DIGITS]}.parquet", data


def read_vectors(data: bytes) -> tuple[Made, list[uuid.UUID], NDArray[np.float32]]:
    """What made the vectors of a file, the clips and their vectors. Raises VectorsDamaged where it is no such file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(pa.BufferReader(data))
        said = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
        kind, model, revision, dimension = (said[f"clipmill.{name}"] for name in _WORDS)
        made = Made(kind, model, revision, int(dimension))
    except (pa.ArrowInvalid, KeyError, ValueError) as error:
        raise VectorsDamaged(f"no file of vectors: {error}") from error
    flat = table["vector"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
    clips = [uuid.UUID(one) for one in table["clip_id"].to_pylist()]
    return made, clips, flat.reshape(-1, made.dimension).astype(np.float32)
