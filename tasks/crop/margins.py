"""Margins of one constant colour: black, white, noisy or with a subtitle in them.

A bar and a dark part of the picture differ in where they end: a bar ends at once, on one straight line, along the
whole side and in every frame. So each line gets its coverage, the share of its cells that ever leave the bar's
colour, and a bar is a quiet margin before the largest jump of the coverage. The largest value over time is
taken, since a picture that is dark in one frame need not be in another.
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from tasks.crop.profiles import Floats

QUIET_LEVELS = 2.5
"""Grey levels a bar may stray by compression alone; its own noise counts on top of this."""
RINGING = (0.0, 0.06, 0.16)
"""Shares of the picture's own strays that compression may leave within a bar near its edge; each is tried."""
NOISIEST_BAR = 12.0
"""Grey levels of noise (cell means) from which on a margin is no longer one colour."""
STRAIGHT = 0.5
"""Least jump of the coverage, as a share of the picture's own coverage, of a straight edge."""
ABRUPT = 0.5
"""Least abruptness of an edge; a vignette or a gradient, which goes on rising as it began, has about 0."""
BUSIEST_BAR = 0.35
"""Largest mean coverage of a bar relative to the picture's: what burned-in subtitles need."""
DEEPEST = 0.45
"""Largest share of a side that one margin may take."""
TALLEST_LINE = 0.1
"""Share of a side up to which letters are high; within so much behind an edge a bar does not go on."""
EMPTY = 0.02
"""Coverage up to which a line is the bar's alone."""
LETTERS, LEAST_LETTERS = 3, 40.0
"""How far letters stray from the bar's colour: times what it strays by itself, and in grey levels."""
RUN_THROUGH = 0.95
"""Share of the cells along a bar in which letters of a ticker have been; those of subtitles keep away from the ends."""


@dataclass(frozen=True, slots=True)
class Margin:
    """What lies along one side of the frame."""

    depth_px: int
    """Lines that are not picture; 0 for none."""
    level: float
    """Median grey level of the outermost lines."""
    strength: float
    """How straight and abrupt the likeliest edge is, 0 to 1."""


