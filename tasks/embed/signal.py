"""A vector of a clip without any weights: how light and colour lie in the picture, and how light changes over the clip.

Copies of a clip come close to each other whatever their size, coding, colour, frame rate or side; other clips do not,
nor do other moments before a camera that stands still, as long as something moves. It says nothing of what is shown.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tasks.core.model_names import SIGNAL, SIGNAL_REVISION
from tasks.models.preparation import Picture

MODEL, REVISION = SIGNAL, SIGNAL_REVISION
DIMENSION = 256
SIDE_PX = 64
"""Longer side of the pictures that it is made from."""
FPS = 4.0
"""Pictures of a second that it is made from; from 3 on, more change nothing."""

_GRID, _HALF = 32, 16
_INSTANTS = 256
_SLOTS, _SLOT_WIDTH = 8, 0.09
"""Parts of the clip whose changes are told apart; the standard deviation of each about its middle, in lengths of the
clip: so wide that half a second gone at either end of 5 s moves little."""
_SHARES = {"layout": 0.42, "motion": 0.42, "colour": 0.16}
"""Of the similarity of two clips that are the same."""
_FAINT = {"layout": 0.01, "motion": 0.003, "colour": 0.01}
"""Contrast, where 1 is black against white, at which a part says as much of being faint as of anything else."""
_RISE = 0.6
"""Power of the frequency by which waves are lifted: pictures have less of the fine ones, which tell most."""

Floats = NDArray[np.float64]


def signal_vector(pictures: Sequence[Picture], times_s: Sequence[float], duration_s: float) -> NDArray[np.float32]:
    """float32 [DIMENSION] of length 1, of pictures in order of time with the second of the clip from which each is
    shown. ValueError where there are none."""
    if not pictures:
        raise ValueError("no picture to describe")
    fields = np.stack([_fields(picture) for picture in pictures])
    shown = _shown(times_s, duration_s)
    share = np.bincount(shown, minlength=len(pictures)) / _INSTANTS
    light = _waves(_folded(fields[:, 0]))
    colour = _waves(_folded(np.tensordot(share, fields[:, 1:], axes=1)))
    slots = _slots() @ _lifted(light, (13, 7))[shown]
    parts = {
        "layout": share @ _lifted(light, (45, 24), skipped=1),
        "motion": (slots - slots.mean(axis=0)) / np.sqrt(_SLOTS),
        "colour": _lifted(colour, (6, 6), skipped=1),
    }
    vector = np.concatenate([_part(name, numbers.ravel()) for name, numbers in parts.items()])
    return vector.astype(np.float32)


def _fields(picture: Picture) -> Floats:
    """[3, grid, grid] of the whole picture: brightness, 0 to 1, and two differences of colour."""
    down, across = _averaging(picture.shape[0]), _averaging(picture.shape[1])
    red, green, blue = (down @ (picture[:, :, channel] / 255.0) @ across.T for channel in range(3))
    light = 0.299 * red + 0.587 * green + 0.114 * blue  # ITU-R BT.601, as JPEG does
    return np.stack([light, (blue - light) * 0.564, (red - light) * 0.713])


@cache
def _averaging(side_px: int) -> Floats:
    """[grid, side]: each row averages the pixels, and parts of pixels, that fall into one field."""
    edges = np.linspace(0, side_px, _GRID + 1)
    pixels = np.arange(side_px)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return np.clip(overlap, 0, None) * _GRID / side_px


def _shown(times_s: Sequence[float], duration_s: float) -> NDArray[np.intp]:
    """Which picture is shown at each of evenly spread instants of the clip."""
    instants = (np.arange(_INSTANTS) + 0.5) / _INSTANTS * duration_s
    return np.maximum(np.searchsorted(times_s, instants, side="right") - 1, 0)


def _folded(images: Floats) -> Floats:
    """[..., 2, grid, half]: each field's mean with the one opposite, and how far the two are apart, which are the same
    for a picture and its mirror image."""
    left, right = images[..., :_HALF], images[..., : _HALF - 1 : -1]
    return np.stack([left + right, np.abs(left - right)], axis=-3) / 2


def _waves(halves: Floats) -> Floats:
    """The cosine transform of each half picture; 1 is a contrast of black against white."""
    return _cosines(_GRID) @ halves @ _cosines(_HALF).T


@cache
def _cosines(size: int) -> Floats:
    """[size, size]: the cosine transform (DCT-II), whose first row takes the mean."""
    frequency, place = np.mgrid[:size, :size]
    rows = np.sqrt(2) * np.cos(np.pi * (2 * place + 1) * frequency / (2 * size)) / size
    rows[0] /= np.sqrt(2)
    return np.asarray(rows)


def _lifted(waves: Floats, counts: tuple[int, int], skipped: int = 0) -> Floats:
    """[..., numbers]: so many of the lowest waves of both halves; `skipped` leaves out the mean of the first, which a
    change of brightness or white moves."""
    found = []
    for half, (first, count) in enumerate(zip((skipped, 0), counts, strict=True)):
        rows, columns, lift = _lowest(first, count)
        found.append(waves[..., half, rows, columns] * lift)
    return np.concatenate(found, axis=-1)


@cache
def _lowest(first: int, count: int) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
    """Rows and columns of the lowest frequencies of a half picture, lowest first, and how far they are lifted."""
    places = sorted(
        ((row, column) for row in range(_GRID) for column in range(_HALF)), key=lambda at: (at[0] + 2 * at[1], at)
    )
    rows, columns = np.array(places[first : first + count]).T
    return rows, columns, (1.0 + rows + 2 * columns) ** _RISE


@cache
def _slots() -> Floats:
    """[slots, instants]: each row averages the instants about the middle of its slot."""
    middles, instants = ((np.arange(count) + 0.5) / count for count in (_SLOTS, _INSTANTS))
    near = np.exp(-0.5 * ((instants - middles[:, None]) / _SLOT_WIDTH) ** 2)
    return np.asarray(near / near.sum(axis=1, keepdims=True))


def _part(name: str, numbers: Floats) -> Floats:
    """The numbers with one more, which says how little there is of them; its length is the root of its share."""
    whole = np.append(numbers, _FAINT[name])
    return whole * np.sqrt(_SHARES[name]) / np.linalg.norm(whole)
