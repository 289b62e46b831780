"""Edits scenes into programmes: shots, transitions, faults, bars and burned-in words."""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from tasks.cli.demo_corpus.layers import Look, Scene, Size
from tasks.cli.demo_corpus.overlay import burn_logo, burn_subtitle
from tasks.cli.demo_corpus.scenes import SCENES
from tasks.cli.demo_corpus.texture import unpack
from tasks.cli.demo_corpus.truth import BoundaryTruth, ShotTruth
from tasks.core.model import Box


@dataclass(frozen=True, slots=True)
class Shot:
    """One shot, and how it gives way to the next."""

    scene: str
    """A key of SCENES."""
    look: Look
    seconds: float
    """Time it is seen alone."""
    then: str = "cut"
    """cut, dissolve, fade or wipe; means nothing for a last shot."""
    trait: str | None = None
    """See ShotTruth."""
    subtitle: str | None = None


TRANSITION_S = {"cut": 0.0, "dissolve": 1.0, "fade": 1.2, "wipe": 0.8}
_TRANSITION_MIN_FRAMES = 8


@dataclass(frozen=True, slots=True)
class Cut:
    """A programme's frames: each shot alone and each transition, as frame ranges."""

    fps: Fraction
    shots: tuple[ShotTruth, ...]
    boundaries: tuple[BoundaryTruth, ...]
    frames: int


def cut_shots(shots: tuple[Shot, ...], fps: Fraction, scale: float = 1.0) -> Cut:
    """Where each shot and transition lies; scale shortens or stretches them all."""
    alone: list[ShotTruth] = []
    boundaries: list[BoundaryTruth] = []
    frame = 0
    for shot in shots:
        end = frame + max(2, round(shot.seconds * scale * fps))
        alone.append(ShotTruth(frame, end, shot.scene, shot.trait))
        frame = end
        if shot is not shots[-1]:
            frame = end + _transition_frames(shot.then, fps, scale)
            boundaries.append(BoundaryTruth(shot.then, frame, end, frame))
    return Cut(fps, tuple(alone), tuple(boundaries), frame)


def _transition_frames(kind: str, fps: Fraction, scale: float) -> int:
    return 0 if kind == "cut" else max(_TRANSITION_MIN_FRAMES, round(TRANSITION_S[kind] * scale * fps))


def programme_pictures(
    seed: str, shots: tuple[Shot, ...], cut: Cut, size: Size, box: Box, logo: str | None
) -> Iterator[np.ndarray]:
    """uint8 RGB [rows, columns, 3] pictures of the whole programme, black outside the box."""
    for picture in _edited(seed, shots, cut, (box.height, box.width)):
        if logo:
            burn_logo(picture, logo)
        framed = np.zeros((*size, 3), np.uint8)
        framed[box.y : box.y + box.height, box.x : box.x + box.width] = picture
        yield framed


def _edited(seed: str, shots: tuple[Shot, ...], cut: Cut, size: Size) -> Iterator[np.ndarray]:
    """The pictures inside the box. A shot's own clock starts where the transition into it does."""
    starts = [0, *(boundary.start_frame for boundary in cut.boundaries)]
    source = _source(seed, 0, shots[0], cut, size)
    for number, alone in enumerate(cut.shots):
        yield from (source(frame - starts[number]) for frame in range(alone.start_frame, alone.end_frame))
        if number < len(cut.boundaries):
            following = _source(seed, number + 1, shots[number + 1], cut, size)
            boundary = cut.boundaries[number]
            length = boundary.end_frame - boundary.start_frame
            for step in range(length):
                outgoing = source(boundary.start_frame - starts[number] + step)
                yield _MIXES[boundary.kind](outgoing, following(step), (step + 1) / (length + 1))
            source = following


def _source(seed: str, number: int, shot: Shot, cut: Cut, size: Size) -> Scene:
    """The shot's pictures by its own clock, uint8 RGB, with its trait and subtitle."""
    random = np.random.default_rng(zlib.crc32(f"{seed}/{number}/{shot.scene}".encode()))
    scene = SCENES[shot.scene](random, size, shot.look)
    middle = (cut.shots[number].end_frame - cut.shots[number].start_frame) // 2

    def paint(frame: int) -> np.ndarray:
        if shot.trait == "frozen":
            frame = min(frame, middle)
        if shot.trait == "still":
            frame = 0
        picture = unpack(scene(frame))
        if shot.trait in _FAULTS:
            picture = _FAULTS[shot.trait](picture)
        if shot.subtitle:
            burn_subtitle(picture, shot.subtitle)
        return picture

    return paint


_DARK = (np.arange(256) * 0.09 + 3).astype(np.uint8)
_BRIGHT = (np.arange(256) * 1.25 + 85).clip(0, 255).astype(np.uint8)


def _blurred(picture: np.ndarray) -> np.ndarray:
    """Out of focus by about a fortieth of the width: two passes of a box along each axis."""
    blurred = picture.astype(np.float32)
    width = picture.shape[1] // 40 | 1
    for axis in (0, 1, 0, 1):
        padding = [(width // 2 + 1, width // 2) if each == axis else (0, 0) for each in range(3)]
        sums = np.pad(blurred, padding, mode="edge").cumsum(axis)
        length = picture.shape[axis]
        blurred = (sums.take(range(width, width + length), axis) - sums.take(range(length), axis)) / width
    return blurred.astype(np.uint8)


def _dissolve(old: np.ndarray, new: np.ndarray, share: float) -> np.ndarray:
    weight = round(share * 256)
    return ((old.astype(np.uint16) * (256 - weight) + new.astype(np.uint16) * weight) >> 8).astype(np.uint8)


def _fade(old: np.ndarray, new: np.ndarray, share: float) -> np.ndarray:
    """Down to black, then up."""
    picture, light = (old, 1 - 2 * share) if share < 0.5 else (new, 2 * share - 1)
    return (picture * np.float32(light)).astype(np.uint8)


def _wipe(old: np.ndarray, new: np.ndarray, share: float) -> np.ndarray:
    """The new picture comes in from the left behind a hard edge."""
    edge = round(share * old.shape[1])
    return np.concatenate([new[:, :edge], old[:, edge:]], axis=1)


_FAULTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "blurred": _blurred,
    "dark": lambda picture: _DARK[picture],
    "over_exposed": lambda picture: _BRIGHT[picture],
}
_MIXES: dict[str, Callable[[np.ndarray, np.ndarray, float], np.ndarray]] = {
    "dissolve": _dissolve,
    "fade": _fade,
    "wipe": _wipe,
}
