"""Reading a whole version again, to find out whether it is what its manifest says: from the store alone."""

import hashlib
import io
import json
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tasks.core.errors import ObjectMissing, UnreadableVideo
from tasks.core.media import probe
from tasks.core.store import Store
from tasks.publish.versions import Version, read_version

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BLOCK_BYTES = 1 << 20
_COLUMNS = ["clip_id", "shard", "offset_bytes", "size_bytes", "sha256", "duration_s", "width_px", "height_px"]
_SLACK_S = 1e-3


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it should be."""

    kind: str
    """missing, other_bytes, unreadable, lost_clip, strange_clip, wrong_count, ..."""
    where: str
    """The object's key."""
    says: str


@dataclass(frozen=True, slots=True)
class _Member:
    """A clip's video file as it lies in a tar."""

    offset_bytes: int
    size_bytes: int
    sha256: str


def verify(
    store: Store, version: Version, *, deep: bool = False, advance: Callable[[int], None] = lambda _: None
) -> Iterator[Fault]:
    """Every fault of the version; nothing where all is well. `advance` hears of the bytes of each tar read.

    With `deep` the headers of every video are read too. Memory: twice the columns of one version's index, a clip with
    `deep`.
    """
    manifest = version.manifest
    yield from _check_lineage(store, version)
    for entry in _files(manifest):
        yield from _check_bytes(store, entry)
    index = _read_index(store, manifest["index"]["key"])
    if index is None:
        yield Fault("unreadable", manifest["index"]["key"], "the index cannot be read, so no tar was compared with it")
        return
    yield from _check_sums(version, index)
    expectations = _Expectations.of(index, manifest)
    for entry in manifest["shards"]:
        yield from _check_shard(store, entry, expectations.about(entry["key"]), deep=deep)
        advance(entry["size_bytes"])
    known = {entry["key"] for entry in manifest["shards"]}
    for key in sorted(set(index["shard"].unique().to_pylist()) - known):
        yield Fault("strange_shard", manifest["index"]["key"], f"has clips in {key}, which is no shard of the version")


