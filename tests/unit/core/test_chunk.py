"""What has ended is written when it can be: a result that must be waited for stays for a later time."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

from tasks.core.chunk import Chunk
from tasks.core.log import get_log
from tasks.core.stage import Result, Stage


@dataclass(frozen=True)
class Item:
    subject_id: UUID
    reserved_id: UUID
    weight_s: float = 1.0


@contextmanager
def begin() -> Iterator[None]:
    yield


def chunk(written: list[int], gathered: list[list[int]]) -> "Chunk[Any, Any]":
    """One whose results are numbers, of which the even ones are ready."""
    stage_run: Any = SimpleNamespace(
        catalog=SimpleNamespace(begin=begin), hold=lambda _, ids: set(ids), end_attempts=lambda *_: None
    )
    stage: Stage[Any, Any] = Stage(
        "numbers",
        pending=lambda *_: [],
        settings=lambda _: None,
        work=lambda item, _: item,
        record=lambda _, __, results: written.extend(result.value for result in results),
        gather=lambda _, results: gathered.append([result.value for result in results]),
        is_ready=lambda result: result.value % 2 == 0,
    )
    ids = [uuid4() for _ in range(4)]
    return Chunk(stage, stage_run, get_log(), [Result(Item(one, one), number) for number, one in enumerate(ids)])


def test_what_is_not_ready_is_left_for_later() -> None:
    written: list[int] = []
    gathered: list[list[int]] = []
    held = chunk(written, gathered)
    held.write(with_failures=True, with_unready=False)
    assert (written, gathered) == ([0, 2], [[0, 2]])
    assert [result.value for result in held.results] == [1, 3]
    held.write(with_failures=True, with_unready=False)
    assert (written, gathered) == ([0, 2], [[0, 2]])
    held.write(with_failures=True, with_unready=True)
    assert (written, gathered) == ([0, 2, 1, 3], [[0, 2], [1, 3]])
    assert held.results == []
