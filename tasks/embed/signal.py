"""A vector of a clip without any weights: how light, colour and edges lie in the picture, over time.

Copies of a clip come close to each other whatever their size, coding, brightness and contrast; other clips do not. It
says nothing of what is shown.
"""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tasks.models.preparation import Picture

MODEL, REVISION = "signal", "signal-1"
DIMENSION = 256
SIDE_PX = 64
"""Longer side of the pictures that it is made from."""

_QUARTERS = 4
"""Parts of the clip whose layout of light is told apart."""
_GRID = 32
_LIGHT = 24
"""Lowest frequencies of light: the numbers whose signs are the usual perceptual hash."""
_COLOUR = 15
_CELLS, _DIRECTIONS = 4, 8
_WEIGHTS = {"light": 1.0, "edges": 0.8, "colour": 0.5}
_LEVEL = 0.1
"""Share of the overall brightness, and of the one number that is the same in all, so that no vector is nothing."""
_FAINT = 0.02
"""Contrast, where 1 is black against white, below which a layout counts for less: it is noise."""

Floats = NDArray[np.float64]


def signal_vector(pictures: Sequence[Picture]) -> NDArray[np.float32]:
    """float32 [DIMENSION] of length 1, of pictures in order of time. ValueError where there are none."""
    if not pictures:
        raise ValueError("no picture to describe")
    light, colour = zip(*(_light_and_colour(picture) for picture in pictures), strict=True)
    layouts = np.stack([_layout(one, _LIGHT + 1)[1:] for one in light])
    parts = [
        _WEIGHTS["light"] * _scaled(_by_quarter(layouts).ravel()),
        _WEIGHTS["edges"] * _scaled(np.mean([_edges(one) for one in light], axis=0)),
        _WEIGHTS["colour"] * _scaled(np.mean([_hues(one) for one in colour], axis=0)),
        _LEVEL * np.array([np.mean(light) * 2 - 1, 1.0]),
    ]
    vector = np.concatenate(parts)
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


def _light_and_colour(picture: Picture) -> tuple[Floats, Floats]:
    """Brightness [grid, grid], 0 to 1, and two differences of colour [2, grid, grid], of the whole picture."""
    down, across = _averaging(picture.shape[0]), _averaging(picture.shape[1])
    red, green, blue = (down @ (picture[:, :, channel] / 255.0) @ across.T for channel in range(3))
    light = 0.299 * red + 0.587 * green + 0.114 * blue  # ITU-R BT.601, as JPEG does
    return light, np.stack([(blue - light) * 0.564, (red - light) * 0.713])


@cache
def _averaging(side_px: int) -> Floats:
    """[grid, side]: each row averages the pixels, and parts of pixels, that fall into one field."""
    edges = np.linspace(0, side_px, _GRID + 1)
    pixels = np.arange(side_px)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return np.clip(overlap, 0, None) * _GRID / side_px


@cache
def _cosines() -> Floats:
    """[grid, grid]: the orthonormal cosine transform (DCT-II)."""
    frequency, place = np.mgrid[:_GRID, :_GRID]
    rows = np.sqrt(2 / _GRID) * np.cos(np.pi * (2 * place + 1) * frequency / (2 * _GRID))
    rows[0] /= np.sqrt(2)
    return np.asarray(rows)


@cache
def _lowest(count: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Rows and columns of the lowest frequencies, lowest first."""
    places = sorted(((row, column) for row in range(_GRID) for column in range(_GRID)), key=lambda at: (sum(at), at))
    rows, columns = zip(*places[:count], strict=True)
    return rows, columns


def _layout(image: Floats, count: int) -> Floats:
    """The lowest frequencies of an image; the first is its mean. 1 is a contrast of black against white."""
    return np.asarray((_cosines() @ image @ _cosines().T)[_lowest(count)] / _GRID)


def _hues(colour: Floats) -> Floats:
    return np.concatenate([_layout(one, _COLOUR) for one in colour])


def _by_quarter(layouts: Floats) -> Floats:
    """The mean layout of each quarter of the clip; a short row of pictures is stretched."""
    at = np.linspace(0, len(layouts), _QUARTERS + 1)
    return np.stack([
        layouts[int(start) : max(int(np.ceil(end)), int(start) + 1)].mean(axis=0)
        for start, end in pairwise(at)
    ])  # fmt: skip


def _edges(light: Floats) -> Floats:
    """How much of the edges lies in each cell and direction, against an even spread."""
    down, across = np.gradient(light)
    strength = np.hypot(down, across)
    if strength.mean() < _FAINT / 10:
        return np.zeros(_CELLS * _CELLS * _DIRECTIONS)
    turn = (np.arctan2(down, across) % np.pi) / np.pi * _DIRECTIONS
    cell = np.arange(_GRID) * _CELLS // _GRID
    place = (cell[:, None] * _CELLS + cell) * _DIRECTIONS
    low = np.floor(turn).astype(int)
    share = turn - low
    found = np.zeros(_CELLS * _CELLS * _DIRECTIONS)
    np.add.at(found, place + low % _DIRECTIONS, strength * (1 - share))
    np.add.at(found, place + (low + 1) % _DIRECTIONS, strength * share)
    return np.asarray(np.sqrt(found / found.sum()) - np.sqrt(1 / len(found)))


def _scaled(part: Floats) -> Floats:
    """The part at length 1, or shorter where it is faint."""
    return part / max(float(np.linalg.norm(part)), _FAINT)
