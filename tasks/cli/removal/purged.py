"""What a purge removed, and what it left."""

from dataclasses import dataclass, field
from typing import Any

from tasks.core.errors import ObjectMissing
from tasks.core.store import Store, open_store


@dataclass(slots=True)
class Purged:
    """What was removed, and what was not."""

    removed: list[dict[str, Any]] = field(default_factory=list)
    """Each with kind, store, key, sha256, size_bytes and was_there."""
    remains: list[dict[str, Any]] = field(default_factory=list)
    """Each with kind, what and why."""
    stores: set[str] = field(default_factory=set)
    """Those that hold, or held, anything of it."""
    whats: dict[str, list[str]] = field(default_factory=dict)
    """Of what was removed, the names that the takedown's list has, by kind."""
    words: dict[str, int] = field(default_factory=dict)
    """How many captions, answers and columns are gone from the catalog."""

    def remove(
        self,
        kind: str,
        store_url: str,
        key: str,
        sha256: str | None,
        size_bytes: int | None = None,
        what: str | None = None,
    ) -> None:
        """Deletes one object; of one that is gone already it says so. `what` is its name in the list."""
        store = open_store(store_url)
        found_bytes = size_of(store, key)
        store.delete(key)
        size_bytes = size_bytes if found_bytes is None else found_bytes
        self.tell(kind, store_url, key, sha256, size_bytes, was_there=found_bytes is not None)
        self.whats.setdefault(kind, []).append(what or f"{store_url.rstrip('/')}/{key}")

    def tell(
        self, kind: str, store_url: str, key: str, sha256: str | None, size_bytes: int | None, *, was_there: bool
    ) -> None:
        """Notes what was removed."""
        self.stores.add(store_url)
        about = {"sha256": sha256, "size_bytes": size_bytes, "was_there": was_there}
        self.removed.append({"kind": kind, "store": store_url, "key": key, **about})

    def leave(self, kind: str, store_url: str, key: str, why: str) -> None:
        """Notes an object that stays until a version is made without it."""
        self.stores.add(store_url)
        what = f"{store_url.rstrip('/')}/{key}"
        self.remains.append({"kind": kind, "what": what, "why": f"{why}; then ask for --purge again"})


def size_of(store: Store, key: str) -> int | None:
    """Bytes of the object; None where it is not there."""
    try:
        return store.stat(key).size_bytes
    except ObjectMissing:
        return None
