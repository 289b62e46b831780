"""Boxes around lines of text, by the detector that the package `rapidocr` carries.

Of `rapidocr` only the model's file is used (PP-OCRv6 small, "Real-time Scene Text Detection with Differentiable
Binarization", Liao et al. 2020); what follows the network there is numpy here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.core.ocr.network import model_file, opened

Grey = NDArray[np.uint8]
Floats = NDArray[np.float32]

STRIDE_PX = 32
"""The network takes pictures whose sides are whole multiples of this."""
LEAST_SIDE_PX = 64
TEXT_LEVEL, LEAST_CERTAINTY = 0.3, 0.6
"""Probability from which a pixel belongs to text (the package's own), and mean from which a patch of them counts: of
lines of text 19 of 20 have 0.78 and more."""
GROWTH = 1.6
"""The network marks the core of a line; its box is as much larger as area over outline says, times this."""
LEAST_CORE_PX = 3
AROUND_PX, LEAST_CONTRAST, EVEN_CONTRAST = 12.0, 6.0, 45.0
"""Reach in which contrast is evened out; grey levels added to the deviation there, so that noise stays low; and the
deviation that it is brought to."""
SHRUNK = 4
"""Contrast is evened out by what pictures so many times smaller show of it."""


@dataclass(frozen=True, slots=True)
class TextBox:
    """A line of text in pixels of the picture; right and bottom are one past the last."""

    left: int
    top: int
    right: int
    bottom: int
    certainty: float
    """0 to 1, the mean probability of its pixels."""
    tilt_deg: float
    """By how much the line leans from the level, 0 to 45."""


@cache
def can_detect() -> bool:
    """Whether the detector's packages are installed."""
    return model_file("det") is not None


def text_boxes(image: Grey) -> list[TextBox]:
    """The lines of text in the picture, whatever the script."""
    if min(image.shape) < LEAST_SIDE_PX:
        return []
    height, width = image.shape
    padding = [(0, -length % STRIDE_PX) for length in image.shape]
    # Mirrored: the last row, repeated, would draw letters at the edge on and on, and they would not be found.
    levels = np.pad(image, padding, mode="reflect").astype(np.float32) / np.float32(127.5) - 1
    session, name = _network()
    (likely,) = session.run(None, {name: np.repeat(levels[None, None], 3, axis=1)})
    return boxes_in(likely[0, 0, :height, :width])


def evened(image: Grey) -> Grey:
    """The picture with the same contrast everywhere, so that faint letters are found as clear ones are."""
    levels = image.astype(np.float32)
    high = levels - blurred(levels)
    deviation = np.sqrt(blurred(high * high))
    return np.clip(128 + high / (deviation + LEAST_CONTRAST) * EVEN_CONTRAST, 0, 255).astype(np.uint8)


def blurred(values: Floats) -> Floats:
    """The mean around each place, as far as AROUND_PX; of a smaller picture, since nothing fine is left of it."""
    import cv2

    height, width = values.shape
    small = cv2.resize(values, (max(1, width // SHRUNK), max(1, height // SHRUNK)), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), AROUND_PX / SHRUNK)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR))


def boxes_in(likely: Floats) -> list[TextBox]:
    """The boxes around the connected patches of likely text; `likely` is [height, width], 0 to 1."""
    import cv2

    core = cv2.dilate((likely > TEXT_LEVEL).astype(np.uint8), np.ones((2, 2), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(core, connectivity=8)
    boxes = []
    for number in range(1, count):
        left, top, width, height = (int(value) for value in stats[number, :4])
        if min(width, height) < LEAST_CORE_PX:
            continue
        window = np.s_[top : top + height, left : left + width]
        mine = labels[window] == number
        certainty = float(likely[window][mine].mean())
        if certainty >= LEAST_CERTAINTY:
            (_, sides, angle) = cv2.minAreaRect(np.argwhere(mine).astype(np.float32))
            boxes.append(_grown((left, top, width, height), certainty, _tilt_deg(sides, angle), likely.shape))
    return boxes


def _grown(core: tuple[int, int, int, int], certainty: float, tilt_deg: float, shape: tuple[int, ...]) -> TextBox:
    left, top, width, height = core
    reach = round(GROWTH * width * height / (2 * (width + height)))
    bottom, right = min(shape[0], top + height + reach), min(shape[1], left + width + reach)
    return TextBox(max(0, left - reach), max(0, top - reach), right, bottom, certainty, tilt_deg)


def _tilt_deg(sides: Sequence[float], angle: float) -> float:
    """How far a rectangle turned by this angle is from lying along the picture's sides."""
    return 0.0 if min(sides) < 1 else float(min(angle % 90, 90 - angle % 90))


@cache
def _network() -> tuple[Any, str]:
    """The network and its input's name."""
    session = opened(model_file("det"))
    return session, session.get_inputs()[0].name
