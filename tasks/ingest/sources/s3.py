"""Objects of a bucket, read where they lie."""

from collections.abc import Iterator

from tasks.core.store import SourceObject
from tasks.core.window import Window
from tasks.ingest.sources.base import Source


class S3(Source):
    """All that lies below one prefix; of a window with dates in the keys, only its days are asked for."""

    def list(self, after: str | None, window: Window) -> Iterator[SourceObject]:
        from tasks.core.store.s3_source import list_bucket  # boto3 takes as long to import as all the rest

        return list_bucket(self.settings.uri, after or "", window.beginnings())

    def cursor(self, found: SourceObject) -> str | None:
        return found.uri
