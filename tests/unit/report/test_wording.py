"""Numbers and states as people read them."""

import pytest

from tasks.core.amounts import size
from tasks.report.funnel import Amount, Rest
from tasks.report.wording import bounds, brief, count, length, number, printable, rest_label, unit


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0.0 s"),
        (59.94, "59.9 s"),
        (60, "1 min 00 s"),
        (3599.4, "59 min 59 s"),
        (3600, "1.00 h"),
        (9e6, "2,500.00 h"),
    ],
)
def test_length(seconds: float, said: str) -> None:
    assert length(seconds) == said


@pytest.mark.parametrize(("amount", "said"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (2.5e12, "2.50 TB")])
def test_size(amount: float, said: str) -> None:
    assert size(int(amount)) == said


def test_bounds() -> None:
    assert [bounds(0.2, None), bounds(None, 3), bounds(0.2, 3)] == ["≥ 0.2", "≤ 3", "0.2 to 3"]


def test_numbers() -> None:
    assert [number(0.0385612), number(1080), number(12345.6)] == ["0.03856", "1,080", "12,346"]
    assert [brief(1e-9), brief(0.00012), brief(26.931), brief(2160)] == ["0", "0.0001", "26.9", "2,160"]


def test_one_is_singular() -> None:
    assert [count(1, "clips"), count(1200, "files")] == ["1 clip", "1,200 files"]
    assert [count(1, "tries"), count(2, "tries")] == ["1 try", "2 tries"]


def test_a_plain_number_has_no_unit() -> None:
    assert [unit("1"), unit("px")] == ["", "px"]


def test_rest() -> None:
    amount = Amount(1, 1.0)
    assert rest_label(Rest("dropped", "low_motion", amount)) == "dropped: low_motion"
    assert rest_label(Rest("set_aside", "too_short", amount)) == "too short"
    assert rest_label(Rest("duplicate_file", None, amount)) == "same bytes as another file"


def test_names_play_no_tricks() -> None:
    assert printable("naïve 映画.mp4") == "naïve 映画.mp4"
    assert printable("a\nb\x1b[31m\u202egpm.mp4") == "a\\nb\\x1b[31m\\u202egpm.mp4"
