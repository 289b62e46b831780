"""A lineage as one HTML page that needs nothing else."""

from pathlib import Path
from typing import Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tasks.report.wording import printable


class Line(Protocol):
    """One line of a tree: what it is, what is said of it, and what belongs to it."""

    @property
    def what(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def parts(self) -> "tuple[Line, ...]": ...


def lineage_page(tree: Line) -> str:
    """The HTML. Paths and reasons come from outside: all of it is escaped."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["shown"] = printable
    return environment.get_template("lineage.html").render(tree=tree)
