"""How well `content_type` tells what a camera saw from what was drawn: made animation, screens and slides, real clips.

    python -m bench.content_type [--cases 200] [--fit]

Real footage is cut from the shared camera clips, coded at a random quality, as the drawn cases are. The weights are
fitted on even seeds (`--fit` prints them), odd ones are reported; the shared animated, played and recorded clips are
never fitted on.
"""

import argparse
import csv
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from bench.degraded import Frames, Random, coded, read
from bench.drawn import DRAWN, FRAMES, HEIGHT_PX, WIDTH_PX
from bench.figure import Figure, data_folder
from bench.quality import interval
from tasks.core.media import probe
from tasks.core.model import Box, Span
from tasks.core.settings_filter import ContentTypeSettings, FilterSettings
from tasks.filter.clip import score_clip
from tasks.filter.content_type import WEIGHTS
from tasks.filter.scorer import Clip

CASES = 200
HALF = 0.5
SETTINGS = FilterSettings(content_type=ContentTypeSettings(sample_fps=5))
KINDS = ("camera", *DRAWN)

Numbers = dict[str, float]


def main() -> None:
    """Prints the figures, or weights fitted on the even seeds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--fit", action="store_true")
    asked = parser.parse_args()
    if asked.fit:
        print(fitted(cases(range(0, 2 * asked.cases, 2))))
        return
    for figure in told_apart(cases(range(1, 2 * asked.cases, 2))):
        print(figure.row("content_type"))


def figures() -> Iterator[Figure]:
    """Shares that are told right at a likelihood of one half, over odd seeds and over the held-out clips."""
    yield from told_apart(cases(range(1, 2 * CASES, 2)))
    yield from held_out()


def told_apart(found: dict[str, list[Numbers]]) -> Iterator[Figure]:
    """Per kind the share on its side of one half, and how often a camera's clip has more than a drawn one."""
    likelihoods = {kind: np.array([one["camera_likelihood"] for one in numbers]) for kind, numbers in found.items()}
    for kind, values in likelihoods.items():
        right = (values > HALF) == (kind == "camera")
        low, high = interval(int(right.sum()), len(right))
        yield Figure(f"right: {kind}, of {len(right)} ({low:.2f} to {high:.2f})", float(right.mean()))
    drawn = np.concatenate([values for kind, values in likelihoods.items() if kind != "camera"])
    above = (likelihoods["camera"][:, None] > drawn[None]).mean()
    yield Figure("camera above drawn, of all pairs", float(above))


def held_out() -> Iterator[Figure]:
    """Of the shared clips that no camera made: the share under one half."""
    paths = [path for path, kind in shared_clips() if kind != "real"]
    values = [numbers_of(path)["camera_likelihood"] for path in paths]
    for path, value in zip(paths, values, strict=True):
        print(f"{value:.2f} {path.name}")
    yield Figure(f"right: shared clips without a camera, of {len(values)}", float(np.mean(np.array(values) < HALF)))


def shared_clips() -> list[tuple[Path, str]]:
    """Paths and content types of the shared real clips."""
    folder = data_folder()
    if folder is None:
        raise FileNotFoundError("no folder with real clips: give one with --data")
    with (folder / "manifest.csv").open(newline="") as file:
        return [(folder / row["file"], row["content_type"]) for row in csv.DictReader(file)]


def cases(seeds: Sequence[int]) -> dict[str, list[Numbers]]:
    """What is measured of one case of each kind per seed."""
    paths = [path for path, kind in shared_clips() if kind == "real"]
    found: dict[str, list[Numbers]] = {kind: [] for kind in KINDS}
    with tempfile.TemporaryDirectory() as folder:
        for seed in seeds:
            for number, kind in enumerate(KINDS):
                random = np.random.default_rng([seed, number])
                frames = filmed(paths, random) if kind == "camera" else DRAWN[kind](random)
                path = coded(Path(folder) / "case.mp4", frames, int(random.integers(18, 35)))
                found[kind].append(numbers_of(path))
    return found


def filmed(paths: Sequence[Path], random: Random) -> Frames:
    """Pictures from a random place of a random camera clip."""
    frames: Frames = []
    while len(frames) < FRAMES:
        path = paths[int(random.integers(len(paths)))]
        frames = read(path, probe(path), random, (WIDTH_PX, HEIGHT_PX), FRAMES)
    return frames


def numbers_of(path: Path) -> Numbers:
    """The scorer's numbers of the first seconds of the file."""
    info = probe(path)
    end = min(info.end_pts, info.start_pts + round(4 / info.time_base))
    clip = Clip(info, Span(info.start_pts, end, info.time_base), Box(0, 0, info.width_px, info.height_px))
    (score,) = score_clip(path, clip, SETTINGS, frozenset({"content_type"}))
    return score.numbers


def fitted(found: dict[str, list[Numbers]]) -> dict[str, float]:
    """Weights of a logistic regression with a small penalty, camera against drawn, both counting alike."""
    rows = [(one, float(kind == "camera")) for kind, numbers in found.items() for one in numbers]
    truth = np.array([is_camera for _, is_camera in rows])
    values = np.array([[weighed(name, one) for name in WEIGHTS] for one, _ in rows])
    middle, spread = values.mean(axis=0), values.std(axis=0)
    inputs = np.column_stack([np.ones(len(values)), (values - middle) / spread])
    share = np.where(truth == 1, 0.5 / truth.mean(), 0.5 / (1 - truth.mean())) / len(truth)
    weights = np.zeros(inputs.shape[1])
    for _ in range(5000):
        error = 1 / (1 + np.exp(-inputs @ weights)) - truth
        weights -= 0.5 * (inputs.T @ (share * error) + 0.002 * weights)
    slopes = weights[1:] / spread
    return {"intercept": float(weights[0] - slopes @ middle), **dict(zip(WEIGHTS, slopes.tolist(), strict=True))}


def weighed(name: str, numbers: Numbers) -> float:
    """The number as it enters the sum."""
    return float(np.log2(numbers[name])) if name == "palette_size" else numbers[name]


if __name__ == "__main__":
    main()
