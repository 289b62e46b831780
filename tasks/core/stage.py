"""What a stage is: plain functions from inputs to results; the runner does the rest."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from tasks.core.catalog import Connection
from tasks.core.catalog.work import StageRun
from tasks.core.recipe import Recipe


class Input(Protocol):
    """One item as a stage's query finds it."""

    @property
    def subject_id(self) -> uuid.UUID:
        """What the output will be about."""

    @property
    def reserved_id(self) -> uuid.UUID:
        """The batch member through which it is reserved: itself, or its video."""

    @property
    def weight_s(self) -> float:
        """Seconds of video in it."""


ItemT = TypeVar("ItemT", bound=Input)
ValueT = TypeVar("ValueT")


@dataclass(frozen=True, slots=True)
class Result(Generic[ItemT, ValueT]):
    """What a stage's function returned for an item."""

    item: ItemT
    value: ValueT


@dataclass(frozen=True, slots=True)
class Stage(Generic[ItemT, ValueT]):
    """A stage as three plain functions, and some more where it writes objects."""

    name: str
    pending: Callable[[Connection, StageRun], Sequence[ItemT]]
    """What of the batch has no output under this run's key, and is not quarantined."""
    settings: Callable[[Recipe], Any]
    """The part of the recipe that `work` is given."""
    work: Callable[[ItemT, Any], ValueT]
    """The measuring itself, of an item under the settings; runs in a child, so it is a function of a module."""
    record: Callable[[Connection, StageRun, Sequence[Result[ItemT, ValueT]]], None]
    """Writes rows; the same result written twice is one row."""
    store: Callable[[StageRun, Result[ItemT, ValueT]], None] | None = None
    """Puts the result's objects into the store before its row is written."""
    gather: Callable[[StageRun, Sequence[Result[ItemT, ValueT]]], None] | None = None
    """Finishes results that are about to be written together, and puts the objects that they share; may come again."""
    is_ready: Callable[[Result[ItemT, ValueT]], bool] | None = None
    """Whether `gather` has nothing to wait for; other results are written when it has not, or when all work is done."""
    waits_when_stopped: bool = True
    """Whether a stage that is told to stop waits for results that are not ready, or forgets them."""
    forsake: Callable[[Connection, StageRun, ItemT], uuid.UUID] | None = None
    """Writes what must be known of an item that is quarantined; returns the subject of its failure."""
    is_done: Callable[[StageRun], bool] | None = None
    """Asked when all that was pending is recorded: whether nothing more is to come, else `pending` is asked again."""
    base_limit_s: float = 120
    limit_per_second: float = 30
    """An item may take base_limit_s + limit_per_second x its weight."""
