"""The hash by which the same footage is embedded once: copies that are found, and other footage that is taken for them.

Copies are real clips coded again in other codecs, sizes and rates; other footage is every other piece of the same
length: of other videos, and of the same camera a moment later. Only pieces of every second file are counted; the number
of bits that may differ was chosen on the others, and on the composed copies.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np

from bench.figure import Figure, data_folder
from bench.filter_cost import cpu_s, plain_decode
from tasks.core.errors import UnreadableVideo
from tasks.core.media import View, decode, probe
from tasks.core.model import Box, Span, VideoInfo
from tasks.core.settings_filter import FilterSettings
from tasks.filter.clip import score_clip
from tasks.filter.footage_hash import FootageHashScorer
from tasks.filter.scorer import Clip, Sample
from tasks.plan.footage import HASH_BITS, MOST_BITS
from tests.fixtures.made_video import Coding, shot_texture, write_video

PIECE_S = 4.0
WORD_BITS = 32
MOST_PIECES = 6
"""Of one file, one after the other."""
COPIES: dict[str, tuple[str, int, Coding]] = {
    "coded strongly": (".mp4", 480, Coding(options={"crf": "36", "preset": "veryfast"})),
    "as MPEG-4, half as large": (".avi", 240, Coding(codec="mpeg4", options={"b": "250k"})),
    "as VP9": (".webm", 320, Coding(codec="libvpx-vp9", options={"crf": "40", "b": "0", "cpu-used": "8"})),
}
"""File, longer side in pixels, coding; the rate is the original's."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A few seconds of a file."""

    path: Path
    info: VideoInfo
    span: Span


def figures() -> Iterator[Figure]:
    """How many copies are found, how many other pieces count as copies, and what the hash costs."""
    with tempfile.TemporaryDirectory() as folder:
        files = [pieces for path in counted_files(Path(folder)) if (pieces := pieces_of(path))]
        hashes = {(number, place): hash_of(piece) for number, pieces in enumerate(files)
                  for place, piece in enumerate(pieces)}  # fmt: skip
        known = {of: bits for of, bits in hashes.items() if bits is not None}
        yield Figure("clips", len(hashes), "clips")
        yield Figure("clips with a hash", len(known) / len(hashes))
        yield from _other_footage(known)
        # One piece of each file is coded again: encoding takes the time.
        middles = {(number, len(pieces) // 2): pieces[len(pieces) // 2] for number, pieces in enumerate(files)}
        yield from _copies({known[of]: piece for of, piece in middles.items() if of in known}, Path(folder))
        yield _cost(files[0][0])


def _copies(pieces: dict[str, Piece], folder: Path) -> Iterator[Figure]:
    """Pieces by their hash, coded again."""
    for name in COPIES:
        copies = {own: hash_of(copied(piece, name, folder)) for own, piece in pieces.items()}
        found = [copy is not None and is_found(own, copy) for own, copy in copies.items()]
        yield Figure(f"copies found: {name}", float(np.mean(found)), at_least=0.95)
        apart = [bits_apart(own, copy) for own, copy in copies.items() if copy is not None]
        yield Figure(f"most bits that differ: {name}", max(apart), "bits")


def _other_footage(known: dict[tuple[int, int], str]) -> Iterator[Figure]:
    """Pairs of pieces that are not the same: those of other files, and those of the same."""
    apart = {pair: bits_apart(known[pair[0]], known[pair[1]]) for pair in combinations(known, 2)}
    for what, is_one_file in (("other videos", False), ("the same video", True)):
        bits = [found for (one, other), found in apart.items() if (one[0] == other[0]) == is_one_file]
        if bits:
            yield Figure(f"pairs of {what}", len(bits), "pairs")
            yield Figure(f"pairs of {what} taken for copies", float(np.sum(np.array(bits) <= MOST_BITS)), at_most=0)
            yield Figure(f"least bits that differ, {what}", min(bits), "bits", at_least=2 * MOST_BITS)


def counted_files(folder: Path) -> Iterator[Path]:
    """Every second real video, or made ones where there are none."""
    data = data_folder()
    if data is not None:
        yield from sorted((data / "real").iterdir())[1::2]
        return
    for seed in range(1, 20, 2):
        path = folder / f"made{seed}.mp4"
        random = np.random.default_rng(seed)
        texture, speed = shot_texture(seed, 320, 180), random.uniform(-60, 60, 2)
        shifts = (np.round(speed * number / 25).astype(int) for number in range(200))
        write_video(path, (np.roll(texture, shift, axis=(0, 1)).astype(np.uint8) for shift in shifts))
        yield path


def pieces_of(path: Path) -> list[Piece]:
    """Pieces of a file, one after the other; none where it is too short or does not decode."""
    try:
        info = probe(path)
    except UnreadableVideo:
        return []
    length = round(PIECE_S / info.time_base)
    starts = range(info.start_pts, info.end_pts - length + 1, length)
    return [Piece(path, info, Span(start, start + length, info.time_base)) for start in starts[:MOST_PIECES]]


def hash_of(piece: Piece) -> str | None:
    """As `filter` finds it."""
    clip = Clip(piece.info, piece.span, Box(0, 0, piece.info.width_px, piece.info.height_px))
    (score,) = score_clip(piece.path, clip, FilterSettings(), frozenset({"footage_hash"}))
    return score.hash_bits


def copied(piece: Piece, name: str, folder: Path) -> Piece:
    """The piece coded in another way, as a file of its own."""
    suffix, side_px, coding = COPIES[name]
    view = View(max_side_px=side_px)
    path = folder / f"copy{suffix}"
    images = (even(frame.image) for frame in decode(piece.path, piece.info, piece.span, view))
    write_video(path, images, replace(coding, fps=piece.info.frame_rate))
    info = probe(path)
    return Piece(path, info, Span(info.start_pts, info.end_pts, info.time_base))


def even(image: np.ndarray) -> np.ndarray:
    """Without a last odd row and column, which encoders refuse."""
    height, width = image.shape[:2]
    return image[: height // 2 * 2, : width // 2 * 2]


def bits_apart(one: str, other: str) -> int:
    """Bits in which two hashes differ."""
    return sum(a != b for a, b in zip(one, other, strict=True))


def is_found(one: str, other: str) -> bool:
    """Whether planning takes one for a copy of the other."""
    shares_word = any(one[at : at + WORD_BITS] == other[at : at + WORD_BITS] for at in range(0, HASH_BITS, WORD_BITS))
    return shares_word and bits_apart(one, other) <= MOST_BITS


def _cost(piece: Piece) -> Figure:
    """Of pictures that other scorers ask for as well."""
    clip = Clip(piece.info, piece.span, Box(0, 0, piece.info.width_px, piece.info.height_px))
    scorer = FootageHashScorer(FilterSettings().footage_hash, clip)
    view = View("gray", max_side_px=scorer.needs.max_side_px, sample_fps=scorer.needs.fps)
    samples = [Sample(frame.time_s, frame.image) for frame in decode(piece.path, piece.info, piece.span, view)]
    hashing = min(cpu_s(lambda: [scorer.see(sample) for sample in samples]) for _ in range(5))
    plain = min(cpu_s(lambda: plain_decode(piece.path, clip)) for _ in range(3))
    return Figure("hashing the pictures, CPU time over plain decoding", hashing / plain, at_most=0.03)
