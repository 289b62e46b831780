"""The same footage is embedded once: plan leaves copies out, and dedup gives them the vector of the one that was."""

import uuid
from pathlib import Path

import pytest

from tasks.core.catalog import Catalog
from tasks.core.catalog.work import Run
from tasks.core.log import get_log
from tasks.core.store import open_store
from tasks.dedup import __main__ as stage
from tasks.plan.__main__ import plan
from tasks.plan.footage import MOST_BITS
from tests.fixtures.command import Command
from tests.fixtures.made_catalog import made_run, policy_file, started, table
from tests.fixtures.made_copies import COPIES, World, turned
from tests.fixtures.made_video import Coding, Shot, made_video, pictures, write_video
from tests.fixtures.pipeline import Pipeline, write_recipe

LOG = get_log()
FILM, OTHER = "0110" * 64, "1100" * 64


def differing(bits: int, word: int = 0) -> str:
    """The hash of FILM coded again: so many bits differ, none of them in this word and all others alike."""
    places = [place for place in range(256) if place // 32 != word][:: 224 // bits][:bits]
    return "".join("10"[int(bit)] if place in places else bit for place, bit in enumerate(FILM))


class Theatre(World):
    """Videos of one clip each, whose hashes the test chooses."""

    def film(self, name: str, bits: str | None, width: int = 1280, seconds: float = 10.0) -> uuid.UUID:
        """The clip of a video with this hash."""
        (clip,) = self.video(name, width, (seconds,))
        if bits is not None:
            self.hashed([clip], bits)
        return clip

    def hashed(self, clips: list[uuid.UUID], bits: str) -> None:
        """Records the hash of clips of one footage."""
        by = started(self.catalog, self.run, "filter").stage_run_id
        rows = [(self.run.key("filter.footage_hash"), clip, bits, by) for clip in clips]
        with self.catalog.begin() as connection:
            connection.copy("footage_hash", ("stage_key", "clip_id", "bits", "stage_run_id"), rows)

    def planned(self, run: Run | None = None) -> set[uuid.UUID]:
        """The clips that `plan` gives to embed."""
        run = run or self.run
        plan(started(self.catalog, run, "plan"), LOG, "clips")
        where = f"where b.run_id = '{run.run_id}' and b.phase = 'clips'"
        rows = table(
            self.catalog, f"select subject_id from catalog.batch_member m join catalog.batch b using (batch_id) {where}"
        )
        return {uuid.UUID(str(clip)) for (clip,) in rows}

    def lent(self) -> dict[uuid.UUID, uuid.UUID]:
        """Whose vector each clip has that has not its own."""
        rows = table(self.catalog, "select clip_id, copied_from from catalog.embedding where copied_from is not null")
        return {uuid.UUID(str(clip)): uuid.UUID(str(owner)) for clip, owner in rows}

    def embedded_as(self, clip: uuid.UUID) -> tuple[object, ...]:
        """Where its vector lies, and what made it."""
        columns = "kind, model, revision, dimension, store_url, object_key, ordinal"
        return table(self.catalog, f"select {columns} from catalog.embedding where clip_id = '{clip}'")[0]


@pytest.fixture
def theatre(catalog: Catalog, tmp_path: Path) -> Theatre:
    return Theatre(catalog, tmp_path)


def test_of_the_same_footage_only_the_best_is_embedded_and_all_have_its_vector(theatre: Theatre) -> None:
    small, large = theatre.film("small", differing(9), 640), theatre.film("large", FILM, 1920)
    other, without = theatre.film("other", OTHER), theatre.film("without", None)
    assert theatre.planned() == {large, other, without}
    assert theatre.states()[small] == ("pending", None, "embed")
    theatre.embed({large: turned(0), other: turned(80), without: turned(80, 2)})
    assert theatre.compare() == 3
    assert theatre.lent() == {small: large}
    assert theatre.embedded_as(small) == theatre.embedded_as(large)
    assert theatre.pairs() == {}
    assert (theatre.alike(small), theatre.alike(large)) == ({large: 1.0}, {small: 1.0})
    assert theatre.settle() == {large, other, without}
    assert theatre.states()[small] == ("duplicate", "near_duplicate", "dedup")


@pytest.mark.parametrize(
    ("bits", "seconds"),
    [(OTHER, 10.0), (differing(MOST_BITS + 1), 10.0), (FILM, 10.2)],
    ids=["other", "too far", "longer"],
)
def test_other_footage_is_embedded(theatre: Theatre, bits: str, seconds: float) -> None:
    one, two = theatre.film("one", FILM), theatre.film("two", bits, seconds=seconds)
    assert theatre.planned() == {one, two}


def test_so_many_bits_may_differ_where_a_word_is_shared(theatre: Theatre) -> None:
    one, two = theatre.film("one", FILM, 1920), theatre.film("two", differing(MOST_BITS, word=3))
    assert theatre.planned() == {one}
    assert table(theatre.catalog, "select clip_id::text, differing_bits from catalog.same_footage") == [
        (str(two), MOST_BITS)
    ]


def test_clips_of_one_video_are_embedded_each(theatre: Theatre) -> None:
    clips = theatre.video("long", seconds=(10.0, 10.0))
    theatre.hashed(clips, FILM)
    assert theatre.planned() == set(clips)


def test_clips_of_one_video_that_have_the_vector_of_another_go_by_their_own_limit(theatre: Theatre) -> None:
    leader, near = theatre.film("leader", FILM, 1280), theatre.film("near", OTHER, 640)
    theatre.embed({leader: turned(0), near: turned(10)})
    theatre.compare()
    twice = theatre.video("twice", 1920, (10.0, 10.0))
    theatre.hashed(twice, FILM)
    second = theatre.another("curate.second")
    assert theatre.planned(second) == set()
    theatre.compare(second)
    assert theatre.lent() == dict.fromkeys(twice, leader)
    assert theatre.settle(second) == set(twice)
    assert {theatre.states(second)[clip][0] for clip in (leader, near)} == {"duplicate"}
    strict = theatre.another("curate.strict", COPIES | {"same_video": {"signal": 0.9}})
    theatre.settle(strict)
    assert sorted(theatre.states(strict)[clip][0] for clip in twice) == ["duplicate", "pending"]


def test_a_leader_that_fails_frees_its_followers(theatre: Theatre) -> None:
    small, large = theatre.film("small", FILM, 640), theatre.film("large", FILM, 1920)
    assert theatre.planned() == {large}
    with theatre.catalog.begin() as connection:
        started(theatre.catalog, theatre.run, "embed").quarantine(connection, large, "decode_error", "made", 1)
    theatre.compare()
    assert theatre.lent() == {}
    assert theatre.states()[small] == ("pending", None, "embed")
    assert theatre.planned(theatre.another("curate.next")) == {small}


def test_a_better_copy_waits_for_the_one_that_another_run_works_on(theatre: Theatre) -> None:
    first = theatre.film("first", FILM, 640)
    assert theatre.planned() == {first}
    better = theatre.film("better", FILM, 1920)
    second = theatre.another("curate.second")
    assert theatre.planned(second) == set()
    theatre.embed({first: turned(0)})
    theatre.compare(second)
    assert theatre.lent() == {better: first}
    assert theatre.settle(second) == {better}


def test_a_copy_of_what_has_been_compared_is_like_all_that_is_like_it(theatre: Theatre) -> None:
    leader, near = theatre.film("leader", FILM, 640), theatre.film("near", OTHER, 640)
    theatre.embed({leader: turned(0), near: turned(10)})
    assert theatre.compare() == 2
    assert theatre.settle() == {min(leader, near)}
    copy = theatre.film("copy", differing(5), 1920)
    second = theatre.another("curate.second")
    assert theatre.planned(second) == set()
    assert theatre.compare(second) == 0
    assert theatre.lent() == {copy: leader}
    assert theatre.pairs() == {(min(leader, near), max(leader, near)): pytest.approx(0.985, abs=2e-3)}
    assert theatre.alike(copy, second) == {leader: 1.0, near: pytest.approx(0.985, abs=2e-3)}
    assert theatre.settle(second) == {copy}
    assert {theatre.states(second)[clip][0] for clip in (leader, near)} == {"duplicate"}


def test_what_comes_later_is_compared_with_copies_too(theatre: Theatre) -> None:
    leader, copy = theatre.film("leader", FILM, 1280), theatre.film("copy", FILM, 640)
    assert theatre.planned() == {leader}
    theatre.embed({leader: turned(0)})
    assert theatre.compare() == 1
    later, of_later = theatre.film("later", OTHER, 1920), theatre.film("of later", OTHER, 320)
    second = theatre.another("curate.second")
    assert theatre.planned(second) == {later}
    theatre.embed({later: turned(10)})
    assert theatre.compare(second) == 1
    assert theatre.lent() == {copy: leader, of_later: later}
    assert set(theatre.pairs()) == {(min(leader, later), max(leader, later))}
    clips = {leader, copy, later, of_later}
    assert all(theatre.alike(clip, second).keys() == clips - {clip} for clip in clips)
    assert theatre.settle(second) == {later}


@pytest.mark.parametrize("at", ["save", "_record_files"])
def test_a_crash_leaves_no_copy_that_counts_as_compared_without_its_pairs(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    leader, copy = theatre.film("leader", FILM, 1920), theatre.film("copy", FILM, 640)
    theatre.planned()
    theatre.embed({leader: turned(0)})

    def crash(*_: object) -> None:
        raise OSError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(stage.VectorIndex if at == "save" else stage, at, crash)
        with pytest.raises(OSError, match="killed"):
            theatre.compare()
    assert theatre.settle() == set()
    assert theatre.compare() == 1
    assert theatre.settle() == {leader}
    assert theatre.states()[copy][0] == "duplicate"


def test_lost_vectors_are_made_again_for_one_of_them(theatre: Theatre) -> None:
    leader, copy = theatre.film("leader", FILM, 1920), theatre.film("copy", FILM, 640)
    theatre.planned()
    lost = theatre.embed({leader: turned(0)})
    theatre.compare()
    store = open_store(theatre.run.recipe.output)
    store.delete(lost)
    for stored in list(store.list("index/")):
        store.delete(stored.key)
    other = theatre.film("other", OTHER)
    theatre.embed({other: turned(80)})
    theatre.compare()
    assert table(theatre.catalog, "select clip_id::text from catalog.embedding") == [(str(other),)]
    with theatre.catalog.begin() as connection:
        connection.run("work/release_run", run=theatre.run.run_id)
    second = theatre.another("curate.second")
    assert theatre.planned(second) == {leader}
    theatre.embed({leader: turned(1)})
    theatre.compare(second)
    assert theatre.lent() == {copy: leader}


def test_what_networks_score_is_lent_too(catalog: Catalog, tmp_path: Path) -> None:
    theatre = Theatre(catalog, tmp_path)
    rule = {"rule": "not_filmed", "score": "zero_shot_camera", "min": 0.5}
    run = theatre.run = made_run(
        catalog,
        "curate.scored",
        output=str(tmp_path / "out"),
        policy=policy_file(tmp_path, rule, name="scored"),
        embed={"zero_shot": {}},
    )
    leader, copy = theatre.film("leader", FILM, 1920), theatre.film("copy", FILM, 640)
    assert theatre.planned() == {leader}
    theatre.embed({leader: turned(0)})
    theatre.compare()
    assert theatre.lent() == {}  # zero-shot has not looked at the leader yet
    by = started(catalog, run, "embed").stage_run_id
    row = (run.key("embed.zero_shot"), leader, "zero_shot", {"zero_shot_camera": 0.9}, None, by)
    with catalog.begin() as connection:
        connection.copy("score", ("stage_key", "clip_id", "scorer", "numbers", "unmeasured", "stage_run_id"), [row])
    theatre.compare()
    scores = f"select numbers from catalog.score where scorer = 'zero_shot' and clip_id = '{copy}'"
    assert table(catalog, scores) == [({"zero_shot_camera": 0.9},)]
    assert theatre.settle() == {leader, copy}


def test_explain_says_whose_vector_it_is(
    theatre: Theatre, clipmill: Command, catalog_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIPMILL_CATALOG_URL", catalog_url)
    leader, copy = theatre.film("leader", FILM, 1920), theatre.film("copy", FILM, 640)
    theatre.planned()
    theatre.embed({leader: turned(0)})
    theatre.compare()
    theatre.settle()
    assert f"vector of the same footage: {leader}" in clipmill("explain", copy).out
    assert "same footage" not in clipmill("explain", leader).out


def test_a_video_coded_again_and_smaller_is_embedded_once(catalog: Catalog, tmp_path: Path) -> None:
    folder = tmp_path / "videos"
    folder.mkdir()
    shots = [Shot(5, seed=1, motion=(40, 10))]
    made_video(folder / "large.mp4", shots, (320, 180))
    smaller = (image[::2, ::2] for image in pictures(shots, (320, 180)))
    write_video(folder / "small.mp4", smaller, Coding(options={"crf": "34"}))
    made_video(folder / "other.mp4", [Shot(5, seed=2, motion=(-40, 30))], (320, 180))
    recipe = write_recipe(tmp_path / "recipe.yaml", folder, tmp_path / "dataset", policy="permissive")
    Pipeline(catalog.url, recipe).run("first")
    assert table(catalog, "select count(*) from catalog.footage_hash") == [(3,)]
    lent = """
        select l.path, o.path
        from catalog.embedding e
        join catalog.clip c on c.clip_id = e.clip_id join catalog.video_location l on l.video_id = c.video_id
        left join catalog.clip d on d.clip_id = e.copied_from
        left join catalog.video_location o on o.video_id = d.video_id
        order by 1
    """
    assert table(catalog, lent) == [("large.mp4", None), ("other.mp4", None), ("small.mp4", "large.mp4")]
    assert table(catalog, "select count(*) from catalog.batch_member where batch_id like '%.clips-%'") == [(2,)]
