"""Footage drawn by the script itself: textures, scenes, cartoons, screens, crowds of moving things, water, drives."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

HEIGHT, WIDTH = 90, 160

Picture = NDArray[np.float32]
Pictures = NDArray[np.uint8]
Random = np.random.Generator


@dataclass(frozen=True, slots=True)
class Footage:
    """One shot of drawn (or real) material: uint8 [N, height, width] and its frames per second."""

    name: str
    pictures: Pictures
    fps: float


def made_footage(count: int, rng: Random) -> list[Footage]:
    """That many shots of 2 to 6 seconds."""
    return [_shot(f"made{i}", rng) for i in range(count)]


def _shot(name: str, rng: Random) -> Footage:
    length = int(rng.integers(50, 150))
    scenes = np.array([still, drift, water, drive, layers], object)
    scene: Callable[[int, Random], Picture] = rng.choice(scenes, p=_SCENES)
    pictures = scene(length, rng)
    for _ in range(rng.choice([0, 1, 2, 3, 6], p=[0.2, 0.3, 0.2, 0.2, 0.1])):
        _add_thing(pictures, rng)
    if rng.random() < 0.5:
        _bend(pictures, rng)
    low = rng.choice([0.0, rng.uniform(0, 0.3)])
    pictures = low + pictures * (rng.uniform(0.55, 1.0) if rng.random() < 0.8 else rng.uniform(0.1, 0.5))
    if rng.random() < 0.15:
        pictures = pictures * (1 + rng.normal(0, 0.03, (length, 1, 1)).cumsum(axis=0).clip(-0.4, 0.4))
    return Footage(name, np.clip(pictures * 255, 0, 255).astype(np.uint8), float(rng.choice([24, 25, 30])))


def still(length: int, rng: Random) -> Picture:
    """A backdrop that does not move."""
    return np.repeat(backdrop(rng, HEIGHT, WIDTH)[None], length, axis=0)


def drift(length: int, rng: Random) -> Picture:
    """A camera that moves over a large backdrop, in one direction or to and fro."""
    large = backdrop(rng, HEIGHT * 2, WIDTH * 2)
    path = _smooth_path(length, rng, rng.choice([0.1, 0.3, 1.0]))
    y, x = ((path * 0.5 + 0.5).clip(0, 1) * [[HEIGHT], [WIDTH]]).astype(int)
    return np.stack([large[b : b + HEIGHT, a : a + WIDTH] for a, b in zip(x, y, strict=True)])


def water(length: int, rng: Random) -> Picture:
    """Two textures that slide over one another."""
    one, other = cloud(rng, HEIGHT, WIDTH), cloud(rng, HEIGHT, WIDTH)
    speeds = rng.uniform(-3, 3, (2, 2))
    steps = (speeds * np.arange(length)[:, None, None]).astype(int)
    return np.stack([np.roll(one, tuple(a), (0, 1)) * np.roll(other, tuple(b), (0, 1)) for a, b in steps])


def drive(length: int, rng: Random) -> Picture:
    """A backdrop that comes nearer for ever: two copies grow, one fading in while the other fades out."""
    view, rate = backdrop(rng, HEIGHT, WIDTH), rng.uniform(0.003, 0.03)
    pictures = np.empty((length, HEIGHT, WIDTH), np.float32)
    for i in range(length):
        phase = (i * rate) % 1
        near, far = (_zoomed(view, 2 ** (phase + k)) for k in (1, 0))
        pictures[i] = near * (1 - phase) + far * phase
    return pictures


def layers(length: int, rng: Random) -> Picture:
    """A far backdrop and a near one with holes in it, moving at different speeds."""
    far, near = drift(length, rng), drift(length, rng)
    hole = (cloud(rng, HEIGHT, WIDTH * 2) > rng.uniform(0.4, 0.7)).astype(np.float32)
    speed = rng.uniform(-4, 4)
    for i in range(length):
        mask = np.roll(hole, int(speed * i), 1)[:, :WIDTH]
        far[i] = far[i] * mask + near[i] * (1 - mask)
    return far


_SCENES = [0.4, 0.2, 0.1, 0.12, 0.18]


def backdrop(rng: Random, height: int, width: int) -> Picture:
    """One picture, 0 to 1, of a kind drawn at random."""
    makers = np.array([cloud, land, cartoon, screen, town, night], object)
    picture: Picture = rng.choice(makers, p=[0.25, 0.2, 0.18, 0.12, 0.15, 0.1])(rng, height, width)
    return picture


def cloud(rng: Random, height: int, width: int) -> Picture:
    """Texture with as much detail at each size as natural pictures have, or more, or less."""
    fall = rng.uniform(0.7, 1.6)
    down, across = np.meshgrid(np.fft.fftfreq(height), np.fft.rfftfreq(width), indexing="ij")
    power = np.maximum(np.hypot(down, across), 1 / width) ** -fall
    waves = power * np.exp(2j * np.pi * rng.random(power.shape))
    texture = np.fft.irfft2(waves, s=(height, width)).astype(np.float32)
    return _stretched(texture, rng.uniform(0.5, 2.0))


def land(rng: Random, height: int, width: int) -> Picture:
    """Sky over ground, each with its own texture."""
    line = int(height * rng.uniform(0.2, 0.8))
    edge = (line + height * 0.1 * (cloud(rng, 8, width)[0] - 0.5))[None, :]
    sky = rng.uniform(0.4, 1) + 0.2 * (cloud(rng, height, width) - 0.5)
    ground = rng.uniform(0, 0.6) + rng.uniform(0.1, 0.6) * (cloud(rng, height, width) - 0.5)
    return np.where(np.arange(height)[:, None] < edge, sky, ground).clip(0, 1).astype(np.float32)


def cartoon(rng: Random, height: int, width: int) -> Picture:
    """Flat areas with dark outlines."""
    picture = np.full((height, width), rng.random(), np.float32)
    for _ in range(rng.integers(5, 25)):
        centre = rng.uniform(0, 1, 2) * [width, height]
        size = rng.uniform(0.05, 0.4) * height
        angles = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 12)))
        points = centre + size * rng.uniform(0.6, 1, (len(angles), 1)) * np.stack([np.cos(angles), np.sin(angles)], 1)
        cv2.fillPoly(picture, [points.astype(np.int32)], float(rng.random()))
        if rng.random() < 0.5:
            cv2.polylines(picture, [points.astype(np.int32)], True, 0.0, 1)
    return picture


def screen(rng: Random, height: int, width: int) -> Picture:
    """A window of an application: panes, lines of text, buttons."""
    light = rng.random() < 0.7
    picture = np.full((height, width), rng.uniform(0.85, 1) if light else rng.uniform(0, 0.2), np.float32)
    for _ in range(rng.integers(2, 8)):
        x, y = int(rng.integers(0, width)), int(rng.integers(0, height))
        picture[y : y + int(rng.integers(4, height)), x : x + int(rng.integers(6, width))] = rng.random()
    for _ in range(rng.integers(5, 40)):
        x, y = int(rng.integers(0, width)), int(rng.integers(0, height))
        picture[y : y + 1, x : x + int(rng.integers(3, 60))] = 0.2 if light else 0.8
    return picture


def town(rng: Random, height: int, width: int) -> Picture:
    """Walls with rows of windows."""
    picture = cloud(rng, height, width) * np.float32(0.3)
    for _ in range(rng.integers(2, 7)):
        x, y = int(rng.integers(-20, width)), int(rng.integers(0, height))
        wide = int(rng.integers(width // 10 + 1, width // 2))
        wall, pane, every = rng.random(), rng.random(), int(rng.integers(4, 12))
        left, right = max(x, 0), min(x + wide, width)
        picture[y:, left:right] = wall
        picture[y + 2 :: every, left + 2 : right : every] = pane
        picture[y + 3 :: every, left + 2 : right : every] = pane
    return picture


def night(rng: Random, height: int, width: int) -> Picture:
    """Lights in the dark."""
    picture = np.full((height, width), rng.uniform(0, 0.1), np.float32)
    down, across = np.mgrid[:height, :width]
    for _ in range(rng.integers(2, 12)):
        far = (down - rng.uniform(0, height)) ** 2 + (across - rng.uniform(0, width)) ** 2
        picture += (rng.uniform(0.1, 0.8) * np.exp(-far / rng.uniform(5, 40) ** 2)).astype(np.float32)
    return picture.clip(0, 1)


def _add_thing(pictures: Picture, rng: Random) -> None:
    """Draws something that moves (person, car, hand, ball) into the pictures, in place."""
    length, size = len(pictures), int(rng.choice([12, 24, 45, 80]))
    skin = backdrop(rng, size, size) if rng.random() < 0.6 else np.full((size, size), rng.random(), np.float32)
    shape = np.zeros((size, size), np.float32)
    axes = (max(int(size * rng.uniform(0.2, 0.5)), 1), max(int(size * rng.uniform(0.2, 0.5)), 1))
    cv2.ellipse(shape, (size // 2, size // 2), axes, 0, 0, 360, 1.0, -1)
    if rng.random() < 0.4:
        shape[size // 4 :, size // 3 : size * 2 // 3] = 1
    path = _smooth_path(length, rng, rng.choice([0.05, 0.2, 0.6, 1.5]))
    where = (path * 0.6 + rng.uniform(0.2, 0.8, (2, 1))) * [[WIDTH], [HEIGHT]]
    turn = _smooth_path(length, rng, 0.5)[0] * rng.uniform(0, 2)
    scale = np.exp(_smooth_path(length, rng, 0.3)[1] * 0.5)
    for i in range(length):
        matrix = cv2.getRotationMatrix2D((size / 2, size / 2), np.degrees(turn[i]), float(scale[i]))
        matrix[:, 2] += where[:, i] - size / 2
        drawn = cv2.warpAffine(skin, matrix, (WIDTH, HEIGHT))
        mask = cv2.warpAffine(shape, matrix, (WIDTH, HEIGHT))
        pictures[i] = pictures[i] * (1 - mask) + drawn * mask


def _bend(pictures: Picture, rng: Random) -> None:
    """Bends the pictures as limbs, faces and cloth do: parts move their own ways and come back, in place."""
    down, across = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    parts = int(rng.integers(1, 5))
    fields = [[_soft_field(rng) for _ in "xy"] for _ in range(parts)]
    strength = np.stack([_smooth_path(len(pictures), rng, rng.choice([4.0, 12.0, 30.0])) for _ in range(parts)])
    for i, picture in enumerate(pictures):
        x = across + sum(strength[k, 0, i] * (fields[k][0] - 0.5) for k in range(parts))
        y = down + sum(strength[k, 1, i] * (fields[k][1] - 0.5) for k in range(parts))
        at = x.astype(np.float32), y.astype(np.float32)
        pictures[i] = cv2.remap(picture, *at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)


def _soft_field(rng: Random) -> Picture:
    """How strongly each place follows a movement, 0 to 1, without sharp edges."""
    rough = cloud(rng, HEIGHT, WIDTH)
    return _stretched(cv2.GaussianBlur(rough, (0, 0), rng.uniform(6, 20)), 1.0)


def _smooth_path(length: int, rng: Random, reach: float) -> NDArray[np.float64]:
    """Two coordinates over time, about -1 to 1 for a reach of 1: slow, quick or to and fro; [2, N]."""
    at = np.arange(length) / 25
    how = rng.choice(["line", "swing", "wander"], p=[0.3, 0.4, 0.3])
    if how == "line":
        return reach * rng.normal(0, 0.5, (2, 1)) * (at - at.mean())
    if how == "swing":
        size = reach * rng.normal(0, 0.7, (2, 1))
        return size * np.sin(2 * np.pi * (rng.uniform(0.1, 2.5, (2, 1)) * at + rng.random((2, 1))))
    steps = rng.normal(0, 1, (2, length + 24))
    smooth = np.stack([np.convolve(row, np.hanning(25) / 12, mode="valid") for row in steps])
    return reach * smooth.cumsum(axis=1) * 0.15


def _zoomed(picture: Picture, by: float) -> Picture:
    matrix = np.array([[by, 0, WIDTH / 2 * (1 - by)], [0, by, HEIGHT / 2 * (1 - by)]])
    return cv2.warpAffine(picture, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT)


def _stretched(texture: Picture, gamma: float) -> Picture:
    low, high = np.percentile(texture, [1, 99])
    return (((texture - low) / (high - low + 1e-6)).clip(0, 1) ** gamma).astype(np.float32)
