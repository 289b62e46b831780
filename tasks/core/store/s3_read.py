"""Listing objects of S3, and reading them whole or in ranges."""

import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Any

from botocore import exceptions as boto
from botocore.exceptions import ClientError

from tasks.core.store.reader import SeekableReader
from tasks.core.store.s3_client import client
from tasks.core.store.s3_errors import PAST_THE_END, asking, code_of

NEEDED = "s3:GetObject (and s3:ListBucket on the bucket, without which what is missing looks forbidden)"
READ_TRIES = 4
_BROKEN = (boto.ResponseStreamingError, boto.IncompleteReadError, boto.ReadTimeoutError, boto.ConnectionClosedError)
"""The answer began well and broke off, which boto3 itself does not try again."""

Place = dict[str, str]
"""Bucket and Key, and conditions such as IfMatch."""


def listed(bucket: str, prefix: str, **wanted: Any) -> Iterator[Any]:
    """What S3 tells of each object, in order of the keys' bytes; boto3's errors."""
    for page in client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, **wanted):
        yield from page.get("Contents", ())


def read_whole(place: Place, **wanted: str) -> bytes:
    """The bytes of one GET; boto3's errors."""
    for attempt in range(1, READ_TRIES):
        body = client().get_object(**place, **wanted)["Body"]
        with suppress(*_BROKEN):
            return _bytes(body)
        time.sleep(0.1 * 2**attempt)
    return _bytes(client().get_object(**place, **wanted)["Body"])


def _bytes(body: Any) -> bytes:
    data: bytes = body.read()
    return data


def read_range(url: str, place: Place, offset: int, length: int) -> bytes:
    """Up to `length` bytes of the object from `offset`, fewer only at its end."""
    with asking(url, NEEDED):
        if length <= 0:
            client().head_object(**place)
            return b""
        try:
            return read_whole(place, Range=f"bytes={offset}-{offset + length - 1}")
        except ClientError as error:
            if code_of(error) in PAST_THE_END:
                return b""
            raise


def reader(url: str, place: Place, size_bytes: int, etag: str) -> SeekableReader:
    """A file over the object as it is now: StoreUnavailable where another takes its place while it is read."""
    return SeekableReader(partial(read_range, url, place | {"IfMatch": etag}), size_bytes)
