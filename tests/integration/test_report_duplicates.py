"""The report on copies and on what the kept clips cover, of runs whose vectors the test chooses."""

import uuid
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.core.catalog import Catalog
from tasks.core.store import open_store
from tasks.report import coverage
from tasks.report.coverage import chart, read_embedded
from tasks.report.duplicates import Duplicates, read_duplicates
from tasks.report.page import look, read_facts, render
from tests.fixtures.made_catalog import INFO, add_boxes, add_clips, add_scores, add_video, started
from tests.fixtures.made_copies import COPIES, World, turned
from tests.fixtures.made_dataset import add_captions

RUN = "curate.made"


@pytest.fixture
def world(catalog: Catalog, tmp_path: Path) -> World:
    return World(catalog, tmp_path)


def read(world: World, run_id: str = RUN) -> Duplicates:
    """What the report says of copies."""
    with world.catalog.begin() as connection:
        found = read_duplicates(connection, run_id)
    assert found is not None
    return found


def page_of(world: World) -> str:
    """The page, as text."""
    with world.catalog.begin() as connection:
        facts = read_facts(connection, RUN)
    seen = chart(facts.embedded)
    return render(facts, seen, look(facts, seen))


def encode(world: World, clips: Iterable[uuid.UUID]) -> None:
    """Captions and renditions of the clips, which are kept then."""
    clips = list(clips)
    add_captions(world.catalog, world.run, clips)
    by = started(world.catalog, world.run, "transcode").stage_run_id
    picture = {"width_px": 64, "height_px": 36, "codec": "h264", "pixel_format": "yuv420p", "is_copy": False}
    length = {"frame_count": 80, "frame_rate_num": 8, "frame_rate_den": 1, "duration_s": 10}
    made = {"sha256": "0" * 64, "size_bytes": 1, **picture, **length}
    columns = ("stage_key", "stage_run_id", "clip_id", "object_key", *made)
    key = world.run.key("transcode")
    rows = [(key, by, clip, f"clips/{clip}.mp4", *made.values()) for clip in clips]
    with world.catalog.begin() as connection:
        connection.copy("rendition", columns, rows)


def test_pairs_stand_side_by_side_the_nearest_to_the_limit_first(world: World) -> None:
    (small,), (large,), (near,), (far,) = (
        world.video("small", 640), world.video("large", 1920), world.video("near", 800), world.video("far", 640)
    )  # fmt: skip
    world.embed({large: turned(0), small: turned(16), near: turned(5), far: turned(22, 2)})
    world.compare()
    world.settle()
    of_two, of_one = read(world).comparisons
    assert [(one.first.sample.subject_id, one.second.sample.subject_id) for one in of_two.above] == [
        (large, small),
        (large, near),
    ]
    assert [one.why for one in of_two.above] == ["a larger picture"] * 2
    # What is set aside already would not be settled by another limit: near and far are as alike as large and far.
    assert [(one.first.sample.subject_id, one.second.sample.subject_id) for one in of_two.below] == [(large, far)]
    assert of_two.histogram is not None
    assert (sum(of_two.histogram.bins), sum(of_two.histogram.outside)) == (6, 3)
    assert (of_two.limit, of_one.limit, of_one.histogram) == (0.95, None, None)
    (cluster,) = read(world).clusters
    assert (cluster.smallest, cluster.clusters, cluster.aside.count, cluster.aside.seconds) == (3, 1, 2, 20.0)
    page = page_of(world)
    assert "<b>2 clips</b>, 20.0 s, are copies" in page
    assert "kept &lt; 0.95" in page or "kept < 0.95" in page


def test_clips_of_one_video_are_told_apart(world: World) -> None:
    one, two = world.video("long", 1280, (10.0, 10.0))
    world.embed({one: turned(0), two: turned(1)})
    world.compare()
    world.settle()
    assert "by the policy they are never copies" in page_of(world)
    strict = world.another("curate.strict", COPIES | {"same_video": {"signal": 0.999}})
    world.settle(strict)
    of_two, of_one = read(world, "curate.strict").comparisons
    assert (len(of_one.above), of_one.limit, of_two.histogram) == (1, 0.999, None)


def test_the_better_one_is_the_one_that_plan_keeps(world: World) -> None:
    """All alike: what stands for the others ranks first by the report's reckoning too."""
    clips = []
    for number, (width, bit_rate) in enumerate([(640, 3), (1280, 1), (1280, 2), (1280, None), (1280, 2)]):
        info = replace(INFO, bit_rate=None if bit_rate is None else bit_rate * 1_000_000)
        video = add_video(world.catalog, world.run, f"file:///v{number}", info)
        clips += add_clips(world.catalog, world.run, video, [10.0])
        add_boxes(world.catalog, world.run, clips[-1:], (width, width * 9 // 16))
    add_scores(world.catalog, world.run, clips, {"duration_s": 10.0})
    with world.catalog.begin() as connection:
        connection.script(
            """update catalog.video_location set modified_at = timestamptz '2026-01-01'
            + interval '1 day' * case right(uri, 1) when '4' then 0 else 1 end"""
        )
    world.embed({clip: turned(number / 10) for number, clip in enumerate(clips)})
    world.compare()
    assert world.settle() == {clips[4]}
    pairs = read(world).comparisons[0].above
    assert {pair.second.sample.subject_id: pair.why for pair in pairs} == {
        clips[0]: "a larger picture",
        clips[1]: "more bits for each pixel",
        clips[2]: "an older file",
        clips[3]: "more bits for each pixel",
    }


def test_a_policy_that_keeps_copies_is_told_so(catalog: Catalog, tmp_path: Path) -> None:
    world = World(catalog, tmp_path, None)
    (one,), (two,) = world.video("one"), world.video("two")
    world.embed({one: turned(0), two: turned(0.5)})
    world.compare()
    world.settle()
    with catalog.begin() as connection:
        assert read_duplicates(connection, RUN) is None
    page = page_of(world)
    assert "The policy keeps copies: it says nothing of" in page
    assert 'class="pair"' not in page


def test_the_map_reads_few_files_and_says_what_is_gone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    clips = [world.video(f"v{number}")[0] for number in range(30)]
    vectors = {clip: turned(20 + 20 * (number // 7), 1 + number % 7) for number, clip in enumerate(clips)}
    keys = [world.embed({clip: vectors[clip] for clip in clips[first : first + 10]}) for first in (0, 10, 20)]
    world.compare()
    world.settle()
    encode(world, clips)
    open_store(world.run.recipe.output).delete(keys[0])
    with world.catalog.begin() as connection:
        drawn = read_embedded(connection, RUN)
    seen = chart(drawn)
    assert (seen.clips, seen.missing) == (20, 10)
    assert "It lacks 10 clips" in page_of(world)
    monkeypatch.setattr(coverage, "FILES", 2)
    monkeypatch.setattr(coverage, "KEPT", 3)
    with world.catalog.begin() as connection:
        few, again = read_embedded(connection, RUN), read_embedded(connection, RUN)
    assert few == again
    assert len({row["object_key"] for row in few}) <= 2
    assert sum(row["is_kept"] for row in few) == 3
