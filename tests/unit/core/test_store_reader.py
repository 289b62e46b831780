"""The block-cached reader: right bytes, few of them, bounded memory."""

import io
import random

import pytest

from tasks.core.errors import StoreUnavailable
from tasks.core.store import SeekableReader

DATA = random.Random(1).randbytes(1_000_003)
BLOCK = 4096


class Ranges:
    """A store of one object that remembers what it was asked."""

    def __init__(self, data: bytes = DATA) -> None:
        self.data = data
        self.asked: list[tuple[int, int]] = []

    def __call__(self, offset: int, length: int) -> bytes:
        self.asked.append((offset, length))
        return self.data[offset : offset + length]

    def reader(self, *, cached_blocks: int = 32) -> SeekableReader:
        return SeekableReader(self, len(self.data), block_bytes=BLOCK, cached_blocks=cached_blocks)


@pytest.mark.parametrize("cached_blocks", [1, 2, 32])
@pytest.mark.parametrize("seed", range(5))
def test_any_reads_give_the_bytes(seed: int, cached_blocks: int):
    chance = random.Random(seed)
    reader, plain = Ranges().reader(cached_blocks=cached_blocks), io.BytesIO(DATA)
    for _ in range(300):
        offset, length = chance.randrange(len(DATA) + 10), chance.choice([1, 7, 500, BLOCK, 100_000])
        if chance.random() < 0.5:
            reader.seek(offset)
            plain.seek(offset)
        assert reader.read(length) == plain.read(length)
        assert reader.tell() == plain.tell()


def test_a_whole_read_fetches_each_byte_once():
    ranges = Ranges()
    reader = ranges.reader()
    pieces = []
    while piece := reader.read(1000):
        pieces.append(piece)
    assert b"".join(pieces) == DATA
    assert reader.bytes_fetched == len(DATA) == sum(length for _, length in ranges.asked)


def test_a_long_run_needs_few_requests():
    ranges = Ranges()
    reader = ranges.reader()
    while reader.read(1000):
        pass
    assert reader.fetches == len(ranges.asked) < len(DATA) / BLOCK / 4


def test_what_is_fetched_ahead_is_an_eighth_at_most():
    for stop in (10_000, 50_000, 200_000, 500_000):
        reader = Ranges().reader()
        reader.seek(300_000)
        for _ in range(stop // 1000):
            reader.read(1000)
        edges = 2 * BLOCK + 64 * 1024  # half blocks at both ends, and the buffer above the blocks
        assert reader.bytes_fetched <= stop * 9 / 8 + edges


def test_one_small_read_fetches_little():
    reader = Ranges().reader()
    reader.seek(500_000)
    reader.read(10)
    assert reader.bytes_fetched <= 64 * 1024 + 2 * BLOCK


def test_going_back_costs_nothing_while_cached():
    reader = Ranges().reader()
    reader.seek(0)
    assert reader.read(50_000) == DATA[:50_000]
    fetched = reader.bytes_fetched
    for _ in range(10):
        reader.seek(0)
        assert reader.read(50_000) == DATA[:50_000]
    assert reader.bytes_fetched == fetched


def test_memory_is_bounded_by_the_settings():
    reader = Ranges().reader(cached_blocks=4)
    while reader.read(9000):
        assert sum(len(block) for block in reader._blocks._cache.values()) <= 4 * BLOCK
    assert max(length for _, length in reader._blocks._read_range.asked) <= 4 * BLOCK


def test_an_object_that_shrinks_while_read_is_told():
    ranges = Ranges()
    reader = ranges.reader()
    reader.read(10)
    ranges.data = DATA[:1000]
    reader.seek(500_000)
    with pytest.raises(StoreUnavailable, match="changed"):
        reader.read(10)


def test_a_position_before_the_start_is_refused():
    with pytest.raises(ValueError, match="negative"):
        Ranges().reader().seek(-1)
