"""Listing a million keys: speed beside boto3's bare paginator, memory, and going on from the middle."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from statistics import median
from typing import Any

import psutil

from bench.figure import Figure
from bench.listing_server import key_of
from bench.store import SETTINGS, plain_client
from tasks.core.recipe import SourceSettings
from tasks.core.window import Window
from tasks.ingest.sources import Source, open_kind

KEYS = 1_000_000
COMPARED_KEYS = 100_000
"""Keys of each turn in which the two are compared; the machine's other work is then the same for both."""
ROUNDS = 5


def figures() -> Iterator[Figure]:
    """Keys a second of both in turns, then a million in one go."""
    with served(KEYS) as address:
        os.environ |= SETTINGS | {"AWS_ENDPOINT_URL_S3": address}
        source = open_kind(
            SourceSettings(name="bench", kind="s3", path="s3://bench/raw", licence="CC0-1.0", rights="made here")
        )
        plain = plain_client()
        rounds = [(timed(lambda: ours(source)), timed(lambda: bare(plain))) for _ in range(ROUNDS + 1)][1:]
        our_s, bare_s = median(one for one, _ in rounds), median(other for _, other in rounds)
        yield Figure("listing, keys/s over boto3's bare paginator", bare_s / our_s, at_least=0.9)
        yield Figure("bare paginator", COMPARED_KEYS / bare_s, "keys/s")
        yield from whole(source)
        yield from resumed(source)


def ours(source: Source) -> None:
    """The listing that `ingest` sees."""
    assert sum(1 for _ in islice(source.list(None, Window()), COMPARED_KEYS)) == COMPARED_KEYS


def bare(plain: Any) -> None:
    """boto3's dictionaries, as they come."""
    pages = plain.get_paginator("list_objects_v2").paginate(Bucket="bench", Prefix="raw/")
    assert sum(1 for _ in islice((one for page in pages for one in page["Contents"]), COMPARED_KEYS)) == COMPARED_KEYS


def whole(source: Source) -> Iterator[Figure]:
    """All keys, and how much memory they took over the first thousands."""
    process = psutil.Process()
    started_s, count, first, most = time.perf_counter(), 0, 0, 0
    for _ in source.list(None, Window()):
        count += 1
        if count % 10_000 == 0:
            used = process.memory_info().rss
            first, most = first or used, max(most, used)
    yield Figure(f"listing {count:,} keys", count / (time.perf_counter() - started_s), "keys/s")
    yield Figure("memory of a million keys over that of the first 10,000", (most - first) / 2**20, "MiB", at_most=16)


def resumed(source: Source) -> Iterator[Figure]:
    """What comes after the cursor of a key in the middle."""
    middle = KEYS // 2
    started_s = time.perf_counter()
    (found,) = islice(source.list(f"s3://bench/{key_of(middle - 1)}", Window()), 1)
    yield Figure("time to the next key from the middle", time.perf_counter() - started_s, "s", at_most=1)
    if found.uri != f"s3://bench/{key_of(middle)}":
        raise AssertionError(f"{found.uri} came after {key_of(middle - 1)}")


def timed(work: Callable[[], None]) -> float:
    """Wall seconds."""
    started_s = time.perf_counter()
    work()
    return time.perf_counter() - started_s


@contextmanager
def served(keys: int) -> Iterator[str]:
    """The address of a server in a process of its own."""
    command = [sys.executable, "-m", "bench.listing_server", str(keys)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()
