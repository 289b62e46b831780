"""Files of a folder, read where they lie."""

from collections.abc import Iterator

from tasks.core.errors import ObjectMissing
from tasks.core.store import SourceObject, list_folder, uri_to_path
from tasks.core.window import Window
from tasks.ingest.sources.base import Source


class Folder(Source):
    """A folder of this machine, or one that is mounted on all."""

    def list(self, after: str | None, window: Window) -> Iterator[SourceObject]:
        root, found = uri_to_path(self.settings.uri), None
        for found in list_folder(root, after or ""):
            yield found
        if found is None and after is None:
            # As of a bucket: what was never there is more likely a wrong path than a source to come.
            raise ObjectMissing(f"nothing lies in {root}; put videos there, or see that it is the folder meant")

    def cursor(self, found: SourceObject) -> str | None:
        return found.uri
