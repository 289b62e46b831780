"""Where in a YAML file something stands."""

from collections.abc import Sequence

import yaml

Place = Sequence[int | str]
"""Keys and numbers of list entries, from the outside in."""


class Lines:
    """The lines of one file."""

    def __init__(self, text: str) -> None:
        self._root = yaml.compose(text, yaml.SafeLoader)

    def of(self, place: Place) -> int:
        """The line, from 1, of the entry at a place, or of the last entry on the way there that the file has."""
        node, line = self._root, 1
        for part in place:
            found = _entry(node, part)
            if found is None:
                break
            line, node = found
        return line


def _entry(node: yaml.Node | None, part: int | str) -> tuple[int, yaml.Node] | None:
    """The line and the value of one entry."""
    if isinstance(node, yaml.MappingNode):
        return next((_placed(key, value) for key, value in node.value if key.value == part), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return _placed(node.value[part], node.value[part])
    return None


def _placed(key: yaml.Node, value: yaml.Node) -> tuple[int, yaml.Node]:
    return key.start_mark.line + 1, value
