"""A histogram's drawing: bars, thresholds and what lies outside them."""

import pytest

from tasks.report.histogram import HEIGHT, WIDTH, Histogram, Threshold


def histogram(bins: tuple[int, ...], outside: tuple[int, ...] | None = None) -> Histogram:
    """Over the values 0 to 10, with a threshold at 2."""
    thresholds = (Threshold("low", 2.0, True),)
    numbers = (sum(bins), 0, 0.0, 5.0, 10.0, 0.0, 10.0)
    return Histogram("motion_mean", "1", "", *numbers, bins, outside or (0,) * len(bins), thresholds)


def test_values_lie_on_the_axis() -> None:
    one = histogram((1, 1))
    assert [one.x_of(0.0), one.x_of(5.0), one.x_of(10.0)] == [0.0, WIDTH / 2, WIDTH]


def test_empty_bins_have_no_bar_and_the_fullest_is_as_high_as_the_drawing() -> None:
    bars = list(histogram((4, 0, 16, 0, 0)).bars())
    assert [bar.x for bar in bars] == [0.0, pytest.approx(2 * WIDTH / 5)]
    assert [bar.height for bar in bars] == [HEIGHT / 2, HEIGHT]


def test_one_clip_among_many_is_seen() -> None:
    assert min(bar.height for bar in histogram((1, 10_000_000)).bars()) >= 2


def test_a_bin_through_which_a_threshold_goes_is_of_both_colours() -> None:
    (bar,) = histogram((8,), outside=(2,)).bars()
    assert (bar.height, bar.outside) == (HEIGHT, HEIGHT / 4)
