"""What an exporter is: a trainer's demands, and a function that writes and checks its layout."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from tasks.core.settings import Settings
from tasks.dataset.version import PublishedVersion
from tasks.export.draft import Draft
from tasks.export.fit import Fitted, Misfit, Needs
from tasks.export.sample import Sample

OptionsT = TypeVar("OptionsT", bound=Settings)


@dataclass(frozen=True, slots=True)
class Job(Generic[OptionsT]):
    """One export under way."""

    version: PublishedVersion
    options: OptionsT
    draft: Draft
    samples: Iterator[Sample]
    """The clips that fit, as they lie in the shards; to be gone through once."""


@dataclass(frozen=True, slots=True)
class Target(Generic[OptionsT]):
    """One layout that a trainer reads."""

    name: str
    says: str
    """What it is for, in a line."""
    options: type[OptionsT]
    needs: Callable[[OptionsT], Needs]
    why_not: Callable[[Fitted, OptionsT], Misfit | None]
    """Why a clip that meets the needs cannot be in it all the same: its captions, mostly."""
    write: Callable[[Job[OptionsT]], None]
    """Writes all files but the report. Raises ExportRefused where one breaks a rule of the trainer."""
    to_bucket: bool = True
    """Whether its files have names that a bucket of ours takes."""
