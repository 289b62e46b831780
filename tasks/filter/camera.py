"""What the camera does between two pictures, apart from what moves by itself.

One affine map of the picture is what a camera makes of a still, or of a scene far away; things that move, and near
things as the camera passes them, depart from it. The map is fitted to optical flow by least squares whose weights fall
with the residual (Geman and McClure), so that it follows the most of the picture and not the mean.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from tasks.filter.once import once
from tasks.filter.pictures import halved, means, rough_flow, slopes_along, solved
from tasks.filter.scorer import Floats, Grey

CELL_PX = 6
"""Flow is averaged over square cells of this side."""
HALF_CELL_PX = CELL_PX // 2
"""The same in pictures of half the size, in which flow is looked for."""
LEAST_TEXTURE = 4.0
"""Squared grey levels per pixel of those, of the weaker direction, at which flow counts for half: flat places tell
nothing."""
LEAST_WEIGHT = 8.0
"""Cells, counted by their texture, under which nothing is fitted."""
FOLLOWED = 0.35
"""The residual that this share stays below, which surely follows the camera, sets how soon a cell loses its say."""
ROUNDS = 6
SETTLED_PX = 0.02
"""Once a round moves no corner of the picture by more, it is the last."""
STEADY = np.diag([1e-6, 1.0, 1.0]).astype(np.float32)
"""Keeps a handful of cells in a row from tilting the map."""
LEAST_SPREAD_PX = 0.1
"""What flow is wrong by at the best of times."""

ERROR_PX, MOVED_ERROR_PX, ERROR_PER_PX = 0.12, 0.4, 0.03
"""What flow is wrong by: where nothing moves; more by this from a move of one pixel on; and more per pixel. Measured on
coded pans and zooms over stills."""


@dataclass(frozen=True, slots=True)
class Step:
    """From one picture to the next, in pixels of these pictures; x to the right and y down, from the middle."""

    speeds_px: Floats
    """[cells] how far what is in each cell moved."""
    affine: Floats | None
    """[3, 2]: how far the camera moved the middle, and how much more per pixel to the right and down of it; None where
    there is too little texture to tell."""
    residuals_px: Floats
    """[cells] how far each moved from where the camera put it."""
    camera_px: Floats
    """[cells] by how many pixels the camera moves what is in each."""
    weights: Floats
    """[cells] 0 to 1, how much the flow of each can be trusted."""
    own_px: float
    """Mean length of what moves otherwise than the camera; where there is no texture, of all that moves."""
    own_share: float
    """Share of the picture that has texture which moves so; 0 where there is none."""


@once
def step_between(image: Grey, following: Grey) -> Step:
    """What moved from one picture to the next. The pictures must have room for flow."""
    half = halved(image)
    moves = 2 * means(rough_flow(half, halved(following)), HALF_CELL_PX).reshape(-1, 2).T
    weights = texture_weights(half) * is_inside(cell_terms(image.shape)[1:] + moves, image.shape)
    speeds = lengths(moves)
    if weights.sum() < LEAST_WEIGHT:
        nowhere = np.zeros_like(speeds)
        return Step(speeds, None, nowhere, nowhere, weights, float(speeds.mean()), 0.0)
    affine = fitted(cell_terms(image.shape), moves, weights)
    camera = affine.T @ cell_terms(image.shape)
    residuals, camera_px = lengths(moves - camera), lengths(camera)
    return Step(speeds, affine, residuals, camera_px, weights, *by_itself(residuals, camera_px, weights))


def by_itself(residuals_px: Floats, camera_px: Floats, weights: Floats) -> tuple[float, float]:
    """Mean length in pixels of what moves otherwise than the camera by more than flow is wrong by, over all of the
    picture that has texture; and the share of it that does."""
    error_px = ERROR_PX + MOVED_ERROR_PX * np.minimum(camera_px, 1) + ERROR_PER_PX * camera_px
    moves = weights * (residuals_px > error_px) / weights.sum()
    return float((moves * residuals_px).sum()), float(moves.sum())


def fitted(terms: Floats, moves: Floats, weights: Floats) -> Floats:
    """float32 [3, 2]: the affine map that most of the moves [2, cells] follow; the cells' terms are 1, x, y."""
    counted = np.flatnonzero(weights > 0)
    terms, moves, weights = terms.take(counted, 1), moves.take(counted, 1), weights.take(counted)
    corner = np.abs(terms).max(axis=1)
    middle, followed = moves.shape[1] // 2, int(moves.shape[1] * FOLLOWED)
    affine = np.zeros((3, 2), np.float32)
    affine[0] = np.partition(moves, middle)[:, middle]
    for _ in range(ROUNDS):
        before, away = affine, squared(moves - affine.T @ terms)
        spread = max(9 * float(np.partition(away, followed)[followed]), LEAST_SPREAD_PX**2)
        trusted = terms * (weights / np.square(1 + away / spread))
        affine = solved(trusted @ terms.T + STEADY, trusted @ moves.T)
        if (corner @ np.abs(affine - before)).max() < SETTLED_PX:
            break
    return affine


def squared(moves: Floats) -> Floats:
    """[cells] squares of the lengths of the moves [2, cells]."""
    return np.asarray(moves[0] * moves[0] + moves[1] * moves[1])


def lengths(moves: Floats) -> Floats:
    """[cells] of the moves [2, cells]."""
    return np.sqrt(squared(moves))


def cells_of(picture: tuple[int, ...]) -> tuple[int, int]:
    """Rows and columns of cells in a picture of this shape; what is left over at the right and below is left out."""
    return picture[0] // CELL_PX, picture[1] // CELL_PX


@cache
def cell_terms(picture: tuple[int, ...]) -> Floats:
    """float32 [3, cells]: 1, and x and y of the middle of each cell, from the middle of the picture."""
    down, across = (np.arange(count, dtype=np.float32) * CELL_PX + CELL_PX / 2 for count in cells_of(picture))
    x, y = np.meshgrid(across - picture[1] / 2, down - picture[0] / 2)
    return np.stack([np.ones(x.size), x.ravel(), y.ravel()]).astype(np.float32)


def is_inside(targets: Floats, picture: tuple[int, ...]) -> Floats:
    """1 where the place [2, cells] lies a cell inside the picture; what has left it cannot be found again."""
    x, y = np.abs(targets)
    inside = (x < picture[1] / 2 - CELL_PX) & (y < picture[0] / 2 - CELL_PX)
    return inside.astype(np.float32)


def texture_weights(half: Grey) -> Floats:
    """float32 [cells] 0 to 1, of a picture of half the size: by how much the brightness changes along the direction in
    which it changes least.

    The smaller eigenvalue of the structure tensor (Shi and Tomasi 1994): flow along an edge is guesswork.
    """
    across, down = slopes_along(half)
    xx, xy, yy = (means(one * other, HALF_CELL_PX) for one, other in ((across, across), (across, down), (down, down)))
    middle, apart = (xx + yy) / 2, (xx - yy) / 2
    least = middle - np.sqrt(apart * apart + xy * xy)
    return np.asarray((least / (least + 4 * LEAST_TEXTURE)).ravel())
