"""Pictures made of several: a video inside the video, or several side by side.

A window with straight sharp edges in which things move, filmed by a still camera, looks the same; so do the dialogs of
a recorded screen, and many captions on a box of their own over a moving picture (`python -m bench artifacts`).
"""

import numpy as np

from tasks.core.model import Score
from tasks.core.settings_filter import CompositeSettings
from tasks.filter.insets import best_inset
from tasks.filter.scorer import Clip, Grey, Needs, Parts, Sample
from tasks.filter.seams import PARTS, SeamMaps, Seams

LEAST_SIDE_PX = 48
"""Pictures with a shorter side have no room for another."""
MIDDLE = 0.2
"""A seam of a split screen lies no nearer to the edge than this share of the picture."""
PIECES = 6
"""A seam of a split screen is judged by its mean and by the weaker half of so many pieces of it."""


class CompositeScorer:
    """video_in_video, inset_left, inset_top, inset_width, inset_height; split_screen, split_x, split_y."""

    name = "composite"

    def __init__(self, settings: CompositeSettings, clip: Clip) -> None:
        self.needs = Needs(settings.sample_fps)
        self._parts = Parts(clip.span, PARTS)
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
            self._seams.add(self._last, sample.image, self._parts.at(sample.time_s))
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
