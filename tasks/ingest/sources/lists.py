"""Files that name videos: they lie on this machine, in a bucket or on a web server."""

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, BinaryIO

from tasks.core.errors import ObjectMissing, StageRefused, UnreadableVideo
from tasks.core.recipe import SourceSettings
from tasks.core.store import open_source
from tasks.ingest.sources.base import is_in_place
from tasks.ingest.sources.web import Web, host_of, refuse

MOST_BYTES = 4 << 30
"""Of a list that is brought from a web server."""


@contextmanager
def opened(settings: SourceSettings) -> Iterator[BinaryIO]:
    """The list's bytes, seekable. Raises StageRefused where it cannot be read, ObjectMissing where it is not there."""
    try:
        with open_source(settings.uri) if is_in_place(settings.uri) else _brought(settings) as file:
            yield file
    except UnreadableVideo as error:
        raise StageRefused(f"source {settings.name!r}: its list cannot be read: {error.detail}") from error
    except ObjectMissing as error:
        raise ObjectMissing(f"there is no list at {error.detail}") from error


@contextmanager
def _brought(settings: SourceSettings) -> Iterator[BinaryIO]:
    # The recipe itself names this address.
    web = Web(settings.fetch, frozenset({host_of(settings.uri)}))
    with tempfile.TemporaryFile() as file, web.ask(settings.uri) as answer:
        refuse(answer)
        while block := answer.body.read(1 << 20):
            file.write(block)
            if file.tell() > MOST_BYTES:
                raise StageRefused(f"source {settings.name!r}: its list is larger than {MOST_BYTES} bytes")
        length = answer.headers.get("Content-Length", "")
        if length.isdecimal() and int(length) != file.tell():
            raise ConnectionError(f"{settings.uri}: only {file.tell()} of {length} bytes came")
        file.seek(0)
        yield file


def text_of(file: IO[bytes]) -> io.TextIOWrapper:
    """The list as text; a byte order mark is passed over."""
    return io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline="")


def urls_of(settings: SourceSettings) -> Iterator[tuple[int, str]]:
    """(line number from 1, address) of each line that names one; `#` begins a remark. ObjectMissing where none does."""
    is_empty = True
    with opened(settings) as file:
        for number, line in enumerate(text_of(file), start=1):
            if (url := line.strip()) and not url.startswith("#"):
                is_empty = False
                yield number, url
    if is_empty:
        raise ObjectMissing(f"{settings.uri} names no address")
