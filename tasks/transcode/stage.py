"""The stage `transcode`: one encode of every clip of a batch, put into the dataset's store."""

from collections.abc import Sequence

from tasks.core.catalog import Connection
from tasks.core.catalog.inputs import ClipInput, clip_of
from tasks.core.catalog.work import StageRun
from tasks.core.media import Rendition
from tasks.core.recipe import TranscodeSettings
from tasks.core.scratch import scratch_folder
from tasks.core.stage import Result, Stage
from tasks.core.store import open_source, open_store
from tasks.transcode.encode import transcode_clip
from tasks.transcode.sign import signed

COLUMNS = (
    "stage_key", "clip_id", "object_key", "sha256", "size_bytes", "width_px", "height_px", "frame_count",
    "frame_rate_num", "frame_rate_den", "duration_s", "codec", "pixel_format", "audio_codec", "is_copy", "stage_run_id",
)  # fmt: skip


def transcode_one(clip: ClipInput, settings: TranscodeSettings) -> Rendition:
    """The clip's rendition as a local file. Raises UnreadableVideo."""
    with open_source(clip.uri) as source:
        made = transcode_clip(source, clip.info, clip.span, clip.inner, settings, scratch_folder())
    return made if settings.manifest == "none" else signed(made, clip, settings.manifest)


def pending(connection: Connection, stage_run: StageRun) -> list[ClipInput]:
    """The clips of the batch that nobody has encoded under this key, but those that caption has quarantined."""
    run = stage_run.run
    quarantines = [*run.keys_of("transcode"), *run.keys_of("caption")]
    keys = {"key": stage_run.key, "crop_key": run.key("crop"), "keys": quarantines}
    rows = connection.rows("transcode/pending", run=run.run_id, batch=stage_run.batch, **keys)
    return [clip_of(row, reserved_by="clip_id") for row in rows]


def store(stage_run: StageRun, result: Result[ClipInput, Rendition]) -> None:
    """The rendition in the dataset's store; the local file goes."""
    path = result.value.path
    try:
        open_store(stage_run.run.recipe.output).put_file(object_key(stage_run, result.item), path)
    finally:
        path.unlink(missing_ok=True)
        path.parent.rmdir()


def object_key(stage_run: StageRun, clip: ClipInput) -> str:
    """Where the rendition lies below the dataset's store: by the clip and by what made it."""
    name = str(clip.subject_id)
    return f"renditions/{name[:2]}/{name}-{stage_run.key[:8]}.mp4"


def record(connection: Connection, stage_run: StageRun, results: Sequence[Result[ClipInput, Rendition]]) -> None:
    """One rendition per clip."""
    rows = []
    for result in results:
        made = result.value
        rate = (made.frame_rate.numerator, made.frame_rate.denominator)
        picture = (made.width_px, made.height_px, made.frames, *rate, made.duration_s)
        kind = (made.codec, made.pixel_format, made.audio_codec, made.copied)
        file = (object_key(stage_run, result.item), made.sha256, made.size_bytes)
        rows.append((stage_run.key, result.item.subject_id, *file, *picture, *kind, stage_run.stage_run_id))
    connection.copy("rendition", COLUMNS, rows)


STAGE = Stage(
    name="transcode",
    pending=pending,
    settings=lambda recipe: recipe.transcode,
    work=transcode_one,
    record=record,
    store=store,
    base_limit_s=300,
    limit_per_second=120,
)
