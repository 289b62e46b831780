"""Clips and videos as the stages' queries find them: what a child process needs to work on one."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from tasks.core.catalog.connection import Row, as_uuid
from tasks.core.catalog.values import box_of, info_from_json, span_of
from tasks.core.model import Box, Span, VideoInfo


@dataclass(frozen=True, slots=True)
class VideoInput:
    """A video to work on."""

    subject_id: uuid.UUID
    uri: str
    info: VideoInfo

    @property
    def reserved_id(self) -> uuid.UUID:
        """The video itself."""
        return self.subject_id

    @property
    def weight_s(self) -> float:
        """Seconds of video."""
        return self.info.duration_s


@dataclass(frozen=True, slots=True)
class ClipInput:
    """A clip to work on."""

    subject_id: uuid.UUID
    reserved_id: uuid.UUID
    uri: str
    info: VideoInfo
    span: Span
    box: Box | None
    """The picture inside the borders; None before `crop`."""
    scorers: tuple[str, ...] = ()
    """Scorers that have not measured it, for `filter`."""
    video_id: uuid.UUID | None = None
    """Of which video; None where a stage has no use for it."""

    @property
    def weight_s(self) -> float:
        """Seconds of video."""
        return self.span.duration_s

    @property
    def inner(self) -> Box:
        """The box, which every stage after `crop` has."""
        if self.box is None:
            raise ValueError(f"clip {self.subject_id} has no box yet")
        return self.box


def video_of(row: Row) -> VideoInput:
    """The video in a row's video_id, uri and info."""
    return VideoInput(as_uuid(row["video_id"]), row["uri"], info_from_json(row["info"]))


def clip_of(row: Row, *, reserved_by: str) -> ClipInput:
    """The clip in a row; `reserved_by` names the column of the batch member that holds it."""
    scorers: Sequence[str] = row.get("scorers") or ()
    return ClipInput(
        subject_id=as_uuid(row["clip_id"]),
        reserved_id=as_uuid(row[reserved_by]),
        uri=row["uri"],
        info=info_from_json(row["info"]),
        span=span_of(row),
        box=box_of(row) if "x_px" in row else None,
        scorers=tuple(scorers),
        video_id=as_uuid(row["video_id"]),
    )
