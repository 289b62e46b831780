"""How well the crop stage finds boxes: on random made cases, and on the shared truth where that folder is there.

    python -m bench.crop_accuracy [--cases 200] [--seed 1]

A case is a moving picture (made texture or a real clip, any brightness) behind random bars, coded at a random
quality. A box is right when every edge is within 2 px.
"""

import argparse
import json
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.figure import Figure
from tasks.core.media import View, decode, probe
from tasks.core.model import Box, Span, VideoInfo
from tasks.core.settings_filter import CropSettings
from tasks.crop.box import CropResult
from tasks.crop.find import find_box
from tests.fixtures.made_video import Coding, shot_texture, write_video

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
SIZES = [(1280, 720), (1920, 1080), (640, 360), (854, 480), (720, 576), (720, 1280), (426, 240), (1000, 1000)]
FRAMES = 20
KINDS = (
    *("letterbox", "pillarbox", "windowbox", "asymmetric", "one_side", "white", "grey", "noisy", "subtitle"),
    *("blur_fill", "thin", "fade", "none", "none_dark", "none_vignette", "none_fade", "none_dark_top"),
)
BARRED = ("cosmos", "jaco", "excalidraw", "crystal", "monster")
"""Real clips that have bars of their own."""
TOLERANCE_PX = 2


@dataclass(frozen=True, slots=True)
class Case:
    """One made clip and its truth."""

    kind: str
    frames: list[np.ndarray]
    box: Box


