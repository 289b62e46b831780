"""What is asked of the same picture is worked out once, and nothing of it is kept alive."""

import gc
import weakref

import numpy as np

from tasks.filter.once import once


class Counted:
    """A function of pictures that counts how often it is worked out."""

    def __init__(self) -> None:
        self.count = 0
        self.ask = once(self.total)

    def total(self, one: np.ndarray, other: np.ndarray) -> int:
        """All levels of both."""
        self.count += 1
        return int(one.sum()) + int(other.sum())


def picture(level: int) -> np.ndarray:
    """A plain one."""
    return np.full((8, 12), level, np.uint8)


def test_the_same_pictures_and_parts_of_them_are_asked_once() -> None:
    counted, one, other = Counted(), picture(1), picture(2)
    assert [counted.ask(one, other[2:4]) for _ in range(3)] == [96 + 48] * 3
    assert counted.count == 1
    assert counted.ask(one, other[2:5]) == 96 + 72
    assert counted.ask(other, one[2:5]) == 192 + 36
    assert counted.ask(one.T, other[2:5]) == 96 + 72
    assert counted.count == 4


def test_another_picture_at_the_same_place_in_memory_is_another() -> None:
    counted = Counted()
    for level in range(20):
        one = picture(level)
        assert counted.ask(one, one) == 2 * 96 * level
        del one


def test_pictures_are_not_kept() -> None:
    counted, one = Counted(), picture(1)
    alive = weakref.ref(one)
    counted.ask(one, one[1:])
    del one
    gc.collect()
    assert alive() is None
