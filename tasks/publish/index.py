"""The index of a version: one Parquet row per clip, in the order in which the clips lie in the shards."""

import hashlib
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.json
import pyarrow.parquet as pq

from tasks.core.score_names import SCORES
from tasks.core.store import Store
from tasks.publish.tally import Tallies

NAME_DIGITS = 16
_ABOUT = (
    ("clip_id", pa.string()),
    ("video_id", pa.string()),
    ("shard", pa.string()),
    ("offset_bytes", pa.int64()),
    ("size_bytes", pa.int64()),
    ("sha256", pa.string()),
    ("cell", pa.string()),
    ("width_px", pa.int32()),
    ("height_px", pa.int32()),
    ("fps", pa.float64()),
    ("frame_rate_num", pa.int32()),
    ("frame_rate_den", pa.int32()),
    ("frame_count", pa.int32()),
    ("duration_s", pa.float64()),
    ("codec", pa.string()),
    ("audio_codec", pa.string()),
    ("start_s", pa.float64()),
    ("end_s", pa.float64()),
    ("crop_x_px", pa.int32()),
    ("crop_y_px", pa.int32()),
    ("crop_width_px", pa.int32()),
    ("crop_height_px", pa.int32()),
    ("source", pa.string()),
    ("licence", pa.string()),
    ("caption", pa.string()),
    ("metadata", pa.string()),
)
_SCORES = tuple((name, pa.float64()) for name in sorted(SCORES))
SCHEMA = pa.schema([*_ABOUT, *((f"score_{name}", kind) for name, kind in _SCORES)])
"""`shard`, `offset_bytes` and `size_bytes` find the clip's video file; start_s and end_s are in the original video;
the crop is in its displayed pixels; `metadata` is the user's own columns of the video, as JSON."""
_LINES = pyarrow.json.ParseOptions(
    explicit_schema=pa.schema([*_ABOUT, ("scores", pa.struct(_SCORES))]), unexpected_field_behavior="ignore"
)


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that belongs to a version, named by its bytes."""

    key: str
    sha256: str
    size_bytes: int

    @property
    def described(self) -> dict[str, Any]:
        """As manifests have it."""
        return {"key": self.key, "sha256": self.sha256, "size_bytes": self.size_bytes}


@dataclass(frozen=True, slots=True)
class Index:
    """A stored index and what it counted."""

    stored: Stored
    counts: Tallies


def put_index(store: Store, folder: str, pages: Iterable[Sequence[str]]) -> Index:
    """The index of the pages' clips, a line of JSON each, stored in the folder."""
    counts = Tallies()

    def tables() -> Iterator[pa.Table]:
        for page in pages:
            table = table_of(page)
            counts.add(table)
            yield table

    return Index(put_tables(store, f"{folder}/index", SCHEMA, tables()), counts)


def table_of(lines: Sequence[str]) -> pa.Table:
    """The clips as a table of SCHEMA."""
    if not lines:
        return SCHEMA.empty_table()
    read = pyarrow.json.read_json(io.BytesIO("\n".join(lines).encode()), parse_options=_LINES)
    scores = pa.chunked_array(read["scores"].chunks, pa.struct(_SCORES))
    columns = [read[name] for name, _ in _ABOUT] + list(pa.table({"scores": scores}).flatten().columns)
    return pa.table(columns, schema=SCHEMA)


def put_tables(store: Store, name: str, schema: pa.Schema, tables: Iterable[pa.Table]) -> Stored:
    """The tables as one Parquet file under a name made of its bytes."""
    with tempfile.TemporaryFile() as file:
        with pq.ParquetWriter(file, schema, compression="zstd") as writer:
            for table in tables:
                writer.write_table(table)
        return _put(store, name, "parquet", file)


def put_lines(store: Store, name: str, lines: Iterable[str]) -> Stored:
    """The lines as one text file under a name made of its bytes."""
    with tempfile.TemporaryFile() as file:
        for line in lines:
            file.write(f"{line}\n".encode())
        return _put(store, name, "txt", file)


def _put(store: Store, name: str, ending: str, file: IO[bytes]) -> Stored:
    file.flush()
    file.seek(0)
    sha256 = _sha256(file)
    key = f"{name}-{sha256[:NAME_DIGITS]}.{ending}"
    stored = store.put_file(key, Path(f"/proc/self/fd/{file.fileno()}"))  # no name, so a kill leaves nothing behind
    return Stored(key, sha256, stored.size_bytes)


def _sha256(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while block := file.read(1 << 20):
        digest.update(block)
    file.seek(0)
    return digest.hexdigest()
