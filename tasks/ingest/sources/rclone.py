"""Any remote that rclone's own configuration knows; a file is read by `rclone cat`, going on where it was cut."""

import json
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tasks.core.errors import ObjectMissing, StageRefused, StoreUnavailable, UnreadableVideo
from tasks.core.recipe import SourceSettings
from tasks.core.store import SourceObject
from tasks.core.window import Window
from tasks.ingest.sources.base import Source
from tasks.ingest.sources.download import BLOCK_BYTES
from tasks.ingest.sources.programs import find_program, last_words, start

_DIRECTORY_MISSING, _FILE_MISSING, _FATAL, _NOT_RETRIED = 3, 4, 7, 6
"""Exit codes, as rclone's documentation has them."""
_MEND = ("didn't find section in config file", "AccessDenied", "401", "403", "couldn't fetch token", "NoSuchBucket")
"""Words of rclone's that no second try changes."""


class Rclone(Source):
    """All files below a remote's folder; its credentials stay in rclone's configuration."""

    only_videos = True

    def __init__(self, settings: SourceSettings) -> None:
        super().__init__(settings)
        self.program = find_program("rclone", settings.name)

    def list(self, after: str | None, window: Window) -> Iterator[SourceObject]:
        """rclone lists in no order, so a listing begins anew; what is known costs no more than its line."""
        hashes = [] if self._hashes_are_slow() else ["--hash"]
        line = ["lsjson", self.settings.path, "--recursive", "--files-only", "--no-mimetype", *hashes]
        with tempfile.TemporaryFile() as errors, self._start(line, errors) as process:
            assert process.stdout is not None
            # One entry a line, between brackets: so memory does not grow with the list.
            for raw in process.stdout:
                if (entry := raw.strip().rstrip(b",")) not in (b"[", b"]", b""):
                    yield self._object(json.loads(entry))
            if code := process.wait():
                raise self._error(code, errors, self.settings.path)

    def _object(self, entry: Mapping[str, Any]) -> SourceObject:
        path = str(entry["Path"])
        hashes = {name.lower().replace("-", ""): value for name, value in (entry.get("Hashes") or {}).items()}
        told = next((f"{name}:{hashes[name]}" for name in ("sha256", "md5") if hashes.get(name)), None)
        return SourceObject(
            uri=f"rclone:{quote(self._file(path), safe='/:')}",
            relative_path=path.replace("\0", "\\x00"),
            size_bytes=max(0, int(entry["Size"])),
            modified_at=datetime.fromisoformat(entry["ModTime"]).astimezone(UTC) if entry.get("ModTime") else None,
            content_hash=told,
            problem="unknown_length" if int(entry["Size"]) < 0 else None,
        )

    def fetch(self, found: SourceObject, part: Path) -> Mapping[str, Any]:
        limits = self.settings.fetch
        place = self._file(found.relative_path)
        for _ in range(limits.tries):
            have = part.stat().st_size if part.exists() else 0
            if have > found.size_bytes:
                part.unlink()
                have = 0
            if have == found.size_bytes and part.exists():
                return {"fetched_from": place}
            self._read_on(place, part, have, found.size_bytes)
        raise StoreUnavailable(f"{place}: only {part.stat().st_size} of {found.size_bytes} bytes came, again and again")

    def _read_on(self, place: str, part: Path, have: int, size_bytes: int) -> None:
        speed = self.settings.fetch.bytes_per_s
        pace = ["--bwlimit", f"{speed}B"] if speed else []
        with (
            tempfile.TemporaryFile() as errors,
            part.open("ab") as file,
            self._start(["cat", place, "--offset", str(have), *pace], errors) as process,
        ):
            assert process.stdout is not None
            while block := process.stdout.read(BLOCK_BYTES):
                if file.tell() + len(block) > size_bytes:
                    process.kill()
                    raise UnreadableVideo("source_changed", f"{place} has grown since it was listed")
                file.write(block)
            if (code := process.wait()) in (_DIRECTORY_MISSING, _FILE_MISSING, _FATAL, _NOT_RETRIED):
                raise self._error(code, errors, place)

    def _hashes_are_slow(self) -> bool:
        """Whether the remote reads a whole file to say its hash: then it is not worth the asking."""
        with tempfile.TemporaryFile() as errors:
            with self._start(["backend", "features", self.settings.path.partition(":")[0] + ":"], errors) as process:
                told, _ = process.communicate()
            if process.returncode:
                raise self._error(process.returncode, errors, self.settings.path)
        features = json.loads(told).get("Features", {})
        return bool(features.get("SlowHash"))

    def _file(self, path: str) -> str:
        root = self.settings.path
        return f"{root}{path}" if root.endswith((":", "/")) else f"{root}/{path}"

    def _start(self, line: Any, errors: Any) -> "subprocess.Popen[bytes]":
        tries = str(self.settings.fetch.tries)
        options = ["--retries", tries, "--timeout", f"{self.settings.fetch.timeout_s}s", "--log-level", "ERROR"]
        return start([self.program, *line, *options, "--ask-password=false"], stderr=errors)

    def _error(self, code: int, errors: Any, place: str) -> Exception:
        errors.seek(0)
        told = f"{place}: rclone says: {last_words(errors.read())}"
        if code == _FILE_MISSING:
            return ObjectMissing(told)
        if code == _DIRECTORY_MISSING:
            return ObjectMissing(told)
        if any(words in told for words in _MEND):
            return StageRefused(
                f"{told}; `rclone config` and `rclone lsd {self.settings.path.partition(':')[0]}:` show it"
            )
        return StoreUnavailable(told)
