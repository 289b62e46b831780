"""The card of a published version: what it says is what the version holds."""

import csv
import io
import json
import re
from pathlib import Path

import yaml

from tasks.dataset.card import attribution_of, card_of
from tasks.dataset.facts import facts_of
from tasks.dataset.grid import grid_of
from tasks.dataset.put_card import put_card
from tests.fixtures.made_version import CLIPS, MadeVersion

FILES = {
    "ATTRIBUTION.md", "LICENCES.csv", "README.md", "TRAINING_DATA_SUMMARY.md", "croissant.json", "grid.jpg",
}  # fmt: skip
SECONDS = sum(clip.seconds for clip in CLIPS)


def card(made: MadeVersion) -> dict[str, bytes]:
    folder = made.folder / "versions" / "00001" / "card"
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def known_file(made: MadeVersion) -> Path:
    (path,) = made.folder.glob("versions/00001/known-*.json")
    return path


def test_publishing_puts_the_card_beside_the_manifest(made_version: MadeVersion) -> None:
    assert set(card(made_version)) == FILES
    assert "card" not in json.dumps(dict(made_version.version.manifest))


def test_made_again_it_is_the_same(made_version: MadeVersion) -> None:
    before = card(made_version)
    assert put_card(made_version.version) == "versions/00001/card"
    assert card(made_version) == before


def test_its_header_is_what_the_hub_reads(made_version: MadeVersion) -> None:
    text = card(made_version)["README.md"].decode()
    _, header, body = text.split("---\n", 2)
    said = yaml.safe_load(header)
    assert (said["license"], said["size_categories"]) == ("cc0-1.0", ["n<1K"])
    assert f"{len(CLIPS)} clips" in body
    assert made_version.version.sha256 in body
    assert "![Some of its clips](grid.jpg)" in body
    assert re.search(rf"\| made \| CC0-1\.0 \| 1 \| {len(CLIPS)} \| {SECONDS / 3600:.3f} \| made by the test \|", body)


def test_the_funnel_is_that_of_the_publishing_run(made_version: MadeVersion) -> None:
    known = json.loads(known_file(made_version).read_bytes())
    assert known["sources"] == [
        {"name": "made", "licence": "CC0-1.0", "rights": "made by the test", "evidence": None}
    ]  # fmt: skip
    (out,) = (row for row in known["funnel"] if (row["stage"], row["flow"]) == ("shard", "out"))
    assert (out["things"], out["seconds"]) == (len(CLIPS), SECONDS)
    assert "| shard | clips | out |  | 6 | 0.011 |" in card(made_version)["README.md"].decode()


def test_licences_are_told_by_source(made_version: MadeVersion) -> None:
    (row,) = csv.DictReader(io.StringIO(card(made_version)["LICENCES.csv"].decode()))
    assert (row["source"], row["licence"], row["rights"], row["clips"]) == ("made", "CC0-1.0", "made by the test", "6")
    assert float(row["duration_s"]) == SECONDS
    assert "## made" in attribution_of(made_version.version, facts_of(made_version.version))


def test_the_summary_says_what_it_knows_and_whose_the_rest_is(made_version: MadeVersion) -> None:
    text = card(made_version)["TRAINING_DATA_SUMMARY.md"].decode()
    assert [line[3:5] for line in text.splitlines() if line.startswith("## ")] == ["1.", "2.", "3."]
    assert "| made | CC0-1.0 | made by the test | none | 1 |" in text
    assert text.count("For the provider of the model to say") == 4


def test_the_limits_follow_from_the_content(made_version: MadeVersion) -> None:
    text = card(made_version)["README.md"].decode()
    assert f"{len(CLIPS)} of its {len(CLIPS)} clips have no caption." in text
    assert "100% of its hours come from one source, made." in text
    assert "It has no sound." in text


def test_croissant_names_every_file_with_its_sum(made_version: MadeVersion) -> None:
    body = json.loads(card(made_version)["croissant.json"])
    manifest = made_version.version.manifest
    wanted = {shard["key"]: shard["sha256"] for shard in [manifest["index"], *manifest["shards"]]}
    assert {one["contentUrl"].removeprefix("../../../"): one["sha256"] for one in body["distribution"]} == wanted
    folder = made_version.folder / "versions" / "00001" / "card"
    assert all((folder / one["contentUrl"]).resolve().is_file() for one in body["distribution"])
    assert body["license"] == ["https://spdx.org/licenses/CC0-1.0.html"]
    assert body["conformsTo"] == "http://mlcommons.org/croissant/1.1"


def test_the_grid_shows_each_clip_once_where_there_are_few(made_version: MadeVersion) -> None:
    grid = grid_of(made_version.version)
    assert grid == card(made_version)["grid.jpg"]
    assert grid is not None
    assert grid.startswith(b"\xff\xd8")


def test_a_version_published_without_what_only_the_catalog_knows(made_version: MadeVersion) -> None:
    key = known_file(made_version)
    known = key.read_bytes()
    key.unlink()
    try:
        text = card_of(made_version.version, facts_of(made_version.version))
        assert "The funnel was not noted" in text
        assert "not noted" in text
        assert facts_of(made_version.version).terms == {}
    finally:
        key.write_bytes(known)
