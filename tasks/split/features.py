"""What the network sees of a run of small luma pictures: how each moment differs from those around it.

A picture is compared with its neighbours over several distances (in pictures). The measures are chosen so that each
kind of change has a signature of its own: a blend of two pictures leaves no residual against their mean (dissolve),
a picture that is part old, part new, with the parts apart in space, is a wipe, and what shifts is not what changes.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

ROWS, COLUMNS = 18, 32
"""Size of a small picture, in cells."""

DISTANCES = (1, 2, 4, 8, 16)
"""How many pictures before and after are compared."""

REACH = DISTANCES[-1]
"""Pictures needed on either side of one to describe it."""

SHIFTS = 6
"""Largest shift of a profile that counts as camera motion, in cells."""

_SAME_FLOOR, _SAME_SHARE = 0.01, 0.12
"""Cells are the same up to this difference plus this share of the two pictures' deviations together."""

Floats = NDArray[np.float32]


_ALONE, _COMPARED = 7, 14
"""Features of a picture alone and against each distance."""


def feature_count() -> int:
    """Numbers that describe one picture."""
    return _ALONE + _COMPARED * len(DISTANCES)


def sudden_share(features: Floats) -> Floats:
    """How much of the change across the longest distance happens at the picture itself; about 1 at a cut; [N]."""
    step, across = features[:, _ALONE], features[:, _ALONE + _COMPARED * (len(DISTANCES) - 1) + 1]
    return np.asarray(10**step / 10**across, np.float32)


def changed_share(features: Floats) -> Floats:
    """Share of the picture that differs between the pictures REACH before and after; 0 to 1, [N]."""
    return features[:, _ALONE + _COMPARED * (len(DISTANCES) - 1) + 2]


def describe(pictures: NDArray[np.float32]) -> Floats:
    """One row of features for each picture but the first and last REACH; pictures float32 [N, 18, 32], 0 to 1."""
    flat = np.ascontiguousarray(pictures, dtype=np.float32).reshape(len(pictures), -1)
    inner = slice(REACH, len(flat) - REACH)
    if len(flat) <= 2 * REACH:
        return np.empty((0, feature_count()), np.float32)
    levels = _Levels(flat)
    columns = [*_alone(flat, levels)[:, inner], *_swept(flat[REACH - 1 : len(flat) - REACH])]
    for distance in DISTANCES:
        columns.extend(_compared(flat, levels, distance))
    return np.stack(columns, axis=1)


class _Levels:
    """Per picture: mean, deviation, histogram and the profiles along both axes; computed once."""

    def __init__(self, flat: Floats) -> None:
        cells = flat.shape[1]
        self.mean = flat.mean(axis=1)
        self.centred = flat - self.mean[:, None]
        self.deviation = np.sqrt(np.einsum("ij,ij->i", self.centred, self.centred) / cells)
        self.histogram = _histograms(flat)
        grid = self.centred.reshape(-1, ROWS, COLUMNS)
        self.across = grid.mean(axis=1)
        self.down = grid.mean(axis=2)
        self.across_shifted, self.down_shifted = _shifted(self.across), _shifted(self.down)


def _histograms(flat: Floats) -> Floats:
    """Share of cells in each of 16 levels, lightly smoothed; float32 [N, 16]."""
    count = len(flat)
    bins = np.clip(flat * 16, 0, 15).astype(np.int32) + np.arange(count, dtype=np.int32)[:, None] * 16
    counts = np.bincount(bins.ravel(), minlength=count * 16).reshape(count, 16).astype(np.float32) / flat.shape[1]
    padded = np.pad(counts, ((0, 0), (1, 1)), mode="edge")
    return (padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]) / np.float32(4)


def _alone(flat: Floats, levels: _Levels) -> Floats:
    """Measures of single pictures: mean, deviation, edge energy and edges in proportion; float32 [4, N]."""
    grid = flat.reshape(-1, ROWS, COLUMNS)
    edges = np.abs(np.diff(grid, axis=2)).mean(axis=(1, 2)) + np.abs(np.diff(grid, axis=1)).mean(axis=(1, 2))
    return np.stack([levels.mean, _log(levels.deviation), _log(edges), _log(edges / (levels.deviation + 0.01))])


def _swept(flat: Floats) -> Floats:
    """How narrow the change since the picture before is, across, down and outward; float32 [3, N - 1]."""
    change = np.abs(np.diff(flat, axis=0))
    grid = change.reshape(-1, ROWS, COLUMNS)
    total = change.sum(axis=1) + np.float32(0.5)
    outward = change @ _RINGS
    return np.stack([_peak_share(grid.sum(axis=1), 3), _peak_share(grid.sum(axis=2), 2), outward.max(axis=1)]) / total


