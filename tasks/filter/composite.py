"""Pictures made of several: a video inside the video, or several side by side.

A window with straight sharp edges in which things move, filmed by a still camera, looks the same; so do the dialogs of
a recorded screen.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from tasks.core.model import Score
from tasks.core.settings_filter import CompositeSettings
from tasks.filter.scorer import Clip, Floats, Grey, Needs, Sample
from tasks.filter.seams import PARTS, SeamMaps, Seams

LEAST_SIDE_PX = 48
"""Pictures with a shorter side have no room for another."""
LEAST_WIDTH_PX, LEAST_HEIGHT_PX = 22, 18
AREAS, SHAPES = (0.035, 0.6), (0.5, 2.4)
"""Size of a picture within a picture, as a share of the area, and its width by height: doors and shelves are others."""
CANDIDATES = 12
"""Lines that are tried as sides, each way."""
FULL = 0.45
"""What speaks for a seam counts up to here: a side must hold all along, and not in places only."""
BEYOND_PX, BEYOND_WEIGHT = 6, 0.4
"""How far beyond its corners a side must not go on, and how much it counts if it does: lines of a scene go on."""
BY_SIDES = {2: 0.85, 3: 0.95, 4: 1.0}
"""Strength by the number of sides that do not lie on the edge of the picture."""
STILL_LEVELS, MOVING_LEVELS = 0.3, 1.0
"""Mean change in grey levels at which what is inside stands still for sure, and from which on it moves for sure."""
MIDDLE = 0.2
"""A seam of a split screen lies no nearer to the edge than this share of the picture."""
PIECES = 6
"""A seam of a split screen is judged by its mean and by the weaker half of so many pieces of it."""


@dataclass(frozen=True, slots=True)
class Inset:
    """A rectangle of the small picture, and how surely it is a video of its own, 0 to 1."""

    strength: float
    left: int
    top: int
    right: int
    bottom: int
    """Its last column and row; 0 all over where there is none."""


class CompositeScorer:
    """video_in_video, inset_left, inset_top, inset_width, inset_height; split_screen, split_x, split_y."""

    name = "composite"

    def __init__(self, settings: CompositeSettings, clip: Clip) -> None:
        self.needs = Needs(settings.sample_fps)
        self._span = clip.span
        self._seams: Seams | None = None
        self._last: Grey | None = None
        self._unmeasured = "too_few_frames"

    def see(self, sample: Sample) -> None:
        """Adds what has changed since the picture before."""
        if min(sample.image.shape) < LEAST_SIDE_PX:
            self._unmeasured = "too_small"
            return
        if self._last is not None:
            self._seams = self._seams or Seams((sample.image.shape[0], sample.image.shape[1]))
            share = (sample.time_s - self._span.start_s) / self._span.duration_s
            self._seams.add(self._last, sample.image, min(PARTS - 1, int(share * PARTS)))
        self._last = sample.image

    def finish(self) -> Score:
        """All of them; the places are shares of the picture, 0 where there is nothing."""
        if self._seams is None:
            return Score(self.name, unmeasured=self._unmeasured)
        maps = self._seams.maps()
        height, width = maps.change.shape
        inset, (split, x, y) = best_inset(maps), best_split(maps)
        numbers = {
            "video_in_video": inset.strength,
            "inset_left": inset.left / width,
            "inset_top": inset.top / height,
            "inset_width": (inset.right - inset.left) / width,
            "inset_height": (inset.bottom - inset.top) / height,
            "split_screen": split,
            "split_x": x / width,
            "split_y": y / height,
        }
        return Score(self.name, numbers)


def best_split(maps: SeamMaps) -> tuple[float, int, int]:
    """Strength (0 to 1), column and row of the surest seam from edge to edge; 0 for the one that it has not."""
    found = []
    for upright, map_ in ((True, maps.upright), (False, maps.level.T)):
        pieces = np.sort([piece.mean(axis=0) for piece in np.array_split(map_, PIECES)], axis=0)
        sure = (map_.mean(axis=0) + pieces[: PIECES // 2].mean(axis=0)) / 2
        margin = int(len(sure) * MIDDLE)
        at = margin + int(sure[margin : len(sure) - margin].argmax())
        found.append((min(1.0, float(sure[at])), at if upright else 0, 0 if upright else at))
    return max(found)


def best_inset(maps: SeamMaps) -> Inset:
    """The surest of all rectangles whose sides are likely lines or the edges of the picture."""
    height, width = maps.change.shape
    upright, level = np.minimum(maps.upright / FULL, 1), np.minimum(maps.level / FULL, 1)
    across = pairs(lines(upright.sum(axis=0)), width, LEAST_WIDTH_PX)
    down = pairs(lines(level.sum(axis=1)), height, LEAST_HEIGHT_PX)
    if not len(across) or not len(down):
        return Inset(0, 0, 0, 0, 0)
    left, right = across.T[:, :, None]
    top, bottom = down.T[:, None, :]
    strength = surety(Sides(upright), Sides(level.T), (left, right, top, bottom))
    strength *= movement(maps.change, (left, right, top, bottom))
    strength[~is_a_screen(right - left, bottom - top, width * height)] = 0
    column, row = np.unravel_index(int(strength.argmax()), strength.shape)
    if strength[column, row] <= 0:
        return Inset(0, 0, 0, 0, 0)
    (x0, x1), (y0, y1) = across[column].tolist(), down[row].tolist()
    return Inset(min(1.0, float(strength[column, row])), x0, y0, x1, y1)


def is_a_screen(width: np.ndarray, height: np.ndarray, area: int) -> np.ndarray:
    """[across, down] whether it has the size and shape of a video."""
    share, shape = width * height / area, width / height
    return np.asarray((share >= AREAS[0]) & (share <= AREAS[1]) & (shape >= SHAPES[0]) & (shape <= SHAPES[1]))


def lines(sums: Floats) -> list[int]:
    """The places of the highest peaks."""
    peaks = [at for at in range(1, len(sums) - 1) if sums[at] > 0 and sums[at] == sums[at - 1 : at + 2].max()]
    return sorted(sorted(peaks, key=lambda at: -sums[at])[:CANDIDATES])


def pairs(places: list[int], length: int, least: int) -> np.ndarray:
    """[pairs, 2] of these places and both ends that lie at least so far apart."""
    found = [pair for pair in combinations([0, *places, length - 1], 2) if pair[1] - pair[0] >= least]
    return np.array(found, int).reshape(-1, 2)


class Sides:
    """Means of a map [length, places] along pieces of its columns, for many pieces at once."""

    def __init__(self, map_: Floats) -> None:
        self._sums = np.pad(np.cumsum(map_, axis=0), ((1, 0), (0, 0)))
        self._length = len(map_)

    def between(self, place: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
        """Mean along the side at this place, its corners left out."""
        return (self._sums[end - 1, place] - self._sums[start + 2, place]) / (end - start - 3)

    def beyond(self, place: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
        """Mean of the pieces just before its start and after its end, 0 for those outside the picture."""
        before = self._sums[np.maximum(start - 2, 0), place] - self._sums[np.maximum(start - 2 - BEYOND_PX, 0), place]
        after = (
            self._sums[np.minimum(end + 3 + BEYOND_PX, self._length), place]
            - (self._sums[np.minimum(end + 3, self._length), place])
        )
        return (before + after) / (2 * BEYOND_PX)


def surety(upright: Sides, level: Sides, sides: tuple[np.ndarray, ...]) -> np.ndarray:
    """[across, down] how surely all sides off the edge of the picture are seams that end at its corners."""
    left, right, top, bottom = sides
    means = np.stack(
        [
            upright.between(left, top, bottom),
            upright.between(right, top, bottom),
            level.between(top, left, right),
            level.between(bottom, left, right),
        ]
    )
    beyond = np.stack(
        [
            upright.beyond(left, top, bottom),
            upright.beyond(right, top, bottom),
            level.beyond(top, left, right),
            level.beyond(bottom, left, right),
        ]
    )
    ends = right.max(), bottom.max()
    is_inner = np.stack(np.broadcast_arrays(left > 0, right < ends[0], top > 0, bottom < ends[1]))
    count = is_inner.sum(axis=0)
    shared = np.maximum(count, 1)
    mean, least = (means * is_inner).sum(axis=0) / shared, np.where(is_inner, means, 9).min(axis=0)
    strength = 0.6 * least + 0.4 * mean - BEYOND_WEIGHT * (beyond * is_inner).sum(axis=0) / shared
    is_split = (~is_inner[0] & ~is_inner[1]) | (~is_inner[2] & ~is_inner[3])
    factor = np.array([0, 0, *BY_SIDES.values()])[count]
    return np.asarray(np.where(is_split, 0, strength * factor))


def movement(change: Floats, sides: tuple[np.ndarray, ...]) -> np.ndarray:
    """[across, down] 0 to 1: whether what is inside moves, or stands still as a caption or a picture on a wall does."""
    left, right, top, bottom = sides
    sums = np.pad(np.cumsum(np.cumsum(change, axis=0), axis=1), ((1, 0), (1, 0)))
    y0, y1, x0, x1 = top + 3, bottom - 2, left + 3, right - 2
    inside = sums[y1, x1] - sums[y0, x1] - sums[y1, x0] + sums[y0, x0]
    mean = inside / ((y1 - y0) * (x1 - x0))
    return np.asarray(np.clip((mean - STILL_LEVELS) / (MOVING_LEVELS - STILL_LEVELS), 0, 1))
