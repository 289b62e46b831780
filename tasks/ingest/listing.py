"""Listing a source page by page, in bounded memory: what the catalog knows is left out, and how far it came is kept."""

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from tasks.core.batch import RENEW_S
from tasks.core.catalog import Connection
from tasks.core.catalog.connection import as_uuid
from tasks.core.catalog.work import StageRun
from tasks.core.store import SourceObject
from tasks.core.window import Window
from tasks.ingest.file import File
from tasks.ingest.sources import Source

PAGE_FILES = 1000
ROUND_FILES = 5000
"""New files after which the listing waits until they are in the catalog."""
PASSING = {"permission_denied", "refused", "source_missing", "unreachable", "wrong_type"}
"""Problems of a place that say nothing against the file that was had from it."""


@dataclass(slots=True)
class Listing:
    """One batch's way through its source. `files` and `settle` take turns until `is_whole`."""

    stage_run: StageRun
    source_id: uuid.UUID
    source: Source
    window: Window
    listed: int = 0
    """Files that the source has told of, those of earlier processes included."""
    is_whole: bool = False
    _found: Iterator[SourceObject] | None = None
    _reached: str | None = None
    _renewed_at: float = field(default_factory=time.monotonic)

    def files(self) -> list[File]:
        """The next files that nobody has looked at; few enough to hold in memory."""
        todo: list[File] = []
        while not self.is_whole and len(todo) < ROUND_FILES:
            page = list(islice(self._objects(), PAGE_FILES))
            self.is_whole = not page
            if page:
                self.listed += len(page)
                self._reached = self.source.cursor(page[-1])
                todo += self._unseen([found for found in page if self.window.holds(found) and self.source.takes(found)])
            if not todo:
                self.settle()
            self._renew()
        return todo

    def settle(self) -> None:
        """Writes down how far it is: all before is in the catalog."""
        with self.stage_run.catalog.begin() as connection:
            connection.run(
                "ingest/record_listing",
                batch=self.stage_run.batch,
                source=self.source_id,
                cursor=self._reached,
                listed=self.listed,
                is_whole=self.is_whole,
            )

    def _objects(self) -> Iterator[SourceObject]:
        if self._found is None:
            with self.stage_run.catalog.begin() as connection:
                row = connection.row("ingest/listing", batch=self.stage_run.batch, source=self.source_id)
            if row is not None and not row["is_whole"] and row["cursor"] is not None:
                self.listed, self._reached = row["listed"], row["cursor"]
            self._found = self.source.list(self._reached, self.window)
        return self._found

    def _unseen(self, found: list[SourceObject]) -> list[File]:
        output = self.stage_run.run.recipe.output
        files = {
            file.subject_id: file for file in (File(self.source_id, one, self.source.settings, output) for one in found)
        }
        if not files:
            return []
        with self.stage_run.catalog.begin() as connection:
            known = connection.rows(
                "ingest/known_locations",
                source=self.source_id,
                key=self.stage_run.key,
                locations=[str(location) for location in files],
            )
            seen = {as_uuid(row["location_id"]) for row in known}
            _tell_anew(connection, [file for location, file in files.items() if location in seen])
            unseen = [file for location, file in files.items() if location not in seen]
            return _with_known_content(connection, _without_passing(connection, self.source_id, unseen))

    def _renew(self) -> None:
        if time.monotonic() - self._renewed_at > RENEW_S:
            self.stage_run.renew()
            self._renewed_at = time.monotonic()


def _tell_anew(connection: Connection, files: list[File]) -> None:
    """Writes the user's columns of files that are known already, where they have changed."""
    rows = [
        {"location_id": str(file.subject_id), "metadata": file.found.metadata} for file in files if file.found.metadata
    ]
    if rows:
        connection.run("ingest/update_metadata", rows=connection.json(rows))


def _without_passing(connection: Connection, source: uuid.UUID, files: list[File]) -> list[File]:
    """The files without those that were had before and just now cannot be: a server's bad day takes no video away."""
    passing = [file.found.uri for file in files if file.found.problem in PASSING]
    if not passing:
        return files
    had = {row["place"] for row in connection.rows("ingest/places_had", source=source, places=passing)}
    return [file for file in files if file.found.problem not in PASSING or file.found.uri not in had]


def _with_known_content(connection: Connection, files: list[File]) -> list[File]:
    """The files, each with the sha256 of bytes that were fetched before and that its place gives the same hash of."""
    hashes = sorted({file.found.content_hash for file in files if file.found.content_hash})
    if not hashes:
        return files
    rows = connection.rows("ingest/known_content", hashes=hashes)
    known = {row["content_hash"]: row["sha256"] for row in rows}
    return [file.with_sha256(known.get(file.found.content_hash or "")) for file in files]
