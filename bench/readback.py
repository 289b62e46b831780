"""Reading a shard back through webdataset, against reading the same tar raw with Python's own tarfile.

    python -m bench readback

A tar of 25 clips of 4 MB as `shard` writes it. webdataset gives a sample its video and its JSON's bytes, undecoded.
What is raw comes in two kinds: members that are let go at once, and whole samples, each alive until the next one is
whole, as any reader has to keep them that gives somebody samples.

What counts is processor time, each way in a process of its own that has read the tar before, all ways in turns. In one
process the figure was what the C library made of it: it gives memory back to the kernel after each clip, or does not,
depending on which way was first, and taking pages anew costs more than reading. So each way is shown twice: as Python
comes, where a loop that lets go of each member costs more than webdataset; and with memory that the process keeps,
where only the work of readers is left. webdataset then gives 0.6 to 0.9 of the samples that tarfile gives, on
which it stands, depending on the machine's caches, for two reasons. It opens a file as Python opens files, with a
buffer that is smaller than the 10 kB which tarfile asks for at a time, so that half of these take a second read and a
part of them another copy; tarfile by itself asks the system. That is shown as a figure of its own, by a tarfile that is
given such a file. And it keeps another clip in memory, which then falls out of the processor's cache.
It is so on GNU tar's tars too, so no layout of ours can mend it.

Only a quiet machine tells. Others on it push clips out of the caches that are shared, which costs whoever keeps two of
them more than whoever keeps one, and processor time does not leave that out: at a load of 8 to 10 on two cores the
same figures were 0.55 to 0.7, and webdataset differed from itself by a quarter. So that is shown as well.
"""

import os
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench.figure import Figure
from bench.shard_floor import made_clips
from tasks.core.store import FolderStore
from tasks.shard.packing import Load
from tasks.shard.write import write_shard

CLIPS, CLIP_BYTES, TARS, ROUNDS, READINGS = 25, 4_000_000, 1, 5, 3
AT_LEAST = 0.9
KEPT = {"MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": str(1 << 30)}
"""What tells the C library to give no memory back."""


def figures() -> Iterator[Figure]:
    """Speed of webdataset as a share of the speed of reading the tars raw, and of its speed on other tars."""
    with tempfile.TemporaryDirectory() as folder:
        store = FolderStore(Path(folder) / "store")
        ours = made_tars(store)
        others = [Path(folder) / "gnu.tar"]
        subprocess.run(["tar", "-cf", others[0], "-C", store.root / "renditions", "--sort=name", "."], check=True)
        asked = [(way, ours) for way in WAYS] + [("webdataset", others), ("webdataset", ours)]
        for name, extra in (("", {}), (", memory kept", KEPT)):
            through, members, samples, opened, gnu, again = in_turns(asked, extra)
            yield Figure(f"webdataset over itself, 1 where nobody disturbs{name}", again / through)
            yield Figure(f"webdataset over tarfile, samples{name}", samples / through, at_least=AT_LEAST)
            yield Figure(f"webdataset over tarfile, members let go{name}", members / through, at_least=AT_LEAST)
            yield Figure(f"webdataset over tarfile on a file of Python's{name}", opened / through)
            yield Figure(f"webdataset on our tars over GNU tar's{name}", gnu / through, at_least=AT_LEAST)
            yield Figure(f"webdataset, of processor time{name}", TARS * CLIPS * CLIP_BYTES / 1e6 / through, "MB/s")


def in_turns(asked: list[tuple[str, list[Path]]], extra: dict[str, str]) -> list[float]:
    """Processor seconds of each reading: the least of some processes."""
    rounds = [[in_process(way, tars, extra) for way, tars in asked] for _ in range(ROUNDS)]
    return [min(seconds) for seconds in zip(*rounds, strict=True)]


def in_process(way: str, tars: list[Path], extra: dict[str, str]) -> float:
    """Processor seconds of the quickest of some readings in a process that has read the tars before."""
    line = [sys.executable, "-m", "bench.readback", way, *map(str, tars)]
    told = subprocess.run(line, env=os.environ | extra, capture_output=True, text=True, check=True)
    return float(told.stdout)


def made_tars(store: FolderStore) -> list[Path]:
    """Paths of full shards of noise."""
    found = []
    for _ in range(TARS):
        clips = made_clips(store, CLIPS, CLIP_BYTES)
        key, _ = write_shard(store, "bench", Load(clips[0].cell, tuple(clips), is_full=True, replaces=()))
        found.append(store.root / key)
    return found


def by_webdataset(tars: list[str]) -> int:
    """How many clips webdataset gives."""
    import webdataset

    return sum(len(sample["mp4"]) == CLIP_BYTES for sample in webdataset.WebDataset(tars, shardshuffle=False))


def by_tarfile(tars: list[str]) -> int:
    """How many clips plain reading finds, every member's bytes taken and none kept."""
    found = 0
    for path in tars:
        with tarfile.open(path, "r|") as tar:
            for info in tar:
                found += len(content_of(tar, info)) == CLIP_BYTES
    return found


def by_opened(tars: list[str]) -> int:
    """The same on files that Python has opened, as webdataset does."""
    found = 0
    for path in tars:
        with open(path, "rb") as file, tarfile.open(fileobj=file, mode="r|*") as tar:
            for info in tar:
                found += len(content_of(tar, info)) == CLIP_BYTES
    return found


def by_samples(tars: list[str]) -> int:
    """How many clips the same reading finds when it gives them with what is said of them."""
    return sum(len(sample["mp4"]) == CLIP_BYTES for sample in samples(tars))


def samples(tars: list[str]) -> Iterator[dict[str, Any]]:
    """The files of one clip together."""
    for path in tars:
        sample: dict[str, Any] = {}
        with tarfile.open(path, "r|") as tar:
            for info in tar:
                clip, _, kind = info.name.partition(".")
                if sample and sample["clip"] != clip:
                    yield sample
                    sample = {}
                sample |= {"clip": clip, kind: content_of(tar, info)}
        yield sample


def content_of(tar: tarfile.TarFile, info: tarfile.TarInfo) -> bytes:
    """The bytes of a file; none of what is no file."""
    content = tar.extractfile(info)
    return content.read() if content is not None else b""


WAYS: dict[str, Callable[[list[str]], int]] = {
    "webdataset": by_webdataset,
    "tarfile": by_tarfile,
    "samples": by_samples,
    "opened": by_opened,
}


def main() -> None:
    """Prints the processor seconds of one way: `python -m bench.readback WAY TAR...`."""
    way, tars = WAYS[sys.argv[1]], sys.argv[2:]
    times = []
    for _ in range(2 + READINGS):
        start = time.process_time()
        if way(tars) != CLIPS * len(tars):
            raise AssertionError("other clips than were written")
        times.append(time.process_time() - start)
    print(min(times[2:]))


if __name__ == "__main__":
    main()