def _files(manifest: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What lies beside the manifest."""
    found = (
        manifest["index"],
        manifest.get("changes"),
        (manifest.get("excluded") or {}).get("list"),
        (manifest.get("mix") or {}).get("order"),
    )
    return (entry for entry in found if entry)


def _check_lineage(store: Store, version: Version) -> Iterator[Fault]:
    key, manifest = f"versions/{version.number:05d}/manifest.json", version.manifest
    if manifest["version"] != version.number:
        yield Fault("other_number", key, f"says that it is version {manifest['version']}")
    if (parent := manifest["parent"]) is None:
        return
    try:
        found = read_version(store, parent["version"])
    except ObjectMissing:
        yield Fault("missing", f"versions/{parent['version']:05d}/manifest.json", "the version before it is not there")
        return
    if found.sha256 != parent["manifest_sha256"]:
        yield Fault("other_bytes", key, f"names another version {parent['version']} as its parent than the one there")


def _check_bytes(store: Store, entry: dict[str, Any]) -> Iterator[Fault]:
    try:
        with store.open(entry["key"]) as file:
            reader = _Hashing(file)
            reader.drain()
    except ObjectMissing:
        yield Fault("missing", entry["key"], "is not in the store")
        return
    yield from reader.compare(entry)


def _read_index(store: Store, key: str) -> pa.Table | None:
    try:
        with store.open(key) as file:
            return pq.read_table(file, columns=_COLUMNS)
    except (ObjectMissing, pa.ArrowInvalid, OSError):
        return None


def _check_sums(version: Version, index: pa.Table) -> Iterator[Fault]:
    """Whether what the manifest counts is what the index has."""
    key, manifest = f"versions/{version.number:05d}/manifest.json", version.manifest
    clips, seconds = index.num_rows, pc.sum(index["duration_s"]).as_py() or 0.0
    twice = clips - pc.count_distinct(index["clip_id"]).as_py()
    if twice:
        yield Fault("clip_twice", manifest["index"]["key"], f"{twice} clips are there twice")
    if manifest["clips"] != clips:
        yield Fault("wrong_count", key, f"says {manifest['clips']} clips, the index has {clips}")
    if abs(manifest["duration_s"] - seconds) > _SLACK_S * max(1.0, clips / 1000):
        yield Fault("wrong_count", key, f"says {manifest['duration_s']} s, the index has {seconds:.3f} s")
    size_bytes = sum(entry["size_bytes"] for entry in manifest["shards"])
    if manifest["size_bytes"] != size_bytes:
        yield Fault("wrong_count", key, f"says {manifest['size_bytes']} bytes, its shards have {size_bytes}")
    licensed = sum(one["clips"] for one in manifest["licences"].values())
    if licensed != clips:
        yield Fault("wrong_count", key, f"has a licence for {licensed} clips of {clips}")


@dataclass(frozen=True, slots=True)
class _Expected:
    """What a tar should hold."""

    live: dict[str, dict[str, Any]]
    """Rows of the index by clip."""
    dead: frozenset[str]
    """Clips that lie in it and do not count."""


@dataclass(frozen=True, slots=True)
class _Expectations:
    """What the tars of a version should hold, found for each without looking through all clips."""

    index: pa.Table
    """By shard."""
    places: dict[str, tuple[int, int]]
    """First row and number of rows of each shard."""
    dead: dict[str, set[str]]

    @classmethod
    def of(cls, index: pa.Table, manifest: dict[str, Any]) -> "_Expectations":
        """Of an index in whatever order."""
        ordered = index.sort_by("shard")
        places, first = dict[str, tuple[int, int]](), 0
        for one in pc.value_counts(ordered["shard"]).to_pylist():
            places[one["values"]] = (first, one["counts"])
            first += one["counts"]
        dead: dict[str, set[str]] = {}
        for tombstone in manifest["tombstones"]:
            dead.setdefault(tombstone["shard"], set()).add(tombstone["clip_id"])
        return cls(ordered, places, dead)

    def about(self, key: str) -> _Expected:
        """What the tar of that key should hold."""
        rows = self.index.slice(*self.places.get(key, (0, 0))).to_pylist()
        return _Expected({row["clip_id"]: row for row in rows}, frozenset(self.dead.get(key, ())))


def _check_shard(store: Store, entry: dict[str, Any], expected: _Expected, *, deep: bool) -> Iterator[Fault]:
    key = entry["key"]
    try:
        with store.open(key) as file:
            tar = _Tar(_Hashing(file), key, deep=deep)
            yield from tar.read(expected)
    except ObjectMissing:
        yield Fault("missing", key, "is not in the store")
        return
    yield from tar.reader.compare(entry)
    if tar.is_readable:
        yield from _compare(entry, tar, expected)


def _compare(entry: dict[str, Any], tar: "_Tar", expected: _Expected) -> Iterator[Fault]:
    """What is wrong between a tar's members, the index and the tombstones."""
    key = entry["key"]
    if len(tar.videos) != entry["members"]:
        yield Fault("wrong_count", key, f"has {len(tar.videos)} clips, the manifest says {entry['members']}")
    for clip in sorted(tar.videos.keys() - expected.live.keys() - expected.dead):
        yield Fault("strange_clip", key, f"has clip {clip}, which is neither in the index nor a tombstone")
    for clip in sorted((expected.live.keys() | expected.dead) - tar.videos.keys()):
        yield Fault("lost_clip", key, f"lacks clip {clip}")
    for clip in sorted(tar.videos.keys() - tar.told):
        yield Fault("lost_json", key, f"has no JSON that tells of clip {clip}")
    for clip, member in sorted(tar.videos.items()):
        row = expected.live.get(clip)
        if row and member != _Member(row["offset_bytes"], row["size_bytes"], row["sha256"]):
            yield Fault("other_clip_bytes", key, f"clip {clip} does not lie where, or is not what, the index says")


@dataclass(slots=True)
class _Tar:
    """One tar, read from its beginning to its end once."""

    reader: "_Hashing"
    key: str
    deep: bool
    videos: dict[str, _Member] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)
    """Clips that have a JSON which is about them."""
    is_readable: bool = True

    def read(self, expected: _Expected) -> Iterator[Fault]:
        """What is wrong with single members."""
        try:
            with tarfile.open(fileobj=io.BufferedReader(self.reader, BLOCK_BYTES), mode="r|") as tar:
                for info in tar:
                    content = tar.extractfile(info)
                    if content is not None:
                        yield from self._member(info, content, expected)
        except (tarfile.TarError, EOFError) as error:
            self.is_readable = False
            yield Fault("unreadable", self.key, f"is no tar from beginning to end: {error}")
        self.reader.drain()

    def _member(self, info: tarfile.TarInfo, content: IO[bytes], expected: _Expected) -> Iterator[Fault]:
        clip, _, ending = info.name.partition(".")
        if ending == "json":
            if _tells_of(content.read(), clip):
                self.told.add(clip)
        elif ending == "mp4":
            with tempfile.TemporaryDirectory() as folder:
                copy = Path(folder) / "clip.mp4" if self.deep else None
                self.videos[clip] = _Member(info.offset_data, info.size, _sha256(content, copy))
                if copy is not None and clip in expected.live:
                    yield from _look_into(copy, expected.live[clip], self.key)


