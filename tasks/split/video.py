"""The stage's own function: one video in, its changes of shot and its spans out."""

from dataclasses import dataclass
from typing import Any

from tasks.core.media import Source
from tasks.core.model import Boundary, VideoInfo, VideoSpan
from tasks.core.recipe import SplitSettings
from tasks.split.detect import detect
from tasks.split.detection import Detection
from tasks.split.spans import cut_spans


@dataclass(frozen=True, slots=True)
class Split:
    """What `split` says of one video."""

    detection: Detection
    spans: tuple[VideoSpan, ...]


def split_video(source: Source, info: VideoInfo, settings: SplitSettings) -> Split:
    """Shots, clips and what lies between them; raises UnreadableVideo, or StageRefused for a missing package."""
    found = detect(source, info, settings)
    return Split(found, cut_spans(found, settings))


def as_json(split: Split) -> dict[str, Any]:
    """The documented object of `clipmill split --json`; times in seconds from the first frame."""
    first = split.detection.pts_of(0)
    tick_s = float(split.detection.time_base)
    return {
        "boundaries": [_boundary(boundary, first, tick_s) for boundary in split.detection.boundaries],
        "clips": [_clip(span, first, tick_s) for span in split.spans],
    }


def _boundary(boundary: Boundary, first_pts: int, tick_s: float) -> dict[str, Any]:
    return {
        "frame": boundary.frame,
        "time_s": round((boundary.frame_pts - first_pts) * tick_s, 6),
        "kind": boundary.kind,
        "start_frame": boundary.start_frame,
        "end_frame": boundary.end_frame,
        "strength": round(boundary.strength, 3),
    }


def _clip(piece: VideoSpan, first_pts: int, tick_s: float) -> dict[str, Any]:
    said = {
        "start_frame": piece.start_frame,
        "end_frame": piece.end_frame,
        "start_s": round((piece.span.start_pts - first_pts) * tick_s, 6),
        "end_s": round((piece.span.end_pts - first_pts) * tick_s, 6),
    }
    return said if piece.reason is None else {**said, "reason": piece.reason}
