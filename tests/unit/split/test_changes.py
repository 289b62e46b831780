"""Changes of shot from evidence, one rule at a time."""

import numpy as np
import pytest

from tasks.split.changes import Evidence, changes_of
from tasks.split.network import KINDS


def evidence(*told: tuple[str, int, int], changed: float = 0.9, sudden: float = 0.1, count: int = 60) -> Evidence:
    """Evidence in which the network is nearly sure of each (kind, start, end)."""
    chances = np.full((count, len(KINDS)), 0.01, np.float32)
    for kind, start, end in told:
        chances[start:end, KINDS.index(kind)] = 0.9
    return Evidence(chances, np.full(count, changed, np.float32), np.full(count, sudden, np.float32))


def told(seen: Evidence) -> list[tuple[str, int, int]]:
    return [(change.kind, change.start, change.end) for change in changes_of(seen)]


@pytest.mark.parametrize("kind", ["dissolve", "fade", "wipe"])
def test_a_run_of_chances_is_one_gradual_change(kind: str) -> None:
    assert told(evidence((kind, 20, 35))) == [(kind, 20, 35)]


def test_a_cut_has_no_length() -> None:
    assert told(evidence(("cut", 20, 21))) == [("cut", 20, 20)]


def test_what_changes_a_part_of_the_picture_is_no_change_of_shot() -> None:
    assert told(evidence(("wipe", 20, 35), changed=0.4)) == []


def test_a_sudden_cut_beats_the_gradual_change_at_its_place() -> None:
    assert told(evidence(("wipe", 20, 35), ("cut", 30, 31), sudden=0.9)) == [("cut", 30, 30)]


def test_a_step_of_a_gradual_change_is_no_cut() -> None:
    assert told(evidence(("wipe", 20, 35), ("cut", 30, 31), sudden=0.2)) == [("wipe", 20, 35)]


def test_a_fade_that_is_black_for_a_moment_is_one() -> None:
    assert told(evidence(("fade", 20, 27), ("fade", 30, 38))) == [("fade", 20, 38)]


def test_two_gradual_changes_with_a_shot_between_are_two() -> None:
    assert told(evidence(("fade", 20, 27), ("wipe", 31, 38))) == [("fade", 20, 27), ("wipe", 31, 38)]


def test_too_short_a_run_is_nothing() -> None:
    assert told(evidence(("dissolve", 20, 22))) == []


def test_a_fade_at_either_end_of_the_video_joins_no_shots() -> None:
    assert told(evidence(("fade", 0, 12), ("fade", 50, 60))) == []
