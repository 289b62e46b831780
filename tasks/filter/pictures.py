"""What has moved from one picture to the next, by OpenCV."""

from functools import cache
from typing import Any, TypeVar, cast

import numpy as np

from tasks.filter.scorer import Floats, Grey

LEAST_FLOW_SIDE_PX = 32
"""Pictures with a shorter side have no room for the patches of optical flow."""

Values = TypeVar("Values", Grey, Floats)


def flow(image: Grey, following: Grey) -> Floats:
    """float32 [height, width, 2]: by how many pixels (x, y) what is here in one picture has moved in the next.

    DIS flow (Kroeger et al. 2016, "Fast Optical Flow using Dense Inverse Search").
    """
    return np.asarray(_dis_flow().calc(np.ascontiguousarray(image), np.ascontiguousarray(following), None))


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


@cache
def _places(shape: tuple[int, ...]) -> Floats:
    """float32 [height, width, 2]: x and y of every pixel of a picture of this shape."""
    y, x = np.indices(shape, dtype=np.float32)
    return np.stack([x, y], axis=-1)


@cache
def _dis_flow() -> Any:
    return _opencv().DISOpticalFlow.create(_opencv().DISOPTICAL_FLOW_PRESET_FAST)


@cache
def _opencv() -> Any:
    import cv2

    cv2.setNumThreads(1)  # a batch runs as many processes as there are cores
    return cv2