def _tells_of(text: bytes, clip: str) -> bool:
    try:
        body = json.loads(text)
    except ValueError:
        return False
    return isinstance(body, dict) and body.get("clip_id") == clip


def _look_into(copy: Path, row: dict[str, Any], key: str) -> Iterator[Fault]:
    """What is wrong with a video's headers."""
    try:
        info = probe(copy)
    except UnreadableVideo as error:
        yield Fault("unreadable_video", key, f"clip {row['clip_id']}: {error}")
        return
    if (info.width_px, info.height_px) != (row["width_px"], row["height_px"]):
        size = f"{info.width_px}x{info.height_px}"
        yield Fault("other_picture", key, f"clip {row['clip_id']} is {size}, not {row['width_px']}x{row['height_px']}")


def _sha256(content: IO[bytes], copy: Path | None) -> str:
    """Of the whole content, which is also written to the copy where there is one."""
    digest = hashlib.sha256()
    with copy.open("wb") if copy else io.BytesIO() as target:
        while block := content.read(BLOCK_BYTES):
            digest.update(block)
            if copy:
                target.write(block)
    return digest.hexdigest()


class _Hashing(io.RawIOBase):
    """Passes on what is read, and knows its sha256 and size."""

    def __init__(self, file: IO[bytes] | io.RawIOBase) -> None:
        super().__init__()
        self._file = file
        self._digest = hashlib.sha256()
        self._size_bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        data = self._file.read(len(view)) or b""
        view[: len(data)] = data
        self._digest.update(data)
        self._size_bytes += len(data)
        return len(data)

    def drain(self) -> None:
        """Reads what is left."""
        buffer = bytearray(BLOCK_BYTES)
        while self.readinto(buffer):
            pass

    def compare(self, entry: dict[str, Any]) -> Iterator[Fault]:
        """What is wrong with the bytes that were read, beside what the manifest says of them."""
        if self._size_bytes != entry["size_bytes"]:
            says = f"has {self._size_bytes} bytes, the manifest says {entry['size_bytes']}"
            yield Fault("other_size", entry["key"], says)
        elif self._digest.hexdigest() != entry["sha256"]:
            yield Fault("other_bytes", entry["key"], "does not have the bytes that the manifest says")
