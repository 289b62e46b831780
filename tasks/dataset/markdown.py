"""Markdown out of values, some of which come from outside."""

import re
from collections.abc import Iterable, Sequence

_MEANS_SOMETHING = re.compile(r"([\\`*_{}\[\]<>()#!|~])")


def escaped(text: object) -> str:
    """The text on one line, with nothing in it that Markdown or HTML would take for its own."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in str(text)).split())
    return _MEANS_SOMETHING.sub(r"\\\1", line)


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table, whose cells are escaped."""
    lines = [heads, ["---"] * len(heads), *([escaped(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def document(*parts: str) -> str:
    """The parts that are not empty, with a line between them."""
    return "\n\n".join(part for part in parts if part) + "\n"
