"""Source videos that lie in a bucket: listed and read where they are, never copied."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from tasks.core.errors import ObjectMissing, UnreadableVideo
from tasks.core.store.reader import SeekableReader
from tasks.core.store.s3_client import client, shown_endpoint
from tasks.core.store.s3_errors import PAST_THE_END, asking, code_of, is_forbidden
from tasks.core.store.s3_read import NEEDED, listed, reader
from tasks.core.store.source import LITTER, SourceObject
from tasks.core.store.uri import s3_uri, split_s3_uri

ARCHIVES = {"GLACIER", "DEEP_ARCHIVE"}


def list_bucket(uri: str, after: str = "", beginnings: Sequence[str] = ("",)) -> Iterator[SourceObject]:
    """Every object below the prefix in order of its key's bytes, with a problem where it cannot be read.

    Hidden names, what operating systems leave behind and the empty objects that stand for folders are not listed.
    `after` is the URI of an object: only those that come after it are listed. `beginnings`, in order, are how the paths
    below the prefix may begin. ObjectMissing where nothing at all lies below the prefix.
    """
    bucket, prefix = split_s3_uri(uri)
    wanted = {"OptionalObjectAttributes": ["RestoreStatus"]} | ({"StartAfter": split_s3_uri(after)[1]} if after else {})
    is_empty = not after and tuple(beginnings) == ("",)
    with asking(uri, "s3:ListBucket"):
        for beginning in beginnings:
            for found in listed(bucket, prefix + beginning, **wanted):
                is_empty = False
                path = found["Key"][len(prefix) :]
                if _wanted(path, found["Size"]):
                    yield _source_object(bucket, path, found)
    if is_empty:
        raise ObjectMissing(f"nothing lies below {uri} at {shown_endpoint()}")


def open_object(uri: str) -> SeekableReader:
    """A file over the object as it is now; ObjectMissing, UnreadableVideo, StoreUnavailable, StageRefused."""
    bucket, key = split_s3_uri(uri)
    place = {"Bucket": bucket, "Key": key}
    with asking(uri, NEEDED):
        try:
            size_bytes, etag = _size_and_etag(place)
        except ClientError as error:
            if is_forbidden(error):
                raise UnreadableVideo("permission_denied", f"these credentials may not read {uri}") from error
            raise
    return reader(uri, place, size_bytes, etag)


def stat_object(uri: str) -> SourceObject:
    """The object as a listing would tell of it; ObjectMissing, UnreadableVideo, StoreUnavailable, StageRefused."""
    bucket, key = split_s3_uri(uri)
    with asking(uri, NEEDED):
        try:
            found = client().head_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if is_forbidden(error):
                raise UnreadableVideo("permission_denied", f"these credentials may not read {uri}") from error
            raise
    is_restored = 'ongoing-request="false"' in found.get("Restore", "")
    told = {"Key": key, "Size": found["ContentLength"], "LastModified": found["LastModified"]}
    return _source_object(bucket, key, told | ({} if is_restored else {"StorageClass": found.get("StorageClass")}))


def _size_and_etag(place: dict[str, str]) -> tuple[int, str]:
    """Asks for a byte, since the answer to a HEAD would not say why it is refused."""
    try:
        found = client().get_object(**place, Range="bytes=0-0")
    except ClientError as error:
        if code_of(error) not in PAST_THE_END:
            raise
        found = client().head_object(**place)  # it is empty
        return found["ContentLength"], found["ETag"]
    found["Body"].close()
    return int(found["ContentRange"].rpartition("/")[2]), found["ETag"]


def _wanted(path: str, size_bytes: int) -> bool:
    if path.endswith("/") or not path:
        return size_bytes > 0
    return not any((part.startswith(".") and part not in (".", "..")) or part in LITTER for part in path.split("/"))


def _source_object(bucket: str, path: str, found: Any) -> SourceObject:
    return SourceObject(
        uri=s3_uri(bucket, found["Key"]),
        relative_path=path.replace("\0", "\\x00"),
        size_bytes=found["Size"],
        modified_at=found["LastModified"].astimezone(UTC),
        problem="archived" if _is_archived(found) else None,
    )


def _is_archived(found: Any) -> bool:
    """Whether it lies in an archive, without a copy restored for the time being."""
    until = found.get("RestoreStatus", {}).get("RestoreExpiryDate")
    return found.get("StorageClass") in ARCHIVES and (until is None or until < datetime.now(UTC))
