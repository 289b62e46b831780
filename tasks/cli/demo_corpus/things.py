"""Scenes of things: bouncing balls, drifting veils, a robot's arm."""

import numpy as np

from tasks.cli.demo_corpus.layers import REFERENCE_WIDTH_PX, Look, Scene, Size, layer_of
from tasks.cli.demo_corpus.texture import as_index, ball, coloured, noise, paste, ramp, shade


def balls(random: np.random.Generator, size: Size, look: Look) -> Scene:
    """Textured balls that bounce before a drifting background."""
    rows, columns = size
    wall = coloured(noise(random, (rows, 2 * columns), columns / 5, 6), look.ground)
    back = layer_of(wall, None, size, 2.0)
    step = columns / REFERENCE_WIDTH_PX
    moving = []
    for _ in range(8):
        radius = int(random.uniform(22, 60) * step)
        moving.append(
            (ball(random, radius, look.accent), radius, random.uniform(0, 2, 2), random.uniform(2, 7, 2) * step)
        )

    def paint(number: int) -> np.ndarray:
        picture = np.empty(size, np.uint32)
        back.paint(picture, number)
        for (sprite, mask), radius, start, speed in moving:
            left = _bounce(start[0] * columns + number * speed[0], columns - radius)
            top = _bounce(start[1] * rows + number * speed[1], rows - radius)
            paste(picture, sprite, mask, left - radius // 2, top - radius // 2)
        return picture

    return paint


def _bounce(way: float, length: int) -> int:
    return int(length - abs(way % (2 * length) - length))


def nebula(random: np.random.Generator, size: Size, look: Look) -> Scene:
    """Two veils of light that drift through each other, before stars."""
    rows, columns = size
    first, second = (as_index(noise(random, (2 * rows, 2 * columns), columns / 3, 8)) // 2 for _ in range(2))
    stars = (random.random((rows, columns)) > 0.997) * np.uint8(110)
    colours = ramp([look.sky[0], *look.ground, look.sky[-1], *look.accent])
    step = columns / REFERENCE_WIDTH_PX

    def paint(number: int) -> np.ndarray:
        x, y = int(number * 2 * step), int(number * step)
        one = _window(first, (y % rows, x % columns), size)
        two = _window(second, ((rows - y) % rows, (columns - 2 * x) % columns), size)
        return colours[np.minimum(one + two, 255 - stars) + stars]

    return paint


def _window(field: np.ndarray, corner: tuple[int, int], size: Size) -> np.ndarray:
    return field[corner[0] : corner[0] + size[0], corner[1] : corner[1] + size[1]]


def arm(random: np.random.Generator, size: Size, look: Look) -> Scene:
    """A robot's arm over a table with things on it, seen by a camera that stands still."""
    rows, columns = size
    table = coloured(noise(random, (rows, columns), columns / 8, 6), look.ground)
    table = shade(table, np.linspace(0.7, 1.15, rows, dtype=np.float32)[:, None])
    for _ in range(7):
        sprite, mask = ball(random, int(random.uniform(14, 34) * columns / REFERENCE_WIDTH_PX), look.accent)
        paste(table, sprite, mask, int(random.uniform(0.1, 0.85) * columns), int(random.uniform(0.45, 0.85) * rows))
    y, x = (axis.astype(np.float32) for axis in np.ogrid[:rows, :columns])
    metal = ramp([(250, 190, 60), (210, 130, 30), (90, 55, 20)])
    reach = columns * 0.24

    def paint(number: int) -> np.ndarray:
        picture = table.copy()
        shoulder = np.array([columns * 0.5, rows * 0.02])
        first = 1.57 + 0.6 * np.sin(number * 0.05)
        second = first + 0.9 * np.sin(number * 0.083 + 1)
        elbow = shoulder + reach * np.array([np.cos(first), np.sin(first)])
        hand = elbow + reach * np.array([np.cos(second), np.sin(second)])
        for start, stop, thick in ((shoulder, elbow, 0.045), (elbow, hand, 0.032), (hand, hand + 1, 0.04)):
            _limb(picture, (x, y), (start, stop), columns * thick, metal)
        return picture

    return paint


def _limb(
    picture: np.ndarray,
    grid: tuple[np.ndarray, np.ndarray],
    ends: tuple[np.ndarray, np.ndarray],
    radius: float,
    colours: np.ndarray,
) -> None:
    """Paints a rounded bar from one end to the other, lit along its middle."""
    (x, y), (start, stop) = grid, ends
    low = np.minimum(start, stop) - radius
    high = np.maximum(start, stop) + radius
    rows = slice(max(0, int(low[1])), max(0, int(high[1]) + 1))
    columns = slice(max(0, int(low[0])), max(0, int(high[0]) + 1))
    dx, dy = x[:, columns] - np.float32(start[0]), y[rows] - np.float32(start[1])
    along = (stop - start).astype(np.float32)
    share = ((dx * along[0] + dy * along[1]) / np.float32(along @ along)).clip(0, 1)
    away = np.hypot(dx - share * along[0], dy - share * along[1]) / np.float32(radius)
    region = picture[rows, columns]
    np.copyto(region, colours[as_index(away)], where=away < 1)
