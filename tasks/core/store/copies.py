"""Local copies of a store's objects inside a limit of bytes; those least recently used go first."""

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from tasks.core.store.base import Store


class LocalCopies:
    """The copies in one folder of this machine."""

    def __init__(self, store: Store, folder: Path, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.size_bytes = 0
        self._store = store
        self._folder = folder
        self._kept: OrderedDict[str, tuple[Path, int]] = OrderedDict()
        self._number = 0

    def bring(self, objects: Sequence[tuple[str, int]]) -> None:
        """Copies those (key, size in bytes) that are not here yet, all at once; the sizes are believed.

        Raises ObjectMissing, and ValueError where they exceed the limit together.
        """
        if sum(size_bytes for _, size_bytes in objects) > self.limit_bytes:
            raise ValueError(f"{len(objects)} objects take more than {self.limit_bytes} bytes")
        for key, _ in objects:
            if key in self._kept:
                self._kept.move_to_end(key)
        wanted = [(key, size_bytes) for key, size_bytes in objects if key not in self._kept]
        self._make_room(sum(size_bytes for _, size_bytes in wanted))
        files = [(key, self._new_path()) for key, _ in wanted]
        self._store.download_all(files)
        for (key, path), (_, size_bytes) in zip(files, wanted, strict=True):
            self._kept[key] = (path, size_bytes)
            self.size_bytes += size_bytes

    def open(self, key: str) -> BinaryIO:
        """A copy that was brought, which is now the one most recently used; KeyError where it has gone."""
        self._kept.move_to_end(key)
        return self._kept[key][0].open("rb")

    def _make_room(self, wanted_bytes: int) -> None:
        while self._kept and self.size_bytes + wanted_bytes > self.limit_bytes:
            _, (path, size_bytes) = self._kept.popitem(last=False)
            path.unlink(missing_ok=True)
            self.size_bytes -= size_bytes

    def _new_path(self) -> Path:
        self._number += 1
        return self._folder / str(self._number)
