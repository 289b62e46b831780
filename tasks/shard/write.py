"""Writing one tar into the store: read clip by clip, hashed on the way, named by its bytes."""

import io
from collections.abc import Iterator, Sequence

from tasks.core.store import Store
from tasks.shard.clips import Clip
from tasks.shard.fetch import fetched
from tasks.shard.packing import Load
from tasks.shard.tar import Member, WrittenTar, write_tar
from tasks.shard.text import VECTORS, VectorsOf, npy

NAME_DIGITS = 16
"""Of the sha256, in a shard's name: 64 bits, so that millions of shards do not meet."""


def shard_key(dataset: str, load: Load, sha256: str) -> str:
    """The key of a shard: its cell, then a name made of its bytes."""
    return f"shards/{load.cell}/{dataset}-{sha256[:NAME_DIGITS]}.tar"


def write_shard(store: Store, dataset: str, load: Load, vectors: VectorsOf | None = None) -> tuple[str, WrittenTar]:
    """The key of the new object, and what was written; `vectors` makes those of clips with texts."""
    with store.new_object() as new:
        written = write_tar(new.file, members(store, load.clips, vectors))
        key = shard_key(dataset, load, written.sha256)
        new.put(key)
    return key, written


def members(store: Store, clips: Sequence[Clip], vectors: VectorsOf | None = None) -> Iterator[Member]:
    """Per clip its video, its JSON and perhaps its vectors, sharing a base name.

    Raises StageRefused where an object is not as recorded.
    """
    for clip, video in fetched(store, clips):
        yield Member(clip.video_name, clip.size_bytes, video)
        video.check()
        yield _member(f"{clip.clip_id}.json", clip.about)
        if vectors is not None and clip.texts:
            yield _member(f"{clip.clip_id}.{VECTORS}", npy(clip.texts, vectors))


def _member(name: str, data: bytes) -> Member:
    return Member(name, len(data), io.BytesIO(data))
