"""file:// and s3:// URIs: whatever a file name or a key may hold, both ways, in plain ASCII."""

import os
import re
from pathlib import Path
from urllib.parse import quote, unquote, unquote_to_bytes

_SCHEME = "file://"
_S3_SCHEME = "s3://"
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]")


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


def is_s3(uri: str) -> bool:
    """Whether it is said to lie in a bucket."""
    return uri.startswith(_S3_SCHEME)


def s3_uri(bucket: str, key: str) -> str:
    """The `s3://` URI of a key, in ASCII; empty parts, `..` and a leading slash stay as they are."""
    return f"{_S3_SCHEME}{bucket}/{quote(key, safe='/')}"


def split_s3_uri(uri: str) -> tuple[str, str]:
    """(bucket, key) of an `s3://` URI; ValueError where it names no bucket."""
    bucket, _, key = uri.removeprefix(_S3_SCHEME).partition("/")
    if not is_s3(uri) or not _BUCKET.fullmatch(bucket):
        raise ValueError(f"not an s3://bucket/key URI: {uri!r}")
    return bucket, unquote(key, errors="strict")


def source_uri(path: str) -> str:
    """The URI of a source's folder, or of all that lies below `s3://bucket/prefix`, written as people write it."""
    if not is_s3(path):
        return path_to_uri(path)
    bucket, _, prefix = path.removeprefix(_S3_SCHEME).partition("/")
    return s3_uri(bucket, prefix if not prefix or prefix.endswith("/") else f"{prefix}/")
