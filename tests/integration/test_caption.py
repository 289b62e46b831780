"""The stage `caption` against a real catalog: what it writes, what waits for it, and when clips are described anew."""

import json
import uuid
from collections.abc import Sequence
from pathlib import Path

import pytest

from tasks.caption import stage as caption
from tasks.cli.captions import compared
from tasks.cli.captions_page import captions_page
from tasks.core.batch import BatchWork
from tasks.core.catalog import Catalog
from tasks.core.catalog.work import Run
from tasks.core.errors import TryAgain
from tasks.core.log import get_log
from tasks.core.media import probe
from tasks.core.settings_caption import CaptionSettings
from tasks.core.store import Store, open_store, path_to_uri
from tasks.plan.__main__ import plan
from tasks.publish.versions import latest_version
from tasks.report.funnel import check_sums, read_funnel
from tests.fixtures.command import Command
from tests.fixtures.made_catalog import (
    add_batch,
    add_boxes,
    add_clips,
    add_embeddings,
    add_scores,
    add_video,
    made_run,
    policy_file,
    started,
    table,
)
from tests.fixtures.made_dataset import (
    add_captions,
    add_encoded,
    add_renditions,
    check_readable,
    content_of,
    index_of,
    judge,
    members_of,
    object_key,
    record_terms,
    run_publish,
    run_shard,
    shards_of,
)
from tests.fixtures.made_video import Coding, Shot, made_video
from tests.unit.caption.fake_backend import GOOD, FakeBackend

MODEL = {"model": {"backend": "openai", "model": "fake", "longer_side_px": 64}, "frames": 2}
LONG = {"rule": "too_short", "score": "duration_s", "min": 1}


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """30 s; a container whose clock ticks in thousandths, as the made clips' does."""
    path = tmp_path_factory.mktemp("caption") / "made.mkv"
    made_video(path, [Shot(30, seed=2)], (96, 64), Coding(fps=5))
    return path


def kept(catalog: Catalog, run: Run, video: Path, seconds: Sequence[float] = (8.0, 6.0)) -> list[uuid.UUID]:
    """Clips of a file that lack nothing but captions and an encode."""
    found = add_video(catalog, run, path_to_uri(video), probe(video))
    clips = add_clips(catalog, run, found, seconds)
    add_boxes(catalog, run, clips, (96, 64))
    add_scores(catalog, run, clips, {"duration_s": 8.0, "camera_likelihood": 0.9, "camera_speed": 0.0})
    add_embeddings(catalog, run, clips)
    judge(catalog, run)
    return clips


def describe(catalog: Catalog, run: Run, clips: Sequence[uuid.UUID]) -> BatchWork:
    """The stage on a batch of these clips."""
    work = BatchWork(
        caption.STAGE, started(catalog, run, "caption", add_batch(catalog, run, "survivors", clips)), get_log()
    )
    work.run()
    return work


def states(catalog: Catalog, run: Run) -> list[tuple[str, str | None]]:
    return table(catalog, f"select state, stage from catalog.clip_state('{run.run_id}') order by start_s")


def sums(catalog: Catalog, run: Run) -> list[str]:
    with catalog.begin() as connection:
        return check_sums(read_funnel(connection, run.run_id))


def answering(monkeypatch: pytest.MonkeyPatch, backend: FakeBackend) -> FakeBackend:
    monkeypatch.setattr(caption, "open_backend", lambda settings: backend)
    return backend


@pytest.fixture
def run(catalog: Catalog, tmp_path: Path) -> Run:
    return made_run(catalog, policy=policy_file(tmp_path, LONG))


