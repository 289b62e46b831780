"""One file from a web server into a local file: by ranges, going on where it was cut, whole in the end or an error."""

import http.client
import re
import ssl
from email.message import Message
from pathlib import Path

from tasks.core.errors import StoreUnavailable, UnreadableVideo
from tasks.ingest.sources.web import Answer, Pace, Web, refuse, shown

BLOCK_BYTES = 1 << 20
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")
TYPES = re.compile(r"(video/.*|application/(octet-stream|mp4|mxf|x-matroska|ogg|vnd\..*)|binary/octet-stream)", re.I)
"""What a server may call a video."""


def download(
    web: Web, url: str, path: Path, *, size_bytes: int = 0, validator: str | None, token: str | None = None
) -> Message:
    """The headers of the last answer; `path` then holds all bytes.

    What is there already is gone on with where the validator (a strong ETag or a date) says that it is of the same
    file; empty, it cannot be of another; None, nobody can say. Raises UnreadableVideo for what is no video, is too
    large or has changed, StoreUnavailable where it is cut again and again.
    """
    tries, whole_bytes, most_bytes = 0, size_bytes, 0
    while True:
        have = path.stat().st_size if validator is not None and path.exists() else 0
        if size_bytes and have > size_bytes:
            path.unlink()
            have = 0
        headers = {"Accept-Encoding": "identity"}
        if have:
            headers |= {"Range": f"bytes={have}-"} | ({"If-Range": validator} if validator else {})
        with web.ask(url, headers=headers, token=token) as answer:
            if answer.status == 416 and have:  # it is shorter than what we have of it
                path.write_bytes(b"")
            else:
                whole_bytes = _expected(web, answer, have, size_bytes)
                _take(web, answer, path, have if answer.status == 206 else 0, whole_bytes)
        now = path.stat().st_size
        if whole_bytes and now == whole_bytes:
            return answer.headers
        tries = 0 if validator is not None and now > most_bytes else tries + 1
        most_bytes = max(most_bytes, now)
        if tries >= web.limits.tries:
            raise StoreUnavailable(f"{shown(url)}: only {now} of {whole_bytes} bytes came, again and again")
        web.wait(tries)


def _expected(web: Web, answer: Answer, have: int, size_bytes: int) -> int:
    """How long the whole file is, as the answer says."""
    refuse(answer)
    url, headers = shown(answer.url), answer.headers
    kind = headers.get_content_type() if headers.get("Content-Type") else "application/octet-stream"
    if not TYPES.fullmatch(kind):
        raise UnreadableVideo("wrong_type", f"{url} is {kind}, no video")
    if headers.get("Content-Encoding", "identity") != "identity":
        raise UnreadableVideo("wrong_type", f"{url} comes compressed, though it was asked for as it is")
    if answer.status == 206:
        found = _RANGE.fullmatch(headers.get("Content-Range", ""))
        if found is None or int(found[1]) != have:
            raise StoreUnavailable(f"{url}: another range came than the one that was asked for")
        whole_bytes = int(found[2])
    elif headers.get("Content-Length", "").isdecimal():
        whole_bytes = int(headers["Content-Length"])
    else:
        raise UnreadableVideo("unknown_length", f"{url}: the server does not say how long it is: a cut would go unseen")
    if whole_bytes > web.limits.max_file_bytes:
        raise UnreadableVideo("too_large_file", f"{url}: {whole_bytes} bytes; fetch.max_file_bytes allows fewer")
    if size_bytes and whole_bytes != size_bytes:
        raise UnreadableVideo(
            "source_changed", f"{url} has {whole_bytes} bytes, and had {size_bytes} when it was listed"
        )
    return whole_bytes


def _take(web: Web, answer: Answer, path: Path, start: int, whole_bytes: int) -> None:
    """Writes the answer's bytes from `start` on, as many as come."""
    pace = Pace(web.limits.bytes_per_s)
    # Without a buffer: what has come is on the disk when we are killed.
    with path.open("r+b" if path.exists() else "wb", buffering=0) as file:
        file.seek(start)
        file.truncate()
        try:
            while (left := whole_bytes - file.tell()) > 0 and (block := answer.body.read1(min(BLOCK_BYTES, left))):
                file.write(block)
                pace.spend(len(block))
        except (http.client.HTTPException, TimeoutError, ConnectionError, ssl.SSLError):
            return  # it was cut
