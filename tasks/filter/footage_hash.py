"""By which the same footage is known again, coded anew or resized, before any network has looked at it.

Two hundred and fifty-six signs: of how light lies in the clip, and of how each eighth of it differs from the whole. The
second part is most of it, since other takes of a scene share the place and not what moves. Where hardly anything
moves, noise would decide the signs, so such a clip has no hash and is known by its vector alone.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from tasks.core.model import Score
from tasks.core.settings_filter import FootageHashSettings
from tasks.filter.scorer import Clip, Grey, Needs, Parts, Sample

PARTS = 8
LAYOUT_BITS, CHANGE_BITS = 64, 24
"""Of the whole clip, and of each part of it."""
LEAST_CHANGE_LEVELS = 1.0
"""Root mean square, in grey levels of 255, by which the parts must differ from the whole for their signs to be sure."""

_GRID = 32
"""Fields a side, into which a picture of any size is averaged first."""
_FREQUENCIES = 9
"""Lowest frequencies either way, with the mean."""

Floats = NDArray[np.float64]


class FootageHashScorer:
    """No number: the hash that finds the clip's copies."""

    name = "footage_hash"

    def __init__(self, settings: FootageHashSettings, clip: Clip) -> None:
        self.needs = Needs(fps=settings.sample_fps)
        self._parts = Parts(clip.span, PARTS)
        self._sums = np.zeros((PARTS, _FREQUENCIES, _FREQUENCIES))
        self._counts = np.zeros(PARTS)

    def see(self, sample: Sample) -> None:
        """Adds the picture to its part of the clip."""
        part = self._parts.at(sample.time_s)
        self._sums[part] += spectrum(sample.image)
        self._counts[part] += 1

    def finish(self) -> Score:
        """The hash; none where a part has no picture, or where too little changes."""
        if not self._counts.all():
            return Score(self.name, unmeasured="too_few_frames")
        found = footage_hash(self._sums / self._counts[:, None, None])
        return Score(self.name, unmeasured="too_still") if found is None else Score(self.name, hash_bits=found)


def spectrum(image: Grey) -> Floats:
    """[frequencies down, frequencies across], the lowest; a contrast of one grey level is 1, whatever the size."""
    return np.asarray(_waves(image.shape[0]) @ image @ _waves(image.shape[1]).T)


def footage_hash(parts: Floats) -> str | None:
    """256 characters, 0 or 1, of the mean spectrum of each part of a clip; None where the parts hardly differ.

    Each of its eight words of 32 holds signs of both kinds, the surest among them, so that copies share a whole word
    and clips of one place do not.
    """
    waves = parts[:, *_lowest()]
    whole = waves.mean(axis=0)
    changes = (waves - whole)[:, :CHANGE_BITS]
    if np.sqrt((changes**2).sum(axis=1).mean()) < LEAST_CHANGE_LEVELS:
        return None
    layout = (whole > 0).reshape(-1, PARTS).T
    return "".join("01"[int(bit)] for bit in np.hstack([layout, changes > 0]).ravel())


@cache
def _waves(side_px: int) -> NDArray[np.float32]:
    """[frequencies, side]: averages pixels, and parts of pixels, into fields; then the cosine transform (DCT-II)."""
    edges, pixels = np.linspace(0, side_px, _GRID + 1), np.arange(side_px)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    averages = np.clip(overlap, 0, None) * _GRID / side_px
    frequency, place = np.mgrid[:_FREQUENCIES, :_GRID]
    cosines = np.sqrt(np.where(frequency, 2, 1)) * np.cos(np.pi * (2 * place + 1) * frequency / (2 * _GRID)) / _GRID
    return np.asarray(cosines @ averages, dtype=np.float32)


@cache
def _lowest() -> tuple[list[int], list[int]]:
    """Rows and columns of the lowest frequencies without the mean, lowest first."""
    side = range(_FREQUENCIES)
    places = sorted(((row, column) for row in side for column in side), key=lambda at: (sum(at), at))
    rows, columns = zip(*places[1 : LAYOUT_BITS + 1], strict=True)
    return list(rows), list(columns)
