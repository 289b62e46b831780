"""Made cases of text and marks: put over real (or drawn) footage, or painted into the scene, from a seed."""

import csv
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.figure import data_folder
from bench.lettering import Drawn, Picture, Random, drawn_logo, drawn_text, fitting, in_perspective, put
from bench.pieces import starts_s
from bench.split_training.footage import made_footage
from tasks.core.media import View, decode, probe
from tasks.core.model import Box, Span

FPS, SECONDS, HEIGHT_PX, STILL_LEVELS = 3, 3, 480, 8
"""Cases are short and of few frames: the scorer looks at a few pictures a second whatever the file holds."""

TEXTS = (
    "We should leave before sunrise", "I do not think that is wise", "Where did you put the keys?", "Yes.",
    "- Who is there? - Only me.", "La vie est belle, n'est-ce pas ?", "Können Sie das wiederholen?",
    "¿Dónde está la casa?", "Мы должны уйти до рассвета", "Кто там?", "Πού είναι το σπίτι;", "我们应该在日出前离开",
    "字幕很重要", "これはテストです", "どこですか", "مرحبا بالعالم",
)  # fmt: skip
MARKS = (
    "STOCKVID.TV",
    "@clipmaker",
    "NEWS 24",
    "(c) 2024 example",
    "LIVE",
    "sample",
    "Кино HD",
    "高清频道",
    "demo",
    "Chan7",
)
LINES = (
    "Chapter 4 - Results", "We measured seven variants", "and found no difference", "between the first two.",
    "See the appendix for", "the complete table.", "1. Introduction", "2. Method and data", "Thank you for watching",
    "第一章 结果", "Результаты измерений", "All rights reserved",
)  # fmt: skip
SIGNS = (
    "TAXI",
    "EXIT",
    "BAKERY",
    "STOP",
    "Hotel Astoria",
    "24 h",
    "PHARMACY",
    "No 17",
    "Gate B",
    "SALE",
    "出口",
    "КАФЕ",
)
MARKED = ("PySceneDetect__tests_resources_issue-195-aspect-ratio.mp4",)
"""Files of whose text the manifest says nothing though they have a channel's faint mark in a corner."""


@dataclass(frozen=True, slots=True)
class Backdrop:
    """A few seconds of one shot, uint8 [N, height, width, 3] at FPS."""

    name: str
    camera: str
    text: str
    """What the manifest says of text in it."""
    pictures: Picture


@dataclass(frozen=True, slots=True)
class Made:
    """A made clip and its truth."""

    kind: str
    seed: int
    name: str
    pictures: list[Picture]
    has_overlay: bool
    about: dict[str, object] = field(default_factory=dict)


def backdrops() -> Iterator[Backdrop]:
    """One after the other, so that only one is held; drawn ones where there is no shared folder."""
    folder = data_folder()
    if folder is None:
        yield from map(_drawn, made_footage(40, np.random.default_rng(7)))
        return
    with open(folder / "manifest.csv", newline="") as manifest:
        for row in csv.DictReader(manifest):
            yield from _pieces(folder / row["file"], row)


def _drawn(footage: object) -> Backdrop:
    pictures = footage.pictures[:: max(1, round(footage.fps / FPS))][: FPS * SECONDS]  # type: ignore[attr-defined]
    large = [cv2.resize(one, (854, HEIGHT_PX), interpolation=cv2.INTER_CUBIC) for one in pictures]
    return Backdrop(footage.name, "drawn", "none", np.repeat(np.stack(large)[..., None], 3, 3))  # type: ignore[attr-defined]


def _pieces(path: Path, row: dict[str, str]) -> Iterator[Backdrop]:
    info = probe(path)
    for start_s in list(starts_s(row))[:4]:
        start = info.start_pts + round(start_s / info.time_base)
        span = Span(start, start + round(SECONDS / info.time_base), info.time_base)
        view = View("rgb24", max_side_px=854, sample_fps=FPS, box=_inner(info.width_px, info.height_px, row["border"]))
        images = [frame.image for frame in decode(path, info, span, view)]
        if len(images) >= SECONDS * FPS - 1:
            yield Backdrop(path.name, row["camera"], row["text"], np.stack([_sized(one) for one in images]))


