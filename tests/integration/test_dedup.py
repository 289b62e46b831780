"""dedup records what is alike, plan settles which copy is kept, and both mend what a crash or a damaged file left."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tasks.core.catalog import Catalog
from tasks.core.errors import BadPolicy
from tasks.core.store import open_store
from tasks.dedup import __main__ as stage
from tests.fixtures.command import Command
from tests.fixtures.made_catalog import (
    policy_file,
    started,
    table,
)  # fmt: skip
from tests.fixtures.made_copies import COPIES, LONG, World, turned
from tests.fixtures.made_dataset import add_captions
from tests.fixtures.made_video import Coding, Shot, made_video, pictures, write_video
from tests.fixtures.pipeline import Pipeline, write_recipe


@pytest.fixture
def world(catalog: Catalog, tmp_path: Path) -> World:
    return World(catalog, tmp_path)


def test_of_two_copies_the_larger_is_encoded_and_the_other_says_of_which_it_is_one(world: World) -> None:
    (small,), (large,), (other,) = world.video("small", 640), world.video("large", 1920), world.video("other")
    world.embed({small: turned(0), large: turned(10), other: turned(80)})
    world.settle()
    assert world.states()[small] == ("pending", None, "dedup")
    assert world.compare() == 3
    assert world.pairs() == {(min(small, large), max(small, large)): pytest.approx(0.985, abs=2e-3)}
    assert world.settle() == {large, other}
    assert world.states()[small] == ("duplicate", "near_duplicate", "dedup")
    assert world.states()[large] == ("pending", None, "caption")
    funnel = table(
        world.catalog,
        f"select flow, reason, things from catalog.funnel('{world.run.run_id}') where stage = 'dedup' order by 1",
    )
    assert funnel == [("duplicate", "near_duplicate", 1), ("in", None, 3), ("out", None, 2)]


def test_nothing_is_compared_twice(world: World) -> None:
    (one,), (two,) = world.video("one"), world.video("two")
    world.embed({one: turned(0)})
    assert world.compare() == 1
    world.embed({two: turned(3)})
    assert world.compare() == 1
    assert len(world.pairs()) == 1
    assert world.compare() == 0


def test_a_better_copy_that_comes_later_takes_over(world: World) -> None:
    (first,) = world.video("first", 640)
    world.embed({first: turned(0)})
    world.compare()
    assert world.settle() == {first}
    (better,) = world.video("better", 1920)
    world.embed({better: turned(2)})
    later = world.another("curate.later")
    world.compare(later)
    assert world.settle(later) == {better}
    assert world.states(later)[first] == ("duplicate", "near_duplicate", "dedup")


def test_a_representative_that_the_policy_comes_to_drop_promotes_the_next(world: World) -> None:
    (best,), (next_best,), (third,) = (
        world.video("best", 1920, (6.0,)),
        world.video("next", 1280),
        world.video("third", 640),
    )
    world.embed({best: turned(0), next_best: turned(4), third: turned(6)})
    world.compare()
    assert world.settle() == {best}
    stricter = world.another("curate.stricter", shortest=8)
    assert world.settle(stricter) == {next_best}
    assert world.states(stricter)[third][0] == "duplicate"
    assert world.states(stricter)[best] == ("dropped", "too_short", "filter")


@pytest.mark.parametrize("stage", ["caption", "transcode"])
def test_a_representative_that_cannot_be_encoded_promotes_the_next(world: World, stage: str) -> None:
    (best,), (next_best,) = world.video("best", 1920), world.video("next", 1280)
    world.embed({best: turned(0), next_best: turned(4)})
    world.compare()
    world.settle()
    if stage == "transcode":
        add_captions(world.catalog, world.run, [best])
    with world.catalog.begin() as connection:
        started(world.catalog, world.run, stage).quarantine(connection, best, "decode_error", "made", 1)
    world.settle()
    assert world.states()[next_best] == ("pending", None, "caption")
    assert world.states()[best][0] == "failed"
    with world.catalog.begin() as connection:
        connection.script("update catalog.failure set released_at = now()")
    world.settle()
    assert world.states()[next_best][0] == "duplicate"


def test_only_what_is_touched_is_decided_again(world: World) -> None:
    clips = [world.video(f"v{number}")[0] for number in range(4)]
    world.embed({clip: turned(80 * (number // 2) + number % 2, 1) for number, clip in enumerate(clips)})
    world.compare()
    world.settle()
    before = world.decisions()
    assert before == 4
    world.settle()
    assert world.decisions() == before
    (fifth,) = world.video("fifth", 1920)
    world.embed({fifth: turned(1)})
    world.compare()
    world.settle()
    assert world.decisions() == before + 3  # the fifth, and the two that it stands for now


def test_another_threshold_is_a_policy_change_and_reads_no_vector(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (one,), (two,) = world.video("one", 1920), world.video("two")
    world.embed({one: turned(0), two: turned(21)})
    world.compare()
    assert world.settle() == {one, two}
    monkeypatch.setattr("tasks.dedup.files.read_vectors", None)
    looser = world.another("curate.looser", COPIES | {"similarity": {"signal": 0.92}})
    assert world.compare(looser) == 0
    world.settle(looser)
    assert world.states(looser)[two][0] == "duplicate"
    assert world.states()[two][0] == "pending"  # the first policy still says what it said


def test_clips_of_one_video_have_a_rule_of_their_own(world: World) -> None:
    one, two = world.video("long", 1280, (10.0, 10.0))
    (other,) = world.video("other", 1920)
    world.embed({one: turned(0), two: turned(1), other: turned(80)})
    world.compare()
    assert world.settle() == {one, two, other}
    strict = world.another("curate.strict", COPIES | {"same_video": {"signal": 0.999}})
    world.settle(strict)
    assert sorted(world.states(strict)[clip][0] for clip in (one, two)) == ["duplicate", "pending"]


def test_a_policy_without_duplicates_keeps_all_copies(catalog: Catalog, tmp_path: Path) -> None:
    world = World(catalog, tmp_path, None)
    (one,), (two,) = world.video("one"), world.video("two")
    world.embed({one: turned(0), two: turned(0.5)})
    world.compare()
    assert len(world.pairs()) == 1
    assert world.settle() == {one, two}


def test_a_limit_below_the_floor_is_refused(world: World) -> None:
    with pytest.raises(BadPolicy, match=r"0\.7 is below the recipe's dedup\.floor, 0\.75"):
        world.another("curate.low", COPIES | {"similarity": {"signal": 0.7}})


def test_lost_vectors_are_made_again(world: World) -> None:
    (one,), (two,) = world.video("one"), world.video("two")
    lost = world.embed({one: turned(0)})
    world.embed({two: turned(1)})
    open_store(world.run.recipe.output).delete(lost)
    assert world.compare() == 1
    world.settle()
    assert world.states()[one] == ("pending", None, "embed")


def test_a_file_of_vectors_cut_short_is_as_good_as_lost(world: World) -> None:
    (one,) = world.video("one")
    key = world.embed({one: turned(0)})
    store = open_store(world.run.recipe.output)
    store.put_bytes(key, store.get_bytes(key)[:-40])
    assert world.compare() == 0
    world.settle()
    assert world.states()[one] == ("pending", None, "embed")


@pytest.mark.parametrize("harm", ["cut", "gone"])
def test_an_index_that_is_damaged_or_older_is_made_anew_from_the_vectors(world: World, harm: str) -> None:
    (one,), (two,) = world.video("one"), world.video("two")
    world.embed({one: turned(0)})
    world.compare()
    store = open_store(world.run.recipe.output)
    for stored in list(store.list("index/")):
        if harm == "gone":
            store.delete(stored.key)
        elif not stored.key.endswith(".json"):
            store.put_bytes(stored.key, store.get_bytes(stored.key)[:-1])
    world.embed({two: turned(1)})
    assert world.compare() == 1
    assert len(world.pairs()) == 1


@pytest.mark.parametrize("at", ["save", "_record_files"])
def test_a_crash_at_any_point_doubles_nothing(world: World, monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    (one,), (two,) = world.video("one"), world.video("two")
    world.embed({one: turned(0), two: turned(1)})

    def crash(*_: object) -> None:
        raise OSError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(stage.VectorIndex if at == "save" else stage, at, crash)
        with pytest.raises(OSError, match="killed"):
            world.compare()
    assert world.compare() == 2
    assert len(world.pairs()) == 1
    assert world.compare() == 0
    listed = [json.loads(open_store(world.run.recipe.output).get_bytes(one.key)) for one in
              open_store(world.run.recipe.output).list("index/") if one.key.endswith(".json")]  # fmt: skip
    assert len(listed) == 1


def test_a_copy_says_of_which_clip_it_is_one_and_why_that_is_better(
    world: World, clipmill: Command, catalog_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIPMILL_CATALOG_URL", catalog_url)
    (small,), (large,), (near,) = world.video("small", 640), world.video("large", 1920), world.video("near")
    world.embed({small: turned(0), large: turned(10), near: turned(22, 2)})
    world.compare()
    world.settle()
    said = clipmill("duplicates", small, "--json").json
    assert said["copies"]["representative_id"] == str(large)
    copy, other = said["copies"]["alike"]
    assert (copy["clip_id"], copy["is_copy"], copy["it_has"]) == (str(large), True, "a larger picture")
    assert (other["clip_id"], other["is_copy"], other["limit"]) == (str(near), False, pytest.approx(0.95))
    assert clipmill("explain", large, "--json").json["copies"]["stands_for"] == 1
    shown = clipmill("explain", small).out
    assert f"copy of    {large}, which is kept in its place" in shown
    assert "its scores pass every rule; it is set aside" in shown
    assert "set aside because" not in clipmill("explain", large).out
    assert "it has a larger picture" in shown
    assert "stands for 1 copy" in clipmill("duplicates", large).out


def test_all_copies_of_a_recipe_are_listed_the_largest_cluster_first(
    world: World, catalog_url: str, clipmill: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIPMILL_CATALOG_URL", catalog_url)
    names = ("small", "large", "third", "fourth", "fifth", "alone")
    clips = {name: world.video(name, 1920 if name == "large" else 640)[0] for name in names}
    angles = {"small": 0, "large": 10, "third": 12, "fourth": 120, "fifth": 121, "alone": 60}
    world.embed({clips[name]: turned(degrees) for name, degrees in angles.items()})
    world.compare()
    world.settle()
    said = clipmill("duplicates", "--json").json
    assert (said["run_id"], said["recipe"], said["set_aside"]["clips"]) == (world.run.run_id, world.run.recipe.name, 3)
    first, second = said["clusters"]
    assert first["representative_id"] == str(clips["large"])
    assert [(one["clip_id"], one["kept_has"]) for one in first["members"]] == [
        (str(clips["third"]), "a larger picture"),
        (str(clips["small"]), "a larger picture"),
    ]
    assert {second["representative_id"], second["members"][0]["clip_id"]} == {str(clips["fourth"]), str(clips["fifth"])}
    shown = clipmill("duplicates", "--recipe", world.run.recipe.name, "--count", "1").out
    assert f"kept  {clips['large']}" in shown
    assert "1 clip more in smaller clusters" in shown
    assert str(clips["fourth"]) not in shown
    assert "a run of recipe 'none'" in clipmill("duplicates", "--recipe", "none").err
    assert clipmill("duplicates", clips["large"], "--recipe", "none").code == 78


def test_the_next_version_has_the_better_copy(catalog_url: str, catalog: Catalog, tmp_path: Path) -> None:
    videos = tmp_path / "videos"
    videos.mkdir()
    large = list(pictures([Shot(5.5, seed=1)], (640, 480), 10))
    write_video(videos / "small.mp4", [picture[::2, ::2] for picture in large], Coding(fps=10))
    made_video(videos / "other.mp4", [Shot(5.5, seed=2)], (320, 240), Coding(fps=10))
    policy = policy_file(tmp_path, LONG, duplicates={"similarity": {"signal": 0.9}})
    recipe = write_recipe(tmp_path / "recipe.yaml", videos, tmp_path / "dataset", policy=policy)
    Pipeline(catalog_url, recipe).run("first")
    write_video(videos / "large.mp4", large, Coding(fps=10))
    Pipeline(catalog_url, recipe).run("second")

    manifest = json.loads((tmp_path / "dataset" / "versions" / "00002" / "manifest.json").read_text())
    assert manifest["clips"] == 2
    index = pq.read_table(tmp_path / "dataset" / manifest["index"]["key"]).to_pylist()
    assert sorted(row["height_px"] for row in index) == [240, 480]
    states = table(catalog, "select state from catalog.clip_state('curate.second') order by 1")
    assert [state for (state,) in states] == ["duplicate", "kept", "kept"]


def test_a_dry_run_says_how_many_copies_other_limits_make_and_writes_nothing(
    world: World, clipmill: Command, catalog_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIPMILL_CATALOG_URL", catalog_url)
    (one,), (two,), (three,) = world.video("one", 1920), world.video("two"), world.video("three")
    world.embed({one: turned(0), two: turned(5), three: turned(22, 2)})
    world.compare()
    world.settle()
    decisions = world.decisions()
    looser = policy_file(world.folder, LONG, name="looser", duplicates={"similarity": {"signal": 0.9}})
    said = clipmill("judge", "--policy", looser, "--dry-run", "--json").json
    assert [copies["clips"] for copies in said["copies"]] == [1, 2]
    assert "1 clip, 10.0 s now, 2 clips, 20.0 s then" in clipmill("judge", "--policy", looser, "--dry-run").out
    assert world.decisions() == decisions
    same = policy_file(world.folder, LONG | {"min": 4}, name="same", duplicates=COPIES)
    assert "copies" not in clipmill("judge", "--policy", same, "--dry-run", "--json").json
    low = policy_file(world.folder, LONG, name="low", duplicates={"similarity": {"signal": 0.6}})
    refused = clipmill("judge", "--policy", low, "--dry-run")
    assert (refused.code, "0.6 is below the recipe's dedup.floor" in refused.err) == (78, True)