def main() -> None:
    """Prints right and wrong boxes per kind of case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    if SHARED.is_dir():
        truth_boxes()
    random_cases(asked.cases, asked.seed)


def figures() -> Iterator[Figure]:
    """The share of random cases whose box is right."""
    yield Figure(f"boxes right, random cases of {len(KINDS)} kinds", random_cases(4 * len(KINDS), seed=1))


def truth_boxes() -> None:
    """Boxes on the composed files of the shared folder, and what is cropped of the real ones."""
    right = 0
    cases = json.loads((SHARED / "truth.json").read_text())["crop"]
    for case in cases:
        found = box_of(SHARED / "composed" / case["file"])
        off = error_px(found.box, Box(*case["box"]))
        right += off <= TOLERANCE_PX
        word = "ok" if off <= TOLERANCE_PX else "WRONG"
        print(f"{word:5s} {off:4d} px off, {found.confidence:.2f} sure: {case['file']}")
    print(f"composed: {right} of {len(cases)} within {TOLERANCE_PX} px\n")
    for path in sorted((SHARED / "real").iterdir()):
        info, found = probe(path), box_of(path)
        if found.box != Box(0, 0, info.width_px, info.height_px):
            print(f"cropped: {path.name} {info.width_px}x{info.height_px} to {found.box}, {found.confidence:.2f} sure")


def random_cases(count: int, seed: int) -> float:
    """The share of boxes that are right, on random cases, all kinds in turn."""
    random = np.random.default_rng(seed)
    tally: dict[str, Counter[bool]] = defaultdict(Counter)
    sure: dict[bool, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            case = made_case(KINDS[number % len(KINDS)], random)
            path = Path(folder) / f"{number}.mp4"
            crf = int(random.integers(18, 38))
            write_video(path, iter(case.frames), Coding(fps=3, gop=12, options={"crf": str(crf)}))
            found = box_of(path)
            off = error_px(found.box, case.box)
            tally[case.kind][off <= TOLERANCE_PX] += 1
            sure[off <= TOLERANCE_PX].append(found.confidence)
            if off > TOLERANCE_PX:
                print(f"wrong: {number} {case.kind} crf {crf}: {found.box} for {case.box}, {found.confidence:.2f} sure")
            path.unlink()
    for kind, counts in tally.items():
        print(f"{kind:14s} {counts[True]:4d} right {counts[False]:4d} wrong")
    for right, values in sorted(sure.items()):
        print(f"{'right' if right else 'wrong'}: {len(values)}, median confidence {np.median(values):.2f}")
    return len(sure[True]) / count


def box_of(path: Path) -> CropResult:
    """What the stage says of a whole file."""
    info = probe(path)
    return find_box(path, info, whole(info), CropSettings())


def whole(info: VideoInfo) -> Span:
    """The span of the whole video."""
    return Span(info.start_pts, info.end_pts, info.time_base)


def error_px(found: Box, truth: Box) -> int:
    """Largest distance of an edge from where it should be."""
    pairs = [
        (found.x, truth.x),
        (found.y, truth.y),
        (found.x + found.width, truth.x + truth.width),
        (found.y + found.height, truth.y + truth.height),
    ]
    return max(abs(one - other) for one, other in pairs)


def made_case(kind: str, random: np.random.Generator) -> Case:
    """A random case of this kind."""
    width, height = SIZES[random.integers(len(SIZES))]
    box = random_box(kind, width, height, random)
    pictures = list(moving_picture(kind, (box.width, box.height), random))
    backs = list(backgrounds(kind, (width, height), pictures, random))
    frames = []
    for back, picture in zip(backs, pictures, strict=True):
        back[box.y : box.y + box.height, box.x : box.x + box.width] = picture
        frames.append(back)
    if kind == "subtitle":
        write_in_bar(frames, box, random)
    return Case(kind, frames, box)


def random_box(kind: str, width: int, height: int, random: np.random.Generator) -> Box:
    """Where the picture lies; everywhere for the kinds without bars."""
    if kind.startswith("none"):
        return Box(0, 0, width, height)
    low, high = (0.018, 0.04) if kind == "thin" else (0.05, 0.34)
    across, down = (2 * int(side * random.uniform(low, high) / 2) for side in (width, height))
    if kind in ("letterbox", "subtitle", "thin", "fade", "noisy", "grey"):
        return Box(0, down, width, height - 2 * down)
    if kind in ("pillarbox", "blur_fill"):
        return Box(across, 0, width - 2 * across, height)
    if kind == "one_side":
        return Box(0, 0, width, height - down)
    if kind == "asymmetric":
        return Box(across, down, width - across - across // 2, height - down - down // 3)
    return Box(across, down, width - 2 * across, height - 2 * down)


def moving_picture(kind: str, size: tuple[int, int], random: np.random.Generator) -> Iterator[np.ndarray]:
    """uint8 RGB frames of the picture alone."""
    dark = kind == "none_dark" or random.random() < 0.2
    gain = random.uniform(0.08, 0.2) if dark else random.uniform(0.6, 1.1)
    fades = kind in ("fade", "none_fade")
    for number, picture in enumerate(source_frames(size, random)):
        level = min(1.0, abs(number - FRAMES // 3) / 6) if fades else 1.0
        shown = picture.astype(np.float32) * (gain * level) * shading(kind, size)
        yield shown.clip(0, 255).astype(np.uint8)


def source_frames(size: tuple[int, int], random: np.random.Generator) -> Iterator[np.ndarray]:
    """FRAMES frames of a made texture that pans, or of a real clip where there are some."""
    clips = sorted((SHARED / "real").glob("*.mp4")) if SHARED.is_dir() else []
    clips = [clip for clip in clips if not any(name in clip.name for name in BARRED)]
    if clips and random.random() < 0.6:
        yield from real_frames(clips[random.integers(len(clips))], size)
        return
    texture = shot_texture(int(random.integers(1 << 30)), *size)
    step = random.integers(-9, 10, 2)
    for number in range(FRAMES):
        yield np.roll(texture, tuple(step * number), axis=(0, 1))


def real_frames(path: Path, size: tuple[int, int]) -> Iterator[np.ndarray]:
    """FRAMES frames of a real clip, cut to the size (mirrored where it is too small)."""
    info = probe(path)
    view = View(sample_fps=FRAMES / min(info.duration_s, 8))
    images = [frame.image for _, frame in zip(range(FRAMES), decode(path, info, None, view), strict=False)]
    while len(images) < FRAMES:
        images.append(images[-1])
    for image in images:
        zoom = max(1.0, size[0] / image.shape[1], size[1] / image.shape[0])
        rows = (np.arange(size[1]) / zoom).astype(int)
        columns = (np.arange(size[0]) / zoom).astype(int)
        yield image[rows][:, columns]


def shading(kind: str, size: tuple[int, int]) -> np.ndarray | float:
    """A factor per pixel: a vignette, a night sky above, or nothing."""
    y, x = np.linspace(-1, 1, size[1])[:, None, None], np.linspace(-1, 1, size[0])[None, :, None]
    if kind == "none_vignette":
        return np.clip(1.1 - 0.55 * (x**2 + y**2), 0, 1)
    if kind == "none_dark_top":
        return np.clip((y + 0.9 + 0.2 * np.sin(5 * x)) * 2, 0, 1)
    return 1.0


def backgrounds(
    kind: str, size: tuple[int, int], pictures: list[np.ndarray], random: np.random.Generator
) -> Iterator[np.ndarray]:
    """What lies behind the picture, frame by frame."""
    level = {"white": 255, "grey": int(random.integers(30, 220)), "noisy": int(random.integers(8, 40))}.get(kind, 16)
    colour = np.full(3, level if kind in ("white", "grey", "noisy") else int(random.integers(0, 18)))
    noise = random.uniform(2, 9) if kind == "noisy" else 0.0
    for picture in pictures:
        if kind == "blur_fill":
            yield blurred(picture, size)
            continue
        back = np.broadcast_to(colour, (size[1], size[0], 3)) + noise * random.standard_normal((size[1], size[0], 1))
        yield back.clip(0, 255).astype(np.uint8)


def blurred(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The picture enlarged to cover the size, and blurred by three box filters."""
    zoom = max(size[0] / picture.shape[1], size[1] / picture.shape[0])
    rows, columns = (
        ((np.arange(wanted) - wanted / 2) / zoom + there / 2).astype(int).clip(0, there - 1)
        for wanted, there in ((size[1], picture.shape[0]), (size[0], picture.shape[1]))
    )
    image = picture[rows][:, columns].astype(np.float32)
    reach = max(3, size[1] // 25)
    for axis in (0, 1) * 3:
        padded = np.pad(image, [(reach, reach) if axis == along else (0, 0) for along in range(3)], mode="edge")
        total = np.cumsum(padded, axis, dtype=np.float64)
        length = image.shape[axis]
        image = (
            (np.take(total, np.arange(length) + 2 * reach, axis) - np.take(total, np.arange(length), axis))
            / (2 * reach)
        ).astype(np.float32)
    return image.clip(0, 255).astype(np.uint8)


def write_in_bar(frames: list[np.ndarray], box: Box, random: np.random.Generator) -> None:
    """Paints letter-like strokes into the lower bar of most frames."""
    height, width = frames[0].shape[:2]
    below = height - box.y - box.height
    if below < 16:
        return
    top = box.y + box.height + below // 4
    stroke = max(1, below // 14)
    columns = random.choice(np.arange(width // 4, width * 3 // 4), width // (6 * stroke), replace=False)
    for frame in frames[2:]:
        for column in columns:
            frame[top : top + below // 3, column : column + stroke] = 235


if __name__ == "__main__":
    main()
