"""The demo corpus is what its truth says: made small and short here, by the code that makes it large."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tasks.cli.demo_corpus import CorpusPlan, CorpusTruth, load_truth, make_corpus
from tasks.cli.demo_corpus.edit import cut_shots
from tasks.cli.demo_corpus.overlay import text_mask
from tasks.cli.demo_corpus.plan import COAST, NEWS, PROGRAMMES
from tasks.cli.demo_corpus.truth import ProgrammeTruth, ShotTruth
from tasks.core.errors import UnreadableVideo
from tasks.core.media import View, decode, probe

SMALL = CorpusPlan(width_px=240, height_px=136, scale=0.06)
Corpus = tuple[Path, CorpusTruth]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    folder = tmp_path_factory.mktemp("corpus")
    return folder / "videos", make_corpus(folder / "videos", folder / "truth.json", SMALL)


@pytest.fixture(scope="module")
def pictures_of(corpus: Corpus) -> Callable[[str], np.ndarray]:
    """Grey pictures [frames, rows, columns] of a video by its name, as int16."""
    known: dict[str, np.ndarray] = {}

    def pictures(name: str) -> np.ndarray:
        if name not in known:
            path = corpus[0] / name
            frames = decode(path, probe(path), view=View(pixel_format="gray"))
            known[name] = np.stack([frame.image for frame in frames]).astype(np.int16)
        return known[name]

    return pictures


def programmes(truth: CorpusTruth) -> list[ProgrammeTruth]:
    return [programme for programme in truth.programmes if programme.duplicate_of is None]


def shots_with(truth: CorpusTruth, trait: str | None) -> list[tuple[ProgrammeTruth, ShotTruth]]:
    return [(programme, shot) for programme in programmes(truth) for shot in programme.shots if shot.trait == trait]


def changes(pictures: np.ndarray) -> np.ndarray:
    """Mean change of each picture against the one before, in grey levels."""
    return np.abs(np.diff(pictures, axis=0)).mean(axis=(1, 2))


def test_every_programme_is_as_long_and_large_as_told(corpus: Corpus, pictures_of: Callable[[str], np.ndarray]):
    for programme in corpus[1].programmes:
        info = probe(corpus[0] / programme.name)
        assert pictures_of(programme.name).shape == (programme.frames, programme.height_px, programme.width_px)
        assert float(info.frame_rate) == pytest.approx(programme.fps, rel=1e-3)


def test_shots_and_transitions_cover_every_frame(corpus: Corpus):
    for programme in corpus[1].programmes:
        frames: list[int] = []
        for shot in programme.shots:
            frames += range(shot.start_frame, shot.end_frame)
        for boundary in programme.boundaries:
            assert boundary.frame == boundary.end_frame
            frames += range(boundary.start_frame, boundary.end_frame)
        assert sorted(frames) == list(range(programme.frames))


def test_all_kinds_and_faults_are_there(corpus: Corpus):
    kinds = {boundary.kind for programme in corpus[1].programmes for boundary in programme.boundaries}
    assert kinds == {"cut", "dissolve", "fade", "wipe"}
    for trait in ("frozen", "still", "dark", "over_exposed", "blurred"):
        assert shots_with(corpus[1], trait)
    seconds = [shot.seconds for programme in PROGRAMMES for shot in programme.shots]
    assert min(seconds) < 5 < max(seconds)


def test_pictures_change_at_cuts_and_less_elsewhere(corpus: Corpus, pictures_of: Callable[[str], np.ndarray]):
    for programme in programmes(corpus[1]):
        change = changes(pictures_of(programme.name))
        at_cuts = [boundary.frame - 1 for boundary in programme.boundaries if boundary.kind == "cut"]
        inside = [frame for shot in programme.shots for frame in range(shot.start_frame, shot.end_frame - 1)]
        assert change[at_cuts].min() > 2 * np.median(change[inside]) + 5
        assert change[at_cuts].min() > change[inside].max()


def test_gradual_transitions_go_from_the_old_shot_to_the_new(corpus: Corpus, pictures_of: Callable[[str], np.ndarray]):
    for programme in programmes(corpus[1]):
        pictures = pictures_of(programme.name)
        for boundary in programme.boundaries:
            if boundary.kind == "cut":
                continue
            middle = pictures[(boundary.start_frame + boundary.end_frame) // 2]
            old, new = pictures[boundary.start_frame - 1], pictures[boundary.end_frame]
            assert np.abs(old - new).mean() > 5
            if boundary.kind == "fade":
                assert middle.mean() < 0.5 * min(old.mean(), new.mean())
            elif boundary.kind == "dissolve":
                assert np.abs(middle - (old + new) / 2).mean() < 0.6 * np.abs(old - new).mean()
            else:
                nearer_new = np.abs(middle - new).mean(axis=0) < np.abs(middle - old).mean(axis=0)
                left, right = np.array_split(nearer_new, 2)
                assert left.mean() > 0.8
                assert right.mean() < 0.2


def test_bars_are_black_and_the_picture_is_not(corpus: Corpus, pictures_of: Callable[[str], np.ndarray]):
    barred = [each for each in programmes(corpus[1]) if each.box != (0, 0, each.width_px, each.height_px)]
    assert {each.box[0] > 0 for each in barred} == {each.box[1] > 0 for each in barred} == {True, False}
    for programme in barred:
        x, y, width, height = programme.box
        brightest = pictures_of(programme.name).max(axis=0)
        inside = brightest[y : y + height, x : x + width]
        assert inside[:2].mean() > 60
        assert inside[:, :2].mean() > 60
        brightest[y : y + height, x : x + width] = 0
        assert brightest.max() < 40


def test_frozen_and_still_shots_stand_still(corpus: Corpus, pictures_of: Callable[[str], np.ndarray]):
    for trait in ("frozen", "still"):
        for programme, shot in shots_with(corpus[1], trait):
            change = changes(pictures_of(programme.name)[shot.start_frame : shot.end_frame])
            half = len(change) // 2
            assert change[half + 1 :].max() < 3  # a coder goes on refining a still picture
            assert (change[: half - 1].mean() > 5) == (trait == "frozen")


def test_dark_bright_and_blurred_are_what_they_say(corpus: Corpus, pictures_of: Callable[[str], np.ndarray]):
    def middle(programme: ProgrammeTruth, shot: ShotTruth) -> np.ndarray:
        x, y, width, height = programme.box
        return pictures_of(programme.name)[(shot.start_frame + shot.end_frame) // 2, y : y + height, x : x + width]

    assert all(middle(*dark).mean() < 20 for dark in shots_with(corpus[1], "dark"))
    assert all(middle(*bright).mean() > 200 for bright in shots_with(corpus[1], "over_exposed"))

    def fineness(programme: ProgrammeTruth, shot: ShotTruth) -> float:
        """Mean step from one column to the next, in parts of the picture's contrast."""
        picture = middle(programme, shot)
        return float(np.abs(np.diff(picture, axis=1)).mean() / picture.std())

    finest_blurred = max(fineness(*blurred) for blurred in shots_with(corpus[1], "blurred"))
    assert all(fineness(*shot) > 1.5 * finest_blurred for shot in shots_with(corpus[1], None))
    assert all(20 < picture.mean() < 200 for picture in (middle(*shot) for shot in shots_with(corpus[1], None)))


