"""Which of two copies is the better one, and why."""

import uuid
from datetime import UTC, datetime
from fractions import Fraction

import pytest

from tasks.core.clusters import Quality
from tasks.core.model import Span
from tasks.report.duplicates import Copy, SideBySide
from tasks.report.samples import Sample
from tests.fixtures.made_catalog import INFO

OLD, NEW = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)


def copy(area_px: int | None = 640, bits: float | None = 1.0, at: datetime | None = NEW, number: int = 1) -> Copy:
    """One clip."""
    sample = Sample(uuid.UUID(int=number), "a.mp4", "file:///a.mp4", INFO, Span(0, 1, Fraction(1)), None, None)
    return Copy(sample, Quality(area_px, bits, at))


@pytest.mark.parametrize(
    ("better", "worse", "why"),
    [
        (copy(1280, 1, NEW, 2), copy(640), "a larger picture"),
        (copy(1280, 1), copy(None), "a larger picture"),
        (copy(640, 2.0, NEW, 2), copy(640, 1.0, OLD), "more bits for each pixel"),
        (copy(640, 1), copy(640, None, OLD), "more bits for each pixel"),
        (copy(at=OLD, number=2), copy(at=NEW), "an older file"),
        (copy(at=NEW, number=2), copy(at=None), "an older file"),
        (copy(number=1), copy(number=2), "the same in all, and first by id"),
    ],
)
def test_the_first_thing_that_differs_decides(better: Copy, worse: Copy, why: str) -> None:
    assert better.rank < worse.rank
    assert SideBySide(better, worse, 0.97).why == why


def test_no_reason_is_made_up_for_what_holds_no_more() -> None:
    assert "older file of the other" in SideBySide(copy(at=NEW), copy(at=OLD), 0.97).why
