"""The encoded clips of a tar, one after the other, each checked against what was recorded of it.

From a folder they are read in place. From a bucket they are copied first, many at once and in pieces that fit into
the scratch beside the tar.
"""

import hashlib
import io
import os
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import IO

from tasks.core.errors import ObjectMissing, StageRefused
from tasks.core.scratch import LIMIT_VARIABLE, passing_scratch, scratch_limit_bytes
from tasks.core.store import LocalCopies, Store
from tasks.shard.clips import Clip
from tasks.shard.tar import tar_bytes

PIECE_BYTES = 256 << 20
"""Enough to copy many clips side by side; more would only fill the disk."""


class CheckedVideo:
    """A clip's bytes, which must have the recorded size and sha256."""

    def __init__(self, clip: Clip, stream: IO[bytes], size_bytes: int) -> None:
        self._clip = clip
        self._digest = hashlib.sha256()
        self._stream = stream
        if size_bytes != clip.size_bytes:
            raise _refusal(clip, f"has {size_bytes} bytes where {clip.size_bytes} were written")

    def read(self, size: int = -1, /) -> bytes:
        """What comes next, as a file gives it."""
        data = self._stream.read(size)
        self._digest.update(data)
        return data

    def check(self) -> None:
        """Raises StageRefused where what was read is not what was written once."""
        if self._digest.hexdigest() != self._clip.sha256:
            raise _refusal(self._clip, "does not have the bytes that were written")


def fetched(store: Store, clips: Sequence[Clip]) -> Iterator[tuple[Clip, CheckedVideo]]:
    """The clips in their order, each open until the next is asked for. Raises StageRefused for one that is amiss."""
    return _in_place(store, clips) if store.is_local else _in_pieces(store, clips)


def _in_place(store: Store, clips: Sequence[Clip]) -> Iterator[tuple[Clip, CheckedVideo]]:
    for clip in clips:
        try:
            reader = store.open(clip.object_key)
        except ObjectMissing as error:
            raise _refusal(clip, "is not in the store") from error
        with closing(reader):
            size_bytes = reader.seek(0, io.SEEK_END)
            reader.seek(0)
            yield clip, CheckedVideo(clip, reader, size_bytes)


def _in_pieces(store: Store, clips: Sequence[Clip]) -> Iterator[tuple[Clip, CheckedVideo]]:
    limit_bytes = _room_beside_tar(clips)
    with passing_scratch() as folder:
        copies = LocalCopies(store, folder, limit_bytes)
        for piece in _pieces(clips, min(limit_bytes, PIECE_BYTES)):
            _bring(store, copies, piece)
            for clip in piece:
                with copies.open(clip.object_key) as file:
                    yield clip, CheckedVideo(clip, file, os.fstat(file.fileno()).st_size)


def _bring(store: Store, copies: LocalCopies, piece: Sequence[Clip]) -> None:
    try:
        copies.bring([(clip.object_key, clip.size_bytes) for clip in piece])
    except ObjectMissing as error:
        lost = next((clip for clip in piece if not store.exists(clip.object_key)), piece[0])
        raise _refusal(lost, "is not in the store") from error


def _room_beside_tar(clips: Sequence[Clip]) -> int:
    """Bytes that copies may take. Raises StageRefused where not even the largest clip has room beside the tar."""
    limit_bytes, packed_bytes = scratch_limit_bytes(), tar_bytes(clip.packed_bytes for clip in clips)
    needed_bytes = packed_bytes + max(clip.size_bytes for clip in clips)
    if limit_bytes < needed_bytes:
        raise StageRefused(
            f"a tar of {packed_bytes} bytes with a clip beside it needs {needed_bytes} bytes of scratch, "
            f"{limit_bytes} are allowed; raise {LIMIT_VARIABLE}, or lower shard.target_bytes in the recipe"
        )
    return limit_bytes - packed_bytes


def _pieces(clips: Sequence[Clip], most_bytes: int) -> Iterator[list[Clip]]:
    """The clips in their order, as many together as have room; one at least."""
    piece: list[Clip] = []
    for clip in clips:
        if piece and sum(one.size_bytes for one in piece) + clip.size_bytes > most_bytes:
            yield piece
            piece = []
        piece.append(clip)
    if piece:
        yield piece


def _refusal(clip: Clip, what: str) -> StageRefused:
    """The catalog promises an object that the store has not: no retry brings it back, and leaving the clip out would
    publish a dataset that has silently lost one."""
    return StageRefused(
        f"the encoded clip {clip.clip_id} {what} ({clip.object_key}): put the object back; or delete its row from "
        "catalog.rendition, and the next run encodes it anew"
    )
