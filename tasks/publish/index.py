"""The index of a version: one Parquet row per clip, in the order in which the clips lie in the shards."""

import hashlib
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from tasks.core.store import Store
from tasks.publish.scores import NAMES
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
    ("caption_id", pa.string()),
    ("metadata", pa.string()),
    ("text_vectors", pa.string()),
)
SCHEMA = pa.schema([*_ABOUT, *((f"score_{name}", pa.float64()) for name in NAMES)])
"""`shard`, `offset_bytes` and `size_bytes` find the clip's video file; start_s and end_s are in the original video;
the crop is in its displayed pixels; `caption` is the medium text of the first window, `caption_id` names all that is
said of the clip by its content; `metadata` is the user's own columns of the video, as JSON, and `text_vectors` what
made the vectors of the clip's captions that lie beside it, null where none do."""
_TARS = pa.schema([("shard", pa.string()), ("cell", pa.string()), ("text_vectors", pa.string())])
"""What is the same of all clips in a tar, and read from the catalog once."""
_TOLD = pa.schema(
    [("tar", pa.int32()), *(column for column in _ABOUT if column[0] not in _TARS.names), ("has_words", pa.bool_())]
)
_CSV = pyarrow.csv.ConvertOptions(
    column_types=_TOLD,
    null_values=[""],
    true_values=["t"],
    false_values=["f"],
    strings_can_be_null=True,
    quoted_strings_can_be_null=False,
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


def put_index(store: Store, folder: str, pages: Iterable[pa.Table]) -> Index:
    """The index of the pages' clips, stored in the folder."""
    counts = Tallies()

    def tables() -> Iterator[pa.Table]:
        for table in pages:
            counts.add(table)
            yield table

    return Index(put_tables(store, f"{folder}/index", SCHEMA, tables()), counts)


def read_rows(rows: bytes) -> pa.Table:
    """A table of what the catalog's CSV tells of some clips: `tar`, the number of their tar, and all but scores."""
    read = pyarrow.csv.ReadOptions(column_names=_TOLD.names, block_size=len(rows) + 1)
    parse = pyarrow.csv.ParseOptions(newlines_in_values=True)
    return pyarrow.csv.read_csv(io.BytesIO(rows), read, parse, _CSV)


def tars_of(tars: Sequence[tuple[str, str, str | None]]) -> pa.Table:
    """Of each tar, by its number: its key, its cell, and what made the vectors in it."""
    return pa.Table.from_pylist([dict(zip(_TARS.names, one, strict=True)) for one in tars], schema=_TARS)


def table_of(told: pa.Table, tars: pa.Table, scores: Iterable[pa.Array]) -> pa.Table:
    """The clips as a table of SCHEMA."""
    of_tar = tars.take(told["tar"])
    own = {name: (of_tar if name in _TARS.names else told)[name] for name, _ in _ABOUT}
    own["text_vectors"] = pc.if_else(told["has_words"], own["text_vectors"], None)
    return pa.table([*own.values(), *scores], schema=SCHEMA)


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
