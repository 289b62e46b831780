"""Made programmes: small pictures of shots in a row, with the truth of every picture."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bench.split_training.camera import film, random_path
from bench.split_training.disturbances import disturb
from bench.split_training.footage import Footage
from bench.split_training.transitions import MAKERS

KINDS = ("cut", "dissolve", "fade", "wipe")

Pictures = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Programme:
    """Pictures float32 [N, 18, 32] and, per picture, what happens: float32 [N, 4] in the order of KINDS."""

    pictures: Pictures
    truth: NDArray[np.float32]
    weight: NDArray[np.float32]
    """0 where the truth is not sure enough to learn from; [N, 4]."""


def make_programme(footage: list[Footage], rng: np.random.Generator, shots: int = 12) -> Programme:
    """Shots drawn at random from the footage, joined by random transitions, seen through a random decoder."""
    fps = float(rng.choice([12, 15, 24, 25, 30, 50, 60], p=[0.04, 0.06, 0.3, 0.2, 0.25, 0.05, 0.1]))
    pace = rng.choice([0.4, 1.0, 2.5], p=[0.15, 0.4, 0.45])
    takes = [_take(footage, rng, fps, pace) for _ in range(shots)]
    pictures, truth, weight = _joined(takes, fps, rng)
    pictures = _developed(pictures, rng)
    return _decoded(Programme(pictures, truth, weight), fps, rng)


def _take(footage: list[Footage], rng: np.random.Generator, fps: float, pace: float) -> Pictures:
    """A disturbed shot with enough pictures at both ends for a transition."""
    source, other = footage[rng.integers(len(footage))], footage[rng.integers(len(footage))]
    count = int(fps * (rng.gamma(2.0, pace) + 0.3)) + 2
    speed = rng.choice([1.0, rng.uniform(0.5, 1), rng.uniform(1, 2.5)], p=[0.6, 0.15, 0.25]) * source.fps / fps
    count = max(min(count, int(len(source.pictures) / speed)), 6)
    start = rng.uniform(0, max(len(source.pictures) - count * speed, 0))
    picked = np.minimum((start + np.arange(count) * speed).astype(int), len(source.pictures) - 1)
    shot = film(source.pictures[picked], random_path(count, rng))
    texture = film(other.pictures[:1], random_path(1, rng))
    return _graded(disturb(shot, texture, rng), rng)


def _graded(shot: Pictures, rng: np.random.Generator) -> Pictures:
    """The shot in another light: mostly as it is, sometimes dark, flat or with bars."""
    if rng.random() < 0.12:
        shot = shot * np.float32(rng.uniform(0.08, 0.4))
    elif rng.random() < 0.25:
        shot = shot ** np.float32(rng.uniform(0.6, 1.7))
    if rng.random() < 0.06:
        rows, columns = rng.integers(0, 4), rng.integers(0, 8)
        framed = np.zeros_like(shot)
        inner = np.s_[:, rows : shot.shape[1] - rows, columns : shot.shape[2] - columns]
        framed[inner] = shot[inner]
        return framed
    return shot


def _joined(takes: list[Pictures], fps: float, rng: np.random.Generator) -> tuple[Pictures, Pictures, Pictures]:
    """The takes in a row with their transitions; pictures, truth and weight."""
    rows, truths, weights, used = [], [], [], 0
    for old, new in pairwise(takes):
        kind = str(rng.choice(KINDS, p=[0.4, 0.24, 0.16, 0.2]))
        length = 0 if kind == "cut" else int(fps * rng.uniform(0.25, 1.5))
        length = min(length, (len(old) - used) // 2, len(new) // 2)
        kind = kind if length >= 4 else "cut"
        length = 0 if kind == "cut" else length
        body = old[used : len(old) - length]
        rows.append(body)
        truths.append(np.zeros((len(body), 4), np.float32))
        weights.append(np.ones((len(body), 4), np.float32))
        _mark_cut_end(truths, kind)
        if length:
            rows.append(MAKERS[kind](old[len(old) - length :], new[:length], rng))
            truths.append(np.zeros((length, 4), np.float32))
            truths[-1][:, KINDS.index(kind)] = 1
            weights.append(_seen(old[len(old) - length], new[length - 1], length))
        used = length
        weights[-1][-1] *= np.float32(kind != "cut" or _apart(old[-1], new[0]) > 0.02)
    rows.append(takes[-1][used:])
    truths.append(np.zeros((len(rows[-1]), 4), np.float32))
    weights.append(np.ones((len(rows[-1]), 4), np.float32))
    truth = np.concatenate(truths)
    truth[1:, 0], truth[0, 0] = truth[:-1, 0].copy(), 0
    weight = np.concatenate(weights)
    weight[1:, 0] = np.minimum(weight[1:, 0], weight[:-1, 0])
    return np.concatenate(rows).astype(np.float32), truth, weight


def _mark_cut_end(truths: list[Pictures], kind: str) -> None:
    """Marks the last picture before a cut; moved by one to the first of the new shot when all is joined."""
    if kind == "cut":
        truths[-1][-1, 0] = 1


def _seen(old: Pictures, new: Pictures, length: int) -> Pictures:
    """Weights of a transition's pictures: none where the two shots look the same."""
    return np.full((length, 4), float(_apart(old, new) > 0.05), np.float32)


