"""Entries that a YAML file lists, such as content types and criteria."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from tasks.core.errors import BadRecipe

T = TypeVar("T")


def read_entries(path: Path, entries: TypeAdapter[T], check: Callable[[T], None]) -> T:
    """What the file lists, when `check` finds nothing wrong. Raises BadRecipe saying which entry is wrong."""
    try:
        found = entries.validate_python(yaml.safe_load(path.read_text()))
        check(found)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadRecipe(f"{path}: {error}") from error
    except ValidationError as error:
        one = error.errors()[0]
        where = ".".join(map(str, one["loc"])) or "the file"
        raise BadRecipe(f"{path}: entry {where}: {one['msg']}, not {one['input']!r}") from error
    except ValueError as error:
        raise BadRecipe(f"{path}: {error}") from error
    return found
