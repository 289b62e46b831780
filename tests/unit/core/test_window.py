"""Windows of time: by a file's own, or by the date its path begins with."""

from datetime import UTC, datetime

import pytest

from tasks.core.store import SourceObject
from tasks.core.window import Window, date_of

DAILY = "year=%Y/month=%m/day=%d"


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def file(path: str, modified_at: datetime | None = None) -> SourceObject:
    return SourceObject("file:///x", path, 1, modified_at)


def test_without_bounds_everything_is_held() -> None:
    assert Window(date_in_key=DAILY).holds(file("whatever.mp4"))


def test_by_a_files_time_the_end_is_outside() -> None:
    window = Window(at(2), at(3))
    assert [window.holds(file("a", moment)) for moment in (at(1, 23), at(2), at(2, 23), at(3))] == [
        False,
        True,
        True,
        False,
    ]
    assert window.holds(file("a", None))


@pytest.mark.parametrize(
    ("path", "held"),
    [
        ("year=2026/month=11/day=02/a.mp4", True),
        ("year=2026/month=11/day=01/a.mp4", False),
        ("year=2026/month=11/day=03/a.mp4", False),
        ("year=2026/month=02/day=31/a.mp4", False),
        ("elsewhere/a.mp4", False),
    ],
)
def test_by_the_date_in_its_path(path: str, held: bool) -> None:
    assert Window(at(2), at(3), DAILY).holds(file(path, at(20))) == held


def test_any_folder_may_come_before_the_date() -> None:
    first, last = date_of("camera 1/2026-306-07.mp4", "*/%Y-%j-%H") or (None, None)
    assert (first, last) == (at(2, 7), at(2, 7).replace(minute=59, second=59, microsecond=999999))


def test_only_the_windows_days_are_asked_for() -> None:
    window = Window(at(1, 22), at(3, 1), DAILY + "/%H")
    assert window.beginnings() == tuple(f"year=2026/month=11/day={day:02}/" for day in (1, 2, 3))
    assert Window(at(1), at(3), DAILY).beginnings() == tuple(f"year=2026/month=11/day={day:02}" for day in (1, 2))
    for open_ in (Window(at(1), None, DAILY), Window(at(1), at(3)), Window(at(1), at(3), f"*/{DAILY}")):
        assert open_.beginnings() == ("",)
