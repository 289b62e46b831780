"""What a manifest says, and what it must not."""

import uuid
from typing import Any

import pytest

from tasks.core.catalog.work import Run
from tasks.core.keys import stage_keys
from tasks.core.recipe import parse_recipe
from tasks.publish.excluded import Excluded
from tasks.publish.index import Index, Stored
from tasks.publish.manifest import Content, Files, Shard, Tombstone, next_version
from tasks.publish.record import make_content
from tasks.publish.tally import Tallies, Tally

INDEX = Index(Stored("versions/00001/index-0.parquet", "ab" * 32, 10), Tallies(Tally(3, 18_000_000)))
FILES = Files(INDEX, Excluded(None, {}), None, None)


def run_of(run_id: str = "curate.1", **changes: Any) -> Run:
    source = {"name": "made", "path": "/made", "licence": "CC0-1.0", "rights": "made by the test"}
    recipe = parse_recipe({"name": "r", "dataset": "made", "output": "/out", "sources": [source]} | changes)
    return Run(run_id, recipe, recipe.recipe_hash, "cd" * 32, uuid.uuid4(), stage_keys(recipe))


def shard(number: int, members: int = 3) -> Shard:
    return Shard(uuid.UUID(int=number), f"shards/x/made-{number:016x}.tar", f"{number:064x}", 1000, "x", members)


def content(*shards: Shard, dead: list[tuple[int, int]] | None = None) -> Content:
    """The shards, with dead clips as (shard, clip)."""
    by_number = {one.shard_id.int: one for one in shards}
    fallen = [Tombstone(by_number[number], uuid.UUID(int=clip), "low_motion") for number, clip in dead or []]
    return make_content(shards, fallen)


def test_two_runs_in_two_places_say_the_same() -> None:
    here = next_version(None, run_of(), content(shard(1)), FILES)
    other_source = {"name": "made", "path": "/elsewhere", "licence": "CC0-1.0", "rights": "made by the test"}
    there = run_of("backfill.7", output="/elsewhere/out", sources=[other_source])
    assert next_version(None, there, content(shard(1)), FILES).text == here.text


def test_other_settings_say_something_else() -> None:
    here = next_version(None, run_of(), content(shard(1)), FILES).manifest["made_by"]["stages"]
    there = next_version(None, run_of(transcode={"quality": 30}), content(shard(1)), FILES).manifest["made_by"][
        "stages"
    ]
    assert {name for name in here if here[name] != there[name]} == {"transcode"}


def test_a_version_names_its_parent_by_content() -> None:
    first = next_version(None, run_of(), content(shard(1)), FILES)
    second = next_version(first, run_of(), content(shard(1), shard(2)), FILES)
    assert (first.number, first.manifest["parent"]) == (1, None)
    assert (second.number, second.manifest["parent"]) == (2, {"version": 1, "manifest_sha256": first.sha256})


def test_order_of_arrival_does_not_show() -> None:
    one = content(shard(1), shard(2), dead=[(1, 8), (1, 7), (2, 9)])
    other = content(shard(2), shard(1), dead=[(2, 9), (1, 7), (1, 8)])
    assert one == other


def test_a_shard_without_a_living_clip_is_left_out() -> None:
    found = content(shard(1, members=2), shard(2), dead=[(1, 7), (1, 8), (2, 9)])
    assert [one.shard_id.int for one in found.shards] == [2]
    assert [one.clip_id.int for one in found.tombstones] == [9]


@pytest.mark.parametrize(
    ("after", "same"),
    [
        (content(shard(1), shard(2), dead=[(2, 9)]), True),
        (content(shard(1), shard(2)), False),
        (content(shard(1), shard(2), dead=[(2, 9), (2, 8)]), False),
        (content(shard(1)), False),
        (content(shard(1), shard(3), dead=[(3, 9)]), False),
    ],
)
def test_a_version_differs_by_its_shards_and_tombstones(after: Content, *, same: bool) -> None:
    before = next_version(None, run_of(), content(shard(1), shard(2), dead=[(2, 9)]), FILES)
    assert after.is_of(before) == same


def test_nothing_is_no_first_version() -> None:
    assert content().is_of(None)
    assert not content(shard(1)).is_of(None)
