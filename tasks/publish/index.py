"""The index of a version: one Parquet row per clip, in the order in which the clips lie in the shards."""

import hashlib
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.core.catalog import Row
from tasks.core.score_names import SCORES
from tasks.core.settings import canonical_json
from tasks.core.store import Store

NAME_DIGITS = 16
SCHEMA = pa.schema(
    [
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
        ("source", pa.string()),
        ("licence", pa.string()),
        ("caption", pa.string()),
        ("metadata", pa.string()),
        *((f"score_{name}", pa.float64()) for name in sorted(SCORES)),
    ]
)
"""`shard`, `offset_bytes` and `size_bytes` find the clip's video file; start_s and end_s are in the original video.
`metadata` is the user's own columns of the video, as JSON."""


@dataclass(slots=True)
class Tally:
    """How many clips, and how long they are together."""

    clips: int = 0
    duration_us: int = 0
    """Whole microseconds, so that the sum does not hang on the order."""

    def add(self, duration_s: float) -> None:
        """Counts one clip."""
        self.clips += 1
        self.duration_us += round(duration_s * 1_000_000)

    @property
    def duration_s(self) -> float:
        """Seconds."""
        return self.duration_us / 1_000_000


@dataclass(frozen=True, slots=True)
class Index:
    """A stored index and what it counted."""

    key: str
    sha256: str
    size_bytes: int
    total: Tally
    licences: dict[str, Tally]


@dataclass(slots=True)
class _Counts:
    total: Tally = field(default_factory=Tally)
    licences: dict[str, Tally] = field(default_factory=dict)

    def add(self, row: Row) -> None:
        self.total.add(row["duration_s"])
        self.licences.setdefault(row["licence"] or "unknown", Tally()).add(row["duration_s"])


def put_index(store: Store, folder: str, pages: Iterable[list[Row]]) -> Index:
    """The index of the pages' clips, stored in the folder under a name made of its bytes."""
    counts = _Counts()
    with tempfile.TemporaryFile() as file:
        with pq.ParquetWriter(file, SCHEMA, compression="zstd") as writer:
            for page in pages:
                writer.write_table(table_of(page))
                for row in page:
                    counts.add(row)
        file.seek(0)
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        key = f"{folder}/index-{sha256[:NAME_DIGITS]}.parquet"
        stored = store.put_file(key, Path(f"/proc/self/fd/{file.fileno()}"))  # no name, so a kill leaves nothing behind
    return Index(key, sha256, stored.size_bytes, counts.total, counts.licences)


def table_of(rows: list[Row]) -> pa.Table:
    """The clips as a table of SCHEMA."""
    return pa.Table.from_pylist([_line(row) for row in rows], schema=SCHEMA)


def _line(row: Row) -> dict[str, Any]:
    scores = row["scores"] or {}
    return {
        **{name: row[name] for name in SCHEMA.names if name in row},
        "clip_id": str(row["clip_id"]),
        "video_id": str(row["video_id"]),
        "metadata": None if row.get("metadata") is None else canonical_json(row["metadata"]),
        "fps": row["frame_rate_num"] / row["frame_rate_den"],
        **{f"score_{name}": float(value) for name, value in scores.items() if name in SCORES},
    }
