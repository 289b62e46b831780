"""Addresses on web servers that are slow, cut, redirect, and say what is not so."""

import base64
import hashlib
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tasks.core.errors import ObjectMissing, StageRefused, StoreUnavailable, UnreadableVideo
from tasks.core.store import SourceObject
from tasks.ingest.sources import http as http_source
from tasks.ingest.sources import web
from tasks.ingest.sources.http import Http
from tests.fixtures.sources import listed, problems, source_settings
from tests.fixtures.web import Page, Site, site

DATA = os.urandom(300_000)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(web, "_FIRST_WAIT_S", 0.001)
    with site() as running:
        yield running


def source(folder: Path, *urls: str, **more: Any) -> Http:
    (folder / "list.txt").write_text("".join(f"{url}\n" for url in urls))
    return Http(source_settings("http", str(folder / "list.txt"), **more))


def one(folder: Path, url: str, **more: Any) -> tuple[Http, SourceObject]:
    """The source of one address, and what it is listed as."""
    made = source(folder, url, **more)
    (found,) = listed(made)
    return made, found


def kind_of(folder: Path, url: str, **more: Any) -> str:
    """Why the one address cannot be had."""
    made, found = one(folder, url, **more)
    if found.problem:
        return found.problem
    with pytest.raises(UnreadableVideo) as caught:
        made.fetch(found, folder / "part")
    return caught.value.kind


def same(part: Path, wanted: bytes) -> bool:
    """Whether the file holds these bytes; pytest would compare them for minutes."""
    return part.read_bytes() == wanted


# The list ----------------------------------------------------------------------------------------------------------


def test_a_list_is_looked_at_in_order_without_fetching(served: Site, tmp_path: Path) -> None:
    served.pages = {f"/{number}.mp4": Page(DATA[:number]) for number in range(1, 100)}
    made = source(tmp_path, "# my own", "", *(f"{served.url}/{number}.mp4" for number in range(1, 100)))
    found = listed(made)
    assert [one.size_bytes for one in found] == list(range(1, 100))
    assert found[4].uri == f"{served.url}/5.mp4"
    assert sum(asked.sent_bytes for asked in served.asked) == 0
    assert [one.uri for one in listed(made, found[49].cursor)] == [one.uri for one in found[50:]]


def test_an_empty_list_is_said(tmp_path: Path) -> None:
    with pytest.raises(ObjectMissing, match="names no address"):
        listed(source(tmp_path, "# nothing yet"))
    (tmp_path / "list.txt").unlink()
    with pytest.raises(ObjectMissing, match="no list at"):
        listed(Http(source_settings("http", str(tmp_path / "list.txt"))))


def test_a_list_may_lie_on_a_web_server(served: Site, tmp_path: Path) -> None:
    served.pages = {"/l.txt": Page(f"{served.url}/a.mp4\n".encode(), "text/plain"), "/a.mp4": Page(DATA)}
    (found,) = listed(Http(source_settings("http", f"{served.url}/l.txt")))
    assert found.size_bytes == len(DATA)
    served.pages["/l.txt"].statuses = [403]
    with pytest.raises(StageRefused, match="answered 403"):
        listed(Http(source_settings("http", f"{served.url}/l.txt")))


def test_a_replaced_file_is_another(served: Site, tmp_path: Path) -> None:
    served.pages["/a.mp4"] = Page(b"a" * 10)
    _, before = one(tmp_path, f"{served.url}/a.mp4")
    served.pages["/a.mp4"] = Page(b"b" * 10)
    _, after = one(tmp_path, f"{served.url}/a.mp4")
    assert (before.uri, before.etag) != (after.uri, after.etag)
    assert before.uri == after.uri


def test_the_servers_hash_is_known_before_fetching(served: Site, tmp_path: Path) -> None:
    digest = hashlib.sha256(DATA).digest()
    served.pages["/a.mp4"] = Page(DATA, headers={"Repr-Digest": f"sha-256=:{base64.b64encode(digest).decode()}:"})
    assert one(tmp_path, f"{served.url}/a.mp4")[1].content_hash == f"sha256:{digest.hex()}"


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://host/a.mp4",
        "https://user:word@host/a.mp4",
        "/etc/passwd",
        "http://",
        "http://[::1/",
    ],
)
def test_other_addresses_are_refused(tmp_path: Path, url: str) -> None:
    (found,) = listed(source(tmp_path, url))
    assert found.problem == "bad_address"
    assert "word" not in str((found.terms or {})["problem"])


