"""Values of the model as the catalog's columns hold them."""

import dataclasses
from fractions import Fraction
from typing import Any

from tasks.core.catalog.connection import Row
from tasks.core.model import Box, Span, VideoInfo

_FRACTIONS = ("sample_aspect", "time_base", "frame_rate")


def info_to_json(info: VideoInfo) -> dict[str, Any]:
    """The probe as a JSON object; fractions as text."""
    body = dataclasses.asdict(info)
    return {**body, **{name: str(body[name]) for name in _FRACTIONS}}


def info_from_json(body: dict[str, Any]) -> VideoInfo:
    """The probe out of its JSON object."""
    return VideoInfo(**{**body, **{name: Fraction(body[name]) for name in _FRACTIONS}})


def span_of(row: Row) -> Span:
    """The span in a row's start_pts, end_pts, time_base_num and time_base_den."""
    return Span(row["start_pts"], row["end_pts"], Fraction(row["time_base_num"], row["time_base_den"]))


def box_of(row: Row) -> Box:
    """The box in a row's x_px, y_px, width_px and height_px."""
    return Box(row["x_px"], row["y_px"], row["width_px"], row["height_px"])
