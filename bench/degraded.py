"""Short pieces of real clips (made ones where there are none) and what is done to them: blur, noise, compression."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.figure import data_folder
from tasks.core.errors import UnreadableVideo
from tasks.core.media import View, decode, probe
from tasks.core.model import Box, Span, VideoInfo
from tests.fixtures.made_video import Coding, Shot, pictures, write_video

WIDTH_PX, HEIGHT_PX = 384, 288
"""Size of the pieces, cut from the clips without scaling."""
FRAMES = 12
LEAST_SPREAD = 12
"""Grey levels; pieces with less contrast (fades, black) show no degradation."""

Frames = list[np.ndarray]
Random = np.random.Generator


@dataclass(frozen=True, slots=True)
class Piece:
    """Neighbouring pictures of one clip, uint8 RGB."""

    source: str
    frames: Frames


def pieces(seeds: Sequence[int]) -> Iterator[tuple[int, Piece]]:
    """One piece per seed: a random place in a random clip."""
    folder = data_folder()
    paths = sorted((folder / "real").iterdir()) if folder else []
    for seed in seeds:
        random = np.random.default_rng(seed)
        yield seed, real_piece(paths, random) if paths else made_piece(seed, random)


def made_piece(seed: int, random: Random) -> Piece:
    """A moving texture."""
    shot = Shot(FRAMES / 25, seed, (float(random.uniform(-200, 200)), float(random.uniform(-60, 60))))
    return Piece("made", list(pictures([shot], (WIDTH_PX, HEIGHT_PX))))


def real_piece(paths: Sequence[Path], random: Random) -> Piece:
    """Pictures from a random place of a random clip; again elsewhere where nothing is to be seen."""
    while True:
        path = paths[int(random.integers(len(paths)))]
        frames = read(path, probe(path), random)
        if len(frames) == FRAMES and frames[0].std() > LEAST_SPREAD and frames[-1].std() > LEAST_SPREAD:
            return Piece(path.name, frames)


def read(
    path: Path, info: VideoInfo, random: Random, size: tuple[int, int] = (WIDTH_PX, HEIGHT_PX), count: int = FRAMES
) -> Frames:
    """The first pictures after a random time, cut to size at a random place; fewer where they do not decode."""
    first = info.start_pts + int(random.uniform(0, 0.9) * (info.end_pts - info.start_pts))
    span = Span(first, max(first + 1, info.end_pts), info.time_base)
    width, height = min(size[0], info.width_px // 2 * 2), min(size[1], info.height_px // 2 * 2)
    left, top = (int(random.integers(free + 1)) for free in (info.width_px - width, info.height_px - height))
    view = View(box=Box(left, top, width, height))
    try:
        return [frame.image for frame, _ in zip(decode(path, info, span, view), range(count), strict=False)]
    except UnreadableVideo:
        return []


def coded(path: Path, frames: Frames, crf: int) -> Path:
    """The pictures as H.264 of this quality."""
    write_video(path, frames, Coding(options={"crf": str(crf)}))
    return path


def well_coded(path: Path, frames: Frames, random: Random) -> Path:
    """The pictures as H.264 that shows them well."""
    return coded(path, frames, int(random.integers(16, 24)))


def blurred(frames: Frames, random: Random) -> Frames:
    """Gaussian blur of 1.2 to 6 px."""
    import cv2

    sigma = float(random.uniform(1.2, 6))
    return [cv2.GaussianBlur(frame, (0, 0), sigma) for frame in frames]


def noisy(frames: Frames, random: Random) -> Frames:
    """Gaussian noise of 6 to 30 grey levels, new in every picture."""
    sigma = random.uniform(6, 30)
    return [changed(frame, frame + random.normal(0, sigma, frame.shape[:2])[..., None]) for frame in frames]


def enlarged(frames: Frames, random: Random) -> Frames:
    """From a quarter to 0.6 of the size, in one of three ways."""
    import cv2

    share = float(random.uniform(0.25, 0.6))
    way = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4)[int(random.integers(3))]
    height, width = frames[0].shape[:2]
    small = [cv2.resize(frame, None, fx=share, fy=share, interpolation=cv2.INTER_AREA) for frame in frames]
    return [cv2.resize(frame, (width, height), interpolation=way) for frame in small]


def banded(frames: Frames, random: Random) -> Frames:
    """Smoothed, and left with 16 to 43 shades of each colour."""
    import cv2

    step = int(random.integers(6, 17))
    return [cv2.GaussianBlur(frame, (0, 0), 2.5) // step * step + np.uint8(step // 2) for frame in frames]


def smooth(frames: Frames, random: Random) -> Frames:
    """The same without the steps."""
    import cv2

    return [cv2.GaussianBlur(frame, (0, 0), 2.5) for frame in frames]


def combed(frames: Frames, random: Random) -> Frames:
    """Odd lines from the picture after."""
    woven = [frame.copy() for frame in frames]
    for frame, following in zip(woven, [*frames[1:], frames[-2]], strict=True):
        frame[1::2] = following[1::2]
    return woven


def repeated(frames: Frames, random: Random) -> Frames:
    """Each picture shown twice or three times."""
    times = int(random.integers(2, 4))
    return [frames[number // times] for number in range(len(frames))]


def dark(frames: Frames, random: Random) -> Frames:
    """A tenth to three tenths of the light."""
    share = random.uniform(0.1, 0.3)
    return [changed(frame, frame * share) for frame in frames]


def bright(frames: Frames, random: Random) -> Frames:
    """Two to four times the light, cut off at white."""
    times = random.uniform(2, 4)
    return [changed(frame, 60 + frame * times) for frame in frames]


def flat(frames: Frames, random: Random) -> Frames:
    """A tenth to a quarter of the contrast, around the mean."""
    share = random.uniform(0.1, 0.25)
    return [changed(frame, frame.mean() + share * (frame - frame.mean())) for frame in frames]


def greyish(frames: Frames, random: Random) -> Frames:
    """None to a fifth of the colour."""
    share = random.uniform(0, 0.2)
    greys = [frame.mean(axis=2, keepdims=True) for frame in frames]
    return [changed(frame, grey + share * (frame - grey)) for frame, grey in zip(frames, greys, strict=True)]


def changed(frame: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The values as a picture."""
    return values.round().clip(0, 255).astype(frame.dtype)