def _peak_share(profile: Floats, width: int) -> Floats:
    """Largest sum of `width` neighbours of each row of a profile."""
    sums = sum(profile[:, i : profile.shape[1] - width + 1 + i] for i in range(width))
    return np.asarray(sums, np.float32).max(axis=1)


def _compared(flat: Floats, levels: _Levels, distance: int) -> list[Floats]:
    """Measures of each inner picture against those `distance` before and after; fourteen rows."""
    count = len(flat)
    now = slice(REACH, count - REACH)
    old = slice(REACH - distance, count - REACH - distance)
    new = slice(REACH + distance, count - REACH + distance)
    before, after, here = flat[old], flat[new], flat[now]
    to_old, to_new, apart = np.abs(here - before), np.abs(here - after), np.abs(after - before)
    far = apart.mean(axis=1)
    lean = to_old - to_new
    blend = np.abs(here - (before + after) * np.float32(0.5)).mean(axis=1)
    either = np.minimum(to_old, to_new).mean(axis=1)
    weight = far + np.float32(0.01)
    moments = np.abs((lean @ _MOMENTS) / (np.abs(lean).sum(axis=1)[:, None] + np.float32(1)))
    return [
        _log(to_old.mean(axis=1)),
        _log(far),
        _share_changed(apart, levels.deviation[old] + levels.deviation[new]),
        blend / weight,
        either / weight,
        _correlation(levels, old, new),
        _correlation(levels, old, now),
        np.abs(levels.histogram[old] - levels.histogram[new]).sum(axis=1),
        _aligned(levels.across, levels.across_shifted, old, new),
        _aligned(levels.down, levels.down_shifted, old, new),
        *moments.T,
        levels.mean[now] - np.float32(0.5) * (levels.mean[old] + levels.mean[new]),
    ]


def _share_changed(apart: Floats, contrast: Floats) -> Floats:
    """Share of cells that differ by more than noise, judged by the contrast of both pictures; 0 to 1."""
    limit = np.float32(_SAME_FLOOR) + np.float32(_SAME_SHARE) * contrast
    shared: Floats = np.count_nonzero(apart > limit[:, None], axis=1).astype(np.float32) / np.float32(apart.shape[1])
    return shared


def _correlation(levels: _Levels, one: slice, other: slice) -> Floats:
    """Likeness of two pictures whatever their brightness and contrast: -1 to 1, near 1 for flat pictures."""
    product = np.einsum("ij,ij->i", levels.centred[one], levels.centred[other]) / levels.centred.shape[1]
    floor = np.float32(1e-4)
    return (product + floor) / (levels.deviation[one] * levels.deviation[other] + floor)


def _aligned(profile: Floats, shifted: Floats, old: slice, new: slice) -> Floats:
    """Log distance of two profiles after the shift that fits best, so that a pan reads as small."""
    apart = shifted[new] - profile[old][:, None]
    distances = np.einsum("ijk,jk->ij", np.abs(apart, out=apart), _OVERLAPS[profile.shape[1]])
    return _log(distances.min(axis=1))


def _shifted(profile: Floats) -> Floats:
    """Each row of a profile at every shift, zeros where it ends; a view, [N, 2 SHIFTS + 1, length]."""
    padded = np.pad(profile, ((0, 0), (SHIFTS, SHIFTS)))
    return sliding_window_view(padded, profile.shape[1], axis=1)


def _log(values: Floats) -> Floats:
    """Logarithm that treats all below a thousandth (camera noise) as nothing."""
    return np.log10(values + np.float32(1e-3))


def _moments() -> Floats:
    """Weights that say where in the picture something is: left-right, top-bottom, in-out; float32 [576, 3]."""
    down, across = np.meshgrid(np.linspace(-1, 1, ROWS), np.linspace(-1, 1, COLUMNS), indexing="ij")
    outward = 2 * np.maximum(np.abs(down), np.abs(across)) - 1.3
    return np.stack([across, down, outward], axis=-1).reshape(-1, 3).astype(np.float32)


def _rings() -> Floats:
    """Membership of each cell in one of six nested frames; float32 [576, 6]."""
    down, across = np.meshgrid(np.linspace(-1, 1, ROWS), np.linspace(-1, 1, COLUMNS), indexing="ij")
    ring = np.minimum((np.maximum(np.abs(down), np.abs(across)) * 6).astype(int), 5)
    return np.eye(6, dtype=np.float32)[ring.reshape(-1)]


def _overlap(length: int) -> Floats:
    """For each shift the weights that average over the cells two profiles share; float32 [2 SHIFTS + 1, length]."""
    shifted = np.arange(length) + np.arange(-SHIFTS, SHIFTS + 1)[:, None]
    within = ((shifted >= 0) & (shifted < length)).astype(np.float32)
    return within / within.sum(axis=1, keepdims=True)


_MOMENTS = _moments()
_RINGS = _rings()
_OVERLAPS = {length: _overlap(length) for length in (ROWS, COLUMNS)}
