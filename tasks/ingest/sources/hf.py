"""A dataset repository of the Hugging Face hub, at one commit; its licence is what its card says."""

import json
import os
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

from tasks.core.errors import ObjectMissing, StageRefused, StoreUnavailable, UnreadableVideo
from tasks.core.recipe import SourceSettings
from tasks.core.settings_source import HubSettings
from tasks.core.store import SourceObject
from tasks.core.window import Window
from tasks.ingest.sources.base import Source
from tasks.ingest.sources.download import download
from tasks.ingest.sources.hub_licence import licence_of, names_same
from tasks.ingest.sources.web import Answer, Web, host_of, refuse, shown

PAGE_FILES = 1000
_CARD_BYTES = 4 << 20
_NEXT = re.compile(r'<([^>]+)>;\s*rel="next"')


class HuggingFace(Source):
    """Files of a dataset repository; what is not called as a video is left out unless the recipe asks for it."""

    only_videos = True

    def __init__(self, settings: SourceSettings) -> None:
        super().__init__(settings)
        if settings.hub is None:
            raise StageRefused(f"source {settings.name!r}: hub.revision is wanted")
        self.hub: HubSettings = settings.hub
        self.web = Web(settings.fetch, frozenset({host_of(self.hub.endpoint)}))
        self.token = os.environ.get(self.hub.token_variable)

    def list(self, after: str | None, window: Window) -> Iterator[SourceObject]:
        if not self.hub.revision.strip("0"):
            place = f"{self.hub.endpoint}/datasets/{self.settings.path}"
            raise StageRefused(
                f"source {self.settings.name!r}: hub.revision holds no commit yet; put in the one that you want, "
                f"`git ls-remote {place} HEAD` prints the newest"
            )
        terms = self.terms
        passed = int(after or 0)
        for number, entry in enumerate(self._entries(), start=1):
            if number > passed and entry.get("type") == "file":
                yield self._object(entry, terms, str(number))

    def _object(self, entry: Mapping[str, Any], terms: Mapping[str, Any], cursor: str) -> SourceObject:
        lfs = entry.get("lfs") or {}
        path = str(entry["path"])
        return SourceObject(
            uri=f"hf:{self.settings.path}/{quote(path)}",
            relative_path=path.replace("\0", "\\x00"),
            size_bytes=int(lfs.get("size") or entry.get("size") or 0),
            modified_at=None,
            # A file in git itself has git's own hash, which is no hash of its bytes alone.
            etag=str(lfs.get("oid") or entry.get("oid")),
            content_hash=f"sha256:{lfs['oid']}" if re.fullmatch(r"[0-9a-f]{64}", str(lfs.get("oid"))) else None,
            terms=terms,
            cursor=cursor,
        )

    @cached_property
    def terms(self) -> Mapping[str, Any]:
        """What the card says. Raises StageRefused where that is not the recipe's licence."""
        card = self._card()
        said = licence_of(card)
        told = f"source {self.settings.name!r}: the card of {self.settings.path} at {self.hub.revision[:12]}"
        if said is None and not self.settings.licence.startswith("LicenseRef-"):
            raise StageRefused(
                f"{told} names no licence; where its owner told you one, give it as LicenseRef-<name> with the evidence"
            )
        if said is not None and not any(names_same(said, licence) for licence in self.settings.allowed_licences):
            allowed = ", ".join(self.settings.allowed_licences)
            raise StageRefused(
                f"{told} says {said}, the recipe {allowed}; correct the recipe's licence, or leave it out"
            )
        found = {"licence": said, "revision": self.hub.revision, "endpoint": self.hub.endpoint}
        return found | {
            name: card[name] for name in ("license_name", "license_link", "extra_gated_prompt") if card.get(name)
        }

    def _card(self) -> dict[str, Any]:
        """The front matter of README.md at this commit; nothing where it has none."""
        with self._asked(self._file_url("README.md")) as answer:
            if answer.status == 404:
                next(self._entries(), None)  # ObjectMissing where it is the whole repository that is not there
                return {}
            self._refuse(answer)
            text = answer.body.read(_CARD_BYTES).decode("utf-8", "replace")
        front = re.match(r"\ufeff?---\s*\n(.*?)\n---\s*(\n|$)", text.replace("\r\n", "\n"), re.S)
        try:
            found = yaml.safe_load(front[1]) if front else {}
        except yaml.YAMLError as error:
            raise StageRefused(f"the card of {self.settings.path} cannot be read: {error}") from error
        return found if isinstance(found, dict) else {}

    def _entries(self) -> Iterator[Mapping[str, Any]]:
        """Every file and folder of the tree, page by page."""
        place = f"{self.hub.endpoint}/api/datasets/{self.settings.path}/tree/{self.hub.revision}"
        url: str | None = f"{place}?recursive=true&limit={PAGE_FILES}"
        while url:
            with self._asked(url) as answer:
                self._refuse(answer)
                yield from self._page(answer)
                found = _NEXT.search(answer.headers.get("Link", ""))
            url = found[1] if found else None
            if url and host_of(url) != host_of(self.hub.endpoint):
                raise StageRefused(f"{shown(place)}: its next page lies on another host, {host_of(url)}")

    def _page(self, answer: Answer) -> Iterator[Mapping[str, Any]]:
        length, body = answer.headers.get("Content-Length", ""), answer.body.read()
        if length.isdecimal() and int(length) != len(body):
            raise StoreUnavailable(f"{shown(answer.url)}: only {len(body)} of {length} bytes came")
        try:
            yield from json.loads(body)
        except ValueError as error:
            raise StageRefused(f"{shown(answer.url)} is no list of files: {error}; see hub.endpoint") from error

    def fetch(self, found: SourceObject, part: Path) -> Mapping[str, Any]:
        terms = self.terms  # nothing is fetched under a licence that is not the recipe's
        url = self._file_url(found.relative_path)
        # At a commit a file cannot change, so a beginning of it needs no validator.
        download(self.web, url, part, size_bytes=found.size_bytes, validator="", token=self.token)
        return {**terms, "fetched_from": url}

    def _file_url(self, path: str) -> str:
        return f"{self.hub.endpoint}/datasets/{self.settings.path}/resolve/{self.hub.revision}/{quote(path)}"

    def _asked(self, url: str) -> Any:
        return self.web.ask(url, token=self.token)

    def _refuse(self, answer: Answer) -> None:
        """Raises what the hub's refusal means for the whole source."""
        place = f"{self.settings.path} at {self.hub.revision[:12]} on {self.hub.endpoint}"
        if answer.status in (401, 403):
            has = "the token in it may not read it" if self.token else "it holds no token"
            raise StageRefused(
                f"{place}: the hub answered {answer.status}; accept the repository's terms on its page, and put a "
                f"token into {self.hub.token_variable} ({has})"
            )
        if answer.status == 404:
            raise ObjectMissing(f"there is no dataset {place}")
        try:
            refuse(answer)
        except UnreadableVideo as error:
            raise StageRefused(error.detail) from error
