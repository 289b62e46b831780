"""Batches that end together."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.plan.batches import Pending, cut_batches, take_wave

LENGTHS = st.lists(st.floats(0.1, 5000), min_size=1, max_size=200)


def subjects(lengths: list[float]) -> list[Pending]:
    return [Pending(uuid.UUID(int=number), seconds) for number, seconds in enumerate(lengths)]


@given(LENGTHS, st.integers(1, 32))
def test_every_subject_is_in_exactly_one_batch(lengths: list[float], most: int) -> None:
    batches = cut_batches(subjects(lengths), 600, most)
    members = [member for batch in batches for member in batch.members]
    assert sorted(members) == [subject.subject_id for subject in subjects(lengths)]
    assert len(batches) <= most


@given(LENGTHS)
def test_no_batch_is_longer_than_another_by_more_than_the_longest_subject(lengths: list[float]) -> None:
    totals = [batch.seconds for batch in cut_batches(subjects(lengths), 600, 32)]
    assert max(totals) - min(totals) <= max(lengths) + 1e-6


def test_batches_aim_at_the_target() -> None:
    assert len(cut_batches(subjects([60.0] * 30), 600, 32)) == 3


def test_a_small_run_fans_out_too_as_long_as_each_batch_is_worth_it() -> None:
    assert len(cut_batches(subjects([30.0] * 20), 1800, 32, 4)) == 4
    assert len(cut_batches(subjects([30.0] * 5), 1800, 32, 4)) == 2


def test_the_same_subjects_make_the_same_batches_in_any_order() -> None:
    several = subjects([5.0, 1.0, 5.0, 3.0, 2.0])
    assert cut_batches(several, 4, 3) == cut_batches(several[::-1], 4, 3)


def test_nothing_pending_makes_no_batch() -> None:
    assert cut_batches([], 600, 32) == []


@pytest.mark.parametrize(("lengths", "taken"), [([100, 100, 100], 2), ([500, 1], 1), ([1, 1, 1], 3)])
def test_a_wave_takes_what_fills_its_batches_and_at_least_one(lengths: list[float], taken: int) -> None:
    assert len(take_wave(subjects(lengths), 50, 4)) == taken
