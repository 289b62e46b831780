"""Text that can be read in a window, for captions without a model: of the lines that are sure, the tallest."""

from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np
from numpy.typing import NDArray

from tasks.caption.window import Window
from tasks.core.ocr.reading import Reading, read_text

Picture = NDArray[np.uint8]
"""uint8 [height, width, 3]: red, green, blue."""

SIDE_PX = 1280
"""Longer side of the pictures that are read."""
EVERY_S = 2.5
SURE = 0.9
"""Certainty from which a line counts as read. Of 60 made lines those in scripts that the recogniser does not know had
0.86 at most, and those in scripts that it knows 0.95 or more."""
LEAST_LETTERS, MOST_LETTERS, MOST_LINES = 2, 80, 4
ALIKE = 0.8
"""Share of letters in common from which two readings are of one line."""


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line as it is told."""

    text: str
    certainty: float
    """0 to 1, in hundredths: further digits differ by processor."""


class WindowText:
    """Reads a few pictures of one window, in order of time."""

    def __init__(self, window: Window) -> None:
        self._next_s = min(EVERY_S, window.length_s) / 2
        self._lines: list[Reading] = []
        """Of each line its surest reading, in the order in which they came up."""

    def is_due(self, time_s: float) -> bool:
        """Whether the picture at this time from the window's start is one to read."""
        return time_s >= self._next_s

    def see(self, time_s: float, picture: Picture) -> None:
        """The next picture to read."""
        self._next_s = time_s + EVERY_S
        for reading in sorted(filter(_is_said, read_text(picture)), key=_place):
            self._add(reading)

    def lines(self) -> list[TextLine]:
        """What is to be told: the tallest lines, in the order in which they came up, and from the top down."""
        told = sorted(self._lines, key=lambda one: one.box.top - one.box.bottom)[:MOST_LINES]
        return [TextLine(one.text, round(one.certainty, 2)) for one in self._lines if one in told]

    def _add(self, reading: Reading) -> None:
        for number, other in enumerate(self._lines):
            if _likeness(reading.text, other.text) >= ALIKE:
                self._lines[number] = max(other, reading, key=lambda one: one.certainty)
                return
        self._lines.append(reading)


def _is_said(reading: Reading) -> bool:
    letters = sum(letter.isalnum() for letter in reading.text)
    return reading.certainty >= SURE and letters >= LEAST_LETTERS and len(reading.text) <= MOST_LETTERS


def _place(reading: Reading) -> tuple[int, int]:
    return reading.box.top, reading.box.left


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one.casefold(), other.casefold(), autojunk=False).ratio()
