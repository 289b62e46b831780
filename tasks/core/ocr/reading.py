"""What lines of text say, by the recogniser that the package `rapidocr` carries.

PP-OCRv6 small, which reads a line at once (SVTR, Du et al. 2022, decoded by CTC, Graves et al. 2006): Chinese, Japanese
and the scripts that are written with Latin letters; it leaves the rest out. Level lines from left to right only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.core.ocr.boxes import Floats, TextBox, text_boxes
from tasks.core.ocr.network import model_file, opened

Colour = NDArray[np.uint8]
"""uint8 [height, width, 3]: red, green, blue."""

LINE_PX, LEAST_WIDTH_PX, MOST_WIDTH_PX = 48, 320, 3200
"""The network takes lines of this height, of at least and at most this width."""
MOST_TILT_DEG = 10.0
GREY = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one line of text says, and where it stands."""

    text: str
    certainty: float
    """0 to 1, the mean probability of its letters."""
    box: TextBox


@cache
def can_read() -> bool:
    """Whether the packages of the detector and the recogniser are installed."""
    return model_file("det") is not None and model_file("rec") is not None


def read_text(image: Colour) -> list[Reading]:
    """The lines of text in the picture that can be read, in no order; those of which nothing is read are left out."""
    boxes = text_boxes(np.asarray(image @ GREY, np.float32).round().astype(np.uint8))
    readings = (_read(image, box) for box in boxes if is_level(box))
    return [reading for reading in readings if reading.text]


def is_level(box: TextBox) -> bool:
    """Whether it is a line from left to right: text that stands on end or leans would be read wrongly."""
    return box.right - box.left > 0.8 * (box.bottom - box.top) and box.tilt_deg <= MOST_TILT_DEG


def decoded(likely: Floats, letters: Sequence[str]) -> tuple[str, float]:
    """The text of one line and its certainty; `likely` is [steps, letters], with the blank of CTC first."""
    best = likely.argmax(axis=1)
    is_letter = (best != 0) & np.concatenate([[True], best[1:] != best[:-1]])
    text = "".join(letters[number] for number in best[is_letter])
    return " ".join(text.split()), float(likely.max(axis=1)[is_letter].mean()) if is_letter.any() else 0.0


def _read(image: Colour, box: TextBox) -> Reading:
    import cv2

    line = image[box.top : box.bottom, box.left : box.right]
    width = min(MOST_WIDTH_PX, max(1, round(LINE_PX * line.shape[1] / line.shape[0])))
    resized = cv2.resize(line, (width, LINE_PX)).astype(np.float32) / np.float32(127.5) - 1
    padded = np.zeros((LINE_PX, max(LEAST_WIDTH_PX, width), 3), np.float32)
    padded[:, :width] = resized[..., ::-1]  # blue first, as the network was trained
    session, name, letters = _network()
    (likely,) = session.run(None, {name: padded.transpose(2, 0, 1)[None]})
    text, certainty = decoded(likely[0], letters)
    return Reading(text, certainty, box)


@cache
def _network() -> tuple[Any, str, list[str]]:
    """The network, its input's name, and the letters that its outputs stand for."""
    session = opened(model_file("rec"))
    letters = session.get_modelmeta().custom_metadata_map["character"].splitlines()
    return session, session.get_inputs()[0].name, ["", *letters, " "]
