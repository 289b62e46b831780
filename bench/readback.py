"""Reading a shard back through webdataset, against reading the same tar raw with Python's own tarfile.

    python -m bench readback

Tars of 50 clips of 4 MB as `shard` writes them. webdataset gives a sample its video and its JSON's bytes, undecoded.
Whether our tars have a part in what it costs is told by the same files in a tar of GNU tar's.
"""

import subprocess
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.figure import Figure
from bench.shard_floor import made_clips
from tasks.core.store import FolderStore
from tasks.shard.packing import Load
from tasks.shard.write import write_shard

CLIPS, CLIP_BYTES, TARS, ROUNDS = 50, 4_000_000, 2, 5
AT_LEAST = 0.9


def figures() -> Iterator[Figure]:
    """Speed of webdataset as a share of the speed of reading the tars raw, and of its speed on other tars."""
    with tempfile.TemporaryDirectory() as folder:
        store = FolderStore(Path(folder) / "store")
        ours = made_tars(store)
        others = [Path(folder) / "gnu.tar"]
        subprocess.run(["tar", "-cf", others[0], "-C", store.root / "renditions", "--sort=name", "."], check=True)
        read = {
            "webdataset": best_of(lambda: by_webdataset(ours)),
            "tarfile": best_of(lambda: by_tarfile(ours)),
            "webdataset, GNU tar": best_of(lambda: by_webdataset(others)),
        }
    yield Figure("speed of webdataset over raw reading", read["tarfile"] / read["webdataset"], at_least=AT_LEAST)
    share = read["webdataset, GNU tar"] / read["webdataset"]
    yield Figure("speed of webdataset on our tars over GNU tar's", share, at_least=AT_LEAST)
    for name, seconds in read.items():
        yield Figure(name, TARS * CLIPS * CLIP_BYTES / 1e6 / seconds, "MB/s")


def best_of(read: Callable[[], int]) -> float:
    """Seconds of the quickest of some readings."""
    found = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        if read() != TARS * CLIPS:
            raise AssertionError("other clips than were written")
        found.append(time.perf_counter() - start)
    return min(found)


def made_tars(store: FolderStore) -> list[Path]:
    """Paths of full shards of noise."""
    found = []
    for _ in range(TARS):
        clips = made_clips(store, CLIPS, CLIP_BYTES)
        key, _ = write_shard(store, "bench", Load(clips[0].cell, tuple(clips), is_full=True, replaces=()))
        found.append(store.root / key)
    return found


def by_webdataset(tars: list[Path]) -> int:
    """How many clips webdataset gives."""
    import webdataset

    samples = webdataset.WebDataset([str(tar) for tar in tars], shardshuffle=False)
    return sum(len(sample["mp4"]) == CLIP_BYTES for sample in samples)


def by_tarfile(tars: list[Path]) -> int:
    """How many clips plain reading finds, every member's bytes taken."""
    found = 0
    for path in tars:
        with tarfile.open(path, "r|") as tar:
            for info in tar:
                content = tar.extractfile(info)
                found += content is not None and len(content.read()) == CLIP_BYTES
    return found
