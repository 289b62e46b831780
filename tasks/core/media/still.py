"""Single pictures as files that a browser shows."""

from fractions import Fraction

import av
import numpy as np
from av.video.reformatter import ColorRange
from numpy.typing import NDArray


def encode_jpeg(image: NDArray[np.uint8], quality: int = 4) -> bytes:
    """A JPEG of an RGB picture, uint8 [height, width, 3]; quality from 2 (best) to 31. Same picture, same bytes."""
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
    frame = frame.reformat(format="yuvj420p", dst_color_range=ColorRange.JPEG)
    context = av.CodecContext.create("mjpeg", "w")
    context.width, context.height, context.pix_fmt = frame.width, frame.height, "yuvj420p"
    context.time_base, context.color_range = Fraction(1, 25), ColorRange.JPEG
    context.options = {"flags": "+bitexact", "threads": "1", "qmin": str(quality), "qmax": str(quality)}
    return b"".join(bytes(packet) for packet in [*context.encode(frame), *context.encode(None)])
