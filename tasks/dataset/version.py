"""A published version: its clips, out of its manifest, its index and its tars, wherever they lie."""

import hashlib
import json
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import pyarrow.parquet as pq

from tasks.core.errors import StageRefused
from tasks.core.store import Store

Row = Mapping[str, Any]
"""One line of the index, as its Parquet has it."""

_BLOCK_BYTES = tarfile.BLOCKSIZE
_AHEAD_BYTES = 16 << 10
"""Read beyond the video in the same request: what is said of a clip is a few kB."""
_PAGE_ROWS = 4096


@dataclass(frozen=True, slots=True)
class Window:
    """A piece of a clip and its captions."""

    start_s: float
    """From the start of the clip."""
    end_s: float
    captions: Mapping[str, str]
    """`short`, `medium` and `long`, as far as there are such."""
    model: str
    flags: tuple[str, ...]
    structured: Mapping[str, Any] | None
    """The caption in fields, where the recipe makes it so."""


@dataclass(frozen=True)
class Clip:
    """One clip of a version, with its bytes."""

    clip_id: str
    video: bytes
    """The MP4."""
    about: Mapping[str, Any]
    """What the shard says of it."""
    row: Row

    @property
    def frame_rate(self) -> Fraction:
        """Frames per second, constant."""
        return Fraction(self.about["frame_rate"])

    @property
    def frame_count(self) -> int:
        """Frames of the video."""
        return int(self.about["frame_count"])

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height."""
        return self.about["width_px"], self.about["height_px"]

    @cached_property
    def windows(self) -> tuple[Window, ...]:
        """In order of time; none where the recipe makes no captions."""
        return tuple(sorted(map(_window, self.about.get("captions") or ()), key=lambda one: one.start_s))


def _window(said: Mapping[str, Any]) -> Window:
    return Window(
        start_s=said["start_s"],
        end_s=said["end_s"],
        captions={length: text for length, text in said["captions"].items() if text},
        model=said["model"],
        flags=tuple(said.get("flags") or ()),
        structured=said.get("caption_json"),
    )


@dataclass(frozen=True)
class PublishedVersion:
    """One version of the dataset that lies in a store."""

    store: Store
    number: int
    text: bytes
    """The manifest's bytes."""

    @cached_property
    def manifest(self) -> Mapping[str, Any]:
        """What the manifest says."""
        body: dict[str, Any] = json.loads(self.text)
        return body

    @property
    def sha256(self) -> str:
        """Of the manifest: the name of the version's content."""
        return hashlib.sha256(self.text).hexdigest()

    def rows(self, columns: Sequence[str] | None = None) -> Iterator[Row]:
        """The index, clip by clip as they lie in the shards, in bounded memory; all its columns or those named."""
        with self.store.open(self.manifest["index"]["key"]) as file:
            for page in pq.ParquetFile(file).iter_batches(_PAGE_ROWS, columns=columns):
                yield from page.to_pylist()

    def clips(self) -> Iterator[Clip]:
        """All clips with their bytes. Raises StageRefused for one that is not as it was published."""
        return (self.clip(row) for row in self.rows())

    def clip(self, row: Row) -> Clip:
        """The clip of a row of the index. Raises StageRefused where it is not as it was published."""
        length = _padded(row["size_bytes"])
        data = self.store.read_range(row["shard"], row["offset_bytes"], length + _AHEAD_BYTES)
        video = data[: row["size_bytes"]]
        if hashlib.sha256(video).hexdigest() != row["sha256"]:
            raise StageRefused(f"clip {row['clip_id']} in {row['shard']} does not have the bytes that were published")
        return Clip(row["clip_id"], video, self._about(row, data[length:]), row)

    def _about(self, row: Row, ahead: bytes) -> Mapping[str, Any]:
        """The JSON that follows the video, after whatever else of the clip lies between."""
        tail = _Tail(self.store, row, ahead)
        wanted, at = f"{row['clip_id']}.json", 0
        while (member := _member(tail.read(at, _BLOCK_BYTES))) and member.name.startswith(f"{row['clip_id']}."):
            at += _BLOCK_BYTES
            if member.name == wanted:
                body: dict[str, Any] = json.loads(tail.read(at, member.size))
                return body
            at += _padded(member.size)
        raise StageRefused(f"{row['shard']} holds no {wanted} behind its video")


@dataclass(frozen=True, slots=True)
class _Tail:
    """What lies behind a clip's video in its tar; read on where more is wanted than came with the video."""

    store: Store
    row: Row
    ahead: bytes

    def read(self, at: int, size_bytes: int) -> bytes:
        if at + size_bytes <= len(self.ahead):
            return self.ahead[at : at + size_bytes]
        start = self.row["offset_bytes"] + _padded(self.row["size_bytes"])
        return self.store.read_range(self.row["shard"], start + at, size_bytes)


def _member(header: bytes) -> tarfile.TarInfo | None:
    """What a header of a tar announces; None for what is none, as at the end."""
    try:
        return tarfile.TarInfo.frombuf(header, tarfile.ENCODING, "surrogateescape")
    except tarfile.HeaderError:
        return None


def _padded(size_bytes: int) -> int:
    """What a member's content takes up."""
    return -(-size_bytes // _BLOCK_BYTES) * _BLOCK_BYTES
