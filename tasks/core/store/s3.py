"""A store in a bucket of S3, or of a server that speaks S3."""

import mimetypes
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from tasks.core.errors import ObjectExists, ObjectMissing, StageRefused
from tasks.core.store.base import Store, StoredObject, check_key, is_key_part
from tasks.core.store.reader import SeekableReader
from tasks.core.store.s3_client import DOWNLOAD, UPLOAD, client, shown_endpoint
from tasks.core.store.s3_errors import CHANGED, MISSING, asking, code_of
from tasks.core.store.s3_read import NEEDED, Place, listed, read_range, read_whole, reader
from tasks.core.store.s5cmd import copied
from tasks.core.store.uri import split_s3_uri

CONFLICT_TRIES = 4


class S3Store(Store):
    """Objects below one prefix of a bucket, which must be there already."""

    def __init__(self, url: str) -> None:
        try:
            self.bucket, prefix = split_s3_uri(url)
        except ValueError as error:
            raise StageRefused(f"{url!r} names no bucket; s3://bucket/prefix does") from error
        prefix = prefix.strip("/")
        if prefix and not all(is_key_part(part) for part in prefix.split("/")):
            raise StageRefused(f"{url!r}: a prefix is made of letters, digits and ._=+@,- between single slashes")
        self._prefix = f"{prefix}/" if prefix else ""

    def put_file(self, key: str, path: Path) -> StoredObject:
        self._upload(key, path)
        return self.stat(key)

    def put_bytes(self, key: str, data: bytes, *, if_absent: bool = False) -> StoredObject:
        """Always one request: some stores forget the condition of a multipart upload."""
        with asking(self.url(key), "s3:PutObject"):
            if if_absent:
                self._put_first(key, data)
            else:
                client().put_object(**self._place(key), **_kind(key), Body=data)
        return self.stat(key)

    def get_bytes(self, key: str) -> bytes:
        with asking(self.url(key), NEEDED):
            return read_whole(self._place(key))

    def read_range(self, key: str, offset: int, length: int) -> bytes:
        return read_range(self.url(key), self._place(key), offset, length)

    def download(self, key: str, path: Path) -> None:
        with asking(self.url(key), NEEDED):
            # Writes beside the file and renames it.
            client().download_file(**self._place(key), Filename=str(path), Config=DOWNLOAD)

    def stat(self, key: str) -> StoredObject:
        head = self._head(key)
        return StoredObject(key, head["ContentLength"], head["LastModified"].astimezone(UTC))

    def exists(self, key: str) -> bool:
        try:
            self._head(key)
        except ObjectMissing:
            return False
        return True

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        if folder := prefix.rpartition("/")[0]:
            check_key(folder)
        with asking(f"s3://{self.bucket}/{self._prefix}{prefix}", "s3:ListBucket"):
            for found in listed(self.bucket, self._prefix + prefix):
                key = found["Key"][len(self._prefix) :]
                if all(is_key_part(part) for part in key.split("/")):
                    yield StoredObject(key, found["Size"], found["LastModified"].astimezone(UTC))

    def delete(self, key: str) -> None:
        with asking(self.url(key), "s3:DeleteObject"):
            client().delete_object(**self._place(key))

    def url(self, key: str) -> str:
        return f"s3://{self.bucket}/{self._prefix}{check_key(key)}"

    def sweep(self, older_than_s: float) -> int:
        begun_before = datetime.now(UTC) - timedelta(seconds=older_than_s)
        swept = 0
        with asking(f"s3://{self.bucket}/{self._prefix}", "s3:ListBucketMultipartUploads, s3:AbortMultipartUpload"):
            pages = client().get_paginator("list_multipart_uploads").paginate(Bucket=self.bucket, Prefix=self._prefix)
            for upload in (upload for page in pages for upload in page.get("Uploads", ())):
                if upload["Initiated"] <= begun_before:
                    swept += self._abort(upload)
        return swept

    def open(self, key: str) -> SeekableReader:
        head = self._head(key)
        return reader(self.url(key), self._place(key), head["ContentLength"], head["ETag"])

    def put_files(self, files: Sequence[tuple[str, Path]]) -> None:
        moved = copied([(str(path), self.url(key)) for key, path in files])
        for key, path in files:
            if self.url(key) not in moved:
                self._upload(key, path)

    def download_all(self, files: Sequence[tuple[str, Path]]) -> None:
        moved = copied([(self.url(key), str(path)) for key, path in files])
        for key, path in files:
            if self.url(key) not in moved:
                self.download(key, path)

    def _place(self, key: str) -> Place:
        return {"Bucket": self.bucket, "Key": self._prefix + check_key(key)}

    def _upload(self, key: str, path: Path) -> None:
        with asking(self.url(key), "s3:PutObject, s3:AbortMultipartUpload"):
            place = self._place(key)
            client().upload_file(str(path), place["Bucket"], place["Key"], ExtraArgs=_kind(key), Config=UPLOAD)

    def _put_first(self, key: str, data: bytes) -> None:
        """Raises ObjectExists. A conflict means a writer under way, who may yet fail: so we ask again."""
        for attempt in range(1, CONFLICT_TRIES + 1):
            try:
                client().put_object(**self._place(key), **_kind(key), Body=data, IfNoneMatch="*")
                return
            except ClientError as error:
                if code_of(error) in CHANGED:
                    if self._was_ours(error, key, data):
                        return
                    raise ObjectExists(self.url(key)) from error
                if code_of(error) != "ConditionalRequestConflict" or attempt == CONFLICT_TRIES:
                    raise
            time.sleep(0.1 * 2**attempt)

    def _was_ours(self, error: ClientError, key: str, data: bytes) -> bool:
        """Whether an earlier try of the same request had been served, and only its answer was lost."""
        return bool(error.response["ResponseMetadata"].get("RetryAttempts")) and self.get_bytes(key) == data

    def _head(self, key: str) -> Any:
        with asking(self.url(key), NEEDED):
            try:
                return client().head_object(**self._place(key))
            except ClientError as error:
                if code_of(error) in MISSING:
                    self._require_bucket()
                raise

    def _require_bucket(self) -> None:
        """A HEAD is answered without a body, so that a missing bucket looks like a missing object."""
        try:
            client().head_bucket(Bucket=self.bucket)
        except ClientError as error:
            if code_of(error) in MISSING:
                raise StageRefused(
                    f"there is no bucket {self.bucket} at {shown_endpoint()}; make it, or correct the recipe"
                ) from error

    def _abort(self, upload: Any) -> int:
        try:
            client().abort_multipart_upload(Bucket=self.bucket, Key=upload["Key"], UploadId=upload["UploadId"])
        except client().exceptions.NoSuchUpload:  # its writer has ended it just now
            return 0
        return 1


def _kind(key: str) -> dict[str, str]:
    """What browsers take the object for."""
    kind = mimetypes.guess_type(key)[0]
    return {"ContentType": kind} if kind else {}
