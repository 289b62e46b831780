"""The same footage has nearly the same hash whatever its coding and size, and other footage has another."""

from collections.abc import Callable, Iterable, Iterator
from itertools import combinations, islice
from pathlib import Path

import numpy as np
import pytest

from tasks.core.media import probe
from tasks.core.model import Box, Score, Span
from tasks.core.settings_filter import FilterSettings
from tasks.filter.clip import score_clip
from tasks.filter.footage_hash import spectrum
from tasks.filter.scorer import Clip, Grey
from tasks.plan.footage import MOST_BITS
from tests.fixtures.made_video import Coding, shot_texture, write_video

SIZE = (320, 180)
SECONDS = 3.0


def hashed(path: Path, box: Box | None = None) -> Score:
    """What the scorer says of the whole file."""
    info = probe(path)
    span = Span(info.start_pts, info.end_pts, info.time_base)
    clip = Clip(info, span, box or Box(0, 0, info.width_px, info.height_px))
    (score,) = score_clip(path, clip, FilterSettings(), frozenset({"footage_hash"}))
    return score


def bits_of(score: Score) -> str:
    assert score.hash_bits is not None, score.unmeasured
    return score.hash_bits


def apart(one: str, other: str) -> int:
    """Bits in which two hashes differ."""
    return sum(a != b for a, b in zip(one, other, strict=True))


def shared_words(one: str, other: str) -> int:
    return sum(one[at : at + 32] == other[at : at + 32] for at in range(0, 256, 32))


def film(seed: int = 1, motion: tuple[float, float] = (40, 25), fps: int = 25) -> Iterator[Grey]:
    """A place that wraps around, moving by (x, y) pixels a second."""
    texture = shot_texture(seed, *SIZE)
    for number in range(round(SECONDS * fps)):
        x, y = (round(speed * number / fps) for speed in motion)
        yield np.roll(texture, (y, x), axis=(0, 1)).astype(np.uint8)


def written(path: Path, pictures: Iterable[Grey], coding: Coding | None = None) -> Path:
    write_video(path, pictures, coding or Coding())
    return path


@pytest.mark.parametrize(
    ("name", "coding", "change"),
    [
        ("coded_again.mp4", Coding(options={"crf": "38"}), lambda image: image),
        ("another_codec.avi", Coding(codec="mpeg4", options={"b": "200k"}), lambda image: image),
        ("another_rate.mp4", Coding(fps=50), lambda image: image),
        ("half.mp4", Coding(), lambda image: image[::2, ::2]),
        ("darker.mp4", Coding(), lambda image: (image * 0.6).astype(np.uint8)),
    ],
)
def test_a_copy_has_nearly_the_same_hash(
    tmp_path: Path, name: str, coding: Coding, change: Callable[[Grey], Grey]
) -> None:
    original = written(tmp_path / "original.mp4", film())
    copy = written(tmp_path / name, map(change, film(fps=int(coding.fps))), coding)
    one, other = bits_of(hashed(original)), bits_of(hashed(copy))
    assert apart(one, other) <= MOST_BITS
    assert shared_words(one, other) >= 1


def test_a_copy_between_bars_has_nearly_the_same_hash(tmp_path: Path) -> None:
    original = written(tmp_path / "original.mp4", film())
    barred = written(tmp_path / "barred.mp4", (np.pad(image, ((30, 30), (0, 0), (0, 0))) for image in film()))
    one, other = bits_of(hashed(original)), bits_of(hashed(barred, Box(0, 30, *SIZE)))
    assert apart(one, other) <= MOST_BITS
    assert apart(one, bits_of(hashed(barred))) > MOST_BITS


def test_other_footage_has_another_hash(tmp_path: Path) -> None:
    films = {
        "one": film(),
        "another place": film(seed=2),
        "another take": film(motion=(-30, 40)),
        "mirrored": (np.flip(image, 1) for image in film()),
        "backwards": reversed(list(film())),
    }
    hashes = [bits_of(hashed(written(tmp_path / f"{name}.mp4", pictures))) for name, pictures in films.items()]
    for one, other in combinations(hashes, 2):
        assert apart(one, other) > 2 * MOST_BITS
        assert shared_words(one, other) == 0


def test_where_nothing_moves_there_is_no_hash(tmp_path: Path) -> None:
    still = written(tmp_path / "still.mp4", film(motion=(0, 0)))
    assert hashed(still) == Score("footage_hash", unmeasured="too_still")


def test_a_clip_with_too_few_pictures_has_no_hash(tmp_path: Path) -> None:
    short = written(tmp_path / "short.mp4", islice(film(), 12))
    assert hashed(short) == Score("footage_hash", unmeasured="too_few_frames")


def test_a_spectrum_is_in_grey_levels_whatever_the_size() -> None:
    across = 10 * np.cos(np.pi * (np.arange(320) + 0.5) / 320)
    image = np.rint(np.broadcast_to(128 + across, (180, 320))).astype(np.uint8)
    assert spectrum(image)[0, 0] == pytest.approx(128, abs=0.5)
    assert spectrum(image)[0, 1] == pytest.approx(10 / np.sqrt(2), abs=0.2)  # its root mean square
    assert np.abs(spectrum(image)[1:]).max() < 0.1
    assert spectrum(image[::3, ::5]) == pytest.approx(spectrum(image), abs=0.2)
