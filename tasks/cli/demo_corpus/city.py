"""A town with lit windows and cars."""

import numpy as np

from tasks.cli.demo_corpus.layers import REFERENCE_WIDTH_PX, Layer, Look, Scene, Size, layer_of, layered, sky_layer
from tasks.cli.demo_corpus.texture import coloured, noise, pack, paste, shade


def city(random: np.random.Generator, size: Size, look: Look) -> Scene:
    """A pan along rows of houses with lit windows, and cars below."""
    rows, columns = size
    layers = [sky_layer(random, size, look, 0.6), *(_houses(random, size, look, near) for near in (0.0, 0.5, 1.0))]
    road = layer_of(_road_strip(random, size, look), None, size, 8.0)
    cars = [_car(random, size, look) for _ in range(5)]
    behind = layered(layers, size)
    road_top = rows - len(road.pixels)

    def paint(number: int) -> np.ndarray:
        picture = behind(number)
        road.paint(picture[road_top:], number)
        for sprite, lane, start, speed in cars:
            left = int((start + number * speed) % (columns * 1.6)) - int(columns * 0.3)
            paste(picture, sprite, sprite > 0, left, road_top + lane)
        return picture

    return paint


def _houses(random: np.random.Generator, size: Size, look: Look, near: float) -> Layer:
    rows, columns = size[0], 2 * size[1]
    strip = coloured(0.3 + 0.4 * noise(random, (rows, columns), size[1] / 10, 5), look.ground)
    strip = shade(strip, 0.9 - 0.45 * near)
    mask = np.zeros((rows, columns), bool)
    window = max(2, round(size[1] / (160 - 70 * near)))
    left = 0
    while left < columns:
        width = int(random.integers(4, 10)) * 2 * window
        top = int(rows * random.uniform(0.2 + 0.25 * near, 0.6))
        mask[top:, left : left + width] = True
        strip[top:, left : left + width] = shade(strip[top:, left : left + width], random.uniform(0.6, 1.3))
        for x in range(left + window, min(left + width, columns) - window, 2 * window):
            for y in range(top + window, rows, round(2.5 * window)):
                if random.random() < 0.55:
                    lit = look.accent[int(random.integers(len(look.accent)))]
                    strip[y : y + window, x : x + window] = pack(np.full((1, 1, 3), lit) * random.uniform(0.4, 1.1))
        left += width + int(random.integers(0, 3)) * window
    return layer_of(strip, mask, size, 1.2 + 3.0 * near)


def _road_strip(random: np.random.Generator, size: Size, look: Look) -> np.ndarray:
    rows, columns = round(size[0] * 0.16), 2 * size[1]
    strip = shade(coloured(noise(random, (rows, columns), 24, 4), look.ground), 0.5)
    dash = np.arange(columns) // (size[1] // 16) % 2 == 0
    strip[rows // 2 - 2 : rows // 2 + 2, dash] = pack(np.full((1, 1, 3), 210))
    return strip


def _car(random: np.random.Generator, size: Size, look: Look) -> tuple[np.ndarray, int, float, float]:
    """(packed sprite, row in the road, first column, columns a frame)."""
    rows, columns = round(size[0] * 0.09), round(size[1] * 0.14)
    x, y = np.linspace(-1, 1, columns)[None, :], np.linspace(-1, 1, rows)[:, None]
    body = (np.abs(x) < 0.95) & (y > -0.1) & (y < 0.6) | (np.abs(x + 0.1) < 0.55) & (y > -0.95) & (y <= 0.0)
    wheels = np.hypot((np.abs(x) - 0.55) * 2.2, y - 0.6) < 0.4
    paint = np.array(random.integers(60, 230, 3))
    picture = paint * (1.1 - 0.4 * y[..., None]) * np.ones((rows, columns, 1))
    picture[(np.abs(x + 0.1) < 0.42) & (y > -0.75) & (y < -0.15)] = (150, 190, 210)
    picture[wheels] = 18
    picture[(np.abs(x) > 0.82) & (np.abs(y - 0.1) < 0.15) & body] = (255, 240, 190)
    packed = np.where(body | wheels, pack(picture) | np.uint32(0xFF000000), np.uint32(0))
    lane = int(random.integers(2))
    speed = (-1 if lane else 1) * random.uniform(4, 9) * size[1] / REFERENCE_WIDTH_PX
    return packed, round((lane * 0.07 - 0.04) * size[0]), random.uniform(0, size[1]), speed
