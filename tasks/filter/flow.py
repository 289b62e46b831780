"""Dense optical flow; the only file of the stage that needs OpenCV."""

from functools import cache

import cv2
import numpy as np

from tasks.filter.scorer import Floats, Grey

LEAST_SIDE_PX = 32
"""Pictures with a shorter side have no room for the algorithm's patches."""


def flow(image: Grey, following: Grey) -> Floats:
    """float32 [height, width, 2]: by how many pixels (x, y) what is here in one picture has moved in the next.

    DIS flow (Kroeger et al. 2016, "Fast Optical Flow using Dense Inverse Search").
    """
    return np.asarray(_algorithm().calc(np.ascontiguousarray(image), np.ascontiguousarray(following), None))


@cache
def _algorithm() -> cv2.DISOpticalFlow:
    cv2.setNumThreads(1)
    return cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
