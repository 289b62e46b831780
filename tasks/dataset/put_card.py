"""The files of a version's card, in the version's folder; beside the manifest, which knows nothing of them."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tasks.dataset.card import attribution_of, card_of, licences_of
from tasks.dataset.croissant import croissant_of
from tasks.dataset.facts import card_folder, facts_of, known_key
from tasks.dataset.grid import grid_of
from tasks.dataset.summary import summary_of
from tasks.dataset.version import PublishedVersion

GRID = "grid.jpg"


def put_known(version: PublishedVersion, known: Mapping[str, Any]) -> None:
    """Keeps what only the catalog knows, for cards to be made of."""
    version.store.put_bytes(known_key(version), (json.dumps(known, indent=1, sort_keys=True) + "\n").encode())


def put_card(version: PublishedVersion, *, pictures: bool = True) -> str:
    """The key of the folder with the card; the same version gives the same bytes, so it may be made again."""
    folder = card_folder(version)
    for name, data in card_files(version, pictures=pictures):
        version.store.put_bytes(f"{folder}/{name}", data)
    return folder


def card_files(version: PublishedVersion, *, pictures: bool = True) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file of the card."""
    grid = grid_of(version) if pictures else None
    if grid is not None:
        yield GRID, grid
    facts = facts_of(version)
    yield "README.md", card_of(version, facts, grid=GRID if grid is not None else None).encode()
    yield "ATTRIBUTION.md", attribution_of(version, facts).encode()
    yield "LICENCES.csv", licences_of(facts).encode()
    yield "TRAINING_DATA_SUMMARY.md", summary_of(version, facts).encode()
    yield "croissant.json", croissant_of(version, facts).encode()
