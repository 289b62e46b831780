"""The picture's box within the frame, from the clip's line profiles."""

from dataclasses import dataclass

import numpy as np

from tasks.core.model import Box
from tasks.crop.fill import find_fill
from tasks.crop.margins import Margin, find_margin
from tasks.crop.profiles import Floats, Profiles, cell_starts

DARK_LEVEL = 40.0
"""Grey level up to which a margin on one side alone is a bar; a brighter one needs its like on the other side."""
SAME_LEVEL = 10.0
"""Grey levels by which the margins on both sides may differ."""
SURE = 0.7
"""Strength from which on an edge needs no support by the other side."""


@dataclass(frozen=True, slots=True)
class CropResult:
    """Where the picture is within the frame, in displayed pixels."""

    box: Box
    confidence: float
    """0 (nothing could be seen, e.g. all black) to 1 (every edge, or its absence, is clear)."""


@dataclass(frozen=True, slots=True)
class Extent:
    """Where the picture lies along one axis: [start, end) and how sure that is."""

    start: int
    end: int
    confidence: float


def locate(profiles: Profiles, min_bar_share: float) -> CropResult:
    """The box of the picture: bars of one colour first, else a blurred fill."""
    height, width = profiles.rows.shape[1], profiles.columns.shape[1]
    rows = bars_along(profiles.rows, min_bar_share)
    columns = bars_along(within(profiles.columns, rows, height), min_bar_share)
    if (columns.start, columns.end) != (0, width):
        rows = bars_along(within(profiles.rows, columns, width), min_bar_share)
    if (columns.start, columns.end) == (0, width):
        columns = fill_along(within(profiles.columns, rows, height), min_bar_share, columns)
    if (rows.start, rows.end) == (0, height):
        rows = fill_along(within(profiles.rows, columns, width), min_bar_share, rows)
    box = Box(columns.start, rows.start, columns.end - columns.start, rows.end - rows.start)
    return CropResult(box, round(min(rows.confidence, columns.confidence), 3))


def bars_along(lines: Floats, min_bar_share: float) -> Extent:
    """The extent left by bars of one colour at both ends of the lines [frames, lines, cells]."""
    length = lines.shape[1]
    least_px = max(2, round(length * min_bar_share))
    near, far = find_margin(lines, least_px), find_margin(lines[:, ::-1], least_px)
    depths = [side.depth_px if believable(side, other) else 0 for side, other in ((near, far), (far, near))]
    sure = min(certainty(near, depths[0]), certainty(far, depths[1]))
    return Extent(depths[0], length - depths[1], sure)


def believable(margin: Margin, opposite: Margin) -> bool:
    """Whether a margin is a bar: by itself where it is dark and its edge is sure, else only with its like on the other
    side; a bright margin alone is rather a sky, a wall or a window's title."""
    if margin.level <= DARK_LEVEL and margin.strength >= SURE:
        return True
    alike = opposite.depth_px > 0 and abs(opposite.level - margin.level) <= SAME_LEVEL
    return alike and max(margin.strength, opposite.strength) >= SURE


def certainty(margin: Margin, depth_px: int) -> float:
    """The edge's strength where there is a bar; where there is none, how far its best edge is from being one."""
    return margin.strength if depth_px else 1 - 0.5 * margin.strength


def fill_along(lines: Floats, min_bar_share: float, otherwise: Extent) -> Extent:
    """The extent left by blurred margins, or `otherwise` where there are none."""
    length = lines.shape[1]
    fill = find_fill(lines, max(4, round(length * min_bar_share)))
    return Extent(fill.near_px, length - fill.far_px, fill.strength) if fill else otherwise


def within(lines: Floats, across: Extent, length: int) -> Floats:
    """The lines with only those cells that lie wholly inside the other axis's extent."""
    starts = cell_starts(length)
    ends = np.append(starts[1:], length)
    inside = (starts >= across.start) & (ends <= across.end)
    return lines[:, :, inside] if inside.sum() >= 4 else lines