def _inner(width: int, height: int, border: str) -> Box | None:
    """The picture without the bars that the manifest tells of."""
    if border == "pillarbox":
        return Box(width // 8 + 4, 0, width - 2 * (width // 8 + 4), height)
    if border == "letterbox":
        return Box(0, height // 7 + 4, width, height - 2 * (height // 7 + 4))
    return None


def _sized(image: Picture) -> Picture:
    """The picture HEIGHT_PX high, or as wide as 854 where it is wide."""
    height, width = image.shape[:2]
    zoom = min(854 / width, HEIGHT_PX / height)
    size = 2 * round(width * zoom / 2), 2 * round(height * zoom / 2)
    mode = cv2.INTER_AREA if zoom < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, size, interpolation=mode), dtype=np.uint8)


def varied(rng: Random, backdrop: Backdrop) -> list[Picture]:
    """The backdrop's pictures, mirrored or not, a random part of them, a little darker or lighter."""
    pictures, mirror = backdrop.pictures, rng.random() < 0.5
    height, width = pictures.shape[1:3]
    share = rng.uniform(0.75, 1)
    h, w = round(height * share), round(width * share)
    top, left = int(rng.integers(0, height - h + 1)), int(rng.integers(0, width - w + 1))
    gain = rng.uniform(0.8, 1.15)
    part = pictures[:, top : top + h, left : left + w, :]
    found = [cv2.resize(one, (width, height), interpolation=cv2.INTER_LINEAR) for one in part]
    levels = np.clip(np.arange(256) * gain, 0, 255).astype(np.uint8)
    return [np.asarray(cv2.LUT(cv2.flip(one, 1) if mirror else one, levels), np.uint8) for one in found]


