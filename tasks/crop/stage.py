"""The stage `crop`: the box of the picture in every clip of a batch's videos."""

from collections.abc import Sequence

from tasks.core.catalog import Connection
from tasks.core.catalog.inputs import ClipInput, clip_of
from tasks.core.catalog.work import StageRun
from tasks.core.settings_filter import CropSettings
from tasks.core.stage import Result, Stage
from tasks.core.store import open_source
from tasks.crop.box import CropResult
from tasks.crop.find import find_box

COLUMNS = ("stage_key", "clip_id", "x_px", "y_px", "width_px", "height_px", "confidence", "stage_run_id")


def crop_one(clip: ClipInput, settings: CropSettings) -> CropResult:
    """The box of a clip. Raises UnreadableVideo."""
    with open_source(clip.uri) as source:
        return find_box(source, clip.info, clip.span, settings)


def pending(connection: Connection, stage_run: StageRun) -> list[ClipInput]:
    """The clips of the batch's videos that have no box under this key."""
    rows = connection.rows("crop/pending", run=stage_run.run.run_id, batch=stage_run.batch, key=stage_run.key)
    return [clip_of(row, reserved_by="video_id") for row in rows]


def record(connection: Connection, stage_run: StageRun, results: Sequence[Result[ClipInput, CropResult]]) -> None:
    """One box per clip."""
    rows = []
    for result in results:
        box, confidence = result.value.box, result.value.confidence
        place = (box.x, box.y, box.width, box.height)
        rows.append((stage_run.key, result.item.subject_id, *place, confidence, stage_run.stage_run_id))
    connection.copy("crop_box", COLUMNS, rows)


STAGE = Stage(name="crop", pending=pending, settings=lambda recipe: recipe.crop, work=crop_one, record=record)
