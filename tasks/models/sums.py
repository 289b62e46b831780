"""What a model's files were when they were fetched: sha256 of each, beside them."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

SUMS = "sha256.json"
_BLOCK_BYTES = 1 << 20


def sums_of(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """sha256 of each of the files."""
    return {name: _sha256(folder / name) for name in names}


def write_sums(folder: Path, sums: Mapping[str, str]) -> None:
    """Notes them."""
    (folder / SUMS).write_text(json.dumps(sums, indent=1))


def read_sums(folder: Path) -> dict[str, str] | None:
    """As they were noted; None where nobody did."""
    if not (folder / SUMS).is_file():
        return None
    found: dict[str, str] = json.loads((folder / SUMS).read_text())
    return found


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
