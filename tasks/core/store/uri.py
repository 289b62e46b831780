"""file:// URIs: any bytes a file name may hold, both ways, in plain ASCII."""

import os
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes

_SCHEME = "file://"


def path_to_uri(path: Path | str) -> str:
    """The `file://` URI of the path, in ASCII; relative paths start at the working folder, `..` stays as it is."""
    absolute = os.fsencode(Path(path).absolute())
    return _SCHEME + quote(absolute, safe="/")


def uri_to_path(uri: str) -> Path:
    """The path a `file://` URI names, byte for byte; ValueError where it is not an absolute local one."""
    rest = uri.removeprefix(_SCHEME).removeprefix("localhost")
    if not uri.startswith(_SCHEME) or not rest.startswith("/"):
        raise ValueError(f"not a file:///absolute/path URI: {uri!r}")
    raw = unquote_to_bytes(rest)
    if b"\0" in raw:
        raise ValueError(f"a file name cannot hold a NUL: {uri!r}")
    return Path(os.fsdecode(raw))
