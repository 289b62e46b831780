"""The signal embedding as a detector of near-duplicates: copies of real clips, among other clips of the same videos.

Every clip is compared with every copy and every other clip; the threshold is chosen on one half of the videos and the
figures are those of the other half, both ways round.
"""

import json
import tempfile
import uuid
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.copied import COPIES, Clip, clips, original
from bench.figure import Figure, data_folder
from bench.pieces import share
from tasks.core.catalog.inputs import ClipInput
from tasks.core.media import probe
from tasks.core.model import Span
from tasks.core.settings_filter import CropSettings
from tasks.core.store import path_to_uri
from tasks.crop.find import find_box
from tasks.embed.see import Asked, see_one

VARIANTS = 3
"""Copies of each clip by each kind, of different strength."""
PRECISION, RECALL = 0.98, 0.95
THRESHOLDS = np.arange(0.0, 1.0, 0.001)
ASKED = Asked(8, None, (), signal=True)

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Seen:
    """A clip or a copy of one, and its vector."""

    clip: int
    video: str
    shot: int
    kind: str
    """`original`, or how it was copied."""
    vector: NDArray[np.float32]


@dataclass(frozen=True)
class Pairs:
    """Originals against everything else: what is a copy of what, and how similar they are."""

    seen: list[Seen]

    def _column(self, name: str) -> NDArray[np.generic]:
        return np.array([getattr(one, name) for one in self.seen])

    @cached_property
    def kinds(self) -> NDArray[np.generic]:
        """How each was made."""
        return self._column("kind")

    @cached_property
    def originals(self) -> NDArray[np.intp]:
        """Where the originals are."""
        return np.flatnonzero(self.kinds == "original")

    @cached_property
    def similar(self) -> NDArray[np.float32]:
        """[originals, all], of the vectors as they are stored."""
        vectors = np.stack([one.vector for one in self.seen]).astype(np.float16).astype(np.float32)
        return np.asarray(vectors[self.originals] @ vectors.T)

    def _alike(self, name: str) -> Mask:
        own = self._column(name)
        return np.asarray(own[self.originals][:, None] == own[None])

    @cached_property
    def copies(self) -> Mask:
        """[originals, all]: whether the one is a copy of the other."""
        return np.asarray(self._alike("clip") & (self.kinds != "original")[None])

    @cached_property
    def others(self) -> Mask:
        """[originals, all]: whether they are of different clips; each pair of originals once."""
        clip = self._column("clip")
        once = (self.kinds != "original")[None] | (clip[None] < clip[self.originals][:, None])  # type: ignore[operator]
        return np.asarray(~self._alike("clip") & once)

    @cached_property
    def rivals(self) -> dict[str, Mask]:
        """The others, by how much they have in common."""
        video, shot = self._alike("video"), self._alike("shot")
        return {
            "other windows of the same shot": self.others & video & shot,
            "other shots of the same video": self.others & video & ~shot,
            "other videos": self.others & ~video,
        }

    def of_kind(self, kind: str) -> Mask:
        """[originals, all]: the copies that were made this way."""
        return np.asarray(self.copies & (self.kinds == kind)[None])

    def of_half(self, half: int) -> NDArray[np.bool_]:
        """[originals, 1]: whether their video is of this half."""
        return np.array([zlib.crc32(self.seen[at].video.encode()) % 2 == half for at in self.originals])[:, None]


def threshold(pairs: Pairs, rows: Mask) -> float:
    """The middle between where precision begins to be as wished, and where recall of some kind ceases to be."""
    right, wrong = (_above(pairs.similar[mask & rows]) for mask in (pairs.copies, pairs.others))
    least = THRESHOLDS[right < PRECISION * (right + wrong)].max(initial=THRESHOLDS[0])
    found = [_above(pairs.similar[pairs.of_kind(copy.__name__) & rows]) for copy in COPIES]
    most = min(THRESHOLDS[kind >= RECALL * kind[0]].max() for kind in found)
    return float((least + most) / 2)


