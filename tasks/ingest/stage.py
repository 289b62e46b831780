"""The stage `ingest`: the files of one source that nobody has looked at."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from tasks.core.catalog import Connection
from tasks.core.catalog.connection import as_uuid
from tasks.core.catalog.values import info_to_json
from tasks.core.catalog.work import StageRun
from tasks.core.errors import ObjectMissing, StageRefused, TryAgain
from tasks.core.recipe import SourceSettings
from tasks.core.settings_rights import allowed_use
from tasks.core.stage import Result, Stage
from tasks.core.store import open_source
from tasks.core.window import Window
from tasks.ingest.file import File, Looked, digest, look, looked
from tasks.ingest.listing import Listing
from tasks.ingest.partial import sweep_partials
from tasks.ingest.sources import is_in_place, open_kind


class Listings:
    """The listings that this process has begun, by their batch: a stage is functions, and a listing goes on."""

    def __init__(self) -> None:
        self._of: dict[str | None, Listing] = {}

    def pending(self, connection: Connection, stage_run: StageRun) -> list[File]:
        """The next files of the batch's source that have not been looked at, or whose failure was released.

        The connection is left alone: listing may take hours, and its transaction would last as long.
        """
        listing = self._of.get(stage_run.batch)
        if listing is None:
            listing = self._of[stage_run.batch] = _begin(stage_run)
        try:
            return listing.files()
        except ObjectMissing as error:
            name = listing.source.settings.name
            raise StageRefused(f"source {name!r}: {error.detail}; correct its path in the recipe") from error

    def is_done(self, stage_run: StageRun) -> bool:
        """Whether the source has been listed to its end; what was pending is in the catalog."""
        listing = self._of[stage_run.batch]
        listing.settle()
        return listing.is_whole


def _begin(stage_run: StageRun) -> Listing:
    """The listing of the batch's source. Raises TryAgain while another run lists it: both need not do the same."""
    sweep_partials()
    with stage_run.catalog.begin() as connection:
        source_id, source = _source(connection, stage_run)
        other = connection.value("ingest/held_by", key=stage_run.key, source=source_id, batch=stage_run.batch)
        if other is not None:
            raise TryAgain(f"source {source.name!r} is being listed by the run {other}; this one goes on after it")
        _record_terms(connection, stage_run, source_id, source)
    start, end = stage_run.run.window
    return Listing(stage_run, source_id, open_kind(source), Window(start, end, source.listing.date_in_key))


def _source(connection: Connection, stage_run: StageRun) -> tuple[uuid.UUID, SourceSettings]:
    row = connection.row("ingest/source", batch=stage_run.batch)
    for source in stage_run.run.recipe.sources:
        if row is not None and source.name == row["name"]:
            return as_uuid(row["source_id"]), source
    raise StageRefused(f"batch {stage_run.batch} is of no source of this recipe")


def _record_terms(connection: Connection, stage_run: StageRun, source_id: uuid.UUID, source: SourceSettings) -> None:
    """A row only where the terms are new or have changed."""
    connection.run(
        "ingest/record_terms",
        source=source_id,
        licence=source.licence,
        rights=source.rights,
        evidence=source.evidence,
        contact=source.contact,
        **allowed_use(source.licence, source.use),
        stage_run_id=stage_run.stage_run_id,
    )


def record(connection: Connection, stage_run: StageRun, results: Sequence[Result[File, Looked]]) -> None:
    """A video row for every file, by its bytes; a place for each; a failure where it is no readable video."""
    for result in results:
        file = result.value
        _record_file(connection, stage_run, file)
        if file.kind is not None:
            stage_run.quarantine(connection, file.video_id, file.kind, file.message or file.kind, 1)


def _record_file(connection: Connection, stage_run: StageRun, result: Looked) -> None:
    found = result.found
    connection.run(
        "ingest/record_video",
        video=result.video_id,
        sha256=result.sha256,
        size_bytes=result.size_bytes,
        info=None if result.info is None else connection.json(info_to_json(result.info)),
        duration_s=None if result.info is None else result.info.duration_s,
        stage_run_id=stage_run.stage_run_id,
    )
    if result.claim is not None:
        connection.run(
            "ingest/record_claim",
            video=result.video_id,
            entries=connection.json(result.claim.entries),
            refusal=result.claim.refusal,
            problem=result.claim.problem,
            stage_run_id=stage_run.stage_run_id,
        )
    connection.run(
        "ingest/record_location",
        location=result.subject_id,
        source=result.source_id,
        video=result.video_id,
        uri=result.uri,
        origin=result.origin,
        path=found.relative_path,
        size_bytes=result.size_bytes,
        modified_at=found.modified_at,
        etag=found.etag,
        content_hash=found.content_hash,
        terms=_json(connection, result.terms),
        metadata=_json(connection, found.metadata),
        stage_run_id=stage_run.stage_run_id,
    )


def _json(connection: Connection, value: Mapping[str, Any] | None) -> str | None:
    return connection.json(dict(value)) if value else None


def forsake(connection: Connection, stage_run: StageRun, file: File) -> uuid.UUID:
    """The rows of a file that killed its probe: where it lies in place it is known by its bytes all the same."""
    result = looked(file, None)
    if is_in_place(file.found.uri):
        with open_source(file.found.uri) as stream:
            result = looked(file, digest(stream))
    _record_file(connection, stage_run, result)
    return result.video_id


LISTINGS = Listings()

STAGE = Stage(
    name="ingest",
    pending=LISTINGS.pending,
    is_done=LISTINGS.is_done,
    settings=lambda recipe: recipe.ingest,
    work=look,
    record=record,
    forsake=forsake,
)
