"""Everything that is stored lies behind a Store; source videos that lie in place are read through `open_source`."""

from tasks.core.errors import StageRefused
from tasks.core.store.base import Store, StoredObject
from tasks.core.store.copies import LocalCopies
from tasks.core.store.folder import FolderStore
from tasks.core.store.hashing import HashingWriter
from tasks.core.store.reader import SeekableReader
from tasks.core.store.source import SourceObject, list_folder, list_source, open_source
from tasks.core.store.uri import is_s3, path_to_uri, source_uri, uri_to_path

__all__ = [
    "FolderStore",
    "HashingWriter",
    "LocalCopies",
    "SeekableReader",
    "SourceObject",
    "Store",
    "StoredObject",
    "is_s3",
    "list_folder",
    "list_source",
    "open_source",
    "open_store",
    "path_to_uri",
    "source_uri",
    "uri_to_path",
]


def open_store(url: str) -> Store:
    """The store at `file:///a/folder`, `/a/folder` (made where it is missing) or `s3://bucket/prefix`."""
    if url.startswith("/"):
        return FolderStore(url)
    if url.startswith("file://"):
        try:
            return FolderStore(uri_to_path(url))
        except ValueError as error:
            raise StageRefused(str(error)) from error
    if is_s3(url):
        from tasks.core.store.s3 import S3Store  # boto3 takes as long to import as all the rest

        return S3Store(url)
    raise StageRefused(
        f"no store is known for {url!r}; give file:///absolute/folder, /absolute/folder or s3://bucket/prefix"
    )
