"""Whether a line of text runs through the picture by itself, as a ticker does, along a band and at one speed.

It is found again further along its band in the pictures before and after, while what is next to it and the rest of the
picture are not found there: a camera that pans over a sign takes all of them along. Where the line has a plain ground,
that ground must reach through the picture, as that of words on a thing that drives by does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tasks.core.ocr.boxes import TextBox
from tasks.filter.scorer import Floats
from tasks.filter.slopes import LEAST_BLOCKS, LEAST_SLOPE, block_likenesses, likeness, strength

LEAST_WIDTH = 0.25
"""Share of the picture's width from which a line may be running: words on things that drive by are shorter."""
MOST_TEMPLATE = 0.5
"""So much of the picture's width of it is looked for, at most; it could not be found further along else."""
AGAIN = 0.6
"""Likeness of its slopes from which a line is found again."""
LEAST_SPEED = 0.03
"""Widths of the picture a second; what is slower drifts."""
UNEVEN_PX = 3.0
"""How far from where one speed would take it a line may be found."""
BESIDE = 0.5
"""How far above and below it is looked, in heights of the line."""


@dataclass(frozen=True, slots=True)
class Window:
    """The part of the line that is looked for."""

    top: int
    bottom: int
    left: int
    width: int

    @property
    def rows(self) -> slice:
        return slice(self.top, self.bottom)

    def columns(self, moved_px: int = 0) -> slice:
        return slice(self.left + moved_px, self.left + moved_px + self.width)


@dataclass(frozen=True, slots=True)
class Place:
    """Where in another picture a line was found again."""

    other: Floats
    """Slopes of that picture."""
    away_s: float
    moved_px: int


def runs(box: TextBox, here: Floats, others: Sequence[tuple[float, Floats]]) -> float:
    """0 to 1: how surely the line of this box runs by itself, from the slopes of its picture and those of others, each
    with how many seconds later it is."""
    width = here.shape[2]
    if box.right - box.left < LEAST_WIDTH * width:
        return 0.0
    window = window_of(box, width)
    found = [place for away_s, other in others if (place := _found(here, other, away_s, window))]
    places = _at_one_speed(found, width)
    if len(places) < max(2, len(found) - 1):
        return 0.0
    return 1 - max(_taken_along(here, place, window, box) for place in places)


def now_at(box: TextBox, then: Floats, now: Floats) -> TextBox:
    """The box where its line is in a later picture, given the slopes in the box then and those of that picture now:
    further along its band if it is found again there, else where it was."""
    width = now.shape[2]
    if likeness(then, now[:, box.top : box.bottom, box.left : box.right]) >= AGAIN:
        return box
    window = window_of(box, width)
    at, alike = best_place(now[0, window.rows], then[0, :, window.left - box.left :][:, : window.width])
    moved = at - window.left
    if alike < AGAIN:
        return box
    return replace(box, left=max(0, box.left + moved), right=min(width, box.right + moved))


def window_of(box: TextBox, width: int) -> Window:
    """The middle of the line, short enough that it can be found further along."""
    wide = min(box.right - box.left, round(MOST_TEMPLATE * width))
    return Window(box.top, box.bottom, (box.left + box.right - wide) // 2, wide)


def best_place(band: Floats, part: Floats) -> tuple[int, float]:
    """The column of the band [rows, columns] from which on it is the most like the part, and how much, -1 to 1."""
    import cv2

    alike = cv2.matchTemplate(np.ascontiguousarray(band), np.ascontiguousarray(part), cv2.TM_CCORR_NORMED)[0]
    at = int(np.argmax(alike))
    return at, float(alike[at])


def _found(here: Floats, other: Floats, away_s: float, window: Window) -> Place | None:
    """Where along its band the window is found again in another picture; None where it is not."""
    at, alike = best_place(other[0, window.rows], here[0, window.rows, window.columns()])
    return Place(other, away_s, at - window.left) if alike >= AGAIN else None


def _at_one_speed(places: Sequence[Place], width: int) -> list[Place]:
    """Those that one speed explains, the one that explains the most; none where that is slow."""
    best: list[Place] = []
    for one in places:
        speed = one.moved_px / one.away_s
        if abs(speed) >= LEAST_SPEED * width:
            agree = [place for place in places if abs(place.moved_px - speed * place.away_s) <= UNEVEN_PX]
            best = max(best, agree, key=len)
    return best


def _taken_along(here: Floats, place: Place, window: Window, box: TextBox) -> float:
    """0 to 1: how far what is next to the window, or the whole picture, moves as the window does; 1 where nothing is
    next to it by which that could be told, and its ground does not reach through the picture."""
    reach = round(BESIDE * (window.bottom - window.top))
    next_to = np.r_[max(0, window.top - reach) : window.top, window.bottom : window.bottom + reach]
    next_to = next_to[next_to < here.shape[1]]
    one, other = here[0, next_to, window.columns()], place.other[0, next_to, window.columns(place.moved_px)]
    scene = _scene_along(here, place, window)
    if strength(one, one.size) > LEAST_SLOPE:
        return max(0.0, likeness(one, other), scene or 0.0)
    return 1.0 if scene is None or not _reaches_through(here, place, window, box) else max(0.0, scene)


def _scene_along(here: Floats, place: Place, window: Window) -> float | None:
    """-1 to 1: how far the rest of the picture moves as the window does; None where it is plain."""
    moved, width = place.moved_px, here.shape[2]
    rest = here[:1, :, max(0, -moved) : width - max(0, moved)].copy()
    rest[:, window.rows] = 0
    likenesses = block_likenesses(rest, place.other[:1, :, max(0, moved) : width - max(0, -moved)])
    return float(np.median(likenesses)) if len(likenesses) >= LEAST_BLOCKS else None


def _reaches_through(here: Floats, place: Place, window: Window, box: TextBox) -> bool:
    """Whether what lies in the band beyond the line, to the edges of the picture, is plain or moves with the line."""
    columns = np.arange(max(0, -place.moved_px), here.shape[2] - max(0, place.moved_px))
    columns = columns[(columns < box.left) | (columns >= box.right)]
    one, other = here[0, window.rows][:, columns], place.other[0, window.rows][:, columns + place.moved_px]
    return strength(one, one.size) <= LEAST_SLOPE or likeness(one, other) >= AGAIN
