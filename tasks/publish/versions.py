"""The versions of a dataset as readers see them: a version is there when its manifest is.

A dataset's store is its own: below its root lie `renditions/`, `shards/` and `versions/00001/manifest.json`.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

from tasks.core.errors import ObjectExists, TryAgain
from tasks.core.store import Store

_MANIFEST = re.compile(r"versions/(\d{5,})/manifest\.json")


@dataclass(frozen=True, slots=True)
class Version:
    """One published version."""

    number: int
    text: bytes
    """The manifest's bytes."""

    @property
    def manifest(self) -> dict[str, Any]:
        """What the manifest says."""
        body: dict[str, Any] = json.loads(self.text)
        return body

    @property
    def sha256(self) -> str:
        """Of the manifest: the name of the version's content."""
        return hashlib.sha256(self.text).hexdigest()


def folder_of(number: int) -> str:
    """Key of a version's folder."""
    return f"versions/{number:05d}"


def version_numbers(store: Store) -> list[int]:
    """The versions that are published, in order."""
    found = (_MANIFEST.fullmatch(stored.key) for stored in store.list("versions/"))
    return sorted(int(match[1]) for match in found if match)


def read_version(store: Store, number: int) -> Version:
    """One version. Raises ObjectMissing where it is not published."""
    return Version(number, store.get_bytes(f"{folder_of(number)}/manifest.json"))


def latest_version(store: Store) -> Version | None:
    """The newest version, None before the first."""
    numbers = version_numbers(store)
    return read_version(store, numbers[-1]) if numbers else None


def put_version(store: Store, version: Version) -> None:
    """Publishes the version in one atomic step. Raises TryAgain where another one has its number."""
    key = f"{folder_of(version.number)}/manifest.json"
    try:
        store.put_bytes(key, version.text, if_absent=True)
    except ObjectExists as error:
        if store.get_bytes(key) != version.text:
            raise TryAgain(f"another run has published version {version.number} meanwhile") from error
