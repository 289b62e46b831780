"""Clips drawn at random to look at, each with a picture from its middle."""

import base64
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from tasks.core.catalog import Connection, Row
from tasks.core.catalog.connection import as_uuid
from tasks.core.catalog.values import box_of, info_from_json, span_of
from tasks.core.errors import UnreadableVideo
from tasks.core.media import View, decode
from tasks.core.media.still import encode_jpeg
from tasks.core.model import Box, Span, VideoInfo
from tasks.core.pool import Died, Done, Failed, ItemPool, Stopped, worker_count
from tasks.core.store import open_source

SIDE_PX = 320
LIMIT_S = 60.0
MEMORY_BYTES = 4 << 30


@dataclass(frozen=True, slots=True)
class Judged:
    """The rule that a clip fell by."""

    rule: str
    score: str | None
    value: float | None
    min_value: float | None
    max_value: float | None
    because: str | None


@dataclass(frozen=True, slots=True)
class Sample:
    """One drawn clip."""

    subject_id: uuid.UUID
    path: str
    uri: str
    info: VideoInfo
    span: Span
    box: Box | None
    judged: Judged | None

    @property
    def start_in_video_s(self) -> float:
        """Seconds from the video's first frame."""
        return self.span.start_s - float(self.info.start_pts * self.info.time_base)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as a data URI, or why there is none."""

    uri: str | None
    problem: str | None = None


def draw(connection: Connection, run_id: str, state: str, count: int = 10) -> list[Sample]:
    """Clips of one state, the same ones every time."""
    return [sample_of(row) for row in connection.rows("report/samples", run=run_id, state=state, count=count)]


def sample_of(row: Row) -> Sample:
    """The clip in a row of report/samples or report/nearest."""
    return Sample(
        subject_id=as_uuid(row["clip_id"]),
        path=row["path"],
        uri=row["uri"],
        info=info_from_json(row["info"]),
        span=span_of(row),
        box=None if row["x_px"] is None else box_of(row),
        judged=None if row["reason"] is None else _judged(row),
    )


def _judged(row: Row) -> Judged:
    names = ("score", "value", "min_value", "max_value", "because")
    return Judged(row["reason"], **{name: row[name] for name in names})


def middle_picture(sample: Sample, side_px: int) -> bytes:
    """A JPEG of the frame in the middle of the clip, inside its box. Raises UnreadableVideo and what a store raises."""
    span = sample.span
    later_half = Span((span.start_pts + span.end_pts) // 2, span.end_pts, span.time_base)
    with open_source(sample.uri) as source:
        frames = decode(source, sample.info, later_half, View(box=sample.box, max_side_px=side_px))
        frame = next(frames, None)
    if frame is None:
        raise UnreadableVideo("no_frames", "no picture decodes in the second half of the clip")
    return encode_jpeg(frame.image)


def pictures(samples: Sequence[Sample], side_px: int = SIDE_PX) -> dict[uuid.UUID, Picture]:
    """A picture for each clip. What cannot be decoded costs its own picture, whatever it does to its process."""
    if not samples:
        return {}
    with ItemPool(min(worker_count(), len(samples)), MEMORY_BYTES, __name__) as pool:
        futures = {one.subject_id: pool.submit(middle_picture, one, side_px, LIMIT_S) for one in samples}
        return {subject: _picture(pool.outcome(future, LIMIT_S)) for subject, future in futures.items()}


def _picture(ended: Done | Failed | Died | Stopped) -> Picture:
    if isinstance(ended, Done):
        return Picture(f"data:image/jpeg;base64,{base64.b64encode(ended.value).decode()}")
    return Picture(None, ended.message)