def heavily_coded(path: Path, frames: Frames, random: Random) -> Path:
    """H.264 at crf 38 to 51."""
    return coded(path, frames, int(random.integers(38, 52)))


def coded_in_blocks(path: Path, frames: Frames, random: Random) -> Path:
    """MPEG-4 part 2 at quantiser 14 to 31, which smooths no blocks."""
    quantiser = str(int(random.integers(14, 32)))
    options = {"qmin": quantiser, "qmax": quantiser}
    write_video(path.with_suffix(".avi"), frames, Coding(codec="mpeg4", b_frames=0, options=options))
    return path.with_suffix(".avi")


CHANGES: dict[str, Callable[[Frames, Random], Frames]] = {
    "blur": blurred,
    "noise": noisy,
    "enlarged": enlarged,
    "banded": banded,
    "smooth": smooth,
    "combed": combed,
    "repeated": repeated,
    "dark": dark,
    "bright": bright,
    "flat": flat,
    "greyish": greyish,
}
CODINGS: dict[str, Callable[[Path, Frames, Random], Path]] = {"crf": heavily_coded, "blocks": coded_in_blocks}


def variant(kind: str, path: Path, frames: Frames, seed: int) -> Path:
    """The pictures so changed, as a file; `original` leaves them as they are."""
    random = np.random.default_rng([seed, 7])
    if kind in CODINGS:
        return CODINGS[kind](path, frames, random)
    return well_coded(path, CHANGES[kind](frames, random) if kind in CHANGES else frames, random)