def _above(similar: NDArray[np.float32]) -> NDArray[np.intp]:
    """How many are as similar as each of THRESHOLDS."""
    return len(similar) - np.searchsorted(np.sort(similar), THRESHOLDS)


def figures() -> Iterator[Figure]:
    """Recall per kind of copy, precision over all, and how near to each other clips are that are no copies."""
    folder = data_folder()
    if folder is None:
        raise FileNotFoundError("no folder with truth.json: give one with --data")
    pairs = Pairs(list(made(folder)))
    yield Figure("clips", float(len(pairs.originals)), "clips")
    taken = np.zeros_like(pairs.copies)
    for half in (0, 1):
        bound = threshold(pairs, pairs.of_half(1 - half))
        yield Figure(f"threshold for half {half}, chosen on the other", bound)
        taken |= pairs.of_half(half) & (pairs.similar >= bound)
    right, wrong = taken & pairs.copies, taken & pairs.others
    for copy in COPIES:
        asked = pairs.of_kind(copy.__name__)
        yield share(f"found: {copy.__name__}", int((right & asked).sum()), int(asked.sum()), at_least=RECALL)
    of = int(right.sum() + wrong.sum())
    yield share("copies, of the pairs taken for some", int(right.sum()), of, at_least=PRECISION)
    for name, mask in pairs.rivals.items():
        yield share(f"taken for copies: {name}", int((wrong & mask).sum()), int(mask.sum()))
        yield Figure(f"99th of 100 most alike: {name}", float(np.quantile(pairs.similar[mask], 0.99)))
        yield Figure(f"most alike: {name}", float(pairs.similar[mask].max()))
    yield Figure("1st of 100 least alike: copies", float(np.quantile(pairs.similar[pairs.copies], 0.01)))
    yield from _of_truth(folder, threshold(pairs, pairs.of_half(0) | pairs.of_half(1)))


def made(folder: Path) -> Iterator[Seen]:
    """Every clip and its copies, as the stages `crop` and `embed` see them."""
    with tempfile.TemporaryDirectory() as scratch:
        for number, clip in enumerate(clips(folder)):
            yield Seen(number, clip.video, clip.shot, "original", vector_of(original(clip, Path(scratch) / "clip.mp4")))
            if clip.is_whole:
                yield from _copies(number, clip, Path(scratch) / "copy.mp4")


def _copies(number: int, clip: Clip, path: Path) -> Iterator[Seen]:
    for copy in COPIES:
        for variant in range(VARIANTS):
            random = np.random.default_rng([number, variant, zlib.crc32(copy.__name__.encode())])
            made_copy = copy(clip.moving, random, path)
            yield Seen(number, clip.video, clip.shot, copy.__name__, vector_of(made_copy))


def vector_of(path: Path) -> NDArray[np.float32]:
    """Of the whole file, inside the box that `crop` finds."""
    info = probe(path)
    span = Span(info.start_pts, info.end_pts, info.time_base)
    box = find_box(path, info, span, CropSettings()).box
    seen = see_one(ClipInput(uuid.uuid4(), uuid.uuid4(), path_to_uri(path), info, span, box, ("embedding",)), ASKED)
    if seen.signal is None:
        raise ValueError(f"no vector of {path.name}")
    return seen.signal


def _of_truth(folder: Path, bound: float) -> Iterator[Figure]:
    """The same of the files that truth.json names as copies of each other, or as none."""
    rows = json.loads((folder / "truth.json").read_text())["dups"]
    vectors = np.stack([vector_of(folder / "composed" / row["file"]) for row in rows]).astype(np.float16)
    similar = vectors.astype(np.float32) @ vectors.astype(np.float32).T
    cluster = np.array([row["cluster"] for row in rows])
    same, later = cluster[:, None] == cluster[None], np.triu(np.ones(similar.shape, bool), 1)
    taken = (similar >= bound) & later
    right = int((taken & same).sum())
    yield share("found: pairs of truth.json", right, int((same & later).sum()), at_least=RECALL)
    yield share("copies, of the pairs of truth.json taken for some", right, int(taken.sum()), at_least=PRECISION)
    yield Figure("most alike of truth.json that are none", float(similar[later & ~same].max()))
