"""What the S3 store costs beside plain boto3 calls, and many files by s5cmd beside one by one, on one moto server."""

import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import boto3

from bench.figure import Figure
from tasks.core.store import open_store
from tasks.core.store.s3_client import client
from tasks.core.store.s5cmd import WORKERS, find_program
from tests.fixtures.s3 import served

LARGE_BYTES = 64 << 20
SMALL_FILES, SMALL_BYTES = 500, 20_000
ROUNDS = 5
SETTINGS = {
    "AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench",
    "AWS_DEFAULT_REGION": "us-east-1", "AWS_CONFIG_FILE": "/dev/null",
}  # fmt: skip


def figures() -> Iterator[Figure]:
    """CPU of this process as a multiple of plain boto3's; bulk as a share of one by one."""
    with tempfile.TemporaryDirectory() as folder, contextmanager(served)(Path(folder)) as server:
        os.environ |= SETTINGS | {"AWS_ENDPOINT_URL_S3": server}
        client().create_bucket(Bucket="bench")
        store, plain = open_store("s3://bench/ours"), plain_client()
        large = Path(folder) / "large"
        large.write_bytes(os.urandom(LARGE_BYTES))
        back = str(Path(folder) / "back")
        ways: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
            "put of 64 MiB": (
                lambda: store.put_file("large", large),
                lambda: plain.upload_file(str(large), "bench", "ours/large"),
            ),
            "get of 64 MiB": (
                lambda: store.download("large", Path(back)),
                lambda: plain.download_file("bench", "ours/large", back),
            ),
            "ranged read of 64 MiB in order": (
                lambda: read_through(store.open("large")),
                lambda: plain_ranges(plain, 4 << 20),
            ),
        }
        for name, (ours, theirs) in ways.items():
            our_s, their_s = compared(ours, theirs)
            at_most = 1.15 if "ranged" not in name else None
            yield Figure(f"{name}, CPU over plain boto3", our_s / their_s, at_most=at_most)
        yield from bulk(store, Path(folder))


def bulk(store: Any, folder: Path) -> Iterator[Figure]:
    """500 small files: all at once against one by one, in wall time."""
    files = [(f"many/{number:03d}", folder / f"{number:03d}") for number in range(SMALL_FILES)]
    for _, path in files:
        path.write_bytes(os.urandom(SMALL_BYTES))

    def each(one: Callable[[str, Path], object]) -> None:
        for key, path in files:
            one(key, path)

    for name, all_at_once, one in (
        ("put", store.put_files, store.put_file),
        ("get", store.download_all, store.download),
    ):
        bulk_wall_s, bulk_cpu_s = spent(lambda move=all_at_once: move(files))
        single_wall_s, single_cpu_s = spent(lambda move=one: each(move))
        yield Figure(f"{name} of 500 files by s5cmd, wall over one by one", bulk_wall_s / single_wall_s)
        yield Figure(f"{name} of 500 files by s5cmd, CPU over one by one", bulk_cpu_s / single_cpu_s, at_most=1)
    yield from beside_bare(store, folder, files)


def beside_bare(store: Any, folder: Path, files: list[tuple[str, Path]]) -> Iterator[Figure]:
    """The same files by s5cmd as a person would call it, in turns with ours and on the same server."""
    copies = {
        "put": [(str(path), f"s3://bench/bare/{key}") for key, path in files],
        "get": [(f"s3://bench/ours/{key}", str(path)) for key, path in files],
    }
    for name, ours in (("put", store.put_files), ("get", store.download_all)):
        commands = folder / f"{name}.s5cmd"
        commands.write_text("".join(f"cp --raw {source} {target}\n" for source, target in copies[name]))
        call = [find_program(), "--endpoint-url", os.environ["AWS_ENDPOINT_URL_S3"], "--numworkers", str(WORKERS)]
        bare = [*call, "run", str(commands)]
        rounds = [
            (
                spent(lambda move=ours: move(files))[0],
                spent(lambda line=bare: subprocess.run(line, stdout=subprocess.DEVNULL, check=True))[0],
            )
            for _ in range(ROUNDS + 1)
        ][1:]
        ratio = median(other for _, other in rounds) / median(one for one, _ in rounds)
        yield Figure(f"{name} of 500 files, speed over bare s5cmd", ratio, at_least=0.9)


def compared(ours: Callable[[], object], theirs: Callable[[], object]) -> tuple[float, float]:
    """Median CPU seconds of both, in turns, after one round that does not count."""
    rounds = [(spent(ours)[1], spent(theirs)[1]) for _ in range(ROUNDS + 1)][1:]
    return median(one for one, _ in rounds), median(other for _, other in rounds)


def spent(work: Callable[[], object]) -> tuple[float, float]:
    """Wall and CPU seconds, those of ended children included."""
    before, started_s = cpu_s(), time.perf_counter()
    work()
    return time.perf_counter() - started_s, cpu_s() - before


def cpu_s() -> float:
    """CPU seconds that this process and its ended children have used."""
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, who))


def plain_client() -> Any:
    """boto3 as it comes."""
    return boto3.client("s3")


def read_through(file: Any) -> None:
    """Reads all of it, as a demuxer does."""
    while file.read(256 << 10):
        pass


def plain_ranges(plain: Any, length: int) -> None:
    """The same by ranged GETs of a fixed length."""
    for start in range(0, LARGE_BYTES, length):
        plain.get_object(Bucket="bench", Key="ours/large", Range=f"bytes={start}-{start + length - 1}")["Body"].read()
