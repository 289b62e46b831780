"""What has moved from one picture to the next, by OpenCV."""

from functools import cache
from typing import Any, TypeVar, cast

import numpy as np

from tasks.filter.scorer import Floats, Grey

LEAST_FLOW_SIDE_PX = 32
"""Pictures with a shorter side have no room for the patches of optical flow."""

ITERATIONS, REFINEMENTS = 8, 1
"""Of rough flow: steps by which a patch is looked for, and rounds in which the field is smoothed. The 16 and 5 of
OpenCV's preset take 1.7 times as long and tell a camera over a still from action no better (bench/motion.py)."""
JUMP_STEP_PX, LEAST_JUMP = 4, 2
"""A jump of the whole picture is looked for in steps of so many pixels; it is one from so many steps on."""
JUMP_ALIKE, JUMP_GAIN = 0.85, 0.1
"""Correlation from which it is sure, and by how much more there must be of it than without: of 600 pairs of pictures
that have nothing in common one has as much."""

Values = TypeVar("Values", Grey, Floats)


def flow(image: Grey, following: Grey) -> Floats:
    """float32 [height, width, 2]: by how many pixels (x, y) what is here in one picture has moved in the next.

    DIS flow (Kroeger et al. 2016, "Fast Optical Flow using Dense Inverse Search").
    """
    return np.asarray(_dis_flow().calc(np.ascontiguousarray(image), np.ascontiguousarray(following), None))


def rough_flow(image: Grey, following: Grey) -> Floats:
    """The same at half the cost: finer for the size of the picture but less surely found, and smoothed less. What jumps
    as a whole, farther than flow can follow, is followed too."""
    right, down = jump(image, following)
    if (right, down) == (0, 0):
        return np.asarray(_rough_dis_flow().calc(image, following, None))
    height, width = image.shape
    ways = np.array([[1, 0, right], [0, 1, down]], np.float32)
    how = _opencv().INTER_NEAREST | _opencv().WARP_INVERSE_MAP
    nearer = _opencv().warpAffine(following, ways, (width, height), flags=how, borderMode=_opencv().BORDER_REPLICATE)
    return np.asarray(_rough_dis_flow().calc(image, nearer, None) + np.array([right, down], np.float32))


def jump(image: Grey, following: Grey) -> tuple[int, int]:
    """How many pixels right and down the middle of the picture is found in the next; (0, 0) unless that is far, sure
    and more like it than what is in the middle there."""
    small, large = means(image, JUMP_STEP_PX), means(following, JUMP_STEP_PX)
    rows, columns = small.shape
    top, left = rows // 4, columns // 4
    middle = small[top : rows - top, left : columns - left]
    alike = _opencv().matchTemplate(large, middle, _opencv().TM_CCOEFF_NORMED)
    _, best, _, (x, y) = _opencv().minMaxLoc(alike)
    right, down = x - left, y - top
    is_far = max(abs(right), abs(down)) >= LEAST_JUMP
    if not is_far or best < JUMP_ALIKE or best <= alike[top, left] + JUMP_GAIN:
        return 0, 0
    return right * JUMP_STEP_PX, down * JUMP_STEP_PX


def followed(image: Grey, following: Grey) -> Grey:
    """The following picture with everything moved back to where flow says it was."""
    places = flow(image, following) + _places(image.shape)
    mode = _opencv().BORDER_REPLICATE
    back = _opencv().remap(following, places, None, _opencv().INTER_LINEAR, borderMode=mode)
    return np.asarray(back, dtype=np.uint8)


def apart(one: Grey, other: Grey) -> Grey:
    """By how many grey levels each pixel of one differs from the other's."""
    return np.asarray(_opencv().absdiff(one, other))


def level_counts(image: Grey) -> Floats:
    """float32 [256]: how many pixels have each grey level."""
    return np.asarray(_opencv().calcHist([image], [0], None, [256], [0, 256]).ravel())


def means(values: Values, side_px: int) -> Values:
    """[rows, columns, ...] means over squares of this side; what is left over at the right and below is left out."""
    rows, columns = values.shape[0] // side_px, values.shape[1] // side_px
    whole = values[: rows * side_px, : columns * side_px]
    return cast("Values", _opencv().resize(whole, (columns, rows), interpolation=_opencv().INTER_AREA))


def add_levels(sums: Floats, levels: Grey) -> None:
    """Adds the levels to the sums."""
    _opencv().accumulate(levels, sums)


def add_products(sums: Floats, one: Floats, other: Floats) -> None:
    """Adds the products of both to the sums."""
    _opencv().accumulateProduct(one, other, sums)


def sums_along(values: Floats, rows: int) -> Floats:
    """Sums over so many rows, an odd number, around each; what lies outside is nothing. Of nothing they are nothing."""
    opencv, every = _opencv(), np.ones((rows, 1), np.float32)
    return np.asarray(opencv.filter2D(values, -1, every, borderType=opencv.BORDER_CONSTANT))


def solved(matrix: Floats, right: Floats) -> Floats:
    """The solution of a few equations; numpy takes ten times as long to begin."""
    return np.asarray(_opencv().solve(matrix, right)[1])


def halved(image: Grey) -> Grey:
    """The picture at half its size."""
    return means(image, 2)


def slopes_along(image: Grey) -> tuple[Floats, Floats]:
    """float32 [height, width] each: by how much brightness rises over two pixels to the right, and down; at the edges 0
    across them."""
    opencv = _opencv()
    right, down = (opencv.Sobel(image, opencv.CV_32F, across, 1 - across, ksize=1) for across in (1, 0))
    return np.asarray(right), np.asarray(down)


@cache
def _places(shape: tuple[int, ...]) -> Floats:
    """float32 [height, width, 2]: x and y of every pixel of a picture of this shape."""
    y, x = np.indices(shape, dtype=np.float32)
    return np.stack([x, y], axis=-1)


@cache
def _dis_flow() -> Any:
    return _opencv().DISOpticalFlow.create(_opencv().DISOPTICAL_FLOW_PRESET_FAST)


@cache
def _rough_dis_flow() -> Any:
    made = _opencv().DISOpticalFlow.create(_opencv().DISOPTICAL_FLOW_PRESET_FAST)
    made.setFinestScale(1)
    made.setGradientDescentIterations(ITERATIONS)
    made.setVariationalRefinementIterations(REFINEMENTS)
    return made


@cache
def _opencv() -> Any:
    import cv2

    cv2.setNumThreads(1)  # a batch runs as many processes as there are cores
    return cv2
