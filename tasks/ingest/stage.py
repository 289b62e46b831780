"""The stage `ingest`: the files of one source that nobody has looked at."""

import uuid
from collections.abc import Sequence

from tasks.core.catalog import Connection
from tasks.core.catalog.connection import as_uuid
from tasks.core.catalog.values import info_to_json
from tasks.core.catalog.work import StageRun
from tasks.core.errors import ObjectMissing, StageRefused
from tasks.core.recipe import SourceSettings
from tasks.core.settings_rights import allowed_use
from tasks.core.stage import Result, Stage
from tasks.core.store import list_source, open_source
from tasks.ingest.file import File, Looked, digest, look, looked


def pending(connection: Connection, stage_run: StageRun) -> list[File]:
    """The files of the batch's source that have not been looked at, or whose failure was released."""
    source_id, source = _source(connection, stage_run)
    _record_terms(connection, stage_run, source_id, source)
    known = connection.rows("ingest/known_locations", source=source_id, key=stage_run.key)
    seen = {as_uuid(row["location_id"]) for row in known}
    try:
        files = [File(source_id, found) for found in list_source(source.uri)]
    except ObjectMissing as error:
        raise StageRefused(f"source {source.name!r}: {error.detail}; correct its path in the recipe") from error
    return [file for file in files if file.subject_id not in seen]


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
        path=result.path,
        size_bytes=result.size_bytes,
        modified_at=result.modified_at,
        stage_run_id=stage_run.stage_run_id,
    )


def forsake(connection: Connection, stage_run: StageRun, file: File) -> uuid.UUID:
    """The rows of a file that killed its probe: it is known by its bytes all the same."""
    with open_source(file.found.uri) as stream:
        result = looked(file, digest(stream))
    _record_file(connection, stage_run, result)
    return result.video_id


STAGE = Stage(
    name="ingest",
    pending=pending,
    settings=lambda recipe: recipe.ingest,
    work=look,
    record=record,
    forsake=forsake,
)
