"""Files that a recipe names, such as examples of what the data is for: where they lie and what their bytes are."""

import hashlib
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from pydantic import Field

from tasks.core.errors import BadRecipe, ObjectMissing, StageRefused, UnreadableVideo
from tasks.core.settings import Settings
from tasks.core.store import SourceObject, is_s3, list_source, open_source, path_to_uri, source_uri

MOST_EXAMPLES = 200
"""Each process of `embed` looks at all of them before it begins."""
_BLOCK_BYTES = 1 << 20


class Example(Settings):
    """One file, whole."""

    uri: str = Field(min_length=1)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


def list_examples(named: str, folder: Path) -> tuple[Example, ...]:
    """The files below a folder, named from the recipe's own, or below s3://bucket/prefix; the same bytes once.

    Raises BadRecipe where there are none, too many, or one that cannot be opened.
    """
    try:
        place = source_uri(named if is_s3(named) else str((folder / named).resolve()))
        files = list(islice(list_source(place), MOST_EXAMPLES + 1))
    except (ObjectMissing, ValueError) as error:
        raise BadRecipe(f"embed.domain.examples: {error}") from error
    if not files:
        raise BadRecipe(f"embed.domain.examples: there is no file in {named}")
    if len(files) > MOST_EXAMPLES:
        raise BadRecipe(f"embed.domain.examples: {named} holds more than {MOST_EXAMPLES} files; choose some of them")
    found: dict[str, Example] = {}
    for one in map(_example, files):
        found.setdefault(one.sha256, one)
    return tuple(found.values())


def take_in(named: str, folder: Path, field: str) -> Example:
    """The one file, named from the recipe's own, or s3://bucket/key. Raises BadRecipe where it cannot be read."""
    uri = named if is_s3(named) else path_to_uri((folder / named).resolve())
    try:
        with open_source(uri) as stream:
            return Example(uri=uri, sha256=sha256_of(stream))
    except (ObjectMissing, UnreadableVideo, StageRefused, OSError) as error:
        raise BadRecipe(f"{field}: {named}: {error}") from error


def sha256_of(stream: BinaryIO) -> str:
    """sha256 of what is left of a file."""
    digest = hashlib.sha256()
    while block := stream.read(_BLOCK_BYTES):
        digest.update(block)
    return digest.hexdigest()


def _example(file: SourceObject) -> Example:
    """The file, read to its end."""
    if file.problem is not None:
        raise BadRecipe(f"embed.domain.examples: {file.relative_path}: {file.problem}")
    try:
        with open_source(file.uri) as stream:
            return Example(uri=file.uri, sha256=sha256_of(stream))
    except (ObjectMissing, UnreadableVideo, StageRefused) as error:
        raise BadRecipe(f"embed.domain.examples: {file.relative_path}: {error}") from error
