"""Fetched files lie once in the dataset's store, below `originals/`, under a name made of their bytes."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from tasks.core.errors import UnreadableVideo
from tasks.core.model import content_id
from tasks.core.store import SourceObject, Store, open_store
from tasks.ingest.partial import Partial, held, require_space
from tasks.ingest.sources import Source


def original_key(sha256: str) -> str:
    """Where the bytes of this hash lie in the store."""
    return f"originals/{sha256[:2]}/{sha256}"


@dataclass(slots=True)
class Original:
    """All bytes of a file, open; they lie in the store already, or on this machine until they are kept."""

    store: Store
    stream: BinaryIO
    size_bytes: int
    sha256: str | None = None
    """Known where they lie in the store."""
    partial: Partial | None = None
    terms: Mapping[str, Any] = field(default_factory=dict)

    def keep(self, sha256: str) -> str:
        """The URI in the store, where they are from now on."""
        key = original_key(sha256)
        if self.partial is not None:
            if not self.store.exists(key):
                self.store.put_file(key, self.partial.path)
            self.partial.done(sha256)
        return self.store.url(key)


@contextmanager
def bring(source: Source, found: SourceObject, output: str, sha256: str | None) -> Iterator[Original]:
    """The file's bytes, fetched where the store does not have them; of several that want the same, one fetches.

    Bytes that turn out to be no video leave nothing behind. Raises UnreadableVideo, StoreUnavailable.
    """
    store = open_store(output)
    told = found.content_hash or ""
    known = sha256 or (told.removeprefix("sha256:") if told.startswith("sha256:") else None)
    version = (found.uri, found.size_bytes, found.modified_at, found.etag)
    with held(content_id("partial", told) if told else content_id("partial", output, *version)) as partial:
        known = known or (partial.sha256 if told else None)
        if known and store.exists(original_key(known)):
            size_bytes = store.stat(original_key(known)).size_bytes
            with store.open(original_key(known)) as stored:
                yield Original(store, stored, size_bytes, known, terms={"fetched": False})
            return
        terms = _fetch(source, found, partial)
        with partial.path.open("rb") as stream:
            size_bytes = partial.path.stat().st_size
            try:
                yield Original(store, stream, size_bytes, partial=partial, terms={"fetched": True, **terms})
            except UnreadableVideo:
                partial.drop()
                raise


def _fetch(source: Source, found: SourceObject, partial: Partial) -> Mapping[str, Any]:
    limits = source.settings.fetch
    if found.size_bytes > limits.max_file_bytes:
        raise UnreadableVideo(
            "too_large_file", f"{found.size_bytes} bytes; the recipe's fetch.max_file_bytes is {limits.max_file_bytes}"
        )
    require_space(partial, found.size_bytes)
    terms = source.fetch(found, partial.path)
    try:
        _check(found, partial)
    except UnreadableVideo:
        partial.drop()
        raise
    return terms


def _check(found: SourceObject, partial: Partial) -> None:
    """Raises UnreadableVideo where the bytes are not those that the place told of."""
    size_bytes = partial.path.stat().st_size
    if found.size_bytes and size_bytes != found.size_bytes:
        raise UnreadableVideo("wrong_size", f"{size_bytes} bytes came where {found.size_bytes} were told of")
    if found.content_hash:
        algorithm, _, wanted = found.content_hash.partition(":")
        with partial.path.open("rb") as file:
            came = hashlib.file_digest(file, algorithm).hexdigest()
        if came != wanted:
            raise UnreadableVideo("wrong_hash", f"the {algorithm} of what came is {came}, {wanted} was told of")