def find_margin(lines: Floats, least_px: int) -> Margin:
    """The margin before the first of the lines [frames, lines, cells]; margins under `least_px` are none."""
    outer = lines[:, : max(2, least_px // 2)]
    level = np.median(outer, axis=(1, 2))
    strays = np.abs(lines - level[:, None, None])
    noise = float(np.percentile(strays[:, : outer.shape[1]], 98))
    none = Margin(0, float(np.median(level)), 0.0)
    largest = strays.max(axis=0)
    seen = picture_level(largest)
    if noise > min(NOISIEST_BAR, 0.3 * seen + 1):
        return none
    tolerances = sorted({max(QUIET_LEVELS, 1.5 * noise, share * seen) for share in RINGING})
    return max((_best_edge(largest, tolerance, least_px, none) for tolerance in tolerances), key=_by_strength)


def _best_edge(strays: Floats, tolerance: float, least_px: int, none: Margin) -> Margin:
    """The margin before the straightest edge of the strays [lines, cells]."""
    coverage = (strays > tolerance).mean(axis=1)
    picture = float(np.median(coverage[_middle(len(coverage))]))
    if picture < 0.1:
        return none
    jumps = edge_jumps(coverage, picture, least_px)
    if not jumps.size or jumps.max() <= 0:
        return none
    edge = least_px + int(jumps.argmax())
    abrupt, rise = abruptness(strays, edge, tolerance)
    strength = min(1.0, float(jumps.max())) * min(1.0, abrupt / ABRUPT) * min(1.0, rise / tolerance)
    depth_px = settle(strays, edge, tolerance)
    is_bar = strength >= STRAIGHT and depth_px >= least_px and not is_run_through(strays[: edge - 1], tolerance)
    return Margin(depth_px if is_bar else 0, none.level, strength)


def picture_level(strays: Floats) -> float:
    """How far the picture strays from the bar's level, in grey levels: the median over its middle, where it strays."""
    middle = strays[_middle(len(strays))]
    straying = middle[middle > QUIET_LEVELS]
    return float(np.median(straying)) if straying.size else 0.0


def edge_jumps(coverage: Floats, picture: float, least_px: int) -> Floats:
    """For each line from `least_px` to the deepest allowed, how much the coverage jumps there: 1 is to the coverage of
    the lines behind it (or 0.6 of that of the picture's middle, where that is more); 0 is none, or one to letters."""
    deepest = int(len(coverage) * DEEPEST)
    body = max(4, len(coverage) // 20)
    total = np.concatenate([[0.0], np.cumsum(coverage)])
    edges = np.arange(least_px, deepest)
    if not edges.size:
        return np.zeros(0, dtype=np.float32)
    before = (total[edges - 1] - total[np.maximum(0, edges - 5)]) / (edges - 1 - np.maximum(0, edges - 5))
    after = (total[edges + 4] - total[edges + 1]) / 3
    inside = (total[np.minimum(len(coverage), edges + body)] - total[edges]) / body
    outside = total[edges - 1] / (edges - 1)
    jumps = (np.minimum(after, inside) - before) / np.maximum(inside, 0.6 * picture)
    is_edge = (outside <= BUSIEST_BAR * picture) & ~goes_on_behind(coverage)[edges]
    return np.where(is_edge, jumps, 0.0).astype(np.float32)


def goes_on_behind(coverage: Floats) -> NDArray[np.bool_]:
    """For each line, whether what lies behind it is letters and no picture: soon empty lines follow, at least half as
    many as lie before it. Fewer may be dark lines of a picture."""
    lines = np.arange(len(coverage))
    filled = np.where(coverage <= EMPTY, len(coverage), lines)
    empty = np.minimum.accumulate(filled[::-1])[::-1] - lines
    reach = 3 + round(TALLEST_LINE * len(coverage))
    soon = sliding_window_view(np.pad(empty, (0, 1 + reach)), reach)[2:].max(axis=1)
    return np.asarray(soon >= np.maximum(2, lines // 2))


def is_run_through(strays: Floats, tolerance: float) -> bool:
    """Whether letters have been all along the bar, given by its strays [lines, cells]."""
    reached = (strays > max(LETTERS * tolerance, LEAST_LETTERS)).any(axis=0)
    return bool(reached.mean() >= RUN_THROUGH)


def abruptness(strays: Floats, edge: int, tolerance: float) -> tuple[float, float]:
    """(0 to 1, grey levels): how much steeper the edge is than the lines behind it, and the rise within 2 lines."""
    near, behind = strays[min(edge + 2, len(strays) - 1)], strays[edge + 10 : edge + 15]
    crossing = near > tolerance
    if not crossing.any() or not len(behind):
        return 0.0, 0.0
    rise = float(np.median((near - strays[max(0, edge - 3)])[crossing]))
    goes_on = float(np.median((behind.mean(axis=0) - near)[crossing])) / 2
    return float(np.clip(1 - goes_on / max(rise, 1e-6), 0, 1)), rise


def settle(strays: Floats, edge: int, tolerance: float) -> int:
    """The first line at least half way to the picture's level, near the edge found by coverage."""
    crossing = strays[edge + 2] > tolerance
    window = np.arange(max(0, edge - 4), edge + 4)
    inner = strays[edge + 2 : edge + 5][:, crossing].mean(axis=0)
    share = np.median(strays[window][:, crossing] / np.maximum(inner, 1e-6), axis=1)
    return int(window[int((share >= 0.5).argmax())]) if (share >= 0.5).any() else edge


def _by_strength(margin: Margin) -> float:
    return margin.strength


def _middle(lines: int) -> slice:
    return slice(lines * 2 // 5, max(lines * 2 // 5 + 1, lines * 3 // 5))
