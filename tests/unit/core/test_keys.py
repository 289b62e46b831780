"""A changed setting renames what depends on it, and nothing else."""

from typing import Any

import pytest

from tasks.core.keys import stage_keys
from tasks.core.recipe import parse_recipe
from tests.fixtures.made_catalog import recipe_body

CAPTIONS = ("caption", "caption.captions")


def keys(**changes: Any) -> dict[str, str]:
    return {name: str(key.key) for name, key in stage_keys(parse_recipe(recipe_body(**changes))).items()}


def changed(**changes: Any) -> set[str]:
    before, after = keys(), keys(**changes)
    return {name for name in before if before[name] != after.get(name)}


def test_keys_are_the_same_on_every_machine() -> None:
    assert keys() == keys()
    assert keys()["split"] == "89c92bb9-b7e0-50f0-ab40-a755d32641d3"


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"policy": "strict"}, set()),
        ({"name": "other"}, set()),
        ({"plan": {"batch_video_s": 5}}, set()),
        ({"split": {"min_clip_s": 4}}, {"split"}),
        ({"filter": {"motion": {"sample_fps": 7}}}, {"filter.motion", "filter", *CAPTIONS, "shard"}),
        ({"filter": {"noise": {"sample_fps": 0.7}}}, {"filter.noise", "filter"}),
        ({"caption": {"structured": True}}, {*CAPTIONS, "shard"}),
        ({"caption": None}, {*CAPTIONS, "shard"}),
        ({"embed": {"score_all": True}}, set()),
        ({"embed": {"frames": 4}}, set()),
        (
            {"embed": {"embedding": {"model": "siglip2-base-patch16-224"}}},
            {"embed.embedding", "embed", "dedup"},
        ),
        ({"embed": {"zero_shot": {}}}, {"embed", "place", "shard"}),
        ({"dedup": {"floor": 0.8}}, {"dedup"}),
        ({"output": "/elsewhere"}, {"dedup", "transcode", "place", "shard"}),
        ({"transcode": {"quality": 30}}, {"transcode", "place", "shard"}),
        ({"shard": {"target_bytes": 1_000_000}}, {"shard"}),
        ({"shard": {"axes": ["length"]}}, {"place", "shard"}),
        ({"mix": {"quotas": [{"max_clips": 1}]}}, set()),
    ],
)
def test_a_change_renames_what_it_touches(change: dict[str, Any], names: set[str]) -> None:
    assert changed(**change) == names


def test_only_networks_care_how_many_pictures_they_see() -> None:
    model = {"embedding": {"model": "siglip2-base-patch16-224"}}
    assert keys(embed=model)["embed.embedding"] != keys(embed={**model, "frames": 4})["embed.embedding"]


def test_another_way_of_making_the_signal_embedding_makes_all_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    before = keys()["embed.embedding"]
    monkeypatch.setattr("tasks.core.settings_embed.SIGNAL_REVISION", "signal-later")
    assert keys()["embed.embedding"] != before


def test_what_reads_the_box_follows_the_crop() -> None:
    assert changed(crop={"frames": 8}) >= {"crop", "filter.motion", "filter.duration", "filter", "transcode", "shard"}
    assert "split" not in changed(crop={"frames": 8})
