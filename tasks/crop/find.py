"""Finds the picture of one clip: bars around it are left out, whatever their colour."""

from typing import Any

from tasks.core.media import Source, View, decode
from tasks.core.model import Box, Span, VideoInfo
from tasks.core.settings_filter import CropSettings
from tasks.crop.box import CropResult, locate
from tasks.crop.profiles import read_profiles


def find_box(source: Source, info: VideoInfo, span: Span, settings: CropSettings) -> CropResult:
    """The box of the picture in displayed pixels, from frames sampled evenly over the span.

    Where there are no bars the box is the whole frame; where nothing can be seen (all black) it is too, with
    confidence 0. Raises UnreadableVideo.
    """
    view = View(pixel_format="gray", sample_fps=settings.frames / span.duration_s)
    profiles = read_profiles(frame.image for frame in decode(source, info, span, view))
    if profiles is None:
        return CropResult(Box(0, 0, info.width_px, info.height_px), 0.0)
    return locate(profiles, settings.min_bar_share)


def as_json(result: CropResult) -> dict[str, Any]:
    """The result for the single-file tool: `box` in displayed pixels and `confidence` from 0 to 1."""
    box = result.box
    return {
        "box": {"x": box.x, "y": box.y, "width": box.width, "height": box.height},
        "confidence": result.confidence,
    }
