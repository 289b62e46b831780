"""The stage `split`: what is pending of a batch, and the rows of what was found."""

import dataclasses
import uuid
from collections.abc import Sequence
from typing import Any

from tasks.core.catalog import Connection
from tasks.core.catalog.inputs import VideoInput, video_of
from tasks.core.catalog.work import StageRun
from tasks.core.model import clip_id
from tasks.core.recipe import SplitSettings
from tasks.core.stage import Result, Stage
from tasks.core.store import open_source
from tasks.split.video import Split, split_video

CLIP = ("clip_id", "video_id", "start_pts", "end_pts", "time_base_num", "time_base_den", "start_s", "duration_s")
SPAN = ("stage_key", "video_id", "ordinal", "start_frame", "end_frame", "start_s", "duration_s", "reason", "clip_id")


def split_one(video: VideoInput, settings: SplitSettings) -> Split:
    """The boundaries and spans of a video. Raises UnreadableVideo."""
    with open_source(video.uri) as source:
        return split_video(source, video.info, settings)


def pending(connection: Connection, stage_run: StageRun) -> list[VideoInput]:
    """The videos of the batch that have not been split under this key."""
    run = stage_run.run
    rows = connection.rows("split/pending", run=run.run_id, batch=stage_run.batch, key=stage_run.key)
    return [video_of(row) for row in rows]


def record(connection: Connection, stage_run: StageRun, results: Sequence[Result[VideoInput, Split]]) -> None:
    """What decodes of each video, its clips, and its spans."""
    for result in results:
        _record_video(connection, stage_run, result.item.subject_id, result.value)
        _record_spans(connection, stage_run, result.item.subject_id, result.value)


def _record_video(connection: Connection, stage_run: StageRun, video: uuid.UUID, split: Split) -> None:
    first, last = split.spans[0].span, split.spans[-1].span
    columns = (
        "stage_key",
        "video_id",
        "frame_count",
        "start_pts",
        "end_pts",
        "duration_s",
        "boundaries",
        "stage_run_id",
    )
    row = (
        stage_run.key,
        video,
        split.spans[-1].end_frame,
        first.start_pts,
        last.end_pts,
        last.end_s - first.start_s,
        [dataclasses.asdict(boundary) for boundary in split.detection.boundaries],
        stage_run.stage_run_id,
    )
    connection.copy("split_output", columns, [row])


def _record_spans(connection: Connection, stage_run: StageRun, video: uuid.UUID, split: Split) -> None:
    clips: list[tuple[Any, ...]] = []
    spans: list[tuple[Any, ...]] = []
    for ordinal, piece in enumerate(split.spans):
        span, clip = piece.span, None
        if piece.reason is None:
            clip = clip_id(video, span)
            base = (span.time_base.numerator, span.time_base.denominator)
            times = (span.start_pts, span.end_pts, *base, span.start_s, span.duration_s)
            clips.append((clip, video, *times, stage_run.stage_run_id))
        frames = (piece.start_frame, piece.end_frame)
        place = (stage_run.key, video, ordinal, *frames, span.start_s, span.duration_s)
        spans.append((*place, piece.reason, clip))
    connection.copy("clip", (*CLIP, "stage_run_id"), clips)
    connection.copy("span", SPAN, spans)


STAGE = Stage(name="split", pending=pending, settings=lambda recipe: recipe.split, work=split_one, record=record)
