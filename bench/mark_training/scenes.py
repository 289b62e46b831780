"""Corners of made clips, with a mark over them or without: what the network of marks is trained on."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.lettering import Drawn, Random
from bench.mark_training.logos import drawn_mark, shape, word
from tasks.filter.mark_evidence import CORNER_SHARE, PARTS, Evidence

Levels = NDArray[np.float32]

PICTURES = 6
FINER, HOW_OFTEN = (1.0, 1.33, 1.78, 2.67), (0.4, 0.25, 0.25, 0.1)
"""How much larger the coded picture is than what the scorer sees."""
BRIGHT, HARSH = 0.12, 0.25
"""Share of the scenes that are light all over, where a white mark is hard to see; and of those of strong contrast."""
BLOCKS = 0.08
"""Share of the scenes in which blocks with letters on them lie."""
CLUTTERED = 0.35
"""Share of the scenes with a grid, slats or leaves in them, as crisp and as strong as a mark."""
FAINT = 0.3
"""Share of the marks of which much shines through."""
LEAST_CONTRAST = 4.0
"""Grey levels, in the mean over a mark and over the time that it is there, from which it can be seen at all."""


@dataclass(frozen=True, slots=True)
class Corner:
    """What the scorer would see of a corner, and where a mark lies in it."""

    channels: Levels
    """[CHANNELS, height, width]"""
    cover: Levels
    """[height, width] how far a mark covers the pixel; 0 all over where there is none."""


def corner(rng: Random, photos: Sequence[NDArray[np.uint8]], size: tuple[int, int], has_mark: bool) -> Corner:
    """A made corner of this height and width."""
    zoom = float(rng.choice(FINER, p=HOW_OFTEN))
    high, wide = round(size[0] * zoom), round(size[1] * zoom)
    clip = filmed(rng, photos, high, wide)
    cover = np.zeros((high, wide), np.float32)
    if has_mark:
        marked = put_mark(rng, clip, high / CORNER_SHARE)
        if marked is None:
            return corner(rng, photos, size, has_mark)
        clip, cover = marked
    quality, evidence = int(rng.integers(20, 96)), Evidence((1, *size))
    for number, picture in enumerate(clip):
        evidence.add(shrunk(coded(picture, quality), size)[None], number * PARTS // PICTURES)
    return Corner(evidence.channels()[0], shrunk(cover, size))


def coded(picture: Levels, quality: int) -> NDArray[np.uint8]:
    """The picture after coding and decoding."""
    image = np.clip(picture + 0.5, 0, 255).astype(np.uint8)
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)


def shrunk(picture: NDArray[np.generic], size: tuple[int, int]) -> NDArray:  # type: ignore[type-arg]
    return np.asarray(cv2.resize(picture, (size[1], size[0]), interpolation=cv2.INTER_AREA))


def filmed(rng: Random, photos: Sequence[NDArray[np.uint8]], high: int, wide: int) -> list[Levels]:
    """The pictures of a scene as a camera sees it that stands still or moves, float32."""
    kind = str(rng.choice(["still", "hand", "moves"], p=[0.55, 0.15, 0.3]))
    margin = 0 if kind == "still" else round(0.25 * high)
    scene = view(rng, photos, high + 2 * margin, wide + 2 * margin)
    if rng.random() < CLUTTERED:
        lay_clutter(rng, scene)
    for _ in range(int(rng.choice([0, 1, 2, 3], p=[0.35, 0.3, 0.2, 0.15]))):
        hang(rng, scene, photos, high)
    if rng.random() < BLOCKS:
        for _ in range(int(rng.integers(2, 7))):
            lay(rng, scene, *block(rng, high), high)
    soft = rng.choice([0.0, rng.uniform(0.3, 1.0), rng.uniform(1, 3)], p=[0.45, 0.4, 0.15])
    scene = cv2.GaussianBlur(scene, (0, 0), soft) if soft else scene
    path = camera(rng, kind, margin)
    mover = moving(rng, photos, high, wide) if rng.random() < 0.5 else None
    still_part = dash(rng, photos, high, wide) if rng.random() < 0.06 else None
    grain = np.float32(rng.choice([0.0, rng.uniform(0.3, 1.5), rng.uniform(1.5, 5)], p=[0.4, 0.4, 0.2]))
    flicker = rng.choice([0.0, rng.uniform(0, 0.05)])
    pictures = []
    for number, (x, y, zoom) in enumerate(path):
        picture = scene if kind == "still" else framed(scene, (x - margin, y - margin, zoom), high, wide)
        if mover is not None:
            picture = picture * (1 - mover[1][number]) + mover[0] * mover[1][number]
        if still_part is not None:
            picture = picture * (1 - still_part[1]) + still_part[0] * still_part[1]
        picture = picture * np.float32(1 + rng.normal(0, flicker)) if flicker else picture
        pictures.append(picture + grain * rng.standard_normal(picture.shape, np.float32) if grain else picture)
    return pictures


def moving(rng: Random, photos: Sequence[NDArray[np.uint8]], high: int, wide: int) -> tuple[Levels, list[Levels]]:
    """What moves through the scene, and where it is in each picture: it rests now and then."""
    h, w = (max(8, round(one)) for one in rng.uniform(0.25, 1.2, 2) * high)
    if rng.random() < 0.5:
        cover = np.zeros((h, w), np.float32)
        cv2.ellipse(cover, (w // 2, h // 2), (w // 2 - 1, h // 2 - 1), 0, 0, 360, 1.0, -1, cv2.LINE_AA)
    else:
        cover = shape(rng, h, w, whole=True)
    soft = rng.uniform(0.5, 2) * high / 81
    speed, at = rng.uniform(-0.5, 0.5, 2) * high, rng.uniform(-0.2, 1, 2) * (wide, high)
    rests, covers = rng.random(PICTURES) < (0.6 if rng.random() < 0.15 else 0), []
    for number in range(PICTURES):
        at = at if rests[number] else at + speed
        place = np.array([[1, 0, at[0]], [0, 1, at[1]]])
        covers.append(cv2.GaussianBlur(cv2.warpAffine(cover, place, (wide, high)), (0, 0), soft))
    return view(rng, photos, high, wide), covers


def block(rng: Random, high: int) -> tuple[Levels, Levels]:
    """A block with an edge of another colour and a letter on it, and its cover, all of the frame."""
    side = max(10, round(high * rng.uniform(0.2, 0.6)))
    face = np.full((side, side), rng.choice([235, 200, rng.uniform(0, 255)]), np.float32)
    ink, edge = rng.uniform(0, 255), max(1, round(side * rng.uniform(0.04, 0.14)))
    cv2.rectangle(face, (edge // 2, edge // 2), (side - 1 - edge // 2, side - 1 - edge // 2), ink, edge)
    cover = word(rng, side * rng.uniform(0.5, 0.9))[1][:, : side - 3 * edge][: side - 3 * edge]
    h, w = cover.shape
    window = face[(side - h) // 2 :, (side - w) // 2 :][:h, :w]
    window[:] = window * (1 - cover) + np.float32(ink) * cover
    return face, np.ones((side, side), np.float32)


def lay_clutter(rng: Random, scene: Levels) -> None:
    """Puts a grid, slats or leaves over the scene, or over a part of it, at an angle."""
    high, wide = scene.shape
    side = int(np.hypot(high, wide)) + 2
    kind = str(rng.choice(["grid", "slats", "leaves"]))
    if kind == "leaves":
        noise = cv2.GaussianBlur(rng.standard_normal((side, side), np.float32), (0, 0), rng.uniform(0.8, 4))
        cover = np.clip(0.5 + noise / noise.std() * rng.uniform(0.7, 3), 0, 1)
    else:
        step = rng.uniform(0.06, 0.35) * high
        line, at = step * rng.uniform(0.03, 0.5), np.arange(side, dtype=np.float32)
        bars = np.clip(line / 2 + 0.5 - np.abs((at + rng.uniform(0, step)) % step - step / 2), 0, 1)
        cover = np.maximum(bars[:, None], bars[None] if kind == "grid" else 0) * np.ones((1, side), np.float32)
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), rng.choice([0, 90]) + rng.normal(0, 12), 1)
    turn[:, 2] += (wide - side) / 2, (high - side) / 2
    cover = cv2.warpAffine(cover.astype(np.float32), turn, (wide, high), borderMode=cv2.BORDER_REFLECT)
    if rng.random() < 0.4:
        bound = np.zeros((high, wide), np.float32)
        middle, axes = rng.uniform(0, 1, 2) * (wide, high), rng.uniform(0.3, 1, 2) * (wide, high)
        cv2.ellipse(bound, middle.astype(int).tolist(), axes.astype(int).tolist(), 0, 0, 360, 1.0, -1, cv2.LINE_AA)
        cover = cover * bound
    cover *= np.float32(rng.uniform(0.3, 1))
    scene[:] = scene * (1 - cover) + np.float32(rng.choice([255, 230, 0, rng.uniform(0, 255)])) * cover


def framed(scene: Levels, place: tuple[float, float, float], high: int, wide: int) -> Levels:
    """What a camera that is moved by x, y and zoom sees of the scene."""
    x, y, zoom = place
    matrix = cv2.getRotationMatrix2D((scene.shape[1] / 2, scene.shape[0] / 2), 0, zoom)
    matrix[:, 2] += (x, y)
    seen = cv2.warpAffine(scene, matrix, (wide, high), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(seen, np.float32)


def view(rng: Random, photos: Sequence[NDArray[np.uint8]], high: int, wide: int) -> Levels:
    """A random part of a photograph, or a plain ground, at this size, lighter or darker, float32."""
    if rng.random() < 0.06:
        ramp = np.linspace(rng.uniform(0, 255), rng.uniform(0, 255), high)[:, None] * np.ones((1, wide))
        return np.asarray(ramp if rng.random() < 0.5 else np.full((high, wide), rng.uniform(0, 255)), np.float32)
    photo = photos[int(rng.integers(len(photos)))]
    zoom = np.exp(rng.uniform(np.log(0.4), np.log(4.5)))
    h, w = min(photo.shape[0], max(16, round(high * zoom))), min(photo.shape[1], max(16, round(wide * zoom)))
    top, left = int(rng.integers(0, photo.shape[0] - h + 1)), int(rng.integers(0, photo.shape[1] - w + 1))
    part = photo[top : top + h, left : left + w]
    part = part[:, ::-1] if rng.random() < 0.5 else part
    part = part[::-1] if rng.random() < 0.3 else part
    mode = cv2.INTER_AREA if zoom > 1 else cv2.INTER_CUBIC
    found = cv2.resize(np.ascontiguousarray(part), (wide, high), interpolation=mode).astype(np.float32)
    gain, offset = np.float32(rng.uniform(0.4, 1.25)), np.float32(rng.uniform(-25, 25))
    look = rng.random()
    if look < BRIGHT:
        gain, offset = np.float32(rng.uniform(0.3, 0.9)), np.float32(rng.uniform(60, 140))
    elif look < BRIGHT + HARSH:
        gain = np.float32(rng.uniform(1.25, 2.5))
        offset = np.float32(rng.uniform(90, 160) - gain * found.mean())
    return np.clip(found * gain + offset, 0, 255)


def hang(rng: Random, scene: Levels, photos: Sequence[NDArray[np.uint8]], high: int) -> None:
    """Puts a sign, a picture or a plain thing into the scene, seen at an angle and soft as all that a lens draws."""
    if rng.random() < 0.6:
        image, cover = drawn_mark(rng, high / CORNER_SHARE * rng.uniform(0.7, 2.5))
        thing = image.mean(axis=2, dtype=np.float32)
    else:
        h, w = (max(6, round(one)) for one in rng.uniform(0.05, 0.6, 2) * high)
        thing = view(rng, photos, h, w) if rng.random() < 0.6 else np.full((h, w), rng.uniform(0, 255), np.float32)
        cover = np.ones((h, w), np.float32)
    lay(rng, scene, thing, cover, high)


def lay(rng: Random, scene: Levels, thing: Levels, cover: Levels, high: int) -> None:
    """Puts the thing somewhere, seen at an angle and soft as all that a lens draws."""
    h, w = cover.shape
    turn = np.radians(rng.normal(0, 8))
    box = np.array([(0, 0), (w, 0), (w, h), (0, h)], np.float64) @ np.array(
        [[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]
    )
    box += rng.uniform(-0.15, 0.15, (4, 2)) * h
    box += rng.uniform(0.05, 0.95, 2) * (scene.shape[1], scene.shape[0]) - box.mean(0)
    matrix = cv2.getPerspectiveTransform(np.array([(0, 0), (w, 0), (w, h), (0, h)], np.float32), box.astype(np.float32))
    size = scene.shape[1], scene.shape[0]
    light = np.linspace(rng.uniform(0.4, 1), rng.uniform(0.4, 1), w, dtype=np.float32)[None]
    seen, where = cv2.warpPerspective(thing * light, matrix, size), cv2.warpPerspective(cover, matrix, size)
    seen = np.where(where > 0.01, seen / np.maximum(cv2.warpPerspective(np.ones_like(cover), matrix, size), 0.05), 0)
    soft = rng.uniform(0.4, 1.4) * high / 81
    seen, where = cv2.GaussianBlur(seen * where, (0, 0), soft), cv2.GaussianBlur(where, (0, 0), soft)
    scene[:] = scene * (1 - where) + seen


def camera(rng: Random, kind: str, margin: int) -> Levels:
    """[PICTURES, 3] x, y and zoom of each picture: at rest, mostly; drifting, panning, pushing in or held by hand."""
    path = np.zeros((PICTURES, 3), np.float32)
    path[:, 2] = 1
    if kind != "still":
        reach = margin * (rng.uniform(0.02, 0.25) if kind == "hand" else 0.1)
        path[:, :2] += np.clip(np.cumsum(rng.normal(0, reach, (PICTURES, 2)), axis=0), -margin, margin)
    if kind == "moves":
        turn, far = rng.uniform(0, 2 * np.pi), rng.uniform(0.1, 1) * margin
        steps = np.linspace(-1, 1, PICTURES)
        path[:, :2] += np.stack([np.cos(turn) * far * steps, np.sin(turn) * far * steps], 1)
        path[:, 2] += rng.uniform(-0.1, 0.2) * (steps + 1) / 2
    return path


def dash(rng: Random, photos: Sequence[NDArray[np.uint8]], high: int, wide: int) -> tuple[Levels, Levels]:
    """What moves with the camera, at the side of the picture: it stays, too."""
    mask = np.zeros((high, wide), np.float32)
    at = int(rng.uniform(0, wide)), int(rng.choice([0, high]))
    axes = int(rng.uniform(0.3, 1.2) * wide), int(rng.uniform(0.2, 0.8) * high)
    cv2.ellipse(mask, at, axes, 0, 0, 360, 1.0, -1, cv2.LINE_AA)
    return view(rng, photos, high, wide), cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.6, 2))


def put_mark(rng: Random, clip: list[Levels], height_px: float) -> tuple[list[Levels], Levels] | None:
    """The pictures with a mark at the top left, all the time or a part of it, and its cover; None where it cannot be
    seen."""
    image, cover = turned(rng, drawn_mark(rng, height_px))
    top, left = (round(one) for one in rng.uniform(0.01, 0.08, 2) * height_px)
    high, wide = clip[0].shape
    h, w = min(cover.shape[0], high - top), min(cover.shape[1], wide - left)
    if min(h, w) < 4:
        return None
    opacity = np.float32(rng.uniform(0.3, 0.6) if rng.random() < FAINT else rng.uniform(0.4, 1))
    where = np.s_[top : top + h, left : left + w]
    grey = image[:h, :w].astype(np.float32) @ np.float32([0.299, 0.587, 0.114])
    start, stop = (0, PICTURES) if rng.random() < 0.5 else sorted(rng.choice(PICTURES + 1, 2, replace=False))
    if stop - start < 2:
        return None
    marked, contrast = list(clip), 0.0
    for number in range(start, stop):
        picture = clip[number].copy()
        share = cover[:h, :w] * opacity
        picture[where] = picture[where] * (1 - share) + grey * share
        contrast += float(np.abs(picture - clip[number])[where].sum() / max(cover[:h, :w].sum(), 1) / (stop - start))
        marked[number] = picture
    covers = np.zeros((high, wide), np.float32)
    covers[where] = cover[:h, :w]
    return (marked, covers) if contrast >= LEAST_CONTRAST else None


def turned(rng: Random, drawn: Drawn) -> Drawn:
    """As the scorer sees it in one of the four corners."""
    (image, cover), (down, across) = drawn, rng.choice([1, -1], 2)
    return image[::down, ::across], cover[::down, ::across]
