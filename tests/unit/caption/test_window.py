"""Windows of a clip, by time."""

import pytest

from tasks.caption.window import windows_of


@pytest.mark.parametrize(
    ("duration_s", "ends"),
    [
        (5.0, [5.0]),
        (1.2, [1.2]),
        (7.4, [7.4]),
        (7.5, [5.0, 7.5]),
        (10.0, [5.0, 10.0]),
        (9.9999999, [5.0, 9.9999999]),
        (12.4, [5.0, 12.4]),
        (12.6, [5.0, 10.0, 12.6]),
    ],
)
def test_a_short_rest_is_part_of_the_window_before(duration_s: float, ends: list[float]) -> None:
    windows = windows_of(duration_s)
    assert [one.end_s for one in windows] == pytest.approx(ends)
    assert [one.ordinal for one in windows] == list(range(len(ends)))
    assert [one.start_s for one in windows] == pytest.approx([0.0, *ends[:-1]])


@pytest.mark.parametrize("tenths", range(1, 700, 7))
def test_windows_cover_the_clip_once(tenths: int) -> None:
    windows = windows_of(tenths / 10)
    assert sum(one.length_s for one in windows) == pytest.approx(tenths / 10)
    assert all(one.length_s == pytest.approx(5.0) for one in windows[:-1])
    assert len(windows) == 1 or 2.5 - 1e-6 <= windows[-1].length_s < 7.5
