"""A histogram's drawing: bars, thresholds and what lies outside them."""

import pytest

from tasks.report.histogram import HEIGHT, WIDTH, Histogram, Threshold


def histogram(bins: tuple[int, ...], *thresholds: Threshold) -> Histogram:
    """Over the values 0 to 10."""
    clips = sum(bins)
    return Histogram("motion_mean", "1", "", clips, 0, 0.0, 5.0, 10.0, 0.0, 10.0, bins, thresholds)


def test_values_lie_on_the_axis() -> None:
    one = histogram((1, 1))
    assert [one.x_of(0.0), one.x_of(5.0), one.x_of(10.0)] == [0.0, WIDTH / 2, WIDTH]


def test_empty_bins_have_no_bar_and_the_fullest_is_as_high_as_the_drawing() -> None:
    bars = list(histogram((4, 0, 16, 0, 0)).bars())
    assert [bar.x for bar in bars] == [0.0, pytest.approx(2 * WIDTH / 5)]
    assert [bar.height for bar in bars] == [HEIGHT / 2, HEIGHT]
    assert all(bar.y + bar.height == HEIGHT for bar in bars)


def test_one_clip_among_many_is_seen() -> None:
    assert min(bar.height for bar in histogram((1, 10_000_000)).bars()) >= 2


def test_bars_outside_a_threshold_do_not_pass() -> None:
    rules = (Threshold("low", 2.0, True), Threshold("high", 8.0, False))
    bars = list(histogram((1,) * 10, *rules).bars())
    assert [bar.passes for bar in bars] == [False] * 2 + [True] * 6 + [False] * 2
