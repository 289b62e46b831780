"""What clips may show: types with the words that describe them, in groups that policies judge by."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from tasks.core.entries import read_entries
from tasks.core.settings import Settings

Group = Literal["camera", "drawn", "game", "screen", "composed"]
GROUPS: tuple[Group, ...] = ("camera", "drawn", "game", "screen", "composed")
SHIPPED = Path(__file__).with_name("taxonomy.yaml")


class ContentType(Settings):
    """One thing that a clip may show."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")
    group: Group
    prompts: tuple[Annotated[str, Field(min_length=3, max_length=200)], ...] = Field(min_length=1)


_TYPES = TypeAdapter(tuple[ContentType, ...])


def load_taxonomy(path: Path) -> tuple[ContentType, ...]:
    """The types in a YAML file. Raises BadRecipe saying which entry is wrong."""
    return read_entries(path, _TYPES, check_types)


def check_types(types: Sequence[ContentType]) -> None:
    """Raises ValueError unless there are two types at least, each of another name."""
    names = [one.name for one in types]
    twice = sorted({name for name in names if names.count(name) > 1})
    if len(names) < 2:
        raise ValueError("two types at least are needed, to tell one from the other")
    if twice:
        raise ValueError(f"each type has another name; twice: {', '.join(twice)}")


def shipped_types() -> tuple[ContentType, ...]:
    """The types that a recipe has which names no others."""
    return load_taxonomy(SHIPPED)
