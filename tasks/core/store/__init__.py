"""Everything that is stored lies behind a Store; source videos that lie in place are read through `open_source`."""

from tasks.core.errors import StageRefused
from tasks.core.store.base import Store, StoredObject
from tasks.core.store.folder import FolderStore
from tasks.core.store.reader import SeekableReader
from tasks.core.store.source import SourceObject, list_folder, open_source
from tasks.core.store.uri import path_to_uri, uri_to_path

__all__ = [
    "FolderStore",
    "SeekableReader",
    "SourceObject",
    "Store",
    "StoredObject",
    "list_folder",
    "open_source",
    "open_store",
    "path_to_uri",
    "uri_to_path",
]


def open_store(url: str) -> Store:
    """The store at `file:///a/folder` or `/a/folder`; the folder is made where it is missing."""
    if url.startswith("/"):
        return FolderStore(url)
    if url.startswith("file://"):
        try:
            return FolderStore(uri_to_path(url))
        except ValueError as error:
            raise StageRefused(str(error)) from error
    raise StageRefused(f"no store is known for {url!r}; give file:///absolute/folder or /absolute/folder")
