"""What the newest version of a dataset needs, and so may not be removed yet."""

from collections.abc import Iterable

from tasks.core.store import open_store
from tasks.publish.versions import latest_version

Needed = dict[str, tuple[int, set[str]]]
"""By store: the number of the newest version that readers find there, and the keys of its tars and its index."""


def needed_in(stores: Iterable[str]) -> Needed:
    """What each of the stores has to keep; number 0 and no key where nothing is published."""
    return {url: _newest(url) for url in set(stores)}


def _newest(url: str) -> tuple[int, set[str]]:
    version = latest_version(open_store(url))
    if version is None:
        return 0, set()
    manifest = version.manifest
    return version.number, {manifest["index"]["key"], *(one["key"] for one in manifest["shards"])}


def held_by(number: int, dataset: str) -> str:
    """Why it remains."""
    return f"version {number} of {dataset} holds it: run its recipe, which makes a version without it"