def test_captions_are_written_once_with_their_facts_and_scores(catalog: Catalog, run: Run, video: Path) -> None:
    clips = kept(catalog, run, video)
    assert states(catalog, run) == [("pending", "caption")] * 2
    assert describe(catalog, run, clips).tally.done == 2
    assert states(catalog, run) == [("pending", "transcode")] * 2
    assert sums(catalog, run) == []
    windows = table(
        catalog,
        "select c.clip_id, w.ordinal, w.start_s, w.end_s, w.short, w.model, w.facts, c.prompt_hash, c.prompt_tokens "
        "from catalog.caption c join catalog.caption_window w using (caption_id) order by c.recorded_at, 1, 2",
    )
    assert sorted(window[1:4] for window in windows) == [(0, 0, 5), (0, 0, 6), (1, 5, 8)]
    assert {window[5] for window in windows} == {"signals-1"}
    assert all("camera stands still" in window[4] for window in windows)
    assert {"says": "stands still", "score": "camera_speed", "value": 0.0, "of": "clip"} in windows[0][6]
    assert windows[0][7:] == (None, None)
    scores = table(catalog, "select numbers from catalog.score where scorer = 'captions'")
    assert len(scores) == 2
    assert all(numbers["caption_unmeasured_share"] == 0 for (numbers,) in scores)
    assert describe(catalog, run, clips).tally.ended == 0


def test_a_recipe_without_captions_waits_for_none(catalog: Catalog, tmp_path: Path, video: Path) -> None:
    run = made_run(catalog, policy=policy_file(tmp_path, LONG), caption=None)
    clips = kept(catalog, run, video)
    assert states(catalog, run) == [("pending", "transcode")] * 2
    add_renditions(catalog, run, clips, (96, 64))
    assert states(catalog, run) == [("kept", None)] * 2
    assert sums(catalog, run) == []


