"""Textures to paint with: layered noise, colour ramps and round shaded things.

Pictures that are put together frame by frame are packed: uint32 [rows, columns], one RGBX pixel each, which
numpy copies four times as fast as uint8 [rows, columns, 3].
"""

from collections.abc import Sequence

import numpy as np

Colour = tuple[int, int, int]


def noise(random: np.random.Generator, size: tuple[int, int], cell: float, octaves: int = 5) -> np.ndarray:
    """float32 [rows, columns] in 0..1 that wraps around at its edges; cell is the largest feature in pixels."""
    total = np.zeros(size, np.float32)
    strength = 1.0
    for octave in range(octaves):
        wanted = cell / 2**octave
        cells = [max(2, round(length / wanted)) for length in size]
        grid = random.random(cells, np.float32)
        total += strength * _stretched(_stretched(grid, size[0], 0), size[1], 1)
        strength *= 0.6
    total -= total.min()
    return total / total.max()


def _stretched(grid: np.ndarray, length: int, axis: int) -> np.ndarray:
    """The grid smoothly interpolated to this length along one axis, wrapping around."""
    cells = grid.shape[axis]
    position = np.arange(length, dtype=np.float32) * cells / length
    low = position.astype(int)
    weight = position - low
    weight = (weight * weight * (3 - 2 * weight)).reshape((-1, 1) if axis == 0 else (1, -1))
    return grid.take(low, axis) * (1 - weight) + grid.take((low + 1) % cells, axis) * weight


def ramp(stops: Sequence[Colour]) -> np.ndarray:
    """uint32 [256]: packed colours from the first stop to the last."""
    at = np.linspace(0, 255, len(stops))
    channels = [np.interp(np.arange(256), at, [stop[channel] for stop in stops]) for channel in range(3)]
    return pack(np.stack(channels, axis=-1)[None])[0]


def coloured(values: np.ndarray, stops: Sequence[Colour]) -> np.ndarray:
    """Packed picture of values 0..1 (clipped)."""
    return ramp(stops)[as_index(values)]


def as_index(values: np.ndarray) -> np.ndarray:
    """uint8 of values 0..1 (clipped)."""
    return (values * 255).clip(0, 255).astype(np.uint8)


def pack(picture: np.ndarray) -> np.ndarray:
    """Packed picture of RGB values 0..255 [rows, columns, 3] (clipped)."""
    packed = np.zeros((*picture.shape[:2], 4), np.uint8)
    packed[..., :3] = picture.clip(0, 255)
    return packed.view(np.uint32)[..., 0]


def unpack(packed: np.ndarray) -> np.ndarray:
    """uint8 RGB [rows, columns, 3] of a packed picture."""
    return np.ascontiguousarray(packed.view(np.uint8).reshape(*packed.shape, 4)[..., :3])


def shade(packed: np.ndarray, light: np.ndarray | float) -> np.ndarray:
    """The packed picture times light (1 = as it is), which has its shape or one that spreads to it."""
    return pack(unpack(packed).astype(np.float32) * np.broadcast_to(light, packed.shape)[..., None])


def ball(random: np.random.Generator, radius: int, stops: Sequence[Colour]) -> tuple[np.ndarray, np.ndarray]:
    """(packed picture, mask) of a textured ball lit from the upper left, 2 * radius pixels a side."""
    across = (np.arange(2 * radius, dtype=np.float32) - radius + 0.5) / radius
    x, y = across[None, :], across[:, None]
    inside = x * x + y * y
    light = 0.25 + 0.9 * np.sqrt((1 - inside).clip(0, 1)) * (0.75 - 0.35 * x - 0.4 * y)
    texture = noise(random, (2 * radius, 2 * radius), radius * 0.8, 4)
    bands = 0.5 + 0.5 * np.sin(6 * (y + 0.4 * texture))
    return shade(coloured(0.5 * texture + 0.5 * bands, stops), light), inside < 1


def paste(picture: np.ndarray, sprite: np.ndarray, mask: np.ndarray, left: int, top: int) -> None:
    """Paints the packed sprite where its mask is, cut off at the picture's edges."""
    rows, columns = picture.shape
    up, low = max(top, 0), min(top + sprite.shape[0], rows)
    start, stop = max(left, 0), min(left + sprite.shape[1], columns)
    if up < low and start < stop:
        piece = slice(up - top, low - top), slice(start - left, stop - left)
        np.copyto(picture[up:low, start:stop], sprite[piece], where=mask[piece])
