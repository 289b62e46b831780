"""What happens within a shot and is no change of shot: flashes, strobes, banners, passers-by, bad light, noise."""

import numpy as np
from numpy.typing import NDArray

from tasks.split.features import COLUMNS, ROWS

Pictures = NDArray[np.float32]


def disturb(shot: Pictures, other: Pictures, rng: np.random.Generator) -> Pictures:
    """The shot with at most a few disturbances; `other` lends texture to what comes into the picture."""
    shot = shot.copy()
    for happening, chance in _CHANCES:
        if len(shot) > 6 and rng.random() < chance:
            happening(shot, other, rng)
    return shot


def flash(shot: Pictures, other: Pictures, rng: np.random.Generator) -> None:
    """One to five bright (seldom black or grey) pictures, whole or lit from one place."""
    length, start = rng.integers(1, 6), rng.integers(1, len(shot) - 4)
    colour = np.float32(rng.choice([1.0, 0.0, rng.random()], p=[0.82, 0.1, 0.08]))
    strength = rng.uniform(0.4, 1.0) if rng.random() < 0.6 else 1.0
    light = np.ones((ROWS, COLUMNS), np.float32) if rng.random() < 0.75 else _spot(rng)
    fall = np.linspace(1, rng.choice([1.0, 0.3]), length)[:, None, None].astype(np.float32)
    part = shot[start : start + length]
    share = np.float32(strength) * light * fall[: len(part)]
    if colour == 1 and rng.random() < 0.5:
        part[:] = np.minimum(part * (1 + 3 * share) + share * np.float32(0.5), 1)
    else:
        part[:] = part * (1 - share) + colour * share


def strobe(shot: Pictures, other: Pictures, rng: np.random.Generator) -> None:
    """Light that goes on and off many times."""
    period = rng.integers(2, 12)
    level = rng.uniform(0.2, 3.0)
    lit = (np.arange(len(shot)) + rng.integers(0, period)) % period < rng.integers(1, period)
    shot[lit] = np.clip(shot[lit] * np.float32(level), 0, 1)


def relight(shot: Pictures, other: Pictures, rng: np.random.Generator) -> None:
    """The light (or exposure) changes at once or over up to forty pictures."""
    start, length = rng.integers(1, len(shot)), rng.choice([1, rng.integers(2, 40)])
    ramp = np.clip((np.arange(len(shot)) - start) / length, 0, 1)[:, None, None]
    shot[:] = np.clip(shot * (1 + (rng.uniform(0.35, 1.8) - 1) * ramp), 0, 1)


def banner(shot: Pictures, other: Pictures, rng: np.random.Generator) -> None:
    """A caption, dialog or inset appears at once (or within a few pictures) and may go again; behind it may dim."""
    start = int(rng.integers(1, len(shot)))
    stop = int(rng.choice([len(shot), rng.integers(start, len(shot) + 1)]))
    height, width = rng.integers(1, ROWS * 3 // 4), rng.integers(2, COLUMNS * 3 // 4)
    y, x = rng.integers(0, ROWS - height + 1), rng.integers(0, COLUMNS - width + 1)
    if rng.random() < 0.2:
        shot[start:stop] *= np.float32(rng.uniform(0.5, 0.9))
    content = other[:1, :height, :width] if rng.random() < 0.3 else np.float32(rng.random())
    rise = np.clip(np.arange(1, stop - start + 1) / rng.choice([1, 1, 4, 8]), 0, 1)[:, None, None].astype(np.float32)
    region = shot[start:stop, y : y + height, x : x + width]
    region[:] = region * (1 - rise) + content * rise


def passer_by(shot: Pictures, other: Pictures, rng: np.random.Generator) -> None:
    """Something large crosses the picture close to the camera."""
    length = int(rng.integers(4, 30))
    start = int(rng.integers(0, max(len(shot) - length, 1)))
    width = int(rng.integers(4, COLUMNS * 3 // 4))
    patch = other[0][:, :width] * np.float32(rng.uniform(0.3, 1)) + np.float32(rng.uniform(-0.1, 0.1))
    top = int(rng.integers(0, ROWS // 2))
    leftward = rng.random() < 0.5
    for i in range(start, min(start + length, len(shot))):
        left = round((i - start + 0.5) / length * (COLUMNS + width)) - width
        left = COLUMNS - width - left if leftward else left
        a, b = max(left, 0), min(left + width, COLUMNS)
        if b > a:
            shot[i, top:, a:b] = np.clip(patch[top:, a - left : b - left], 0, 1)


def freeze(shot: Pictures, other: Pictures, rng: np.random.Generator) -> None:
    """The picture stands still for a while."""
    start, length = int(rng.integers(0, len(shot) - 3)), int(rng.integers(3, 60))
    shot[start : start + length] = shot[start]


def stutter(shot: Pictures, other: Pictures, rng: np.random.Generator) -> None:
    """Each picture is shown several times."""
    every = int(rng.integers(2, 6))
    shot[:] = shot[np.arange(len(shot)) // every * every]


def _spot(rng: np.random.Generator) -> Pictures:
    """Light from one place; float32 [18, 32]."""
    down, across = np.meshgrid(np.linspace(-1, 1, ROWS), np.linspace(-1, 1, COLUMNS), indexing="ij")
    far = np.hypot(down - rng.uniform(-1, 1), across - rng.uniform(-1, 1))
    return np.exp(-((far / rng.uniform(0.4, 1.2)) ** 2)).astype(np.float32)


_CHANCES = (
    (flash, 0.3),
    (flash, 0.1),
    (strobe, 0.04),
    (relight, 0.12),
    (banner, 0.2),
    (banner, 0.08),
    (passer_by, 0.15),
    (freeze, 0.06),
    (stutter, 0.08),
)
