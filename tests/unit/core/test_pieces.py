"""What COPY writes, in pieces: while it is written, and where somebody stops before the end."""

import threading
from typing import Any

import pytest

from tasks.core.catalog.pieces import WAITING, pieces

ROWS = [f"{number}\n".encode() for number in range(1000)]


class Copy:
    """Stands for the driver's COPY, which ends with an error where it is cancelled."""

    def __init__(self, rows: list[bytes]) -> None:
        self.rows, self.written = rows, 0
        self.cancelled = threading.Event()

    def __call__(self, file: Any) -> None:
        for row in self.rows:
            if self.cancelled.is_set():
                raise ConnectionError("cancelled")
            file.write(row)
            self.written += 1


@pytest.mark.parametrize("rows", [1, 7, 500, 5000])
def test_the_pieces_are_all_that_is_written_in_its_order(rows: int) -> None:
    copy = Copy(ROWS)
    found = list(pieces(copy, copy.cancelled.set, rows))
    assert b"".join(found) == b"".join(ROWS)
    assert [piece.count(b"\n") for piece in found[:-1]] == [rows] * (len(found) - 1)
    assert not copy.cancelled.is_set()


def test_nothing_is_no_piece() -> None:
    assert list(pieces(Copy([]), lambda: None, 3)) == []


def test_no_more_is_held_than_a_few_pieces() -> None:
    copy = Copy(ROWS)
    found = pieces(copy, copy.cancelled.set, 10)
    next(found)
    assert copy.written <= 10 * (WAITING + 3)
    found.close()


def test_whoever_stops_has_it_cancelled_and_sees_it_end() -> None:
    copy = Copy(ROWS)
    found = pieces(copy, copy.cancelled.set, 10)
    next(found)
    found.close()
    assert copy.cancelled.is_set()
    assert copy.written < len(ROWS)
    assert not any(thread.name.startswith("ThreadPoolExecutor") for thread in threading.enumerate())


def test_what_goes_wrong_is_told_to_whoever_reads() -> None:
    def broken(file: Any) -> None:
        file.write(b"1\n")
        raise ConnectionError("the server is gone")

    found = pieces(broken, lambda: None, 1)
    assert next(found) == b"1\n"
    with pytest.raises(ConnectionError, match="the server is gone"):
        next(found)
