"""What every kind of source can do."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, ClassVar

from tasks.core.errors import StageRefused
from tasks.core.recipe import SourceSettings
from tasks.core.store import SourceObject
from tasks.core.window import Window

VIDEO_SUFFIXES = (
    ".3gp", ".asf", ".avi", ".dv", ".flv", ".m2ts", ".m4v", ".mjpeg", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts",
    ".mxf", ".ogv", ".ts", ".vob", ".webm", ".wmv",
)  # fmt: skip
"""What videos are called, in places that hold much else."""


class Source(ABC):
    """One kind of place that videos come from: it lists its files, and fetches those that do not lie in place."""

    only_videos: ClassVar[bool] = False
    """Whether files that are not called as videos are left out where the recipe does not say what to take."""

    def __init__(self, settings: SourceSettings) -> None:
        self.settings = settings

    @abstractmethod
    def list(self, after: str | None, window: Window) -> Iterator[SourceObject]:
        """The files there are, streamed; after a cursor only those that come later. The window may be overstepped.

        ObjectMissing where there is no such source, StoreUnavailable, StageRefused saying what to do.
        """

    def cursor(self, found: SourceObject) -> str | None:
        """Where `list` goes on after this file; None where it can only begin anew."""
        return found.cursor

    def fetch(self, found: SourceObject, part: Path) -> Mapping[str, Any]:
        """Brings all bytes of the file into `part`, going on where those that are there end; returns more terms.

        UnreadableVideo where this one cannot be had, StoreUnavailable where trying again may help.
        """
        raise StageRefused(f"{found.uri} is read where it lies")

    def takes(self, found: SourceObject) -> bool:
        """Whether the recipe wants it."""
        include = self.settings.listing.include
        if include:
            return any(fnmatchcase(found.relative_path, pattern) for pattern in include)
        return not self.only_videos or found.relative_path.lower().endswith(VIDEO_SUFFIXES)


def is_in_place(uri: str) -> bool:
    """Whether every stage can read it where it lies."""
    return uri.startswith(("file://", "s3://"))
