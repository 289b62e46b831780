"""What scenes are built of: looks, and strips that pass by at speeds of their own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tasks.cli.demo_corpus.texture import Colour, coloured, noise, pack, shade, unpack

Size = tuple[int, int]
"""(rows, columns) of the picture."""
Scene = Callable[[int], np.ndarray]
"""Number of a frame -> packed picture; see texture."""

REFERENCE_WIDTH_PX = 640
"""Speeds and sizes are given in pixels of a picture this wide."""


@dataclass(frozen=True, slots=True)
class Look:
    """The colours of a scene, far to near or low to high."""

    sky: Sequence[Colour]
    ground: Sequence[Colour]
    accent: Sequence[Colour]
    """Of lights, leaves and things."""
    water: Sequence[Colour] = ((8, 30, 50), (20, 70, 95), (60, 125, 140), (150, 195, 200), (240, 245, 235))


@dataclass(frozen=True, slots=True)
class Layer:
    """A strip that passes by: packed rows from `top` on, `period` columns long and then once more the first ones."""

    pixels: np.ndarray
    mask: np.ndarray | None
    top: int
    period: int
    speed: float
    """Columns a frame."""

    def paint(self, picture: np.ndarray, number: int) -> None:
        columns = picture.shape[1]
        start = int(number * self.speed) % self.period
        window = slice(start, start + columns)
        target = picture[self.top : self.top + len(self.pixels)]
        if self.mask is None:
            target[:] = self.pixels[: len(target), window]
        else:
            np.copyto(target, self.pixels[: len(target), window], where=self.mask[: len(target), window])


def layer_of(strip: np.ndarray, mask: np.ndarray | None, size: Size, speed: float) -> Layer:
    """A layer of a strip over the whole height; rows above the first painted one are left out."""
    top = 0 if mask is None else int(np.argmax(mask.any(axis=1)))
    longer = np.concatenate([strip, strip[:, : size[1]]], axis=1)[top:]
    longer_mask = None if mask is None else np.concatenate([mask, mask[:, : size[1]]], axis=1)[top:]
    return Layer(longer, longer_mask, top, strip.shape[1], speed * size[1] / REFERENCE_WIDTH_PX)


def layered(layers: Sequence[Layer], size: Size) -> Scene:
    def paint(number: int) -> np.ndarray:
        picture = np.empty(size, np.uint32)
        for layer in layers:
            layer.paint(picture, number)
        return picture

    return paint


def sky_layer(random: np.random.Generator, size: Size, look: Look, speed: float = 1.0) -> Layer:
    """Clouds over a gradient, with a sun or moon."""
    rows, columns = size[0], 2 * size[1]
    height = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
    clouds = noise(random, (rows, columns), size[1] / 4, 6)
    strip = unpack(coloured(np.broadcast_to(height, (rows, columns)), look.sky)).astype(np.float32)
    cover = ((clouds - 0.5) * 3).clip(0, 0.85)[..., None] * (1 - 0.5 * height[..., None])
    strip = strip * (1 - cover) + (strip * 0.5 + 130) * (0.6 + 0.5 * clouds[..., None]) * cover
    y, x = np.ogrid[:rows, :columns]
    away = np.hypot(y - rows * random.uniform(0.15, 0.35), x - columns * random.uniform(0.1, 0.5))
    glow = np.exp(-((away / (size[1] * 0.05)) ** 2)) + 0.35 * np.exp(-away / (size[1] * 0.12))
    return layer_of(pack(strip + glow[..., None] * np.array(look.sky[-1])), None, size, speed)


def _ridge(random: np.random.Generator, size: Size, place: tuple[float, float], stops: Sequence[Colour]) -> np.ndarray:
    """First row of the ground in each column of a strip; place is (mean height, roughness) as shares of the height."""
    rows, columns = size[0], 2 * size[1]
    line = noise(random, (2, columns), size[1] * 0.6, 6)[0]
    return (rows * (place[0] - place[1] * (line - 0.5))).astype(int)


def hills_layer(random: np.random.Generator, size: Size, look: Look, near: float) -> Layer:
    """One range of hills; near is 0 for the farthest, 1 for the nearest."""
    rows, columns = size[0], 2 * size[1]
    edge = _ridge(random, size, (0.45 + 0.4 * near, 0.45 - 0.2 * near), look.ground)
    depth = np.arange(rows)[:, None] - edge[None]
    rock = noise(random, (rows, columns), size[1] / (6 + 8 * near), 6)
    slope = np.roll(rock, 3, axis=1) - rock
    light = 0.75 + 2.2 * slope + 0.5 * (rock - 0.5) + 0.25 * np.exp(-depth.clip(0) / (rows * 0.08))
    haze = 0.55 * (1 - near)
    colours = [
        tuple(round(c * (1 - haze) + s * haze) for c, s in zip(c1, look.sky[-1], strict=True)) for c1 in look.ground
    ]
    strip = shade(coloured(0.6 * rock + 0.5 * near * rock, [(c[0], c[1], c[2]) for c in colours]), light)
    return layer_of(strip, depth >= 0, size, 1.0 + 7.0 * near**1.5)
