"""An export that is being put together where nobody looks, and that then is there at once.

In a folder it lies beside its place until it is whole, and is then renamed. In a bucket each file goes to its place as
soon as it is whole, and the report, which says that the export is there, goes last.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tasks.core.errors import ObjectExists, StageRefused
from tasks.core.scratch import passing_scratch
from tasks.core.store import Store, is_s3, open_store, uri_to_path

REPORT = "export.json"
"""The file by which a reader knows that an export is whole."""


@dataclass(slots=True)
class Draft:
    """The files of an export, by their names below its root."""

    address: str
    """Where the export will lie: an absolute folder, or s3://bucket/prefix."""
    folder: Path
    """Where its files are written."""
    bucket: Store | None = None
    """Where finished files go at once; None leaves them in the folder."""
    files: int = field(default=0, init=False)
    size_bytes: int = field(default=0, init=False)

    def path(self, name: str) -> Path:
        """Where to write the file of that name."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def finish(self, name: str) -> None:
        """Says that the file is whole, and checked."""
        path = self.folder / name
        self.files += 1
        self.size_bytes += path.stat().st_size
        if self.bucket is not None:
            self.bucket.put_file(name, path)
            path.unlink()

    def put(self, name: str, data: bytes) -> None:
        """A small file at once."""
        self.path(name).write_bytes(data)
        self.finish(name)


@contextmanager
def open_draft(address: str) -> Iterator[Draft]:
    """A draft that is published when the block ends well, and gone when it does not.

    Raises StageRefused where something lies at the address already.
    """
    if is_s3(address):
        yield from _in_bucket(address)
    else:
        yield from _in_folder(uri_to_path(address) if address.startswith("file://") else Path(address))


def _in_folder(place: Path) -> Iterator[Draft]:
    place = place.absolute()
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise StageRefused(f"{place} is there already; remove it, or give another --output")
    place.parent.mkdir(parents=True, exist_ok=True)
    _sweep(place)
    folder = place.with_name(f".{place.name}.unfinished-{os.getpid()}")
    folder.mkdir()
    try:
        yield Draft(str(place), folder)
        os.sync()
        folder.rename(place)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(place: Path) -> None:
    """Removes what killed exports to this place have left."""
    for left in place.parent.glob(f".{place.name}.unfinished-*"):
        if not Path("/proc", left.name.rpartition("-")[2]).exists():
            shutil.rmtree(left, ignore_errors=True)


def _in_bucket(address: str) -> Iterator[Draft]:
    store = open_store(address)
    if next(store.list(), None) is not None:
        raise StageRefused(f"something lies at {address} already; remove it, or give another --output")
    with passing_scratch() as folder:
        draft = Draft(address.rstrip("/"), folder, store)
        yield draft
        report = folder / REPORT
        try:
            store.put_bytes(REPORT, report.read_bytes(), if_absent=True)
        except ObjectExists as error:
            raise StageRefused(f"another export to {address} was quicker") from error
