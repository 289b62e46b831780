"""What captions without a model tell of a window beyond the clip's own scores: light, colours, and where things change.

Measured on a few small pictures; numbers are kept, pictures are not.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""uint8 [height, width, 3]: red, green, blue."""

FPS = 4.0
SIDE_PX = 96
"""Longer side of the pictures."""

CHANGED_LEVELS = 14
"""Grey levels of 255 by which a pixel has to differ from the picture before to have changed: noise does not, once
pixels are averaged down to this size."""

COLOURS_EVERY = 4
"""Pictures: of one a second colours are told, which is what costs most here."""

HUES = (
    ("red", 18), ("orange", 42), ("yellow", 68), ("green", 165), ("turquoise", 195), ("blue", 255),
    ("purple", 290), ("pink", 340), ("red", 360),
)  # fmt: skip
"""Names of colours by where on the circle of hues they end, in degrees."""
COLOURS = ("black", "grey", "white", "brown", *dict.fromkeys(name for name, _ in HUES))

Numbers = dict[str, float]


@dataclass(slots=True)
class WindowMeasure:
    """Takes in the pictures of one window, in order of time."""

    lumas: list[float] = field(default_factory=list)
    contrasts: list[float] = field(default_factory=list)
    colours: NDArray[np.float64] = field(default_factory=lambda: np.zeros(len(COLOURS)))
    """Shares of the pictures that were looked at, summed."""
    changes: NDArray[np.float64] = field(default_factory=lambda: np.zeros((3, 3)))
    """Share of the picture that changed from one to the next, by thirds of the height and of the width, summed."""
    _last: NDArray[np.float32] | None = None

    def see(self, picture: Picture) -> None:
        """The next picture."""
        grey = np.asarray(picture @ np.array([0.299, 0.587, 0.114], np.float32), np.float32)
        self.lumas.append(float(grey.mean()) / 255)
        self.contrasts.append(float(grey.std()) / 255)
        if len(self.lumas) % COLOURS_EVERY == 1:
            self.colours += colour_shares(picture)
        if self._last is not None:
            self.changes += thirds(np.abs(grey - self._last) > CHANGED_LEVELS)
        self._last = grey

    def numbers(self) -> Numbers:
        """By name: window_luma, window_contrast, window_brightening, window_<colour>_share, window_changed_share and
        where the change lies, as shares of it; empty where no picture came."""
        if not self.lumas:
            return {}
        found = {"window_luma": float(np.mean(self.lumas)), "window_contrast": float(np.mean(self.contrasts))}
        if len(self.lumas) > 3:
            quarter = len(self.lumas) // 4
            found["window_brightening"] = float(np.mean(self.lumas[-quarter:]) - np.mean(self.lumas[:quarter]))
        shares = self.colours / self.colours.sum()
        found |= {f"window_{name}_share": float(share) for name, share in zip(COLOURS, shares, strict=True)}
        if len(self.lumas) > 1:
            found |= _places(self.changes / (len(self.lumas) - 1))
        return {name: float(f"{value:.6g}") for name, value in found.items()}


def _places(changes: NDArray[np.float64]) -> Numbers:
    """How much of the picture changes, and which share of that lies in each third of it."""
    whole = float(changes.sum())
    found = {"window_changed_share": whole}
    if whole > 0:
        columns, rows = changes.sum(axis=0) / whole, changes.sum(axis=1) / whole
        found |= {
            f"window_change_{name}": float(v) for name, v in zip(("left", "middle", "right"), columns, strict=True)
        }
        found |= {f"window_change_{name}": float(v) for name, v in zip(("top", "centre", "bottom"), rows, strict=True)}
    return found


def thirds(changed: NDArray[np.bool_]) -> NDArray[np.float64]:
    """[3, 3]: share of the whole picture that changed and lies in each ninth of it."""
    down, across = ([0, side // 3, 2 * side // 3] for side in changed.shape)
    counts = np.add.reduceat(np.add.reduceat(changed.astype(np.int32), down, axis=0), across, axis=1)
    return np.asarray(counts / changed.size, np.float64)


def colour_shares(picture: Picture) -> NDArray[np.float64]:
    """Share of the picture that has each of COLOURS, by hue, saturation and value of its pixels."""
    pixels = np.asarray(picture.reshape(-1, 3) / np.float32(255), np.float32)
    red, green, blue = pixels.T
    most = np.asarray(np.maximum(np.maximum(red, green), blue), np.float32)
    least = np.minimum(np.minimum(red, green), blue)
    spread = np.asarray(most - least, np.float32)
    saturation = spread / np.maximum(most, 1e-6)
    hue = _hue(pixels, most, spread)
    names = np.searchsorted(np.array([end for _, end in HUES], np.float32), hue, side="right").clip(max=len(HUES) - 1)
    place = np.array([COLOURS.index(name) for name, _ in HUES])[names]
    place[(hue >= 12) & (hue < 50) & (most < 0.6)] = COLOURS.index("brown")  # what a dark orange is called
    pale = (saturation < 0.18) | (spread < 0.08)
    place[pale] = COLOURS.index("grey")
    place[pale & (most > 0.82)] = COLOURS.index("white")
    place[most < 0.16] = COLOURS.index("black")
    return np.bincount(place, minlength=len(COLOURS)) / len(place)


def _hue(pixels: NDArray[np.float32], most: NDArray[np.float32], spread: NDArray[np.float32]) -> NDArray[np.float32]:
    """Degrees on the circle of hues, 0 for red; 0 where there is none (Smith 1978)."""
    red, green, blue = pixels.T
    safe = np.maximum(spread, 1e-6)
    hue = np.where(
        most == red,
        (green - blue) / safe % 6,
        np.where(most == green, (blue - red) / safe + 2, (red - green) / safe + 4),
    )
    return np.asarray(hue * 60, np.float32)
