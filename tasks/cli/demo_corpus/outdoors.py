"""Scenes under a sky: hills, the sea, a road."""

import numpy as np

from tasks.cli.demo_corpus.layers import REFERENCE_WIDTH_PX, Look, Scene, Size, hills_layer, layered, sky_layer
from tasks.cli.demo_corpus.texture import as_index, coloured, noise, pack, paste, ramp, shade


def landscape(random: np.random.Generator, size: Size, look: Look) -> Scene:
    """A pan over four ranges of hills."""
    layers = [sky_layer(random, size, look), *(hills_layer(random, size, look, near) for near in (0.0, 0.3, 0.6, 1.0))]
    return layered(layers, size)


def sea(random: np.random.Generator, size: Size, look: Look) -> Scene:
    """Waves in two directions under a moving sky, an island, and a boat."""
    rows, columns = size
    horizon = round(rows * 0.45)
    sky = sky_layer(random, size, look, 1.0)
    island = hills_layer(random, (round(rows * 0.62), columns), look, 0.0)
    first, second = (_waves(random, (rows - horizon, columns)) for _ in range(2))
    near = np.linspace(0, 1, rows - horizon, dtype=np.float32)[:, None]
    light = as_index(0.35 * near + np.zeros((1, columns), np.float32)) // 3
    colours = ramp(look.water)
    boat, mask = _boat(random, size, look)
    step = size[1] / REFERENCE_WIDTH_PX

    def paint(number: int) -> np.ndarray:
        picture = np.empty(size, np.uint32)
        sky.paint(picture, number)
        island.paint(picture[:horizon], number)
        right, left = int(number * 3 * step) % columns, int(number * 2 * step) % columns
        water = first[:, right : right + columns] // 2 + second[:, columns - left : 2 * columns - left] // 2
        picture[horizon:] = colours[water + light]
        bob = round(4 * step * np.sin(number * 0.16))
        paste(
            picture, boat, mask, int(number * 2.2 * step) % (2 * columns) - columns // 3, horizon - len(boat) // 2 + bob
        )
        return picture

    return paint


def _waves(random: np.random.Generator, size: Size) -> np.ndarray:
    """uint8 [rows, 2 * columns] of crests, flat and small at the top, large at the bottom; wraps around."""
    field = noise(random, (2 * size[0], size[1]), size[1] / 9, 5)
    depth = np.linspace(0.02, 1, size[0]) ** -0.8
    rows = (np.cumsum(depth) * 2.2 * size[0] / depth.sum() * 2).astype(int) % (2 * size[0])
    crests = (1 - np.abs(2 * field[rows] - 1)) ** 2
    return np.tile(as_index(crests * 0.75), (1, 2))


def _boat(random: np.random.Generator, size: Size, look: Look) -> tuple[np.ndarray, np.ndarray]:
    side = round(size[1] * 0.2)
    x, y = np.linspace(-1, 1, side)[None, :], np.linspace(-1, 1, side)[:, None]
    hull = (y > 0.35) & (y < 0.62) & (np.abs(x) < 0.95 - 0.9 * (y - 0.35))
    sail = (y < 0.3) & (y > -0.95) & (x > -0.05) & (x < 0.75 * (y + 0.95) / 1.25)
    jib = (y < 0.3) & (y > -0.7) & (x < -0.1) & (x > -0.6 * (y + 0.7))
    cloth = 200 + 50 * noise(random, (side, side), side / 3, 4)[..., None] * np.array([1.0, 0.95, 0.85])
    picture = np.where(hull[..., None], np.array(look.accent[-1]) * (0.5 + 0.4 * y[..., None]), cloth)
    return pack(picture), hull | sail | jib


def drive(random: np.random.Generator, size: Size, look: Look) -> Scene:
    """A ride down a road between trees, towards hills."""
    rows, columns = size
    horizon = round(rows * 0.42)
    sky, far = sky_layer(random, size, look, 0.6), hills_layer(random, (round(rows * 0.55), columns), look, 0.1)
    ground = _road_ground(random, look)
    below = np.arange(1, rows - horizon + 1, dtype=np.float32)[:, None] / (rows - horizon)
    across = (np.arange(columns, dtype=np.float32)[None] - columns / 2) / columns
    lateral = (512 + across / below * 330).clip(0, 1023).astype(np.intp)
    ahead = (60 / below[:, 0]).astype(int)
    trees = [(random.uniform(0, 1), float(side) * random.uniform(0.9, 1.5)) for side in (-1, 1) for _ in range(6)]
    sprites = [_tree(random, size, look) for _ in range(4)]

    def paint(number: int) -> np.ndarray:
        picture = np.empty(size, np.uint32)
        sky.paint(picture, number)
        far.paint(picture, number)
        lines = ground[(ahead + number * 9) % len(ground)]
        picture[horizon:] = np.take_along_axis(lines, lateral, axis=1)
        for turn, (phase, side) in sorted(((phase + number / 130) % 1.0, (phase, side)) for phase, side in trees):
            scale = 0.06 / (1.03 - turn)
            sprite = sprites[int(phase * 40) % 4]
            _paste_scaled(
                picture, sprite, scale, round(columns * (0.5 + side * scale)), horizon + round(rows * scale * 0.5)
            )
        return picture

    return paint


def _road_ground(random: np.random.Generator, look: Look) -> np.ndarray:
    """Packed [1024 ahead, 1024 across]: verges, a road with lines, wrapping around ahead."""
    grass = coloured(noise(random, (1024, 1024), 90, 6), look.ground)
    tar = coloured(noise(random, (1024, 1024), 40, 5), [(70, 70, 74), (120, 118, 116)])
    across = np.abs(np.arange(1024) - 512)[None]
    ground = np.where(across < 110, tar, grass)
    white = pack(np.full((1, 1, 3), 225))[0, 0]
    ground[np.broadcast_to((across > 98) & (across < 106), ground.shape)] = white
    ground[(across < 5) & (np.arange(1024)[:, None] // 64 % 2 == 0)] = white
    return ground


def _tree(random: np.random.Generator, size: Size, look: Look) -> tuple[np.ndarray, np.ndarray]:
    side = round(size[0] * 0.7)
    leaves = noise(random, (side, side), side / 5, 5)
    x, y = np.linspace(-1, 1, side)[None, :], np.linspace(-1, 1, side)[:, None]
    crown = np.hypot(x, (y + 0.35) * 1.5) + 0.7 * (leaves - 0.5) < 0.85
    trunk = (np.abs(x + 0.05 * y) < 0.07) & (y > 0)
    stops = look.accent
    picture = np.where(crown, shade(coloured(leaves, stops), 1.1 - 0.35 * y - 0.2 * x), pack(np.full((1, 1, 3), 60)))
    return picture, crown | trunk


def _paste_scaled(
    picture: np.ndarray, sprite: tuple[np.ndarray, np.ndarray], scale: float, middle: int, foot: int
) -> None:
    """Pastes the sprite at a scale (1 = its own size), standing on the row `foot`."""
    side = round(len(sprite[0]) * min(scale * 2.5, 3.0))
    if side < 3 or middle + side < 0 or middle - side > picture.shape[1]:
        return
    at = np.arange(side) * len(sprite[0]) // side
    index = np.ix_(at, at)
    paste(picture, sprite[0][index], sprite[1][index], middle - side // 2, foot - round(side * 0.97))
