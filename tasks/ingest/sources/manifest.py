"""A table of addresses with the user's own columns: CSV, JSON lines or Parquet; what lies in place stays there."""

import csv
import json
import math
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urljoin

from tasks.core.errors import ObjectMissing, StageRefused, StoreUnavailable, UnreadableVideo
from tasks.core.store import SourceObject, is_s3, path_to_uri, uri_to_path
from tasks.core.window import Window
from tasks.ingest.sources.base import Source, is_in_place
from tasks.ingest.sources.http import Look, one_network
from tasks.ingest.sources.lists import opened, text_of
from tasks.ingest.sources.side_by_side import side_by_side
from tasks.ingest.sources.web import harmless

SHA256, LICENCE = "sha256", "licence"
"""Columns with a meaning of their own; all others but the address are the user's."""
MOST_BYTES = 64 * 1024
"""Of a row's own columns, as JSON."""
PARQUET_ROWS = 1000

Row = Mapping[str, Any]


class Manifest(Source):
    """Rows of a table."""

    def list(self, after: str | None, window: Window) -> Iterator[SourceObject]:
        passed = int(after or 0)
        rows = ((number, row) for number, row in enumerate(self._rows(), start=1) if number > passed)
        return one_network(side_by_side(self._found, rows))

    def _rows(self) -> Iterator[Row]:
        """ObjectMissing where it has none, StageRefused where it cannot be read or lacks the column."""
        suffix = self.settings.path.rpartition(".")[2].lower()
        if suffix not in READERS:
            raise StageRefused(f"{self.settings.path}: a manifest is called .{', .'.join(READERS)}")
        column, is_empty = self.settings.listing.uri_column, True
        with opened(self.settings) as file:
            for row in READERS[suffix](file):
                is_empty = False
                if column not in row:
                    raise StageRefused(
                        f"{self.settings.path} has no column {column!r} (it has {', '.join(map(str, row))}); "
                        "listing.uri_column names the one with the addresses"
                    )
                yield row
        if is_empty:
            raise ObjectMissing(f"{self.settings.uri} has no row")

    def _found(self, numbered: tuple[int, Row]) -> SourceObject:
        number, row = numbered
        column = self.settings.listing.uri_column
        given = str(row[column] or "").strip()
        own = {name: plain(value) for name, value in row.items() if name not in (column, SHA256, LICENCE)}
        own = {name: value for name, value in own.items() if value not in (None, "")}
        try:
            self._check(row, own)
            found = self._at(given)
        except UnreadableVideo as error:
            found = _problem(given, error.kind, error.detail)
        except ObjectMissing as error:
            found = _problem(given, "source_missing", error.detail)
        terms = dict(found.terms or {}) | ({"licence": str(row[LICENCE])} if row.get(LICENCE) else {})
        sha256 = str(row.get(SHA256) or "").lower()
        told = f"sha256:{sha256}" if len(sha256) == 64 else found.content_hash
        return replace(found, terms=terms or None, metadata=own or None, content_hash=told, cursor=str(number))

    def _check(self, row: Row, own: Row) -> None:
        licence = row.get(LICENCE)
        if licence and str(licence) not in self.settings.allowed_licences:
            allowed = ", ".join(self.settings.allowed_licences)
            raise UnreadableVideo("licence_refused", f"its row says {licence}; the recipe takes {allowed}")
        if len(json.dumps(own)) > MOST_BYTES:
            raise UnreadableVideo("too_large_metadata", f"its row's own columns take more than {MOST_BYTES} bytes")

    def _at(self, given: str) -> SourceObject:
        """The file at an address, or at a path below the manifest's own folder."""
        if given.startswith(("http://", "https://")):
            return self._web.at(given)
        if "://" not in given and not given.startswith("/"):
            given = self._beside(given)
        # What a web server says is never read from our own disks and buckets.
        if is_s3(given) and is_in_place(self.settings.uri):
            return _in_bucket(given)
        if given.startswith(("/", "file://")) and self.settings.uri.startswith("file://"):
            return _on_disk(uri_to_path(path_to_uri(given) if given.startswith("/") else given))
        return self._web.at(given)

    def _beside(self, given: str) -> str:
        if not given or ".." in Path(given).parts:
            raise UnreadableVideo("bad_address", f"{given!r} is no address, and no path below the manifest's folder")
        if self.settings.uri.startswith("file://"):
            return str(uri_to_path(self.settings.uri).parent / given)
        if is_s3(self.settings.path):
            return f"{self.settings.path.rpartition('/')[0]}/{given}"
        return urljoin(self.settings.uri, given)

    @cached_property
    def _web(self) -> Look:
        return Look(self.settings)

    def fetch(self, found: SourceObject, part: Path) -> Mapping[str, Any]:
        return self._web.fetch(found, part)


def _problem(given: str, kind: str, told: str) -> SourceObject:
    place = harmless(given)
    return SourceObject(place, place, 0, None, problem=kind, terms={"problem": told})


def _on_disk(path: Path) -> SourceObject:
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ObjectMissing(str(path)) from error
    except PermissionError as error:
        raise UnreadableVideo("unreadable_file", f"this user may not read {path}") from error
    except OSError as error:
        raise StoreUnavailable(f"{path}: {error.strerror}") from error
    shown = os.fsencode(path).decode("utf-8", "backslashreplace")
    return SourceObject(path_to_uri(path), shown, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))


def _in_bucket(uri: str) -> SourceObject:
    from tasks.core.store.s3_source import stat_object

    try:
        return stat_object(uri)
    except ValueError as error:
        raise UnreadableVideo("bad_address", str(error)) from error


def _csv(file: BinaryIO) -> Iterator[Row]:
    return iter(csv.DictReader(text_of(file), restkey="more_columns"))


def _json_lines(file: BinaryIO) -> Iterator[Row]:
    for number, line in enumerate(file, start=1):
        if line.strip():
            try:
                row = json.loads(line)
            except ValueError as error:
                raise StageRefused(f"line {number} of the manifest is no JSON: {error}") from error
            if not isinstance(row, dict):
                raise StageRefused(f"line {number} of the manifest is no object with columns")
            yield row


def _parquet(file: BinaryIO) -> Iterator[Row]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ModuleNotFoundError as error:
        raise StageRefused("a Parquet manifest needs pyarrow, which is not here: uv pip install pyarrow") from error
    try:
        for batch in pq.ParquetFile(file).iter_batches(PARQUET_ROWS):
            yield from batch.to_pylist()
    except pa.ArrowInvalid as error:
        raise StageRefused(f"the manifest is no Parquet file: {error}") from error


READERS: dict[str, Callable[[BinaryIO], Iterator[Row]]] = {
    "csv": _csv,
    "jsonl": _json_lines,
    "ndjson": _json_lines,
    "parquet": _parquet,
}


def plain(value: Any) -> Any:
    """The value as JSON has it: dates and the like as text, numbers that are none as nothing."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, str):
        return value.replace("\0", "")
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return str(value)