# What servers do ---------------------------------------------------------------------------------------------------


def test_a_file_is_fetched_whole(served: Site, tmp_path: Path) -> None:
    served.pages["/ä b.mp4"] = Page(DATA)
    made, found = one(tmp_path, f"{served.url}/ä b.mp4")
    made.fetch(found, tmp_path / "part")
    assert same(tmp_path / "part", DATA)
    assert found.relative_path.endswith("/ä b.mp4")


def test_what_was_cut_is_gone_on_with(served: Site, tmp_path: Path) -> None:
    served.pages["/a.mp4"] = Page(DATA, cut_after=[100_000, 50_000, 7])
    made, found = one(tmp_path, f"{served.url}/a.mp4")
    made.fetch(found, tmp_path / "part")
    assert same(tmp_path / "part", DATA)
    assert sum(asked.sent_bytes for asked in served.of("/a.mp4")) == len(DATA)


def test_what_a_killed_process_left_is_gone_on_with(served: Site, tmp_path: Path) -> None:
    served.pages["/a.mp4"] = Page(DATA)
    made, found = one(tmp_path, f"{served.url}/a.mp4")
    (tmp_path / "part").write_bytes(DATA[:200_000])
    made.fetch(found, tmp_path / "part")
    assert same(tmp_path / "part", DATA)
    assert sum(asked.sent_bytes for asked in served.of("/a.mp4")) == 100_000


def test_the_beginning_of_another_file_is_not_gone_on_with(served: Site, tmp_path: Path) -> None:
    served.pages["/a.mp4"] = Page(DATA)
    made, found = one(tmp_path, f"{served.url}/a.mp4")
    served.pages["/a.mp4"] = Page(DATA[::-1])
    (tmp_path / "part").write_bytes(DATA[:200_000])
    made.fetch(found, tmp_path / "part")
    assert same(tmp_path / "part", DATA[::-1])


def test_a_server_without_ranges_is_asked_anew(served: Site, tmp_path: Path) -> None:
    served.pages["/a.mp4"] = Page(DATA, knows_ranges=False, knows_head=False, cut_after=[10, 100_000])
    made, found = one(tmp_path, f"{served.url}/a.mp4")
    made.fetch(found, tmp_path / "part")
    assert same(tmp_path / "part", DATA)


def test_a_partial_file_is_never_a_whole_one(served: Site, tmp_path: Path) -> None:
    served.pages["/a.mp4"] = Page(DATA, cut_after=[0] * 20)
    assert kind_of(tmp_path, f"{served.url}/a.mp4") == "unreachable"
    served.pages["/b.mp4"] = Page(DATA, tells_length=False)
    assert kind_of(tmp_path, f"{served.url}/b.mp4") == "unknown_length"
    served.pages["/c.mp4"] = Page(DATA, told_bytes=len(DATA) + 1)
    assert kind_of(tmp_path, f"{served.url}/c.mp4") == "unreachable"


def test_another_size_than_was_listed_is_another_file(served: Site, tmp_path: Path) -> None:
    served.pages["/a.mp4"] = Page(DATA)
    made, found = one(tmp_path, f"{served.url}/a.mp4")
    served.pages["/a.mp4"] = Page(DATA[:-1])
    with pytest.raises(UnreadableVideo) as caught:
        made.fetch(found, tmp_path / "part")
    assert caught.value.kind == "source_changed"


def test_what_is_no_video_is_not_fetched(served: Site, tmp_path: Path) -> None:
    served.pages["/a.mp4"] = Page(b"<html>", "text/html; charset=utf-8")
    assert kind_of(tmp_path, f"{served.url}/a.mp4") == "wrong_type"
    served.pages["/b.mp4"] = Page(DATA, "text/html", knows_head=False)
    assert kind_of(tmp_path, f"{served.url}/b.mp4") == "wrong_type"
    assert all(asked.sent_bytes <= 1 for asked in served.asked)