def test_words_are_burned_in_where_told(corpus: Corpus, pictures_of: Callable[[str], np.ndarray]):
    assert [each.name for each in programmes(corpus[1]) if each.overlay] == [NEWS.name]
    corner = pictures_of(NEWS.name)[:, 6:13, -40:]
    assert np.abs(corner - corner[0]).mean() < 40
    assert (corner.max(axis=(1, 2)) > 200).all()


def test_duplicates_are_duplicates(corpus: Corpus, pictures_of: Callable[[str], np.ndarray]):
    duplicates = {each.duplicate_kind: each for each in corpus[1].programmes if each.duplicate_of}
    identical, recoded = duplicates["identical"], duplicates["recoded"]
    assert (corpus[0] / identical.name).read_bytes() == (corpus[0] / str(identical.duplicate_of)).read_bytes()
    small, large = pictures_of(recoded.name), pictures_of(str(recoded.duplicate_of))
    assert small.shape[0] == large.shape[0]
    assert small.shape[1] < large.shape[1]
    assert np.abs(small.mean(axis=(1, 2)) - large.mean(axis=(1, 2))).max() < 4


def test_broken_files_end_as_told(corpus: Corpus):
    assert len(corpus[1].broken) == 6
    for broken in corpus[1].broken:
        with pytest.raises(UnreadableVideo) as caught:
            probe(corpus[0] / broken.name)
        assert caught.value.kind == broken.kind


def test_one_programme_has_sound(corpus: Corpus):
    assert probe(corpus[0] / COAST.name).audio_codec == "aac"
    assert probe(corpus[0] / NEWS.name).audio_codec is None


def test_nothing_is_in_the_folder_but_what_is_told(corpus: Corpus):
    folder, truth = corpus
    told = {each.name for each in (*truth.programmes, *truth.broken)}
    assert {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} == told
    assert set(truth.sizes_bytes) == told


def digests(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_it_is_made_once_and_again_with_the_same_bytes_where_something_is_missing(corpus: Corpus):
    folder, truth = corpus
    truth_path = folder.parent / "truth.json"
    told: list[str] = []

    def remember(made: int, total: int, name: str) -> None:
        told.append(name)

    before = digests(folder)
    assert load_truth(truth_path) == truth
    assert make_corpus(folder, truth_path, SMALL, remember) == truth
    assert told == []
    (folder / "broken/garbage.mp4").unlink()
    assert make_corpus(folder, truth_path, SMALL, remember) == truth
    assert sorted(told) == sorted(before)
    assert digests(folder) == before


def test_another_plan_is_another_corpus(tmp_path: Path, corpus: Corpus):
    assert load_truth(tmp_path / "nothing.json") is None
    (tmp_path / "broken.json").write_text("{}")
    assert load_truth(tmp_path / "broken.json") is None
    assert replace(SMALL, seed="other") != SMALL
    assert (
        cut_shots(COAST.shots, COAST.writing.fps).frames > 10 * cut_shots(COAST.shots, COAST.writing.fps, 0.05).frames
    )


def test_letters_are_five_by_seven_dots():
    letter = text_mask("T", 1)
    assert ["".join(".#"[int(dot)] for dot in row) for row in letter] == ["#####.", *6 * ["..#..."]]
    assert text_mask("AB", 3).shape == (21, 36)
