"""A list of addresses on web servers, one a line; each is looked at by every listing, and fetched where it is new."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from tasks.core.errors import ObjectMissing, StoreUnavailable, UnreadableVideo
from tasks.core.recipe import SourceSettings
from tasks.core.store import SourceObject
from tasks.core.window import Window
from tasks.ingest.sources.base import Source
from tasks.ingest.sources.download import TYPES, download
from tasks.ingest.sources.lists import urls_of
from tasks.ingest.sources.opt_out import OptOuts, of_headers, refusal
from tasks.ingest.sources.side_by_side import side_by_side
from tasks.ingest.sources.web import Answer, Web, clean_url, harmless, refuse

DEAD_AT_FIRST = 20
"""Addresses that cannot be reached, right from the start, after which it is our own network that is down."""


class Http(Source):
    """Addresses of a list."""

    def __init__(self, settings: SourceSettings) -> None:
        super().__init__(settings)
        self.look = Look(settings)

    def list(self, after: str | None, window: Window) -> Iterator[SourceObject]:
        passed = int(after or 0)
        lines = ((number, url) for number, url in urls_of(self.settings) if number > passed)
        return one_network(side_by_side(self._found, lines))

    def _found(self, line: tuple[int, str]) -> SourceObject:
        number, url = line
        return self.look.at(url, cursor=str(number))

    def fetch(self, found: SourceObject, part: Path) -> Mapping[str, Any]:
        return self.look.fetch(found, part)


class Look:
    """What can be said of an address without fetching it, and fetching it."""

    def __init__(self, settings: SourceSettings) -> None:
        self.web = Web(settings.fetch)
        self.opt_outs = OptOuts(self.web)

    def at(self, url: str, **more: Any) -> SourceObject:
        """The file there; with a problem where it cannot be had, or where somebody objects."""
        terms: dict[str, Any] = {}
        try:
            url = clean_url(url)
            terms |= self.opt_outs.of_address(url)
            if objection := refusal(terms):
                return _problem(url, "opted_out", objection, terms, more)
            return self._asked(url, terms, more)
        except UnreadableVideo as error:
            return _problem(url, error.kind, error.detail, terms, more)
        except ObjectMissing as error:
            return _problem(url, "source_missing", error.detail, terms, more)
        except StoreUnavailable as error:
            return _problem(url, "unreachable", error.detail, terms, more)

    def _asked(self, url: str, terms: dict[str, Any], more: dict[str, Any]) -> SourceObject:
        answer = self._headers(url)
        refuse(answer)
        headers = answer.headers
        terms |= of_headers(headers) | ({"redirected_to": answer.url} if answer.url != url else {})
        if answer.url != url:
            terms |= self.opt_outs.of_address(answer.url)
        if objection := refusal(terms):
            return _problem(url, "opted_out", objection, terms, more)
        kind = headers.get_content_type() if headers.get("Content-Type") else "application/octet-stream"
        if not TYPES.fullmatch(kind):
            return _problem(url, "wrong_type", f"the server calls it {kind}, which is no video", terms, more)
        own = {"content_hash": _digest(headers)} | more
        return SourceObject(
            uri=url,
            relative_path=_path(url),
            size_bytes=_size_bytes(answer),
            modified_at=_modified_at(headers),
            etag=headers.get("ETag"),
            terms=terms or None,
            **{name: value for name, value in own.items() if value is not None},
        )

    def _headers(self, url: str) -> Answer:
        with self.web.ask(url, "HEAD") as answer:
            if answer.status < 400:
                return answer
        # Many a server knows no HEAD, or refuses it where it would not refuse the file.
        with self.web.ask(url, headers={"Range": "bytes=0-0", "Accept-Encoding": "identity"}) as answer:
            return answer

    def fetch(self, found: SourceObject, part: Path) -> dict[str, Any]:
        """Brings all bytes into `part`; says so where the server objects at last."""
        if objection := refusal(self.opt_outs.of_address(found.uri)):
            raise UnreadableVideo("opted_out", objection)
        try:
            headers = download(self.web, found.uri, part, size_bytes=found.size_bytes, validator=_validator(found))
        except StoreUnavailable as error:
            # Of many servers one that fails must not stop the others.
            raise UnreadableVideo("unreachable", error.detail) from error
        if objection := refusal(told := of_headers(headers)):
            raise UnreadableVideo("opted_out", objection)
        return told


def one_network(found: Iterator[SourceObject]) -> Iterator[SourceObject]:
    """The same; StoreUnavailable where none of the first many could be reached: then it is not they who are away."""
    dead: list[SourceObject] = []
    for one in found:
        if one.problem != "unreachable":
            yield from dead
            yield one
            yield from found
            return
        dead.append(one)
        if len(dead) >= DEAD_AT_FIRST:
            told = (one.terms or {}).get("problem")
            raise StoreUnavailable(
                f"none of the first {len(dead)} addresses could be reached ({told}); see the network"
            )
    yield from dead


def _problem(url: str, kind: str, told: str, terms: dict[str, Any], more: dict[str, Any]) -> SourceObject:
    url = harmless(url)
    return SourceObject(url, _path(url), 0, None, problem=kind, terms={**terms, "problem": told}, **more)


def _path(url: str) -> str:
    """How a person knows it: host and path."""
    path = url.partition("://")[2].partition("?")[0]
    return unquote(path, errors="backslashreplace").replace("\0", "\\x00")


def _size_bytes(answer: Answer) -> int:
    """0 where the server does not say."""
    told = answer.headers.get("Content-Range", "").rpartition("/")[2] or answer.headers.get("Content-Length", "")
    return int(told) if told.isdecimal() else 0


def _modified_at(headers: Message) -> datetime | None:
    try:
        return parsedate_to_datetime(headers["Last-Modified"]).astimezone(UTC)
    except (TypeError, ValueError):
        return None


def _validator(found: SourceObject) -> str | None:
    """What tells the server of which state we have the beginning."""
    if found.etag and not found.etag.startswith("W/"):
        return found.etag
    return found.modified_at.strftime("%a, %d %b %Y %H:%M:%S GMT") if found.modified_at else None


def _digest(headers: Message) -> str | None:
    """The sha256 of the whole file, where the server gives it (RFC 9530, or the older Digest)."""
    for name in ("Repr-Digest", "Digest"):
        for part in headers.get(name, "").split(","):
            algorithm, _, value = part.strip().partition("=")
            if algorithm.lower() == "sha-256":
                try:
                    raw = base64.b64decode(value.strip(":"), validate=True)
                except binascii.Error:
                    continue
                if len(raw) == 32:
                    return f"sha256:{raw.hex()}"
    return None