def times(rng: Random, count: int) -> slice:
    """When it is there: all the time, or a part of at least a second."""
    if rng.random() < 0.5:
        return slice(0, count)
    length = int(rng.integers(FPS * 5 // 4, count))
    start = int(rng.integers(0, count - length + 1))
    return slice(start, start + length)


def subtitle(rng: Random, backdrop: Backdrop, seed: int) -> Made:
    """One or two lines, mostly at the bottom."""
    pictures = varied(rng, backdrop)
    height, width = pictures[0].shape[:2]
    lines = [str(one) for one in rng.choice(TEXTS, rng.integers(1, 3), replace=False)]
    size, opacity = round(height * rng.uniform(0.04, 0.08)), rng.uniform(0.4, 1)
    drawn = fitting(rng, lines, size, width * 19 // 20, middle=True)
    high, wide = min(drawn[1].shape[0], height), min(drawn[1].shape[1], width)
    bottom = height - high - int(rng.uniform(0.01, 0.08) * height)
    y = max(
        0, [bottom, int(rng.uniform(0.02, 0.08) * height), (height - high) // 2][rng.choice(3, p=[0.8, 0.13, 0.07])]
    )
    when = times(rng, len(pictures))
    for picture in pictures[when]:
        put(picture, drawn, ((width - wide) // 2, y), opacity)
    return Made(
        "subtitle",
        seed,
        backdrop.name,
        pictures,
        True,
        {"lines": lines, "opacity": opacity, "when": when, "size": size},
    )


def watermark(rng: Random, backdrop: Backdrop, seed: int) -> Made:
    """A word in a corner, mostly all the time."""
    pictures = varied(rng, backdrop)
    size, word = round(pictures[0].shape[0] * rng.uniform(0.035, 0.07)), str(rng.choice(MARKS))
    about = {"word": word, "size": size} | _in_corner(rng, pictures, drawn_text(rng, [word], size, middle=False))
    return Made("watermark", seed, backdrop.name, pictures, True, {"camera": backdrop.camera} | about)


def logo(rng: Random, backdrop: Backdrop, seed: int) -> Made:
    """A sign without letters in a corner, mostly all the time."""
    pictures = varied(rng, backdrop)
    size = round(pictures[0].shape[0] * rng.uniform(0.08, 0.16))
    about = {"size": size} | _in_corner(rng, pictures, drawn_logo(rng, size))
    return Made("logo", seed, backdrop.name, pictures, True, {"camera": backdrop.camera} | about)


def _in_corner(rng: Random, pictures: list[Picture], drawn: Drawn) -> dict[str, object]:
    """Puts it into a corner; gives how clearly, in which corner, when, and by how many levels that changes the picture
    under it."""
    (height, width), (high, wide) = pictures[0].shape[:2], drawn[1].shape
    margin, corner, opacity = int(rng.uniform(0.015, 0.06) * height), int(rng.integers(0, 4)), rng.uniform(0.4, 1)
    place = margin if corner % 2 == 0 else width - wide - margin, margin if corner < 2 else height - high - margin
    when = times(rng, len(pictures)) if rng.random() < 0.3 else slice(0, len(pictures))
    before = pictures[when.start].astype(np.float32)
    for picture in pictures[when]:
        put(picture, drawn, (max(0, place[0]), max(0, place[1])), opacity)
    changed = np.abs(pictures[when.start] - before).mean(axis=2)
    stands_out = float(changed.sum() / max(float(drawn[1].sum()), 1))
    return {"opacity": opacity, "when": when, "corner": corner + 1, "levels": stands_out}


def full_text(rng: Random, backdrop: Backdrop, seed: int) -> Made:
    """Many lines over all of the picture, on the footage, on the darkened footage, or on a plain card."""
    pictures = varied(rng, backdrop)
    height, width = pictures[0].shape[:2]
    lines = [str(one) for one in rng.choice(LINES, rng.integers(4, 8), replace=False)]
    size = round(height * rng.uniform(0.05, 0.08))
    drawn = fitting(rng, lines, size, width * 19 // 20, middle=bool(rng.random() < 0.5))
    high, wide = min(drawn[1].shape[0], height), min(drawn[1].shape[1], width)
    opacity, ground, when = rng.uniform(0.4, 1), rng.choice(["footage", "dark", "card"]), times(rng, len(pictures))
    card = np.array(rng.choice([(0, 0, 0), (250, 250, 250), (20, 40, 90), (90, 90, 90)]))
    for picture in pictures[when]:
        if ground != "footage":
            picture[:] = picture * 0.4 if ground == "dark" else card
        shown = 255 - drawn[0] if ground == "card" and card.mean() > 200 else drawn[0]
        put(picture, (shown, drawn[1]), ((width - wide) // 2, (height - high) // 2), opacity)
    return Made(
        "full_text",
        seed,
        backdrop.name,
        pictures,
        True,
        {"opacity": opacity, "ground": ground, "when": when, "size": size},
    )


def clean(rng: Random, backdrop: Backdrop, seed: int) -> Made:
    """The footage alone."""
    return Made("clean", seed, backdrop.name, varied(rng, backdrop), False, {"camera": backdrop.camera})


def scene_text(rng: Random, backdrop: Backdrop, seed: int) -> Made:
    """A sign that stands in the scene, seen by a camera that moves over it, or stands still as that of the backdrop."""
    pictures = varied(rng, backdrop)
    height, width = pictures[0].shape[:2]
    drawn = drawn_text(rng, [str(rng.choice(SIGNS))], round(height * rng.uniform(0.06, 0.16)), middle=True)
    sign, where = in_perspective(rng, drawn, (width, height))
    may_stand = backdrop.camera.startswith("static") and is_still(pictures, where[..., 0] > 0.1)
    moves = rng.random() < 0.75 or not may_stand
    path = _camera_path(rng, len(pictures), height) if moves else np.zeros((len(pictures), 3))
    seen = []
    for picture, (x, y, zoom) in zip(pictures, path, strict=True):
        whole = pictures[0] if moves else picture
        scene = (whole * (1 - where) + sign * where + rng.normal(0, 1.5, whole.shape[:2])[..., None]).clip(0, 255)
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), 0, 1.15 + zoom)
        matrix[:, 2] += (x, y)
        seen.append(
            cv2.warpAffine(
                scene.astype(np.uint8), matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
            )
        )
    return Made("scene_text", seed, backdrop.name, seen, False, {"camera": "moves" if moves else "still"})


def is_still(pictures: list[Picture], where: NDArray[np.bool_]) -> bool:
    """Whether next to nothing changes there: a sign that stands in the scene hangs on something that does not move."""
    levels = np.stack([picture[..., 1][where] for picture in pictures]).astype(int)
    return bool((levels.max(axis=0) - levels.min(axis=0)).mean() < STILL_LEVELS)


def _camera_path(rng: Random, count: int, height: int) -> NDArray[np.float64]:
    """[count, 3] places x, y in pixels and zoom of a camera that pans, pushes in or is held by hand."""
    steps = np.arange(count) / FPS
    speed = rng.uniform(0.02, 0.25) * height
    turn = rng.uniform(0, 2 * np.pi)
    path = np.stack([np.cos(turn) * speed * steps, np.sin(turn) * speed * steps, rng.uniform(-0.03, 0.08) * steps], 1)
    path[:, :2] += np.cumsum(rng.normal(0, 0.002 * height, (count, 2)), axis=0)
    return path - path.mean(0) * (1, 1, 0)


def ticker(rng: Random, backdrop: Backdrop, seed: int) -> Made:
    """A long line that runs through the picture at one speed, bare or in a band of its own, near an edge."""
    pictures = varied(rng, backdrop)
    height, width = pictures[0].shape[:2]
    size, opacity = round(height * rng.uniform(0.04, 0.08)), rng.uniform(0.5, 1)
    line = "  +++  ".join(str(one) for one in rng.choice(TEXTS, 3, replace=False))
    image, cover = drawn_text(rng, [line], size, middle=False)
    speed = width * rng.uniform(0.05, 0.25) * rng.choice([1, -1], p=[0.85, 0.15])
    start = rng.uniform(-0.3, 0.6) * width if speed > 0 else width - cover.shape[1] + rng.uniform(-0.6, 0.3) * width
    margin = int(rng.uniform(0.01, 0.12) * height)
    y = height - cover.shape[0] - margin if rng.random() < 0.8 else margin
    band = np.array(rng.choice([(0, 0, 0), (20, 20, 90), (150, 20, 20), (40, 40, 40)])) if rng.random() < 0.5 else None
    for number, picture in enumerate(pictures):
        if band is not None:
            lane = picture[y : y + cover.shape[0]]
            lane[:] = lane * 0.2 + band * 0.8
        left = round(start - speed * number / FPS)
        behind = max(0, -left)
        if left < width and behind < cover.shape[1]:
            put(picture, (image[:, behind:], cover[:, behind:]), (max(0, left), y), opacity)
    about = {"opacity": opacity, "size": size, "widths_per_s": speed / width, "band": band is not None}
    return Made("ticker", seed, backdrop.name, pictures, True, {"camera": backdrop.camera} | about)


KINDS: dict[str, Callable[[Random, Backdrop, int], Made]] = {
    "subtitle": subtitle,
    "watermark": watermark,
    "logo": logo,
    "full_text": full_text,
    "clean": clean,
    "scene_text": scene_text,
    "ticker": ticker,
}
SEEDS_APART = 6
"""Cases of one kind have seeds so far apart, times two; `ticker`, the seventh, shares them with the first."""


def made(count: int, parity: int, kinds: Collection[str] = tuple(KINDS)) -> Iterator[Made]:
    """So many cases of each kind with seeds of this parity, over backdrops that have nothing written over them."""
    free = [one for one in backdrops() if is_free(one)]
    for number in range(count):
        for order, (kind, make) in enumerate(KINDS.items()):
            if kind in kinds:
                seed = 2 * (number * SEEDS_APART + order) + parity
                rng = np.random.default_rng(seed)
                yield make(rng, free[int(rng.integers(len(free)))], seed)


def is_free(backdrop: Backdrop) -> bool:
    """Whether nothing is written over it."""
    return has_nothing_over(backdrop.name, backdrop.text)


def has_nothing_over(name: str, text: str) -> bool:
    """Whether what the manifest says of a clip's text is that there is none, or only in the scene, and it is right."""
    is_none = text in ("none", "shirt print", 'sign "TAXI"') or text.startswith("scene text")
    return is_none and name not in MARKED