def _apart(old: Pictures, new: Pictures) -> float:
    return float(np.abs(old - new).mean())


def _developed(pictures: Pictures, rng: np.random.Generator) -> Pictures:
    """The programme with the noise and the pulses of a codec."""
    noise = rng.choice([0.0, 0.002, rng.uniform(0, 0.02)], p=[0.3, 0.4, 0.3])
    pictures = pictures + rng.normal(0, noise + 1e-6, pictures.shape).astype(np.float32)
    if rng.random() < 0.3:
        every = rng.integers(8, 250)
        groups = np.arange(len(pictures)) // every
        pulse = rng.normal(0, rng.uniform(0.001, 0.01), (groups[-1] + 1, *pictures.shape[1:])).astype(np.float32)
        pictures = pictures + pulse[groups]
    return np.round(np.clip(pictures, 0, 1) * 255 * 4) / np.float32(255 * 4)


def _decoded(made: Programme, fps: float, rng: np.random.Generator) -> Programme:
    """The pictures a sparse decoder gives, at most 31 a second: all, every other, at random, or a pattern of groups."""
    count = len(made.pictures)
    how = rng.choice(["all", "other", "random", "groups"], p=[0.45, 0.3, 0.1, 0.15])
    kept = np.ones(count, bool)
    if how == "other":
        kept = np.arange(count) % 2 == 0
    elif how == "random":
        kept = rng.random(count) < rng.uniform(0.4, 0.95)
    elif how == "groups":
        kept = np.tile(rng.random(8) < 0.6, count // 8 + 1)[:count]
    if fps * kept.mean() > 31:
        kept &= np.cumsum(kept) % 2 == 0
    if not kept.any():
        kept[:] = True
    truth = made.truth.copy()
    carried = np.maximum.reduceat(truth[:, 0], np.concatenate([[0], np.flatnonzero(kept)[:-1] + 1]))
    weight = np.minimum.reduceat(made.weight[:, 0], np.concatenate([[0], np.flatnonzero(kept)[:-1] + 1]))
    truth, weights, pictures = truth[kept], made.weight[kept], made.pictures[kept]
    truth[:, 0], weights[:, 0] = carried, weight
    return Programme(_mixed(pictures, truth, rng), truth, weights)


def _mixed(pictures: Pictures, truth: Pictures, rng: np.random.Generator) -> Pictures:
    """Now and then the first picture of a new shot is half the old one, as between two fields."""
    pictures = pictures.copy()
    for i in np.flatnonzero(truth[:, 0]):
        if 0 < i < len(pictures) - 1 and rng.random() < 0.12:
            pictures[i] = (pictures[i - 1] + pictures[i + 1]) / 2
    return pictures
