"""Packing out of a bucket: the same tars as out of a folder, and never more scratch than is allowed."""

import hashlib
import os
import tempfile
import uuid
from pathlib import Path

import pytest

from tasks.core.errors import StageRefused
from tasks.core.store import LocalCopies, Store, open_store
from tasks.shard import fetch
from tasks.shard.clips import Clip
from tasks.shard.packing import Load
from tasks.shard.tar import tar_bytes
from tasks.shard.write import write_shard

CLIP_BYTES = 20_000


@pytest.fixture
def folder(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "dataset"))


@pytest.fixture
def s3(bucket: str) -> Store:
    return open_store(f"s3://{bucket}/dataset")


@pytest.fixture
def load(folder: Store, s3: Store, tmp_path: Path) -> Load:
    """Twenty clips that lie in both stores."""
    clips = []
    for number in range(20):
        clip_id, data = uuid.UUID(int=number), os.urandom(CLIP_BYTES + number)
        key = f"renditions/{clip_id}.mp4"
        folder.put_bytes(key, data)
        clips.append(Clip(clip_id, "resolution_720", key, hashlib.sha256(data).hexdigest(), len(data), b"{}"))
    s3.put_files([(clip.object_key, tmp_path / "dataset" / clip.object_key) for clip in clips])
    return Load(clips[0].cell, tuple(clips), is_full=True, replaces=())


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The temporary folder of the test alone."""
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    return tmp_path / "scratch"


def test_a_bucket_gives_the_same_tar(folder: Store, s3: Store, load: Load, scratch: Path) -> None:
    key, written = write_shard(s3, "made", load)
    assert (key, written) == write_shard(folder, "made", load)
    assert s3.get_bytes(key) == folder.get_bytes(key)
    assert written.size_bytes == tar_bytes(clip.packed_bytes for clip in load.clips)
    assert list(scratch.iterdir()) == []


def test_copies_and_tar_together_keep_the_limit(
    folder: Store, s3: Store, load: Load, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed_bytes = tar_bytes(clip.packed_bytes for clip in load.clips)
    monkeypatch.setenv("CLIPMILL_SCRATCH_BYTES", str(packed_bytes + 5 * CLIP_BYTES))
    held_bytes, brought = [], LocalCopies.bring

    def bring(copies: LocalCopies, objects: list[tuple[str, int]]) -> None:
        brought(copies, objects)
        held_bytes.append(sum(path.stat().st_size for path in scratch.rglob("*") if path.is_file()))

    monkeypatch.setattr(LocalCopies, "bring", bring)
    assert write_shard(s3, "made", load) == write_shard(folder, "made", load)
    assert len(held_bytes) == 5
    assert max(held_bytes) <= 5 * CLIP_BYTES


def test_too_little_scratch_is_refused_with_what_to_change(
    s3: Store, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIPMILL_SCRATCH_BYTES", "400000")
    with pytest.raises(StageRefused, match=r"raise CLIPMILL_SCRATCH_BYTES, or lower shard\.target_bytes"):
        write_shard(s3, "made", load)
    assert list(s3.list("shards/")) == []


def test_a_lost_object_is_named(s3: Store, load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "PIECE_BYTES", 5 * CLIP_BYTES)
    s3.delete(load.clips[13].object_key)
    with pytest.raises(StageRefused, match=f"{load.clips[13].clip_id} is not in the store"):
        write_shard(s3, "made", load)


@pytest.mark.parametrize(("size_bytes", "words"), [(5, "has 5 bytes where"), (CLIP_BYTES, "does not have the bytes")])
def test_other_bytes_are_not_packed(s3: Store, load: Load, size_bytes: int, words: str) -> None:
    s3.put_bytes(load.clips[0].object_key, b"?" * size_bytes)
    with pytest.raises(StageRefused, match=words):
        write_shard(s3, "made", load)
