"""A list of pages with videos, which yt-dlp knows how to get; each page's licence must be one that the recipe takes."""

import hashlib
import json
import os
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tasks.core.errors import StageRefused, StoreUnavailable, UnreadableVideo
from tasks.core.recipe import SourceSettings
from tasks.core.store import SourceObject
from tasks.core.window import Window
from tasks.ingest.sources import ytdlp_child
from tasks.ingest.sources.base import Source
from tasks.ingest.sources.lists import urls_of
from tasks.ingest.sources.opt_out import OptOuts, of_headers, refusal
from tasks.ingest.sources.page_licence import is_allowed, licence_of
from tasks.ingest.sources.programs import INSTALL, last_words, start
from tasks.ingest.sources.web import Web, clean_url, harmless, refuse

OPTIONS = (
    "--ignore-config", "--no-plugin-dirs", "--no-exec", "--no-cache-dir", "--no-playlist", "--no-update", "--no-mtime",
    "--no-progress", "--no-warnings", "--no-cookies", "--no-cookies-from-browser", "--no-remote-components", "--fixup",
    "never", "--downloader", "native", "--color", "never",
)  # fmt: skip
BEST_VIDEO = "bv*/b"
"""The best that has a picture, in one file: nothing has to be joined."""
TOLD = ("id", "title", "uploader", "uploader_id", "uploader_url", "channel", "channel_url", "upload_date", "extractor")
"""What is recorded of a page, where it says it."""
_KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
_AWAY = ("HTTP Error 5", "HTTP Error 429", "timed out", "Connection", "Temporary failure", "Unable to connect")


class YtDlp(Source):
    """Pages of a list. A page is known by its address, and not looked at again: what a site shows there stays."""

    def __init__(self, settings: SourceSettings) -> None:
        super().__init__(settings)
        if find_spec("yt_dlp") is None:
            raise StageRefused(f"source {settings.name!r} needs yt-dlp, which this machine lacks: {INSTALL['yt-dlp']}")
        self.web = Web(settings.fetch)
        self.opt_outs = OptOuts(self.web)

    def list(self, after: str | None, window: Window) -> Iterator[SourceObject]:
        for number, url in urls_of(self.settings):
            if number > int(after or 0):
                yield self._object(number, url)

    def _object(self, number: int, url: str) -> SourceObject:
        try:
            url = clean_url(url)
        except UnreadableVideo as error:
            told = {"problem": error.detail}
            url = harmless(url)
            return SourceObject(url, url, 0, None, problem=error.kind, terms=told, cursor=str(number))
        return SourceObject(url, url.partition("://")[2], 0, None, cursor=str(number))

    def fetch(self, found: SourceObject, part: Path) -> Mapping[str, Any]:
        told = self._objections(found.uri)
        page = self._page(found.uri)
        licence = licence_of(page.get("license"))
        if not is_allowed(licence, self.settings.allowed_licences):
            said = f"the page says {page['license']!r}" if page.get("license") else "the page names no licence"
            allowed = ", ".join(self.settings.allowed_licences)
            raise UnreadableVideo("licence_refused", f"{said}; the recipe takes {allowed}")
        self._download(page, part)
        about = {name: page[name] for name in TOLD if page.get(name)}
        return {**told, **about, "licence": licence, "licence_as_said": page.get("license"), "page": found.uri}

    def _objections(self, url: str) -> dict[str, Any]:
        """What the site says; raises UnreadableVideo where it objects."""
        told = self.opt_outs.of_address(url)
        if refusal(told) is None:
            with self.web.ask(url, "HEAD") as answer:
                if answer.status not in (403, 405, 501):
                    refuse(answer)
                told |= of_headers(answer.headers)
        if objection := refusal(told):
            raise UnreadableVideo("opted_out", objection)
        return told

    def _page(self, url: str) -> dict[str, Any]:
        with tempfile.TemporaryFile() as output:
            self._run(["--dump-single-json", "--skip-download", "--format", BEST_VIDEO, "--", url], output)
            output.seek(0)
            page = json.load(output)
        if not isinstance(page, dict) or page.get("_type", "video") != "video":
            raise UnreadableVideo(
                "several_videos", f"{url} has several; `yt-dlp --flat-playlist --print url {url}` lists them one a line"
            )
        if page.get("is_live"):
            raise UnreadableVideo("live", f"{url} is being broadcast: its end is not known")
        return page

    def _download(self, page: dict[str, Any], part: Path) -> None:
        """By what was told of the page, so that it is the video whose licence was read."""
        form = hashlib.sha256(f"{page.get('format_id')} {page.get('filesize')}".encode()).hexdigest()[:16]
        whole = part.with_name(f"{part.name}-{form}")  # a part of one format is no beginning of another
        with tempfile.NamedTemporaryFile("w", suffix=".json") as about:
            json.dump(page, about)
            about.flush()
            self._run(["--load-info-json", about.name, "--output", str(whole).replace("%", "%%"), *self._limits()])
        if not whole.exists():
            raise UnreadableVideo("too_large_file", "yt-dlp left it out; see fetch.max_file_bytes")
        whole.replace(part)

    def _limits(self) -> Sequence[str]:
        limits = self.settings.fetch
        speed = ("--limit-rate", str(limits.bytes_per_s)) if limits.bytes_per_s else ()
        return ("--format", BEST_VIDEO, "--max-filesize", str(limits.max_file_bytes), *speed)

    def _run(self, line: Sequence[str], output: Any = None) -> None:
        limits = self.settings.fetch
        how = ("--retries", str(limits.tries), "--socket-timeout", str(limits.timeout_s))
        command = [sys.executable, "-I", ytdlp_child.__file__, *OPTIONS, *how, *line]
        with tempfile.TemporaryFile() as errors, tempfile.TemporaryDirectory() as home:
            with start(command, output or errors, stderr=errors, cwd=home, env=self._environment(home)) as process:
                code = process.wait()
            errors.seek(0)
            told = last_words(errors.read())
        if code:
            if "No space left" in told:
                raise StoreUnavailable(f"{told}; free some, or let TMPDIR name a larger disk")
            kind = "unreachable" if any(words in told for words in _AWAY) else "refused"
            raise UnreadableVideo(kind, f"yt-dlp says: {told}")

    def _environment(self, home: str) -> dict[str, str]:
        """Nothing secret, and no configuration: the child reads pages that anybody may have written."""
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        proxies = urllib.request.getproxies()
        kept |= {f"{scheme}_proxy": proxies[scheme] for scheme in ("http", "https", "no") if scheme in proxies}
        allowed = {"CLIPMILL_PRIVATE_NETWORK": "1"} if self.settings.fetch.private_network or proxies else {}
        return kept | allowed | {"HOME": home, "YTDLP_NO_PLUGINS": "1"}
