"""Writing one tar into the store: read clip by clip, hashed on the way, named by its bytes."""

import hashlib
import io
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from tasks.core.errors import ObjectMissing, StageRefused
from tasks.core.store import Store
from tasks.shard.clips import Clip
from tasks.shard.packing import Load
from tasks.shard.tar import Member, WrittenTar, write_tar

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

NAME_DIGITS = 16
"""Of the sha256, in a shard's name: 64 bits, so that millions of shards do not meet."""


def shard_key(dataset: str, load: Load, sha256: str) -> str:
    """The key of a shard: its cell, then a name made of its bytes."""
    return f"shards/{load.cell.path}/{dataset}-{sha256[:NAME_DIGITS]}.tar"


def write_shard(store: Store, dataset: str, load: Load) -> tuple[str, WrittenTar]:
    """The key of the new object, and what was written. Needs room for one tar in the temporary folder."""
    with tempfile.TemporaryFile() as file:
        written = write_tar(file, members(store, load.clips))
        file.flush()
        key = shard_key(dataset, load, written.sha256)
        store.put_file(key, Path(f"/proc/self/fd/{file.fileno()}"))  # it has no name, so a kill leaves nothing behind
    return key, written


def members(store: Store, clips: Iterable[Clip]) -> Iterator[Member]:
    """Per clip its video and its JSON, sharing a base name. Raises StageRefused where an object is not as recorded."""
    for clip in clips:
        with closing(_open(store, clip)) as video:
            yield Member(f"{clip.clip_id}.mp4", clip.size_bytes, video)
            video.check()
        yield Member(f"{clip.clip_id}.json", len(clip.about), io.BytesIO(clip.about))


def _open(store: Store, clip: Clip) -> "_CheckedReader":
    try:
        return _CheckedReader(store, clip)
    except ObjectMissing as error:
        raise _refusal(clip, "is not in the store") from error


def _refusal(clip: Clip, what: str) -> StageRefused:
    """The catalog promises an object that the store has not: no retry brings it back, and leaving the clip out would
    publish a dataset that has silently lost one."""
    return StageRefused(
        f"the encoded clip {clip.clip_id} {what} ({clip.object_key}): put the object back; or delete its row from "
        "catalog.rendition, and the next run encodes it anew"
    )


class _CheckedReader(io.RawIOBase):
    """The clip's object, which must have the recorded size and sha256."""

    def __init__(self, store: Store, clip: Clip) -> None:
        super().__init__()
        self._clip = clip
        self._digest = hashlib.sha256()
        self._reader = store.open(clip.object_key)
        if self._reader.size_bytes != clip.size_bytes:
            raise _refusal(clip, f"has {self._reader.size_bytes} bytes where {clip.size_bytes} were written")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        count = self._reader.readinto(buffer)
        self._digest.update(memoryview(buffer).cast("B")[:count])
        return count

    def check(self) -> None:
        """Raises StageRefused where what was read is not what was written once."""
        if self._digest.hexdigest() != self._clip.sha256:
            raise _refusal(self._clip, "does not have the bytes that were written")

    def close(self) -> None:
        self._reader.close()
        super().close()
