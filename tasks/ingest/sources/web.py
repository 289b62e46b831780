"""Asking web servers: by http and https only, no private address unless allowed, not too often, and again later."""

import http.client
import io
import ipaddress
import random
import re
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from tasks.core.errors import ObjectMissing, StoreUnavailable, UnreadableVideo
from tasks.core.settings_source import FetchSettings

AGENT = "clipmill"
_AGAIN = {408, 425, 429, 500, 502, 503, 504}
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.5, 60.0
_BROKEN = (OSError, http.client.HTTPException)
"""What a network does wrong; URLError is an OSError too."""


@dataclass(slots=True)
class Answer:
    """A server's answer; `url` is where it came from in the end."""

    status: int
    url: str
    headers: Message
    body: io.BufferedIOBase


def clean_url(url: str) -> str:
    """The address in ASCII, without its fragment. Raises UnreadableVideo where it is not a plain http(s) address."""
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").encode("idna").decode()
        place = host if parts.port is None else f"{host}:{parts.port}"
    except ValueError as error:
        raise UnreadableVideo("bad_address", f"{url!r} is no address: {error}") from error
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc or any(ord(one) < 32 for one in url):
        raise UnreadableVideo("bad_address", f"{url.rpartition('@')[2]!r} is no plain http or https address")
    place = f"[{host}]{place.removeprefix(host)}" if ":" in host else place
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    return urlunsplit((parts.scheme, place, path, quote(parts.query, safe="/?%:@!$&'()*+,;=~-._"), ""))


def harmless(given: str) -> str:
    """What was given as an address, in ASCII and without a password, whatever else it is."""
    return quote(re.sub(r"//[^/@]*@", "//", given), safe="/?#[]%:@!$&'()*+,;=~-._")


def host_of(url: str) -> str:
    """The host's name, in lower case."""
    return (urlsplit(url).hostname or "").lower()


class Web:
    """One process's way into the web, under a source's limits. Hosts that the recipe itself names are `trusted`."""

    def __init__(self, limits: FetchSettings, trusted: frozenset[str] = frozenset()) -> None:
        self.limits = limits
        proxies = frozenset(host_of(proxy) for proxy in urllib.request.getproxies().values())
        self._trusted = trusted | proxies
        self._opener = _opener(self._may_ask)
        self._lock = threading.Lock()
        self._next_s: dict[str, float] = {}
        self.least_wait_s: dict[str, float] = {}
        """Seconds between requests that a host asks for."""

    @contextmanager
    def ask(
        self, url: str, method: str = "GET", headers: Mapping[str, str] | None = None, token: str | None = None
    ) -> Iterator[Answer]:
        """The answer to one request, whatever its status, after as many tries as the limits allow.

        The token goes to this host alone. Raises StoreUnavailable where nobody answers, UnreadableVideo for an address
        that may not be asked.
        """
        answer = self._answer(url, method, dict(headers or {}), token)
        try:
            yield answer
        finally:
            answer.body.close()

    def _answer(self, url: str, method: str, headers: dict[str, str], token: str | None) -> Answer:
        for attempt in range(1, self.limits.tries + 1):
            self._wait_for_turn(host_of(url))
            least_s = 0.0
            try:
                answer = self._once(url, method, headers, token)
            except _BROKEN as error:
                _raise_refusal(error)
                told = f"{type(error).__name__}: {error}"
            else:
                if answer.status not in _AGAIN:
                    return answer
                answer.body.close()
                told = f"it answered {answer.status}"
                least_s = _seconds(answer.headers.get("Retry-After"))
            if attempt < self.limits.tries:
                self.wait(attempt, least_s)
        raise StoreUnavailable(f"{shown(url)}: no answer in {self.limits.tries} tries ({told})")

    def wait(self, attempt: int, least_s: float = 0.0) -> None:
        """Waits before the next try, longer after each, and not all processes alike."""
        wait_s = _FIRST_WAIT_S * 2**attempt * random.uniform(0.5, 1)
        time.sleep(min(max(wait_s, least_s), _LONGEST_WAIT_S))

    def _once(self, url: str, method: str, headers: dict[str, str], token: str | None) -> Answer:
        request = urllib.request.Request(clean_url(url), headers={"User-Agent": AGENT, **headers}, method=method)
        if token:
            request.add_unredirected_header("Authorization", f"Bearer {token}")
        response = self._opener.open(request, timeout=self.limits.timeout_s)
        return Answer(response.status, response.url, response.headers, response)

    def _wait_for_turn(self, host: str) -> None:
        pause_s = max(1 / self.limits.requests_per_s, self.least_wait_s.get(host, 0.0))
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._next_s.get(host, 0.0))
            self._next_s[host] = turn + pause_s
        time.sleep(turn - now)

    def _may_ask(self, host: str, address: str) -> bool:
        if self.limits.private_network or host.lower() in self._trusted:
            return True
        return is_public(address)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet."""
    found = ipaddress.ip_address(address.partition("%")[0])
    found = getattr(found, "ipv4_mapped", None) or found
    return found.is_global and not found.is_multicast


def refuse(answer: Answer) -> None:
    """Raises what a status of the server means for the one file that was asked for."""
    url = shown(answer.url)
    if answer.status in (404, 410):
        raise ObjectMissing(f"{url} (the server answered {answer.status})")
    if answer.status in (401, 403, 407, 451):
        raise UnreadableVideo("permission_denied", f"{url}: the server answered {answer.status}")
    if answer.status >= 400:
        raise UnreadableVideo("refused", f"{url}: the server answered {answer.status}")


def shown(url: str) -> str:
    """The address without its query, which may hold a signature."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


