"""Files of a folder, read where they lie."""

from collections.abc import Iterator

from tasks.core.store import SourceObject, list_folder, uri_to_path
from tasks.core.window import Window
from tasks.ingest.sources.base import Source


class Folder(Source):
    """A folder of this machine, or one that is mounted on all."""

    def list(self, after: str | None, window: Window) -> Iterator[SourceObject]:
        return list_folder(uri_to_path(self.settings.uri), after or "")

    def cursor(self, found: SourceObject) -> str | None:
        return found.uri
