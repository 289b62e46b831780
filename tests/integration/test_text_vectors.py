"""Captions as vectors in the tars of a dataset: when they are made, and what a reader finds; on a real catalog."""

import io
import json
import os
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import webdataset

from tasks.core.catalog import Catalog
from tasks.core.errors import BadRecipe, ModelMissing
from tasks.core.recipe import parse_recipe
from tasks.core.store import Store
from tasks.dataset.version import PublishedVersion
from tasks.models.folder import place_of
from tasks.models.registry import MODELS
from tasks.models.text_encoder import TokenVectors
from tasks.publish.changes import changes_between
from tasks.publish.versions import latest_version, read_version
from tasks.shard import text
from tests.fixtures.made_catalog import made_run, policy_file
from tests.fixtures.made_dataset import (
    add_encoded,
    check_readable,
    index_of,
    judge,
    record_terms,
    run_publish,
    run_shard,
)

WANTED = {"text_vectors": {"encoder": "t5-11b", "caption": "long"}}
DIMENSION = 4


class Letters:
    """Stands for a text encoder: a token is a letter, its vector the letter's number."""

    passes: int = 0

    def vectors_of(self, texts: Sequence[str]) -> list[TokenVectors]:
        Letters.passes += 1
        return [np.repeat([[ord(letter)] for letter in one], DIMENSION, 1).astype(np.float16) for one in texts]


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that has the model's files, and in its place one that needs none of them."""
    monkeypatch.setenv("CLIPMILL_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr(os, "fsync", lambda _: None)
    monkeypatch.setattr(text, "load_text_encoder", lambda _: Letters())
    place_of(MODELS["t5-11b"]).mkdir(parents=True)
    for name in MODELS["t5-11b"].files:
        (place_of(MODELS["t5-11b"]) / name).touch()


class World:
    """Runs of one dataset, with and without vectors."""

    def __init__(self, catalog: Catalog, folder: Path) -> None:
        self.catalog, self.folder, self.runs = catalog, folder, 0

    def curate(self, clips: int = 0, **shard: Any) -> tuple[int, int]:
        """How many tars and versions a run makes, before which so many clips come."""
        self.runs += 1
        policy = policy_file(self.folder, {"rule": "too_dark", "score": "luma_mean", "min": 0.2})
        packed = {"target_bytes": 100_000, "axes": ["resolution"]} | shard
        output = str(self.folder / "dataset")
        run = made_run(self.catalog, f"curate.{self.runs}", policy=policy, output=output, shard=packed)
        if self.runs == 1:
            record_terms(self.catalog, run)
        if clips:
            add_encoded(self.catalog, run, f"{self.runs}.mp4", [0.5] * clips)
        judge(self.catalog, run)
        return run_shard(self.catalog, run), run_publish(self.catalog, run)


@pytest.fixture
def world(catalog: Catalog, tmp_path: Path) -> World:
    return World(catalog, tmp_path)


def newest(store: Store) -> PublishedVersion:
    found = latest_version(store)
    assert found is not None
    check_readable(store, found)
    return PublishedVersion(store, found.number, found.text)


def vectors_in(store: Store) -> dict[str, Any]:
    """The vectors in the newest version's tars, by clip."""
    found = {}
    for shard in newest(store).manifest["shards"]:
        with tarfile.open(fileobj=io.BytesIO(store.get_bytes(shard["key"]))) as tar:
            for info in tar:
                if info.name.endswith(".t5.npy"):
                    data = tar.extractfile(info).read()  # type: ignore[union-attr]
                    found[info.name.removesuffix(".t5.npy")] = np.load(io.BytesIO(data))
    return found


@pytest.mark.usefixtures("model")
def test_each_clip_has_its_captions_vectors_beside_it(world: World, store: Store, tmp_path: Path) -> None:
    assert world.curate(7, **WANTED) == (2, 1)
    tars = [str(tmp_path / "dataset" / shard["key"]) for shard in newest(store).manifest["shards"]]
    samples = list(webdataset.WebDataset(tars, shardshuffle=False))
    assert len(samples) == 7
    for sample in samples:
        assert {name for name in sample if not name.startswith("__")} == {"mp4", "json", "t5.npy"}
        vectors = np.load(io.BytesIO(sample["t5.npy"]))
        assert (vectors.dtype, vectors.shape) == (np.float16, (1, len("A made shot."), DIMENSION))
        assert "".join(map(chr, vectors[0, :, 0].astype(int))) == "A made shot."
        told = json.loads(sample["json"])["text_vectors"]
        assert told == {"encoder": "t5-11b", "revision": MODELS["t5-11b"].revision, "caption": "long"}


@pytest.mark.usefixtures("model")
def test_the_clips_are_still_found_where_the_index_says(world: World, store: Store) -> None:
    world.curate(7, **WANTED)
    clips = list(newest(store).clips())
    assert len(clips) == 7
    assert {clip.windows[0].captions["long"] for clip in clips} == {"A made shot."}


@pytest.mark.usefixtures("model")
def test_asking_for_them_writes_every_tar_anew_once_and_so_does_no_longer_asking(world: World, store: Store) -> None:
    assert world.curate(7) == (2, 1)
    assert vectors_in(store) == {}
    plain = newest(store).manifest["shards"]
    assert world.curate(**WANTED) == (2, 1)
    assert len(vectors_in(store)) == 7
    assert world.curate(**WANTED) == (0, 0)
    assert world.curate() == (2, 1)
    assert vectors_in(store) == {}
    assert newest(store).manifest["shards"] == plain


@pytest.mark.usefixtures("model")
def test_the_index_and_a_diff_tell_of_them(world: World, store: Store) -> None:
    world.curate(7)
    world.curate(**WANTED)
    assert {row["text_vectors"] for row in index_of(store, read_version(store, 1))} == {None}
    told = {row["text_vectors"] for row in index_of(store, newest(store))}
    assert [json.loads(one)["caption"] for one in told] == ["long"]
    world.curate(text_vectors={"encoder": "t5-11b", "caption": "short"})
    world.curate()
    for before in (1, 2, 3):
        found = changes_between(store, read_version(store, before), read_version(store, before + 1))
        assert len(found) == 7
        assert {(one.difference.change, one.difference.what, one.why) for one in found} == {
            ("changed", ("text_vectors",), "settings")
        }


@pytest.mark.usefixtures("model")
def test_another_caption_makes_them_anew(world: World, store: Store) -> None:
    world.curate(3, **WANTED)
    assert world.curate(text_vectors={"caption": "short"}) == (1, 1)
    assert len(vectors_in(store)) == 3


@pytest.mark.usefixtures("model")
def test_new_clips_leave_full_tars_and_their_vectors(world: World, store: Store) -> None:
    world.curate(7, **WANTED)
    before, passes = vectors_in(store), Letters.passes
    assert world.curate(1, **WANTED) == (1, 1)
    after = vectors_in(store)
    assert len(after) == 8
    assert all(np.array_equal(after[clip], vectors) for clip, vectors in before.items())
    assert 1 < Letters.passes - passes < 8


def test_a_missing_model_stops_packing_before_it_begins(
    world: World, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIPMILL_MODELS", str(tmp_path / "nothing"))
    with pytest.raises(ModelMissing, match="clipmill models pull t5-11b"):
        world.curate(3, **WANTED)
    assert list(store.list("shards/")) == []


def test_windows_of_unlike_length_and_without_a_caption_are_filled_up_with_zeros() -> None:
    found = np.load(io.BytesIO(text.npy(["abc", "", "a"], Letters().vectors_of)))
    assert found[:, :, 0].astype(int).tolist() == [[97, 98, 99], [0, 0, 0], [97, 0, 0]]


def test_without_captions_there_can_be_no_vectors(tmp_path: Path) -> None:
    source = {"name": "a", "path": str(tmp_path), "licence": "CC0-1.0", "rights": "made by us"}
    body = {"name": "a", "dataset": "a", "output": str(tmp_path), "sources": [source], "shard": WANTED}
    assert parse_recipe(body).shard.text_vectors is not None
    with pytest.raises(BadRecipe, match=r"text_vectors: are made of captions, of which the recipe makes none"):
        parse_recipe({**body, "caption": None})
