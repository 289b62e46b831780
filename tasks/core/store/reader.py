"""A seekable file over anything that can return a byte range."""

import io
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from tasks.core.errors import StoreUnavailable

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

ReadRange = Callable[[int, int], bytes]
"""(offset, length) -> the bytes there, fewer only at the end."""

BLOCK_BYTES = 256 * 1024
CACHED_BLOCKS = 64
FETCH_MAX_BLOCKS = 16
RUN_SHARE = 8
"""A sequential reader fetches ahead an eighth of what it has read in one run, so at most an eighth is in vain."""


class SeekableReader(io.BufferedReader):
    """A binary file over `read_range`; memory stays under cached_blocks + 16 blocks, whatever the object's size."""

    def __init__(
        self,
        read_range: ReadRange,
        size_bytes: int,
        *,
        block_bytes: int = BLOCK_BYTES,
        cached_blocks: int = CACHED_BLOCKS,
    ) -> None:
        self._blocks = _BlockReader(read_range, size_bytes, block_bytes, cached_blocks)
        super().__init__(self._blocks, buffer_size=64 * 1024)

    @property
    def size_bytes(self) -> int:
        """Size of the whole object."""
        return self._blocks.size_bytes

    @property
    def bytes_fetched(self) -> int:
        """Bytes asked of the store so far."""
        return self._blocks.bytes_fetched

    @property
    def fetches(self) -> int:
        """Requests made to the store so far."""
        return self._blocks.fetches


class _BlockReader(io.RawIOBase):
    """The raw file: least recently used blocks fall out."""

    def __init__(self, read_range: ReadRange, size_bytes: int, block_bytes: int, cached_blocks: int) -> None:
        super().__init__()
        self.size_bytes = size_bytes
        self.bytes_fetched = 0
        self.fetches = 0
        self._read_range = read_range
        self._block_bytes = block_bytes
        self._cached_blocks = max(1, cached_blocks)
        self._cache: OrderedDict[int, bytes] = OrderedDict()
        self._position = 0
        self._run_end = -1  # block after the last fetch: a fetch that starts here goes on with the run
        self._run_blocks = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size_bytes}[whence]
        if base + offset < 0:
            raise ValueError(f"negative position: {base + offset}")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: "WriteableBuffer") -> int:
        target = memoryview(buffer).cast("B")
        wanted = max(0, min(len(target), self.size_bytes - self._position))
        done = 0
        while done < wanted:
            index, skip = divmod(self._position, self._block_bytes)
            piece = self._block(index, wanted - done + skip)[skip : skip + wanted - done]
            target[done : done + len(piece)] = piece
            done += len(piece)
            self._position += len(piece)
        return done

    def _block(self, index: int, wanted_bytes: int) -> bytes:
        """Block `index`, fetched with its followers where `wanted_bytes` from its start reach into them."""
        if index not in self._cache:
            self._fetch(index, -(-wanted_bytes // self._block_bytes))
        self._cache.move_to_end(index)
        return self._cache[index]

    def _fetch(self, first: int, wanted_blocks: int) -> None:
        count = self._fetch_count(first, wanted_blocks)
        start = first * self._block_bytes
        length = min(count * self._block_bytes, self.size_bytes - start)
        data = self._read_range(start, length)
        if len(data) != length:
            raise StoreUnavailable(f"{len(data)} bytes came where {length} were asked; the object changed while read")
        self.fetches += 1
        self.bytes_fetched += length
        for number in reversed(range(count)):  # the first block last: it is the one wanted now
            block = data[number * self._block_bytes : (number + 1) * self._block_bytes]
            self._cache[first + number] = block
        while len(self._cache) > self._cached_blocks:
            self._cache.popitem(last=False)

    def _fetch_count(self, first: int, wanted_blocks: int) -> int:
        """How many blocks to fetch from `first` on: those wanted, or more in a run, up to a block that is there."""
        self._run_blocks = self._run_blocks if first == self._run_end else 0
        last_block = (self.size_bytes - 1) // self._block_bytes
        most = min(FETCH_MAX_BLOCKS, self._cached_blocks, last_block - first + 1)
        count = max(1, min(most, max(wanted_blocks, self._run_blocks // RUN_SHARE)))
        count = next((ahead for ahead in range(1, count) if first + ahead in self._cache), count)
        self._run_blocks += count
        self._run_end = first + count
        return count
