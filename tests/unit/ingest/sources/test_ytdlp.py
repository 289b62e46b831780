"""Pages with videos, by yt-dlp's extractor for any page; the child that it runs in."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tasks.core.errors import StageRefused, UnreadableVideo
from tasks.ingest.sources import web, ytdlp
from tasks.ingest.sources.page_licence import is_allowed, licence_of
from tasks.ingest.sources.ytdlp import YtDlp
from tasks.ingest.sources.ytdlp_child import guard
from tests.fixtures.made_video import Shot, made_video
from tests.fixtures.sources import listed, source_settings
from tests.fixtures.web import Page, Site, site

needs_ytdlp = pytest.mark.skipif(importlib.util.find_spec("yt_dlp") is None, reason="yt-dlp is not here")
HTML = b"<html><head><title>A film</title></head><body><video src='/film.mp4'></video></body></html>"


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Site]:
    monkeypatch.setattr(web, "_FIRST_WAIT_S", 0.001)
    made_video(tmp_path / "film.mp4", [Shot(0.4)])
    with site() as running:
        running.pages = {"/page": Page(HTML, "text/html"), "/film.mp4": Page((tmp_path / "film.mp4").read_bytes())}
        yield running


def source(folder: Path, url: str, *licences: str, **more: Any) -> YtDlp:
    (folder / "list.txt").write_text(url)
    return YtDlp(source_settings("ytdlp", str(folder / "list.txt"), licences=licences, **more))


@needs_ytdlp
def test_the_video_of_a_page_is_fetched_where_the_recipe_takes_its_licence(served: Site, tmp_path: Path) -> None:
    made = source(tmp_path, f"{served.url}/page", "CC-BY-4.0", "NOASSERTION")
    (found,) = listed(made)
    assert served.asked == []
    terms = made.fetch(found, tmp_path / "part")
    assert (tmp_path / "part").read_bytes() == (tmp_path / "film.mp4").read_bytes()
    assert (terms["licence"], terms["page"]) == ("NOASSERTION", f"{served.url}/page")
    assert str(terms["title"]).startswith("A film")


@needs_ytdlp
def test_a_page_without_a_licence_is_refused_before_its_video_is_fetched(served: Site, tmp_path: Path) -> None:
    made = source(tmp_path, f"{served.url}/page")
    with pytest.raises(UnreadableVideo, match="names no licence; the recipe takes CC-BY-4") as caught:
        made.fetch(listed(made)[0], tmp_path / "part")
    assert caught.value.kind == "licence_refused"
    assert not (tmp_path / "part").exists()


@needs_ytdlp
def test_who_objects_is_heard(served: Site, tmp_path: Path) -> None:
    served.pages["/page"].headers["X-Robots-Tag"] = "noai"
    made = source(tmp_path, f"{served.url}/page", "NOASSERTION")
    with pytest.raises(UnreadableVideo) as caught:
        made.fetch(listed(made)[0], tmp_path / "part")
    assert caught.value.kind == "opted_out"


@needs_ytdlp
def test_the_child_asks_no_private_address(served: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = source(tmp_path, f"{served.url}/page", "NOASSERTION", fetch={"private_network": False})
    monkeypatch.setattr(YtDlp, "_objections", lambda *_: {})
    with pytest.raises(UnreadableVideo, match="private network"):
        made.fetch(listed(made)[0], tmp_path / "part")
    assert served.asked == []


def test_the_child_starts_no_program() -> None:
    for event, arguments in (("subprocess.Popen", ("/bin/sh",)), ("os.system", (b"ls",)), ("os.exec", ("ls",))):
        with pytest.raises(PermissionError):
            guard(event, arguments)
    with pytest.raises(PermissionError):
        guard("socket.connect", (None, ("169.254.169.254", 80)))
    with pytest.raises(PermissionError):
        guard("socket.connect", (None, "/run/docker.sock"))
    guard("subprocess.Popen", ("/usr/bin/ffmpeg",))
    guard("socket.connect", (None, ("8.8.8.8", 443)))


def test_the_child_sees_no_secret_and_no_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ytdlp, "find_spec", lambda _: True)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    told = source(tmp_path, "http://a/")._environment("/home/of/nobody")
    assert "secret" not in told.values()
    assert told["HOME"] == "/home/of/nobody"
    assert {"--ignore-config", "--no-exec", "--no-plugin-dirs"} <= set(ytdlp.OPTIONS)


def test_without_ytdlp_the_command_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ytdlp, "find_spec", lambda _: None)
    with pytest.raises(StageRefused, match="uv pip install yt-dlp"):
        source(tmp_path, "http://a/")


@pytest.mark.parametrize(
    ("said", "licence"),
    [
        ("Creative Commons Attribution license (reuse allowed)", "CC-BY"),
        ("https://creativecommons.org/licenses/by-sa/3.0/", "CC-BY-SA-3.0"),
        ("http://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        ("by-nc", "CC-BY-NC"),
        ("CC-BY-4.0", "CC-BY-4.0"),
        ("Standard YouTube License", "NOASSERTION"),
        (None, "NOASSERTION"),
    ],
)
def test_what_sites_say_in_the_words_of_spdx(said: str | None, licence: str) -> None:
    assert licence_of(said) == licence


def test_a_licence_without_a_version_is_any_of_it() -> None:
    assert is_allowed("CC-BY", ["CC-BY-4.0"])
    assert not is_allowed("CC-BY", ["CC-BY-NC-4.0"])
    assert not is_allowed("CC-BY-3.0", ["CC-BY-4.0"])
    assert not is_allowed("NOASSERTION", ["CC-BY-4.0"])
