"""Generations of an index: a numbered manifest each, which names the objects that the index is made of."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from tasks.core.errors import IndexDamaged, ObjectExists, StageRefused, TryAgain
from tasks.core.store import Store
from tasks.core.vectors import Made
from tasks.dedup.segments import Part

_MANIFEST = re.compile(r"generations/(\d{6,})\.json")


class Generation(BaseModel):
    """The manifest of one state of an index."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["dedup-index-3"] = "dedup-index-3"
    number: int
    made: Made
    cells: Part | None
    """Centres of the cells, None where all lies in one; its rows are the vectors they were made of."""
    segments: tuple[Part, ...]

    @property
    def parts(self) -> tuple[Part, ...]:
        """All objects that it needs."""
        return self.segments if self.cells is None else (self.cells, *self.segments)


def numbers(store: Store, place: str) -> list[int]:
    """The generations that lie there, in order."""
    start = len(place) + 1
    found = (_MANIFEST.fullmatch(stored.key[start:]) for stored in store.list(f"{place}/generations/"))
    return sorted(int(match[1]) for match in found if match)


def read_generation(store: Store, place: str, number: int) -> Generation:
    """One manifest. Raises IndexDamaged where it is none."""
    key = _key(place, number)
    try:
        return Generation.model_validate_json(store.get_bytes(key))
    except ValidationError as error:
        raise IndexDamaged(f"{key} is no manifest of an index: {error.errors()[0]['msg']}") from error


def check_made(place: str, found: Made, wanted: Made) -> None:
    """Raises StageRefused where the vectors of an index come from something else."""
    if found != wanted:
        raise StageRefused(f"the index {place} holds vectors of {_said(found)}, and these are of {_said(wanted)}")


def put_generation(store: Store, place: str, generation: Generation) -> None:
    """Makes it the newest in one atomic step. Raises TryAgain where another one has its number."""
    key, text = _key(place, generation.number), generation.model_dump_json(indent=1).encode()
    try:
        store.put_bytes(key, text, if_absent=True)
    except ObjectExists as error:
        if store.get_bytes(key) != text:
            raise TryAgain(f"somebody else has saved {key} meanwhile") from error


def sweep(store: Store, place: str, older_than_s: float) -> int:
    """How many objects it removed that neither of the two newest generations needs and that are older than this.

    The age spares what somebody is writing for the generation to come. Raises IndexDamaged, with nothing removed.
    """
    newest = numbers(store, place)[-2:]
    needed = {_key(place, number) for number in newest}
    for number in newest:
        needed.update(f"{place}/{part.key}" for part in read_generation(store, place, number).parts)
    latest = datetime.now(UTC) - timedelta(seconds=older_than_s)
    swept = [key for key in _older(store, place, latest) if key not in needed]
    for key in swept:
        store.delete(key)
    return len(swept)


def _older(store: Store, place: str, latest: datetime) -> Iterator[str]:
    return (stored.key for stored in store.list(f"{place}/") if stored.modified_at <= latest)


def _key(place: str, number: int) -> str:
    return f"{place}/generations/{number:06d}.json"


def _said(made: Made) -> str:
    return f"{made.kind} {made.model} at {made.revision} with {made.dimension} numbers"
