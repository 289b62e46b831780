"""Dataset repositories of a hub: pinned, under the licence of their card, fetched by what the hub knows of them."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tasks.core.errors import ObjectMissing, StageRefused, StoreUnavailable
from tasks.ingest.sources import web
from tasks.ingest.sources.hf import HuggingFace
from tasks.ingest.sources.hub_licence import licence_of
from tests.fixtures.hub import REVISION, Hub
from tests.fixtures.sources import listed, source_settings
from tests.fixtures.web import Page, Site, site

CARD = "---\nlicense: cc-by-4.0\ntags: [robotics]\n---\n# A data set\n"
FILES = {"videos/a b.mp4": os.urandom(5000), "videos/b.mp4": os.urandom(100), "data/episodes.parquet": b"PAR1"}


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(web, "_FIRST_WAIT_S", 0.001)
    with site() as running:
        yield running


def source(served: Site, **more: Any) -> HuggingFace:
    hub = {"revision": REVISION, "endpoint": served.url} | more.pop("hub", {})
    return HuggingFace(source_settings("hf", "owner/name", hub=hub, **more))


def test_videos_are_listed_over_all_pages_with_their_hashes(served: Site) -> None:
    Hub(served).add("owner/name", CARD, FILES)
    made = source(served)
    found = listed(made)
    assert [one.relative_path for one in found if made.takes(one)] == ["videos/a b.mp4", "videos/b.mp4"]
    video = found[2]
    data = FILES["videos/a b.mp4"]
    assert (video.size_bytes, video.content_hash) == (5000, f"sha256:{hashlib.sha256(data).hexdigest()}")
    assert (video.terms or {})["licence"] == "CC-BY-4.0"
    assert (video.terms or {})["revision"] == REVISION
    assert listed(made, found[1].cursor) == found[2:]


def test_a_file_is_fetched_and_gone_on_with(served: Site, tmp_path: Path) -> None:
    Hub(served).add("owner/name", CARD, FILES)
    made = source(served)
    video = next(one for one in listed(made) if one.relative_path == "videos/a b.mp4")
    data = FILES["videos/a b.mp4"]
    (tmp_path / "part").write_bytes(data[:4000])
    made.fetch(video, tmp_path / "part")
    assert (tmp_path / "part").read_bytes() == data
    assert sum(asked.sent_bytes for asked in served.of(f"/lfs/{hashlib.sha256(data).hexdigest()}")) == 1000


def test_the_token_goes_to_the_hub_alone(served: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_TOKEN", "secret")
    with site() as elsewhere:
        Hub(served, token="secret").add("owner/name", CARD, FILES)
        path = f"/datasets/owner/name/resolve/{REVISION}/videos/b.mp4"
        served.pages[path].redirect = f"{elsewhere.url.replace('127.0.0.1', 'localhost')}/b"
        elsewhere.pages["/b"] = Page(FILES["videos/b.mp4"])
        made = source(served, hub={"token_variable": "MY_TOKEN"})
        video = next(one for one in listed(made) if one.relative_path == "videos/b.mp4")
        made.fetch(video, tmp_path / "part")
        assert "authorization" not in elsewhere.asked[0].headers
    monkeypatch.delenv("MY_TOKEN")
    with pytest.raises(StageRefused, match="put a token into MY_TOKEN"):
        listed(source(served, hub={"token_variable": "MY_TOKEN"}))


@pytest.mark.parametrize(
    ("card", "words"),
    [
        ("---\nlicense: mit\n---\n", "says MIT, the recipe CC-BY-4.0"),
        ("---\nlicense: cc-by-nc-4.0\n---\n", "says CC-BY-NC-4.0"),
        ("---\nlicense: [cc-by-4.0, mit]\n---\n", "CC-BY-4.0 AND MIT"),
        ("# No front matter\n", "names no licence"),
        ("---\nlicense: unknown\n---\n", "names no licence"),
        ("---\nlicense: {a\n---\n", "cannot be read"),
    ],
)
def test_another_licence_than_the_recipes_is_refused(served: Site, card: str, words: str) -> None:
    Hub(served).add("owner/name", card, FILES)
    with pytest.raises(StageRefused, match=words):
        listed(source(served))


def test_a_licence_of_its_own_has_its_name() -> None:
    assert licence_of({"license": "other", "license_name": "nvidia-av dataset"}) == "LicenseRef-nvidia-av-dataset"
    assert licence_of({}) is None


def test_a_revision_is_a_commit(served: Site) -> None:
    with pytest.raises(ValidationError, match="full hash of a commit"):
        source(served, hub={"revision": "main"})


def test_what_is_not_there_or_breaks_off_is_said(served: Site) -> None:
    with pytest.raises(ObjectMissing):
        listed(source(served))
    Hub(served).add("owner/name", CARD, FILES)
    tree = next(path for path in served.pages if "cursor" in path)
    served.pages[tree].statuses = [500] * 9
    with pytest.raises(StoreUnavailable, match="answered 500"):
        listed(source(served))


def test_a_recipe_whose_commit_has_to_be_put_in_says_how(served: Site) -> None:
    with pytest.raises(StageRefused, match=r"put in the one .* `git ls-remote .*/datasets/owner/name HEAD`"):
        listed(source(served, hub={"revision": "0" * 40}))
    assert served.asked == []