class _Refused(OSError):
    """An address that may not be asked."""


def _raise_refusal(error: BaseException) -> None:
    reason = getattr(error, "reason", error)
    if isinstance(reason, _Refused):
        raise UnreadableVideo("private_address", str(reason)) from error
    if isinstance(error, urllib.error.HTTPError):
        raise UnreadableVideo(
            "refused", f"{shown(error.url)}: it leads in a circle, or to what is no web server"
        ) from error
    if isinstance(error, http.client.InvalidURL):
        raise UnreadableVideo("bad_address", str(error)) from error


def _opener(may_ask: Any) -> urllib.request.OpenerDirector:
    """Without the handlers for files, FTP and data that urllib has by default."""

    def connect(place: tuple[str, int], timeout: float, source: Any = None) -> socket.socket:
        host, port = place
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        # The address that was looked at is the one that is asked, whatever the name means a moment later.
        allowed = [str(one[4][0]) for one in found if may_ask(host, str(one[4][0]))]
        if not allowed:
            raise _Refused(f"{host} is in a private network; fetch.private_network: true allows it")
        return socket.create_connection((allowed[0], port), timeout, source)

    class Plain(urllib.request.HTTPHandler):
        def http_open(self, req: urllib.request.Request) -> Any:
            return self.do_open(_with(http.client.HTTPConnection, connect), req)

    class Secure(urllib.request.HTTPSHandler):
        def https_open(self, req: urllib.request.Request) -> Any:
            return self.do_open(_with(http.client.HTTPSConnection, connect), req)

    opener = urllib.request.OpenerDirector()
    for handler in (urllib.request.ProxyHandler(), Plain(), Secure(), _Redirects(), urllib.request.UnknownHandler()):
        opener.add_handler(handler)
    opener.add_handler(_AnyStatus())
    return opener


def _with(kind: type[http.client.HTTPConnection], connect: Any) -> Any:
    def make(*arguments: Any, **options: Any) -> http.client.HTTPConnection:
        connection = kind(*arguments, **options)
        connection._create_connection = connect  # type: ignore[attr-defined]
        return connection

    return make


class _AnyStatus(urllib.request.HTTPErrorProcessor):
    """Follows redirects, and leaves every other status to the caller."""

    def http_response(self, request: Any, response: Any) -> Any:
        if response.status in (301, 302, 303, 307, 308):
            return self.parent.error("http", request, response, response.status, response.reason, response.headers)
        return response

    https_response = http_response


class _Redirects(urllib.request.HTTPRedirectHandler):
    """To http and https only, with the same method, and the token on the same host only."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        try:
            target = clean_url(newurl)
        except UnreadableVideo as error:
            raise _Refused(error.detail) from error
        if urlsplit(req.full_url).scheme == "https" and not target.startswith("https:"):
            raise _Refused(f"{shown(req.full_url)} leads from https to http")
        following = urllib.request.Request(target, headers=req.headers, method=req.get_method(), unverifiable=True)
        token = req.unredirected_hdrs.get("Authorization")
        if token and urlsplit(target)[:2] == urlsplit(req.full_url)[:2]:
            following.add_unredirected_header("Authorization", token)
        return following


def _seconds(retry_after: str | None) -> float:
    return float(retry_after) if retry_after and retry_after.isdecimal() else 0.0


@dataclass(slots=True)
class Pace:
    """Holds a transfer down to so many bytes a second."""

    bytes_per_s: int | None
    _began_s: float = field(default_factory=time.monotonic)
    _bytes: int = 0

    def spend(self, count: int) -> None:
        """Waits until this many bytes more are due."""
        self._bytes += count
        if self.bytes_per_s:
            time.sleep(max(0.0, self._bytes / self.bytes_per_s - (time.monotonic() - self._began_s)))