def test_a_file_beyond_the_limit_is_left(served: Site, tmp_path: Path) -> None:
    served.pages["/a.mp4"] = Page(DATA, bytes_per_s=1_000_000)
    assert kind_of(tmp_path, f"{served.url}/a.mp4", fetch={"max_file_bytes": 1000}) == "too_large_file"
    assert served.of("/a.mp4")[0].sent_bytes < len(DATA)


@pytest.mark.parametrize(("status", "kind"), [(404, "source_missing"), (403, "permission_denied"), (400, "refused")])
def test_a_refusal_says_what_it_is(served: Site, tmp_path: Path, status: int, kind: str) -> None:
    served.pages["/a.mp4"] = Page(DATA, statuses=[status] * 9)
    assert kind_of(tmp_path, f"{served.url}/a.mp4") == kind


def test_a_server_in_trouble_is_asked_again(served: Site, tmp_path: Path) -> None:
    served.pages["/a.mp4"] = Page(DATA, statuses=[503, 429])
    assert one(tmp_path, f"{served.url}/a.mp4")[1].size_bytes == len(DATA)


def test_a_slow_server_is_waited_for_and_a_silent_one_is_not(served: Site, tmp_path: Path) -> None:
    served.pages["/a.mp4"] = Page(DATA[:40_000], bytes_per_s=100_000)
    made, found = one(tmp_path, f"{served.url}/a.mp4", fetch={"timeout_s": 0.3})
    made.fetch(found, tmp_path / "part")
    assert same(tmp_path / "part", DATA[:40_000])
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/a.mp4"
        found = source(tmp_path, address, fetch={"timeout_s": 0.1}).look.at(address)
    assert found.problem == "unreachable"


def test_one_dead_server_among_others_is_its_own_problem(served: Site, tmp_path: Path) -> None:
    served.pages["/a.mp4"] = Page(DATA)
    made = source(tmp_path, "http://127.0.0.1:9/dead.mp4", f"{served.url}/a.mp4")
    assert problems(made) == {"dead.mp4": "unreachable", "a.mp4": None}


def test_when_nobody_can_be_reached_the_network_is_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, served: Site
) -> None:
    monkeypatch.setattr(http_source, "DEAD_AT_FIRST", 3)
    with pytest.raises(StoreUnavailable, match="none of the first 3 addresses could be reached"):
        listed(source(tmp_path, *(f"http://127.0.0.1:9/{number}.mp4" for number in range(5))))


# Redirects and private networks --------------------------------------------------------------------------------------


def test_a_redirect_is_followed_and_recorded(served: Site, tmp_path: Path) -> None:
    served.pages = {"/a.mp4": Page(redirect="/b.mp4"), "/b.mp4": Page(DATA)}
    made, found = one(tmp_path, f"{served.url}/a.mp4")
    made.fetch(found, tmp_path / "part")
    assert same(tmp_path / "part", DATA)
    assert found.uri == f"{served.url}/a.mp4"
    assert (found.terms or {})["redirected_to"] == f"{served.url}/b.mp4"


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "https://a:b@127.0.0.1/"])
def test_a_redirect_elsewhere_is_not(served: Site, tmp_path: Path, target: str) -> None:
    served.pages["/a.mp4"] = Page(redirect=target)
    assert kind_of(tmp_path, f"{served.url}/a.mp4") in ("private_address", "refused")


def test_a_circle_ends(served: Site, tmp_path: Path) -> None:
    served.pages["/a.mp4"] = Page(redirect="/a.mp4")
    assert kind_of(tmp_path, f"{served.url}/a.mp4") == "refused"


def test_a_private_network_is_not_asked(served: Site, tmp_path: Path) -> None:
    served.pages["/a.mp4"] = Page(DATA)
    port = served.url.rpartition(":")[2]
    for host in ("127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]", "0.0.0.0"):
        made = source(tmp_path, f"http://{host}:{port}/a.mp4", fetch={"private_network": False})
        assert listed(made)[0].problem == "private_address"
    assert served.asked == []


