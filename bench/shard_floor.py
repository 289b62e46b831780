"""What packing costs beside plain copying: `python -m bench.shard_floor [--clips N] [--clip-bytes N]`.

One full tar out of a folder store into a folder store, against the floors: `cp` of the same files, `tar` of them, and
`tar` with `sha256sum` of what it made. Packing hashes every clip beside the whole tar, and waits until the disk has it;
no floor does. Ways are taken in turns, and the best of each counts.
"""

import argparse
import os
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

from bench.figure import Figure
from tasks.core.store import FolderStore
from tasks.shard.clips import Clip
from tasks.shard.packing import Load
from tasks.shard.write import write_shard

ROUNDS, AT_LEAST = 5, 0.8


def made_clips(store: FolderStore, count: int, size_bytes: int) -> list[Clip]:
    """Clips of noise, stored."""
    clips = []
    for _ in range(count):
        clip_id, data = uuid.uuid4(), os.urandom(size_bytes)
        key = f"renditions/{clip_id}.mp4"
        store.put_bytes(key, data)
        clips.append(Clip(clip_id, "resolution_720", key, sha256(data).hexdigest(), size_bytes, b"{}"))
    return clips


def measured(work: Callable[[], object]) -> tuple[float, float]:
    """Wall and CPU seconds, children included."""
    before, started_s = os.times(), time.perf_counter()
    work()
    after, wall_s = os.times(), time.perf_counter() - started_s
    return wall_s, sum(after[:4]) - sum(before[:4])


def main() -> None:
    """Prints one line per way of copying."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=100)
    parser.add_argument("--clip-bytes", type=int, default=4_000_000)
    arguments = parser.parse_args()
    for name, (wall_s, cpu_s) in all_ways(arguments.clips, arguments.clip_bytes).items():
        size_mb = arguments.clips * arguments.clip_bytes / 1e6
        print(f"{name:6} {size_mb:6.0f} MB  wall {wall_s:6.2f} s  CPU {cpu_s:6.2f} s  {size_mb / wall_s:7.0f} MB/s")


def figures() -> Iterator[Figure]:
    """Packing beside `tar`, alone and with `sha256sum`."""
    rounds = [all_ways(100, 4_000_000) for _ in range(ROUNDS)]
    best, cpu = ({way: min(one[way][kind] for one in rounds) for way in rounds[0]} for kind in (0, 1))
    yield Figure("speed of packing 400 MB over tar + sha256sum", best["hashed"] / best["shard"], at_least=AT_LEAST)
    yield Figure("processor time of packing 400 MB over tar + sha256sum", cpu["shard"] / cpu["hashed"])
    yield Figure("packing 400 MB, wall over plain tar", best["shard"] / best["tar"])
    yield Figure("packing 400 MB", 400 / best["shard"], "MB/s")


def all_ways(count: int, size_bytes: int) -> dict[str, tuple[float, float]]:
    """Wall and CPU seconds of every way of copying so many clips."""
    with tempfile.TemporaryDirectory() as folder:
        store = FolderStore(Path(folder) / "store")
        clips = made_clips(store, count, size_bytes)
        load = Load(clips[0].cell, tuple(clips), is_full=True, replaces=())
        source, copy, tar = store.root / "renditions", Path(folder) / "copy", Path(folder) / "plain.tar"
        ways: dict[str, Callable[[], object]] = {
            "cp": lambda: subprocess.run(["cp", "-r", source, copy], check=True),
            "tar": lambda: subprocess.run(["tar", "-cf", tar, "-C", source, "."], check=True),
            "hashed": lambda: subprocess.run(
                ["sh", "-c", 'tar -cf "$0" -C "$1" . && sha256sum "$0" >/dev/null', f"{tar}2", source], check=True
            ),
            "shard": lambda: write_shard(store, "bench", load),
        }
        return {name: measured(way) for name, way in ways.items()}


if __name__ == "__main__":
    main()
