"""Whether spoilt copies of real clips rank below what they were made from: blur, noise, coding and the rest.

    python -m bench.quality [--pairs 200] [--seed 1]

A pair is a short piece of a random clip and a spoilt copy of it, both coded; constants were chosen on even seeds and
odd ones are reported.
"""

import argparse
import math
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from bench.degraded import Piece, pieces, variant
from bench.figure import Figure
from tasks.core.media import probe
from tasks.core.model import Box, Span
from tasks.core.settings_filter import (
    AestheticSettings,
    BandingSettings,
    BlockinessSettings,
    CombingSettings,
    FilterSettings,
    NoiseSettings,
    QualitySettings,
    UpscalingSettings,
)
from tasks.filter.clip import score_clip
from tasks.filter.scorer import Clip

PAIRS = 200
MOVING_LEVELS = 2.0
"""Mean change from picture to picture, in grey levels, from which on something surely moves."""
FPS = 5
"""Pictures a second, so that the short pieces are seen more than once."""
SETTINGS = FilterSettings(
    quality=QualitySettings(sample_fps=FPS),
    blockiness=BlockinessSettings(sample_fps=FPS),
    noise=NoiseSettings(sample_fps=FPS),
    banding=BandingSettings(sample_fps=FPS),
    upscaling=UpscalingSettings(sample_fps=FPS),
    combing=CombingSettings(sample_fps=FPS),
    aesthetic=AestheticSettings(sample_fps=FPS),
)
SCORERS = frozenset(
    {"quality", "blockiness", "noise", "banding", "upscaling", "combing", "duplicates", "aesthetic", "sharpness"}
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A kind of copy, what it is compared with, and the score that must tell them apart."""

    kind: str
    score: str
    is_more: bool = False
    """Whether the copy has more of it than the other."""
    goal: float | None = None
    against: str = "original"
    needs_motion: bool = False
    """Whether nothing can be told of a piece in which nothing moves."""


COMPARISONS = (
    *(Comparison(kind, "quality", goal=0.95) for kind in ("blur", "noise", "crf", "blocks", "enlarged")),
    Comparison("blur", "sharpness"),
    Comparison("noise", "noise_sigma", is_more=True),
    Comparison("crf", "blockiness", is_more=True),
    Comparison("blocks", "blockiness", is_more=True),
    Comparison("enlarged", "effective_share"),
    Comparison("banded", "banding", is_more=True, against="smooth"),
    Comparison("combed", "combing_max", is_more=True, needs_motion=True),
    Comparison("repeated", "duplicate_share", is_more=True, needs_motion=True),
    *(Comparison(kind, "aesthetic") for kind in ("dark", "bright", "flat", "greyish")),
)
KINDS = sorted({one.kind for one in COMPARISONS} | {one.against for one in COMPARISONS})

Numbers = dict[str, dict[str, float]]
"""Score names to values, by kind of copy."""


def main() -> None:
    """Prints the share of pairs in the right order, per kind and score."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=PAIRS)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    for figure in ranked(asked.pairs, asked.seed):
        print(figure.row("quality"), flush=True)


def figures() -> Iterator[Figure]:
    """The shares over the odd seeds."""
    yield from ranked(PAIRS, 1)


def ranked(pairs: int, first_seed: int) -> Iterator[Figure]:
    """One share per comparison, with its 95 % interval."""
    right: dict[Comparison, list[bool]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        for seed, piece in pieces(range(first_seed, first_seed + 2 * pairs, 2)):
            numbers = {
                kind: measured(variant(kind, Path(folder) / f"{kind}.mp4", piece.frames, seed)) for kind in KINDS
            }
            moves = motion_levels(piece) >= MOVING_LEVELS
            for one in COMPARISONS:
                is_right = in_order(one, numbers)
                if is_right is not None and (moves or not one.needs_motion):
                    right[one].append(is_right)
    for one, answers in right.items():
        low, high = interval(sum(answers), len(answers))
        sign = ">" if one.is_more else "<"
        what = f"{one.score}: {one.kind} {sign} {one.against}, of {len(answers)} ({low:.2f} to {high:.2f})"
        yield Figure(what, sum(answers) / len(answers), at_least=one.goal)


def motion_levels(piece: Piece) -> float:
    """Mean difference of neighbouring pictures in the stillest quarter of the piece."""
    pictures = [frame.astype(np.int16) for frame in piece.frames]
    return float(np.percentile([np.abs(one - other).mean() for one, other in pairwise(pictures)], 25))


def in_order(one: Comparison, numbers: Numbers) -> bool | None:
    """Whether the copy lies on its side of the other; None where neither was measured."""
    copy, other = (numbers[kind].get(one.score) for kind in (one.kind, one.against))
    if copy is None or other is None:
        return None if copy is other else False
    return copy > other if one.is_more else copy < other


def measured(path: Path) -> dict[str, float]:
    """All numbers of the whole file."""
    info = probe(path)
    clip = Clip(info, Span(info.start_pts, info.end_pts, info.time_base), Box(0, 0, info.width_px, info.height_px))
    scores = score_clip(path, clip, SETTINGS, SCORERS)
    return {name: value for score in scores for name, value in score.numbers.items()}


def interval(hits: int, count: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    z, share = 1.96, hits / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    reach = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return middle - reach, middle + reach


if __name__ == "__main__":
    main()