@pytest.mark.parametrize(
    ("address", "public"),
    [("10.1.2.3", False), ("169.254.169.254", False), ("::1", False), ("fd00::1", False), ("::ffff:10.0.0.1", False),
     ("fe80::1%eth0", False), ("100.64.0.1", False), ("224.0.0.1", False), ("8.8.8.8", True), ("2606:4700::1", True)],
)  # fmt: skip
def test_which_addresses_are_of_the_open_internet(address: str, public: bool) -> None:
    assert web.is_public(address) == public


# Who objects ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "robots", ["User-agent: *\nDisallow: /", "User-agent: clipmill\nDisallow: /v", "User-agent: *\nDisallow: /v/a.mp4"]
)
def test_robots_txt_is_heard_before_anything_is_asked(served: Site, tmp_path: Path, robots: str) -> None:
    served.pages = {"/robots.txt": Page(robots.encode(), "text/plain"), "/v/a.mp4": Page(DATA)}
    _, found = one(tmp_path, f"{served.url}/v/a.mp4")
    assert found.problem == "opted_out"
    assert (found.terms or {})["robots_txt"] == "disallowed"
    assert not served.of("/v/a.mp4", "HEAD")


def test_a_robots_txt_that_cannot_be_had_forbids_all(served: Site, tmp_path: Path) -> None:
    served.pages = {"/robots.txt": Page(statuses=[500] * 99), "/a.mp4": Page(DATA), "/b.mp4": Page(DATA)}
    assert problems(source(tmp_path, f"{served.url}/a.mp4", f"{served.url}/b.mp4")) == {
        "a.mp4": "unreachable",
        "b.mp4": "unreachable",
    }
    assert len(served.of("/robots.txt")) == 3


@pytest.mark.parametrize(
    ("headers", "objects"),
    [
        ({"X-Robots-Tag": "noai"}, True),
        ({"X-Robots-Tag": "noindex, NoImageAI"}, True),
        ({"X-Robots-Tag": "clipmill: noai"}, True),
        ({"X-Robots-Tag": "googlebot: noai"}, False),
        ({"X-Robots-Tag": "noindex"}, False),
        ({"tdm-reservation": "1", "tdm-policy": "https://owner/terms"}, True),
        ({"tdm-reservation": "0"}, False),
    ],
)
def test_headers_that_object_are_recorded_and_heard(
    served: Site, tmp_path: Path, headers: dict[str, str], objects: bool
) -> None:
    served.pages["/a.mp4"] = Page(DATA, headers=headers)
    _, found = one(tmp_path, f"{served.url}/a.mp4")
    assert found.problem == ("opted_out" if objects else None)
    assert bool(found.terms) == ("googlebot: noai" not in headers.values())


def test_a_sites_reservations_are_heard(served: Site, tmp_path: Path) -> None:
    told = b'[{"location": "/films/*", "tdm-reservation": 1}, {"location": "/*", "tdm-reservation": 0}]'
    served.pages = {
        "/.well-known/tdmrep.json": Page(told, "application/json"),
        "/films/a.mp4": Page(DATA),
        "/b.mp4": Page(DATA),
    }
    made = source(tmp_path, f"{served.url}/films/a.mp4", f"{served.url}/b.mp4")
    assert problems(made) == {"a.mp4": "opted_out", "b.mp4": None}


def test_who_objects_between_listing_and_fetching_is_heard(served: Site, tmp_path: Path) -> None:
    served.pages["/a.mp4"] = Page(DATA)
    made, found = one(tmp_path, f"{served.url}/a.mp4")
    served.pages["/a.mp4"].headers["X-Robots-Tag"] = "noai"
    with pytest.raises(UnreadableVideo) as caught:
        made.fetch(found, tmp_path / "part")
    assert caught.value.kind == "opted_out"


def test_a_pace_is_kept(served: Site, tmp_path: Path) -> None:
    served.pages["/a.mp4"] = Page(DATA)
    made, found = one(tmp_path, f"{served.url}/a.mp4", fetch={"bytes_per_s": 500_000, "requests_per_s": 1000})
    began_s = time.monotonic()
    made.fetch(found, tmp_path / "part")
    assert 0.5 < time.monotonic() - began_s < 2
