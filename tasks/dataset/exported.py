"""Where versions were exported to: an object beside the dataset for each export, so that a takedown finds them."""

import getpass
import json
import os
import socket
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from tasks.core.model import content_hash
from tasks.core.store import Store, is_s3
from tasks.dataset.version import PublishedVersion

FORMAT = "clipmill-exported-1"
FOLDER = "exported"
NAME_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Exported:
    """One export of one version."""

    place: str
    """An absolute folder, or s3://bucket/prefix."""
    host: str | None
    """The machine of the folder; None for a bucket."""
    target: str
    """The name of its format."""
    dataset: str
    version: int
    manifest_sha256: str
    by: str
    begun_at: str
    ended_at: str | None = None
    """None where it did not come to its end."""
    clips: int | None = None
    left_out: tuple[str, ...] = ()
    """Clips of the version that it does not have."""

    @property
    def key(self) -> str:
        """Of its object: one for each place and version."""
        return f"{FOLDER}/{self.version:05d}-{content_hash(f'{self.host} {self.place}')[:NAME_DIGITS]}.json"

    def ended(self, clips: int, left_out: tuple[str, ...]) -> "Exported":
        """The same, when it is whole."""
        return replace(self, ended_at=_now(), clips=clips, left_out=left_out)


def begun(version: PublishedVersion, target: str, place: str) -> Exported:
    """An export that begins now, by whoever runs this."""
    return Exported(
        place=place,
        host=None if is_s3(place) else socket.gethostname(),
        target=target,
        dataset=version.manifest["dataset"],
        version=version.number,
        manifest_sha256=version.sha256,
        by=person_here(),
        begun_at=_now(),
    )


def put_exported(store: Store, exported: Exported) -> None:
    """Writes it down in the dataset's store."""
    store.put_bytes(exported.key, (json.dumps({"format": FORMAT, **asdict(exported)}, indent=1) + "\n").encode())


def all_exported(store: Store) -> Iterator[Exported]:
    """Every export that was ever begun, by version."""
    for stored in store.list(f"{FOLDER}/"):
        body: dict[str, Any] = json.loads(store.get_bytes(stored.key))
        del body["format"]
        yield Exported(**body | {"left_out": tuple(body["left_out"])})


def person_here() -> str:
    """Who runs this, and on which machine; by number where the machine has no name for it, as in a pod."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = f"uid-{os.getuid()}"
    return f"{name}@{socket.gethostname()}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
