"""`clipmill lineage`, both ways: from a clip, a shard, a video and a source."""

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tasks.core.catalog import Catalog
from tests.fixtures.command import Command
from tests.fixtures.curated import HOSTILE_NAME, RUN, Curated, curated


@pytest.fixture
def world(catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Curated:
    """The run of every state, in the catalog that the command finds."""
    monkeypatch.setenv("CLIPMILL_CATALOG_URL", catalog.url)
    return curated(catalog, tmp_path)


def test_a_clip_from_its_source_to_its_version(clipmill: Command, world: Curated) -> None:
    story = clipmill("lineage", world.clips["published"], "--json").json
    assert {place["name"] for place in story["places"]} == {"corpus"}
    assert story["places"][0]["licence"] == "CC-BY-4.0"
    assert [(row["dataset"], row["version"], row["clips"]) for row in story["versions"]] == [("tiny", 1, 1)]
    (rendition,), (shard,) = story["renditions"], story["shards"]
    assert story["settings"][rendition["stage_key"]]["made_of"]["encoder"] == "libx264"
    assert (shard["object_key"], shard["offset_bytes"]) == ("shards/published.tar", 512)
    stages = {row["stage"] for row in story["made_by"]}
    assert stages >= {"ingest", "split", "crop", "filter", "embed", "dedup", "caption", "transcode", "shard", "publish"}
    assert {row["run_id"] for row in story["made_by"]} == {RUN}
    motion = next(score for score in story["scores"] if score["score"] == "motion_mean")
    assert story["settings"][motion["stage_key"]]["made_of"]["algorithm"].startswith("motion-")


def test_the_tree_tells_what_the_json_does(clipmill: Command, world: Curated) -> None:
    said = clipmill("lineage", world.clips["published"]).out
    for words in (
        "CC-BY-4.0; made by us", "commercial: yes", "motion_mean  0.3", "asked ≥ 0.02", "verdict keep  testing v3",
        "row 0, signal at signal-2",
        "of its own: no clip that is kept is like it", "motion_p95  \u2013\n",
        "shards/published.tar  tiny, at byte 512", "tiny version 1", "code abc",
        '"encoder":"libx264"', "at 0,10, confidence 0.9",
    ):  # fmt: skip
        assert words in said, words


def test_a_shard_by_its_key_or_the_end_of_it(clipmill: Command, world: Curated) -> None:
    story = clipmill("lineage", "published.tar", "--json").json
    assert (story["kind"], story["object_key"], story["clips"], story["versions"]) == (
        "shard", "shards/published.tar", 1, [1],
    )  # fmt: skip
    assert [member["clip_id"] for member in story["members"]] == [world.clips["published"]]
    assert [(row["name"], row["clips"], row["videos"]) for row in story["sources"]] == [("corpus", 1, 1)]
    assert clipmill("lineage", "shards/published.tar", "--json").json == story
    assert "corpus" in clipmill("lineage", "published.tar").out


def test_a_video_and_a_source_to_their_versions(clipmill: Command, world: Curated) -> None:
    video = clipmill("lineage", "night.mp4", "--json").json
    assert (video["made"]["counts"]["clips"], video["made"]["counts"]["renditions"]) == (5, 2)
    source = clipmill("lineage", "corpus", "--json").json
    assert (source["kind"], source["uri"]) == ("source", Path(world.folder).as_uri())
    assert source["made"]["counts"]["clips"] == 8
    assert [row["version"] for row in source["made"]["versions"]] == [1]
    assert [row["run_id"] for row in source["runs"]] == [RUN]
    assert clipmill("lineage", str(world.folder), "--json").json == source
    said = clipmill("lineage", "corpus").out
    assert "shards/published.tar" in said
    assert "recipe tiny" in said


def test_many_are_told_by_number_and_the_first(
    clipmill: Command, world: Curated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.cli.lineage.SHOWN", 2)
    assert "and 3 more  --all lists them" in clipmill("lineage", "corpus").out
    assert "--all lists them" not in clipmill("lineage", "corpus", "--all").out


class _Page(HTMLParser):
    """The tags of a page, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_page_holds_all_and_needs_nothing_else(clipmill: Command, world: Curated, tmp_path: Path) -> None:
    assert clipmill("lineage", world.clips["published"], "--html", tmp_path / "clip.html").code == 0
    page = _Page((tmp_path / "clip.html").read_text())
    assert page.addresses == []
    assert world.clips["published"] in page.text
    assert "shards/published.tar" in page.text
    nowhere = clipmill("lineage", world.clips["published"], "--html", tmp_path / "nope" / "clip.html")
    assert nowhere.code == 2
    assert "there is no folder" in nowhere.err
    assert clipmill("lineage", "corpus", "--all", "--html", tmp_path / "source.html").code == 0
    hostile = _Page((tmp_path / "source.html").read_text())
    assert HOSTILE_NAME in hostile.text
    assert "img" not in hostile.tags


def test_captions_are_told_with_what_said_them(clipmill: Command, catalog: Catalog, world: Curated) -> None:
    clip = world.clips["published"]
    with catalog.begin() as connection:
        connection.script(f"update catalog.caption set prompt_hash = repeat('ab', 32) where clip_id = '{clip}'")
    said = clipmill("lineage", clip).out
    for words in (
        "signals-1  prompt abababab, settings ",
        "0.0 s to 6.0 s  near_duplicate",
        "short  A published shot.",
    ):
        assert words in said, words
    story = clipmill("lineage", clip, "--json").json
    (captions,) = story["captions"]
    assert captions["prompt_hash"] == "ab" * 32
    assert captions["stage_run_id"] in {row["stage_run_id"] for row in story["made_by"] if row["stage"] == "caption"}
    assert captions["stage_key"] in story["settings"]


@pytest.mark.parametrize(
    ("what", "says"), [("nothing-like-it", "nor a source's name (there are: corpus)"), ("", "neither")]
)
def test_what_is_not_there_is_told(clipmill: Command, world: Curated, what: str, says: Any) -> None:
    ended = clipmill("lineage", what)
    assert ended.code == 78
    assert says in ended.err
