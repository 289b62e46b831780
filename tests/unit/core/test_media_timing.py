"""Frame rates are the ones that were meant, and instants take the picture at or before them."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from tasks.core.media import nominal_rate, probe, standard_rate
from tasks.core.media.timing import at_rate, frame_count
from tasks.core.model import Span
from tests.fixtures.made_video import made_video


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (Fraction("29.97"), Fraction(30000, 1001)),
        (Fraction(30), Fraction(30)),
        (Fraction("23.976"), Fraction(24000, 1001)),
        (Fraction("12.5"), Fraction(25, 2)),
        (Fraction(2500, 123), Fraction(2500, 123)),
        (Fraction("14.321"), Fraction("14.321").limit_denominator(1001)),
    ],
)
def test_standard_rates(said: Fraction, meant: Fraction) -> None:
    assert standard_rate(said) == meant


def test_an_absurd_average_is_bounded(tmp_path: Path) -> None:
    info = probe(made_video(tmp_path / "a.mp4").path)
    assert nominal_rate(replace(info, frame_rate=Fraction(90_000))) == 240
    assert nominal_rate(replace(info, frame_rate=Fraction(1, 100))) == 1


@pytest.mark.parametrize(
    ("pts", "rate", "shown"),
    [
        ([0, 40, 80, 120], Fraction(25), [(1, 0), (1, 40), (1, 80), (1, 120)]),
        ([0, 33, 67, 100, 133], Fraction(30), [(1, 0), (1, 33), (1, 67), (1, 100), (1, 133)]),
        ([0, 100], Fraction(25), [(3, 0), (1, 100)]),
        ([20, 40, 100], Fraction(25), [(1, 20), (2, 40), (1, 100)]),
        ([0, 10, 20, 30, 40, 50, 60, 70, 80], Fraction(25), [(1, 0), (1, 40), (2, 80)]),
        ([], Fraction(25), []),
    ],
)
def test_each_instant_shows_the_picture_at_or_before_it(
    pts: list[int], rate: Fraction, shown: list[tuple[int, int]]
) -> None:
    span = Span(0, 160, Fraction(1, 1000))
    found = list(at_rate([(time, time) for time in pts], span, rate))
    assert found == shown
    assert not pts or sum(times for times, _ in found) == frame_count(span, rate)