def test_a_clip_that_cannot_be_decoded_is_quarantined_and_not_encoded(
    catalog: Catalog, run: Run, video: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.mkv"
    broken.write_bytes(video.read_bytes())
    clips = kept(catalog, run, broken)
    data = bytearray(broken.read_bytes())
    data[3000:] = bytes(len(data) - 3000)
    broken.write_bytes(data)
    # What is left of the file is some pictures of the first clip.
    assert describe(catalog, run, clips).tally.failed == 1
    assert states(catalog, run) == [("pending", "transcode"), ("failed", "caption")]
    assert sums(catalog, run) == []
    batch = {"run": run.run_id, "batch": "curate.made.survivors-00", "key": run.key("transcode")}
    with catalog.begin() as connection:
        keys = {"keys": [*run.keys_of("transcode"), *run.keys_of("caption")], "crop_key": run.key("crop")}
        rows = connection.rows("transcode/pending", **batch, **keys)
    assert [row["clip_id"] for row in rows] == clips[:1]


def test_a_model_describes_and_a_bad_answer_costs_its_window_only(
    catalog: Catalog, tmp_path: Path, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = answering(
        monkeypatch, FakeBackend(lambda q: "" if q.pictures[0].time_s >= 5 else json.dumps(GOOD), at_once=True)
    )
    run = made_run(catalog, policy=policy_file(tmp_path, LONG), caption=MODEL)
    clips = kept(catalog, run, video)
    assert describe(catalog, run, clips).tally.done == 2
    windows = table(
        catalog, "select start_s, short is not null, unmeasured, model from catalog.caption_window order by 1, end_s"
    )
    assert windows == [(0, True, None, "fake-1"), (0, True, None, "fake-1"), (5, False, "empty", "fake-1")]
    tokens = table(catalog, "select prompt_tokens, answer_tokens, length(prompt_hash) from catalog.caption order by 1")
    assert tokens == [(100, 20, 64), (300, 60, 64)]
    assert len(backend.questions) == 4
    add_renditions(catalog, run, clips, (96, 64))
    assert states(catalog, run) == [("kept", None)] * 2


def test_a_server_that_dies_loses_nothing_that_was_answered(
    catalog: Catalog, tmp_path: Path, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, FakeBackend(at_once=True, broken_after=2))
    run = made_run(catalog, policy=policy_file(tmp_path, LONG), caption=MODEL)
    clips = kept(catalog, run, video, [5.0] * 5)
    batch = add_batch(catalog, run, "survivors", clips)
    work = BatchWork(caption.STAGE, started(catalog, run, "caption", batch), get_log())
    with pytest.raises(TryAgain):
        work.run()
    work.stop()
    assert table(catalog, "select count(*) from catalog.caption") == [(2,)]
    assert table(catalog, "select count(*) from catalog.attempt") == [(0,)]
    answering(monkeypatch, FakeBackend())
    again = BatchWork(caption.STAGE, started(catalog, run, "caption", batch), get_log())
    again.run()
    assert again.tally.done == 3
    assert table(catalog, "select count(distinct clip_id), count(*) from catalog.caption") == [(5, 5)]


def test_a_server_that_hangs_at_the_end_is_not_waited_for_again(
    catalog: Catalog, tmp_path: Path, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, FakeBackend(broken_after=2))
    run = made_run(catalog, policy=policy_file(tmp_path, LONG), caption=MODEL)
    clips = kept(catalog, run, video, [5.0, 5.0])
    work = BatchWork(
        caption.STAGE, started(catalog, run, "caption", add_batch(catalog, run, "survivors", clips)), get_log()
    )
    with pytest.raises(TryAgain):
        work.run()
    work.stop()
    assert table(catalog, "select count(*) from catalog.caption") == [(0,)]


def test_a_policy_judges_captions_before_packing(
    catalog: Catalog, tmp_path: Path, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, FakeBackend(lambda q: "no" if q.pictures[0].time_s >= 5 else json.dumps(GOOD), at_once=True))
    said = {"rule": "unsaid", "score": "caption_unmeasured_share", "max": 0.3}
    run = made_run(catalog, policy=policy_file(tmp_path, LONG, said), caption=MODEL, output=str(tmp_path / "dataset"))
    record_terms(catalog, run)
    clips = kept(catalog, run, video)
    assert plan(started(catalog, run, "plan"), get_log(), "survivors") == 1
    work = BatchWork(caption.STAGE, started(catalog, run, "caption", "curate.made.survivors-00"), get_log())
    work.run()
    assert work.tally.done == 2
    for clip in clips:
        open_store(run.recipe.output).put_bytes(object_key(clip, run), content_of(clip, run))
    add_renditions(catalog, run, clips, (96, 64))
    assert run_shard(catalog, run) == 1
    assert states(catalog, run) == [("dropped", "caption"), ("kept", None)]
    assert sums(catalog, run) == []
    rows = table(catalog, "select clip_id from catalog.shard_member")
    assert [uuid.UUID(str(row[0])) for row in rows] == clips[1:]


def test_pages_show_windows_with_their_captions(
    catalog: Catalog, run: Run, video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clipmill: Command
) -> None:
    describe(catalog, run, kept(catalog, run, video))
    monkeypatch.setenv("CLIPMILL_CATALOG_URL", catalog.url)
    page = tmp_path / "page.html"
    assert clipmill("captions", "sample", "--run", run.run_id, "--output", page).code == 0
    assert page.read_text().count("data:image/jpeg;base64,") == 5 + 4 + 5
    assert page.read_text().count("<section") == 3
    assert "A filmed shot" in page.read_text()
    assert clipmill("captions", "sample", "--run", run.run_id, "--flag", "refusal", "--output", page).code == 0
    assert "<section" not in page.read_text()

    with catalog.begin() as connection:
        rows = connection.rows("cli/caption_windows", run=run.run_id, count=2, flag=None)
    hostile = json.dumps({**GOOD, "short": "<script>alert(1)</script> a car drives along a road."})
    backend = FakeBackend(lambda q: hostile if "vehicle" in q.text else json.dumps(GOOD))
    both = [(name, CaptionSettings.model_validate({**MODEL, "prompt": name})) for name in ("default", "driving")]
    shown = compared(rows, both, backend)
    assert len(backend.questions) == 4
    assert {q.pictures for q in backend.questions[:2]} == {q.pictures for q in backend.questions[2:]}
    text = captions_page("two prompts", "of two windows", shown)
    assert text.count("&lt;script&gt;") == 2
    assert "<script>" not in text


def test_two_prompts_are_compared_by_the_model_of_the_run(
    catalog: Catalog, tmp_path: Path, video: Path, monkeypatch: pytest.MonkeyPatch, clipmill: Command
) -> None:
    run = made_run(catalog, policy=policy_file(tmp_path, LONG), caption=MODEL)
    backend = answering(monkeypatch, FakeBackend(at_once=True))
    describe(catalog, run, kept(catalog, run, video))
    monkeypatch.setenv("CLIPMILL_CATALOG_URL", catalog.url)
    monkeypatch.setattr("tasks.models.backends.open_backend", lambda settings: backend)
    mine, page = tmp_path / "mine.md", tmp_path / "two.html"
    mine.write_text("Name the colour of every thing that moves.")
    backend.questions.clear()
    asked = ("--run", run.run_id, "--n", 2, "--output", page)
    assert clipmill("captions", "compare", "default", mine, *asked).code == 0
    assert page.read_text().count("<section") == 2
    own = [question for question in backend.questions if "Name the colour" in question.text]
    assert (len(backend.questions), len(own)) == (4, 2)
    assert min(len(question.pictures) for question in backend.questions) == MODEL["frames"]
    backend.questions.clear()
    other = ("--model", "other", "--url", "http://127.0.0.1/v1")
    assert clipmill("captions", "compare", "default", "driving", *asked, *other).code == 0
    assert min(len(question.pictures) for question in backend.questions) > MODEL["frames"]


def test_a_comparison_that_cannot_be_made_is_one_message(
    catalog: Catalog, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clipmill: Command
) -> None:
    monkeypatch.setenv("CLIPMILL_CATALOG_URL", catalog.url)
    of_run = ("--run", run.run_id, "--output", tmp_path / "two.html")
    without = clipmill("captions", "compare", "default", "driving", *of_run)
    assert without.code == 2
    assert "give --model" in without.err
    missing = clipmill(
        "captions", "compare", "default", "nope.md", *of_run, "--model", "other", "--url", "http://127.0.0.1/v1"
    )
    assert missing.code == 2
    assert "there is no prompt file nope.md" in missing.err
    for command in (("compare", "default", "driving"), ("sample",)):
        nowhere = clipmill("captions", *command, "--run", run.run_id, "--output", "/nope/page.html")
        assert nowhere.code == 2
        assert "there is no folder /nope" in nowhere.err


def test_captions_with_a_flag_are_asked_for_again(
    catalog: Catalog, run: Run, video: Path, monkeypatch: pytest.MonkeyPatch, clipmill: Command
) -> None:
    clips = kept(catalog, run, video)
    describe(catalog, run, clips)
    monkeypatch.setenv("CLIPMILL_CATALOG_URL", catalog.url)
    assert clipmill("captions", "redo", "refusal", "--run", run.run_id, "--json").json["clips"] == 0
    assert clipmill("captions", "redo", "dullness", "--run", run.run_id).code == 2
    flagged = f"""update catalog.caption_window w set flags = '["repetition"]' from catalog.caption c
        where c.caption_id = w.caption_id and c.clip_id = '{clips[0]}' and w.ordinal = 0 returning 1"""
    assert table(catalog, flagged) == [(1,)]
    said = clipmill("captions", "redo", "repetition", "--run", run.run_id, "--json").json
    assert (said["clips"], said["windows"]) == (1, 1)
    assert states(catalog, run) == [("pending", "caption"), ("pending", "transcode")]
    assert table(catalog, "select count(*) from catalog.score where scorer = 'captions'") == [(1,)]
    assert describe(catalog, run, clips).tally.done == 1
    # The same words are the same captions again.
    assert table(catalog, "select count(*) from catalog.caption where released_at is null") == [(2,)]
    assert states(catalog, run) == [("pending", "transcode")] * 2


def flag(catalog: Catalog, clip: uuid.UUID, ordinal: int, *flags: str) -> None:
    changed = f"""update catalog.caption_window w set flags = '{json.dumps(flags)}' from catalog.caption c
        where c.caption_id = w.caption_id and c.clip_id = '{clip}' and w.ordinal = {ordinal} returning 1"""
    assert table(catalog, changed) == [(1,)]


def test_only_windows_with_the_flag_are_asked_about_again(
    catalog: Catalog, tmp_path: Path, video: Path, monkeypatch: pytest.MonkeyPatch, clipmill: Command
) -> None:
    run = made_run(catalog, policy=policy_file(tmp_path, LONG), caption=MODEL)
    clips = kept(catalog, run, video, (15.0, 6.0))
    first = answering(monkeypatch, FakeBackend(at_once=True))
    describe(catalog, run, clips)
    assert len(first.questions) == 4
    monkeypatch.setenv("CLIPMILL_CATALOG_URL", catalog.url)
    for ordinal, flags in enumerate([("repetition",), (), ("boilerplate", "repetition")]):
        flag(catalog, clips[0], ordinal, *flags)
    assert clipmill("captions", "redo", "boilerplate", "--run", run.run_id, "--json").json["windows"] == 1
    # Before they were made, more is asked for: both are.
    assert clipmill("captions", "redo", "repetition", "--run", run.run_id, "--json").json["windows"] == 2

    other = {name: text.replace("red car", "blue cart") for name, text in GOOD.items()}
    again = answering(monkeypatch, FakeBackend(lambda _: json.dumps(other), at_once=True))
    assert describe(catalog, run, clips).tally.done == 1
    assert [q.pictures[0].time_s >= 10 for q in again.questions] == [False, True]
    assert all(q.text.startswith(first.questions[0].text) for q in again.questions)
    assert ["say nothing twice" in q.text for q in again.questions] == [True, True]
    assert ["the video shows" in q.text.split("This time")[1] for q in again.questions] == [False, True]
    said = table(
        catalog,
        "select w.short like '%blue cart%', c.prompt_tokens from catalog.caption c "
        f"join catalog.caption_window w using (caption_id) where clip_id = '{clips[0]}' and released_at is null "
        "order by w.ordinal",
    )
    assert said == [(True, 200), (False, 200), (True, 200)]
    assert table(catalog, "select count(*) from catalog.caption where released_at is null") == [(2,)]


def test_the_windows_that_stand_are_shown_to_no_model_and_keep_their_reasons(
    catalog: Catalog, tmp_path: Path, video: Path, monkeypatch: pytest.MonkeyPatch, clipmill: Command
) -> None:
    run = made_run(catalog, policy=policy_file(tmp_path, LONG), caption=MODEL)
    clips = kept(catalog, run, video, (15.0,))
    answering(monkeypatch, FakeBackend(lambda q: "no" if q.pictures[0].time_s < 5 else json.dumps(GOOD), at_once=True))
    describe(catalog, run, clips)
    flag(catalog, clips[0], 1, "foreign")
    monkeypatch.setenv("CLIPMILL_CATALOG_URL", catalog.url)
    clipmill("captions", "redo", "foreign", "--run", run.run_id)
    again = answering(monkeypatch, FakeBackend(at_once=True))
    describe(catalog, run, clips)
    assert len(again.questions) == 1
    # The model says of it what it said before: the captions are those that were there.
    windows = table(catalog, "select c.released_at, c.released_for, w.unmeasured from catalog.caption c "
                    "join catalog.caption_window w using (caption_id) order by w.ordinal")  # fmt: skip
    assert windows == [(None, None, "not_json"), (None, None, None), (None, None, None)]
    clipmill("captions", "redo", "unmeasured", "--run", run.run_id)
    last = answering(monkeypatch, FakeBackend(at_once=True))
    describe(catalog, run, clips)
    assert [q.pictures[0].time_s < 5 for q in last.questions] == [True]


def test_another_prompt_is_asked_and_nothing_is_encoded_again(
    catalog: Catalog, tmp_path: Path, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, FakeBackend())
    policy = policy_file(tmp_path, LONG)
    run = made_run(catalog, policy=policy, caption=MODEL)
    clips = kept(catalog, run, video)
    describe(catalog, run, clips)
    add_renditions(catalog, run, clips, (96, 64))
    other = made_run(catalog, "curate.other", policy=policy, caption={**MODEL, "prompt": "driving"})
    assert states(catalog, other) == [("pending", "caption")] * 2
    assert plan(started(catalog, other, "plan"), get_log(), "survivors") == 1
    same = made_run(catalog, "curate.same", policy=policy, caption=MODEL)
    assert states(catalog, same) == [("kept", None)] * 2


def dataset_run(catalog: Catalog, folder: Path, run_id: str, **changes: object) -> Run:
    policy = policy_file(folder, {"rule": "too_dark", "score": "luma_mean", "min": 0.2}, name="light")
    output = {"output": str(folder / "dataset"), "shard": {"target_bytes": 100_000}}
    return made_run(catalog, run_id, policy=policy, **output, **changes)


def published(catalog: Catalog, run: Run, store: Store) -> dict[str, dict[str, object]]:
    """Packs and publishes; the JSON beside each clip of the new version."""
    judge(catalog, run)
    run_shard(catalog, run)
    run_publish(catalog, run)
    version = latest_version(store)
    assert version is not None
    live = check_readable(store, version)
    dead = {(tombstone["shard"], tombstone["clip_id"]) for tombstone in version.manifest["tombstones"]}
    found = [(key, one) for key in shards_of(version) for one in members_of(store, key)]
    assert {one["clip_id"] for key, one in found if (key, one["clip_id"]) not in dead} == live
    return {one["clip_id"]: one for key, one in found if (key, one["clip_id"]) not in dead}


def test_captions_lie_beside_their_clip_and_the_first_in_the_index(
    catalog: Catalog, tmp_path: Path, store: Store
) -> None:
    run = dataset_run(catalog, tmp_path, "curate.made")
    record_terms(catalog, run)
    (clip,) = add_encoded(catalog, run, "bright.mp4", [0.5])
    (about,) = published(catalog, run, store).values()
    said = "A made shot."
    assert about["captions"] == [
        {
            "start_s": 0, "end_s": 6, "captions": {"short": said, "medium": said, "long": said}, "model": "signals-1",
            "flags": [],
        }
    ]  # fmt: skip
    version = latest_version(store)
    assert version is not None
    assert [(row["clip_id"], row["caption"]) for row in index_of(store, version)] == [(str(clip), said)]


def test_clips_described_anew_are_packed_anew_and_the_others_stay(
    catalog: Catalog, tmp_path: Path, store: Store
) -> None:
    run = dataset_run(catalog, tmp_path, "curate.made")
    record_terms(catalog, run)
    clips = add_encoded(catalog, run, "bright.mp4", [0.5] * 8)
    published(catalog, run, store)
    first = latest_version(store)
    released = f"update catalog.caption set released_at = now() where clip_id = '{clips[0]}' returning 1"
    assert table(catalog, released) == [(1,)]
    add_captions(catalog, run, clips[:1], "Another shot.")
    members = published(catalog, run, store)
    said = {name: one["captions"][0]["captions"]["short"] for name, one in members.items()}  # type: ignore[index]
    assert said == {str(clip): "Another shot." if clip == clips[0] else "A made shot." for clip in clips}
    second = latest_version(store)
    assert first is not None
    assert second is not None
    assert [one["reason"] for one in second.manifest["tombstones"]] in ([], ["captioned_anew"])
    assert len(set(shards_of(first)) & set(shards_of(second))) >= 1
    assert run_shard(catalog, run) == 0
    assert run_publish(catalog, run) == 0


def test_the_same_words_from_another_recipe_change_no_byte(catalog: Catalog, tmp_path: Path, store: Store) -> None:
    run = dataset_run(catalog, tmp_path, "curate.made")
    record_terms(catalog, run)
    clips = add_encoded(catalog, run, "bright.mp4", [0.5] * 6)
    before = published(catalog, run, store)
    first = latest_version(store)
    none = dataset_run(catalog, tmp_path, "curate.none", caption=None)
    without = published(catalog, none, store)
    assert set(without) == set(before) == {str(clip) for clip in clips}
    assert all("captions" not in about for about in without.values())
    assert published(catalog, run, store) == before
    third = latest_version(store)
    assert first is not None
    assert third is not None
    assert shards_of(third) == shards_of(first)
