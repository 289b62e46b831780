"""Smaller copies of a grey picture, averaging every pixel that falls into one."""

import numpy as np

from tasks.filter.scorer import Grey


def shrunk(image: Grey, max_side_px: int) -> Grey:
    """The picture with its longer side at most about `max_side_px` (whole factors only); itself where it is."""
    factor = -(-max(image.shape) // max_side_px)
    factor = min(factor, *image.shape)
    if factor <= 1:
        return image
    height, width = (side // factor for side in image.shape)
    blocks = image[: height * factor, : width * factor].reshape(height, factor, width * factor)
    columns = blocks.sum(axis=1, dtype=np.uint16 if factor <= 256 else np.uint32)
    sums = columns.reshape(height, width, factor).sum(axis=2, dtype=np.uint32)
    return ((sums + factor * factor // 2) // (factor * factor)).astype(np.uint8)
