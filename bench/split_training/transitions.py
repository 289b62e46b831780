"""Gradual changes between two shots, made on small pictures."""

import numpy as np
from numpy.typing import NDArray

from tasks.split.features import COLUMNS, ROWS

Pictures = NDArray[np.float32]

WIPES = (
    *("right", "left", "down", "up", "diagonal", "box_out", "box_in"),
    *("iris_out", "iris_in", "clock", "blinds", "push", "slide"),
)


def dissolve(old: Pictures, new: Pictures, rng: np.random.Generator) -> Pictures:
    """Both shots blended, mostly at an even pace."""
    share = _pace(len(old), rng)[:, None, None]
    return old * (1 - share) + new * share


def fade(old: Pictures, new: Pictures, rng: np.random.Generator) -> Pictures:
    """The old shot goes to one colour (black, mostly), from which the new one comes."""
    count = len(old)
    colour = np.float32(rng.choice([0.0, rng.uniform(0, 0.1), 1.0, rng.uniform(0, 1)], p=[0.62, 0.15, 0.18, 0.05]))
    hold = rng.choice([0, rng.uniform(0, 0.3), rng.uniform(0.2, 0.6)], p=[0.5, 0.3, 0.2])
    centre = rng.choice([0.5, rng.uniform(0.25, 0.75), 0.0, 1.0], p=[0.65, 0.25, 0.05, 0.05])
    at = (np.arange(count) + 0.5) / count
    out = np.clip(1 - at / max(centre * (1 - hold), 1e-3), 0, 1)
    into = np.clip((at - 1) / max((1 - centre) * (1 - hold), 1e-3) + 1, 0, 1)
    out, into = (out[:, None, None].astype(np.float32), into[:, None, None].astype(np.float32))
    return colour + (old - colour) * out + (new - colour) * into


def wipe(old: Pictures, new: Pictures, rng: np.random.Generator) -> Pictures:
    """The new shot takes over the picture from one place on."""
    kind = rng.choice(WIPES)
    share = _pace(len(old), rng)
    if kind in ("push", "slide"):
        return _pushed(old, new, share, rng, both=kind == "push")
    order = _order(str(kind), rng)
    soft = rng.choice([0.02, rng.uniform(0.02, 0.3)], p=[0.6, 0.4])
    covered = np.clip((share[:, None, None] * (1 + soft) - order) / soft, 0, 1).astype(np.float32)
    mixed = old * (1 - covered) + new * covered
    if rng.random() < 0.1:
        edge = (covered > 0.02) & (covered < 0.98)
        mixed = np.where(edge, np.float32(rng.random()), mixed)
    return mixed


def _pace(count: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Share of the new shot at each picture of a transition, rising from above 0 to below 1."""
    at = (np.arange(count) + rng.uniform(0, 1)) / count
    eased = 3 * at**2 - 2 * at**3
    return (eased if rng.random() < 0.25 else at).astype(np.float32)


def _order(kind: str, rng: np.random.Generator) -> Pictures:
    """When each cell changes, 0 to 1; float32 [18, 32]."""
    down, across = np.meshgrid(np.linspace(0, 1, ROWS), np.linspace(0, 1, COLUMNS), indexing="ij")
    box = np.maximum(np.abs(down - 0.5), np.abs(across - 0.5)) * 2
    iris = np.hypot(down - 0.5, (across - 0.5) * 16 / 9) / np.hypot(0.5, 0.5 * 16 / 9)
    angle = (np.arctan2(down - 0.5, across - 0.5) / (2 * np.pi) + rng.random()) % 1
    skew = rng.choice([-1, 1]) * across + rng.choice([-1, 1]) * down
    blinds = (across * rng.integers(3, 9)) % 1
    orders = {
        "right": across,
        "left": 1 - across,
        "down": down,
        "up": 1 - down,
        "diagonal": (skew - skew.min()) / 2,
        "box_out": box,
        "box_in": 1 - box,
        "iris_out": iris,
        "iris_in": 1 - iris,
        "clock": angle,
        "blinds": blinds,
    }
    return orders[kind].astype(np.float32)


def _pushed(old: Pictures, new: Pictures, share: NDArray[np.float32], rng: np.random.Generator, both: bool) -> Pictures:
    """The new shot moves in from one side; the old one moves out with it (push) or stays (slide)."""
    axis, flip = int(rng.integers(1, 3)), bool(rng.random() < 0.5)
    if flip:
        old, new = np.flip(old, axis), np.flip(new, axis)
    length, made = old.shape[axis], []
    for before, after, part in zip(old, new, share, strict=True):
        shift = round(float(part) * length)
        strip = np.concatenate([after, before], axis=axis - 1)
        cells = np.arange(length) + length - shift
        shown = np.take(strip, cells, axis=axis - 1)
        if not both:
            kept = np.take(before, np.arange(shift, length), axis=axis - 1)
            shown = np.concatenate([np.take(shown, np.arange(shift), axis=axis - 1), kept], axis=axis - 1)
        made.append(shown)
    pictures = np.stack(made).astype(np.float32)
    return np.flip(pictures, axis) if flip else pictures


MAKERS = {"dissolve": dissolve, "fade": fade, "wipe": wipe}
