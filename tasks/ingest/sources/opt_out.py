"""What a site says against the use of its files: robots.txt, X-Robots-Tag, and the TDM Reservation Protocol."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

from tasks.core.errors import StoreUnavailable
from tasks.ingest.sources.web import AGENT, Web, host_of

_NO_AI = {"noai", "noimageai"}
_MOST_BYTES = 500 * 1024
"""Of a robots.txt, as RFC 9309 has it."""


@dataclass(slots=True)
class _Site:
    robots: RobotFileParser
    reservations: list[Any]


@dataclass(slots=True)
class OptOuts:
    """What the sites have said, each asked once by this process."""

    web: Web
    _sites: dict[str, _Site | StoreUnavailable] = field(default_factory=dict)
    _locks: dict[str, threading.Lock] = field(default_factory=dict)

    def of_address(self, url: str) -> dict[str, Any]:
        """What the site says of the address before it is asked for; StoreUnavailable where it cannot say."""
        site = self._site(url)
        told: dict[str, Any] = {}
        if not site.robots.can_fetch(AGENT, url):
            told["robots_txt"] = "disallowed"
        path = urlsplit(url).path or "/"
        for entry in site.reservations:
            if isinstance(entry, dict) and fnmatchcase(path, str(entry.get("location", "/")).rstrip("$")):
                told |= _reservation(entry.get("tdm-reservation"), entry.get("tdm-policy"))
                break
        return told

    def _site(self, url: str) -> _Site:
        root = "{0.scheme}://{0.netloc}".format(urlsplit(url))
        with self._locks.setdefault(root, threading.Lock()):
            if root not in self._sites:
                self._sites[root] = self._asked(root)
        found = self._sites[root]
        if isinstance(found, StoreUnavailable):
            raise StoreUnavailable(found.detail)
        return found

    def _asked(self, root: str) -> "_Site | StoreUnavailable":
        """What the site says, or that it did not answer: no need to wait for it with each of its addresses."""
        robots = RobotFileParser()
        try:
            robots.parse(self._text(f"{root}/robots.txt").splitlines())
            entries = _entries(self._text(f"{root}/.well-known/tdmrep.json"))
        except StoreUnavailable as error:
            return error
        if (delay := robots.crawl_delay(AGENT)) is not None:
            self.web.least_wait_s[host_of(root)] = min(60.0, float(delay))
        return _Site(robots, entries)

    def _text(self, url: str) -> str:
        """Nothing where there is no such file; a server that fails to say forbids all, by RFC 9309."""
        with self.web.ask(url) as answer:
            if answer.status >= 500:
                raise StoreUnavailable(f"{url}: the server answered {answer.status}")
            return answer.body.read(_MOST_BYTES).decode("utf-8", "replace") if answer.status == 200 else ""


def of_headers(headers: Message) -> dict[str, Any]:
    """What an answer's headers say of the file."""
    tags = {tag for line in headers.get_all("X-Robots-Tag", []) for tag in _directives(line)}
    told: dict[str, Any] = {"x_robots_tag": sorted(tags)} if tags else {}
    return told | _reservation(headers.get("tdm-reservation"), headers.get("tdm-policy"))


def refusal(told: Mapping[str, Any]) -> str | None:
    """Why the file is not fetched; None where nobody objects."""
    if told.get("robots_txt") == "disallowed":
        return "the site's robots.txt disallows it"
    if _NO_AI & set(told.get("x_robots_tag", ())):
        return "its X-Robots-Tag says that it is not for AI"
    if told.get("tdm_reservation"):
        policy = f"; {told['tdm_policy']} says how to ask" if told.get("tdm_policy") else ""
        return f"its owner reserves text and data mining (tdm-reservation){policy}"
    return None


def _directives(line: str) -> set[str]:
    """The directives that are meant for everybody or for us; `googlebot: noindex` is for another."""
    agent, colon, rest = line.partition(":")
    if colon and "," not in agent and agent.strip().lower() not in ("unavailable_after", "max-snippet"):
        if agent.strip().lower() != AGENT:
            return set()
        line = rest
    return {directive.strip().lower() for directive in line.split(",") if directive.strip()}


def _reservation(value: object, policy: object) -> dict[str, Any]:
    if value is None:
        return {}
    told: dict[str, Any] = {"tdm_reservation": str(value).strip() == "1"}
    return told | ({"tdm_policy": str(policy)[:500]} if policy else {})


def _entries(text: str) -> list[Any]:
    try:
        entries = json.loads(text)
    except ValueError:
        return []
    return entries if isinstance(entries, list) else []
