"""Walking a folder tree in the order a bucket would list it."""

import os
from collections.abc import Callable, Iterator

Entry = os.DirEntry[bytes]


def walk(root: bytes, enter: Callable[[Entry], bool]) -> Iterator[Entry]:
    """Everything below root but folders, in order of the whole path's bytes, as S3 lists keys; OSError for root itself.

    Folders are entered where `enter` says so, links to folders never. A folder that cannot be read is yielded itself,
    one that vanishes is left out. Memory: the names of the folders on the way down.
    """
    stack = [_read_folder(root)]
    while stack:
        if not stack[-1]:
            stack.pop()
            continue
        entry = stack[-1].pop()
        if not entry.is_dir(follow_symlinks=False):
            yield entry
        elif enter(entry):
            try:
                stack.append(_read_folder(entry.path))
            except FileNotFoundError:
                continue
            except OSError:
                yield entry


def _read_folder(path: bytes) -> list[Entry]:
    """The folder's entries, last one first."""
    with os.scandir(path) as entries:
        return sorted(entries, key=_order, reverse=True)


def _order(entry: Entry) -> bytes:
    return entry.name + b"/" if entry.is_dir(follow_symlinks=False) else entry.name
