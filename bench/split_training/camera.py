"""A virtual camera that looks at a still or moving source picture: pans, shakes, whips, zooms and rolls."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.split.features import COLUMNS, ROWS

FINE = 3
"""Pictures are first drawn this much finer than the small pictures, then averaged: no aliasing."""


@dataclass(frozen=True, slots=True)
class Path:
    """Where the camera looks at each moment: centre and width as shares of the source, roll in radians; [N] each."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    width: NDArray[np.float64]
    roll: NDArray[np.float64]
    mirrored: bool


def random_path(count: int, rng: np.random.Generator) -> Path:
    """A camera that is mostly calm, at times lively, and sometimes wild."""
    mood = rng.choice(["still", "calm", "shaky", "whip", "zoom", "roll"], p=[0.5, 0.14, 0.1, 0.14, 0.07, 0.05])
    width = np.full(count, rng.uniform(0.75, 1.0) if mood in ("still", "calm") else rng.uniform(0.4, 0.8))
    x, y, roll = np.full(count, 0.5), np.full(count, 0.5), np.zeros(count)
    x, y = x + rng.uniform(-0.1, 0.1), y + rng.uniform(-0.1, 0.1)
    if mood == "calm":
        x = x + np.linspace(0, rng.uniform(-0.2, 0.2), count)
        width = width * np.linspace(1, rng.uniform(0.8, 1.2), count)
    if mood == "shaky":
        x, y = x + _wander(count, rng, rng.uniform(0.004, 0.03)), y + _wander(count, rng, rng.uniform(0.004, 0.03))
        roll = roll + _wander(count, rng, 0.01)
    if mood == "whip":
        x = x + _steps(count, rng, 0.5)
        y = y + _steps(count, rng, 0.15)
    if mood == "zoom":
        width = width * np.exp(_steps(count, rng, 0.7))
    if mood == "roll":
        roll = roll + _steps(count, rng, 1.5) + np.linspace(0, rng.uniform(-1, 1), count)
    return Path(x, y, np.clip(width, 0.2, 1.0), roll, bool(rng.random() < 0.5))


def film(pictures: NDArray[np.uint8], path: Path) -> NDArray[np.float32]:
    """What the camera sees of uint8 [N, height, width]: float32 [N, 18, 32], 0 to 1."""
    seen = np.empty((len(pictures), ROWS, COLUMNS), np.float32)
    for i, picture in enumerate(pictures):
        drawn = cv2.warpAffine(
            picture,
            _matrix(picture.shape, path, i),
            (COLUMNS * FINE, ROWS * FINE),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REFLECT,
        )
        seen[i] = cv2.resize(drawn, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA)
    return seen / np.float32(255)


def _matrix(shape: tuple[int, ...], path: Path, i: int) -> NDArray[np.float64]:
    """The affine map from drawn to source pixels at moment i."""
    height, width = shape[0], shape[1]
    scale_x = path.width[i] * width / (COLUMNS * FINE) * (-1 if path.mirrored else 1)
    scale_y = path.width[i] * height / (ROWS * FINE)
    cos, sin = np.cos(path.roll[i]), np.sin(path.roll[i])
    turn = np.array([[cos * scale_x, -sin * scale_y], [sin * scale_x, cos * scale_y]])
    half = path.width[i] / 2
    centre = np.array([np.clip(path.x[i], half, 1 - half) * width, np.clip(path.y[i], half, 1 - half) * height])
    offset = centre - turn @ np.array([COLUMNS * FINE / 2, ROWS * FINE / 2])
    return np.column_stack([turn, offset])


def _wander(count: int, rng: np.random.Generator, size: float) -> NDArray[np.float64]:
    """Jitter that is partly smooth."""
    rough = rng.normal(0, size, count)
    smooth = np.convolve(rng.normal(0, 2 * size, count), np.ones(5) / 5, mode="same")
    return rough + smooth


def _steps(count: int, rng: np.random.Generator, size: float) -> NDArray[np.float64]:
    """A few quick smooth moves, each of 3 to 20 pictures."""
    moved = np.zeros(count)
    for _ in range(rng.integers(1, 5)):
        length, start = rng.integers(3, 21), rng.integers(0, max(count - 3, 1))
        ramp = np.clip((np.arange(count) - start) / length, 0, 1)
        moved += rng.uniform(-size, size) * (3 * ramp**2 - 2 * ramp**3)
    return moved
