"""What the camera does between two pictures, apart from what moves by itself.

One affine map of the picture is what a camera makes of a still, or of a scene far away; things that move, and near
things as the camera passes them, depart from it. The map is fitted to optical flow by least squares whose weights fall
with the residual (Geman and McClure), so that it follows the most of the picture and not the mean.
"""

from dataclasses import dataclass
from functools import cache
from weakref import ref

import numpy as np

from tasks.filter.pictures import flow
from tasks.filter.scorer import Floats, Grey

CELL_PX = 6
"""Flow is averaged over square cells of this side."""
LEAST_TEXTURE = 4.0
"""Squared grey levels per pixel, of the weaker direction, at which flow counts for half: flat places tell nothing."""
LEAST_WEIGHT = 8.0
"""Cells, counted by their texture, under which nothing is fitted."""
FOLLOWED = 0.35
"""The residual that this share stays below, which surely follows the camera, sets how soon a cell loses its say."""
ROUNDS = 6
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
    weights: Floats
    """[cells] 0 to 1, how much the flow of each can be trusted."""


def step_between(image: Grey, following: Grey) -> Step:
    """What moved from one picture to the next. The pictures must have room for flow.

    The latest answer is remembered, since several scorers ask for the same pictures one after the other.
    """
    global _latest
    if _latest is None or _latest[0]() is not image or _latest[1]() is not following:
        _latest = ref(image), ref(following), _measured(image, following)
    return _latest[2]


_latest: "tuple[ref[Grey], ref[Grey], Step] | None" = None


def _measured(image: Grey, following: Grey) -> Step:
    field = cell_means(flow(image, following))
    places = cell_places(image.shape)
    moves = field.reshape(-1, 2)
    weights = texture_weights(image) * is_inside(places + moves, image.shape)
    speeds = np.asarray(np.hypot(moves[:, 0], moves[:, 1]))
    if weights.sum() < LEAST_WEIGHT:
        return Step(speeds, None, np.zeros_like(speeds), weights)
    affine = fitted(places, moves, weights)
    return Step(speeds, affine, residuals_px(places, moves, affine), weights)


def camera_px(affine: Floats, image: Grey) -> Floats:
    """[cells] by how many pixels the camera moves what is in each cell."""
    moves = with_one(cell_places(image.shape)) @ affine
    return np.asarray(np.hypot(moves[:, 0], moves[:, 1]))


def by_itself(step: Step, moved_px: Floats) -> tuple[float, float]:
    """Mean length in pixels of what moves otherwise than the camera by more than flow is wrong by, over all of the
    picture that has texture; and the share of it that does."""
    error_px = ERROR_PX + MOVED_ERROR_PX * np.minimum(moved_px, 1) + ERROR_PER_PX * moved_px
    moves = step.weights * (step.residuals_px > error_px) / step.weights.sum()
    return float((moves * step.residuals_px).sum()), float(moves.sum())


def own_motion_px(step: Step, image: Grey) -> float:
    """Mean length in pixels of what moves otherwise than the camera; where there is no texture, of all that moves."""
    if step.affine is None:
        return float(step.speeds_px.mean())
    return by_itself(step, camera_px(step.affine, image))[0]


def fitted(places: Floats, moves: Floats, weights: Floats) -> Floats:
    """float32 [3, 2]: the affine map that most of the moves [cells, 2] at these places [cells, 2] follow."""
    counted = weights > 0
    terms, moves, weights = with_one(places[counted]), moves[counted], weights[counted]
    affine = np.zeros((3, 2), np.float32)
    affine[0] = np.median(moves, axis=0)
    followed = int(len(moves) * FOLLOWED)
    for _ in range(ROUNDS):
        away = np.square(moves - terms @ affine).sum(axis=1)
        spread = max(9 * float(np.partition(away, followed)[followed]), LEAST_SPREAD_PX**2)
        trusted = terms.T * (weights / np.square(1 + away / spread))
        affine = np.linalg.solve(trusted @ terms + STEADY, trusted @ moves).astype(np.float32)
    return affine


def residuals_px(places: Floats, moves: Floats, affine: Floats) -> Floats:
    """[cells] how far each move is from what the map says."""
    away = moves - with_one(places) @ affine
    return np.asarray(np.hypot(away[:, 0], away[:, 1]))


def with_one(places: Floats) -> Floats:
    """[cells, 3]: 1, x, y."""
    return np.column_stack([np.ones(len(places), np.float32), places])


def cells_of(picture: tuple[int, ...]) -> tuple[int, int]:
    """Rows and columns of cells in a picture of this shape; what is left over at the right and below is left out."""
    return picture[0] // CELL_PX, picture[1] // CELL_PX


def cell_sums(values: Floats) -> Floats:
    """Sums of the values [height, width] over cells, [rows, columns]."""
    rows, columns = cells_of(values.shape)
    whole = values[: rows * CELL_PX, : columns * CELL_PX].reshape(rows, CELL_PX, columns * CELL_PX)
    return np.asarray(whole.sum(axis=1).reshape(rows, columns, CELL_PX).sum(axis=2))


def cell_means(field: Floats) -> Floats:
    """Means of the field [height, width, 2] over cells, [rows, columns, 2]."""
    sums = [cell_sums(field[..., part]) for part in range(2)]
    return np.asarray(np.stack(sums, axis=2) / np.float32(CELL_PX**2))


@cache
def cell_places(picture: tuple[int, ...]) -> Floats:
    """float32 [cells, 2]: x and y of the middle of each cell, from the middle of the picture."""
    down, across = (np.arange(count, dtype=np.float32) * CELL_PX + CELL_PX / 2 for count in cells_of(picture))
    x, y = np.meshgrid(across - picture[1] / 2, down - picture[0] / 2)
    return np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float32)


def is_inside(targets: Floats, picture: tuple[int, ...]) -> Floats:
    """1 where the place lies a cell inside the picture; what has left it cannot be found again."""
    reach = np.array([picture[1] / 2, picture[0] / 2], np.float32) - CELL_PX
    return np.asarray((np.abs(targets) < reach).all(axis=1), dtype=np.float32)


def texture_weights(image: Grey) -> Floats:
    """float32 [cells] 0 to 1, by how much the brightness changes along the direction in which it changes least.

    The smaller eigenvalue of the structure tensor (Shi and Tomasi 1994): flow along an edge is guesswork.
    """
    levels = image.astype(np.float32)
    across, down = levels[1:-1, 2:] - levels[1:-1, :-2], levels[2:, 1:-1] - levels[:-2, 1:-1]
    xx, xy, yy = (cell_sums(np.pad(one * other, 1)) for one, other in ((across, across), (across, down), (down, down)))
    least = (xx + yy) / 2 - np.sqrt(np.square((xx - yy) / 2) + np.square(xy))
    return np.asarray((least / (least + 4 * CELL_PX**2 * LEAST_TEXTURE)).ravel())
