"""How like its target a clip is: the arithmetic, and examples that are read, left out or refused."""

from pathlib import Path

import numpy as np
import pytest

from tasks.core.errors import BadRecipe, StageRefused
from tasks.core.examples import list_examples
from tasks.core.settings_embed import DomainSettings, EmbedSettings
from tasks.embed.domain import domain, target_of
from tasks.embed.stage import asked_by
from tests.fixtures.made_video import Bars, Shot, made_video

SPACE = np.eye(4, dtype=np.float32)
FILE = {"uri": "file:///a", "sha256": "0" * 64}


def leaning(*cosines: float) -> np.ndarray:
    """Rows of length 1, each so like the first axis."""
    return np.array([[c, np.sqrt(1 - c * c), 0, 0] for c in cosines], np.float32)


@pytest.mark.parametrize(
    ("nearest", "wanted"), [(1, 0.9), (2, 0.7), (3, (0.9 + 0.5 + 0.1) / 3), (50, (0.9 + 0.5 + 0.1 - 0.3) / 4)]
)
def test_the_nearest_examples_count(nearest: int, wanted: float) -> None:
    settings = DomainSettings.model_validate({"examples": [FILE], "nearest": nearest})
    found = domain(SPACE[0], leaning(0.5, 0.1, 0.9, -0.3), settings).numbers
    assert found == {"domain_similarity": pytest.approx(wanted, abs=1e-6)}


def test_of_texts_the_nearest_alone_counts() -> None:
    settings = DomainSettings(texts=("a road", "a kitchen"), nearest=2)
    assert domain(SPACE[0], leaning(0.1, 0.3), settings).numbers["domain_similarity"] == pytest.approx(0.3)


def test_rounding_does_not_leave_the_range() -> None:
    settings = DomainSettings.model_validate({"examples": [FILE]})
    assert domain(SPACE[0], SPACE[:1] * np.float32(1.0000002), settings).numbers == {"domain_similarity": 1.0}


def settings_of(folder: Path) -> EmbedSettings:
    """Those of a recipe that shows the files of a folder."""
    examples = [one.model_dump() for one in list_examples(str(folder), folder)]
    return EmbedSettings.model_validate({"domain": {"examples": examples}})


def test_each_example_has_a_vector_and_others_are_left_out(tmp_path: Path) -> None:
    made_video(tmp_path / "one.mp4", [Shot(2, seed=1)])
    made_video(tmp_path / "two.mp4", [Shot(2, seed=2)], (200, 120))
    (tmp_path / "readme.txt").write_text("examples of what we want")
    settings = settings_of(tmp_path)
    found = target_of(settings, asked_by(settings))
    assert found.shape == (2, 256)
    assert np.linalg.norm(found, axis=1) == pytest.approx(1, abs=1e-5)
    assert float(found[0] @ found[1]) < 0.9


def test_the_whole_picture_is_looked_at(tmp_path: Path) -> None:
    made_video(tmp_path / "barred.mp4", [Shot(2, seed=1)], bars=Bars(top=30, bottom=30))
    made_video(tmp_path / "plain.mp4", [Shot(2, seed=1)])
    settings = settings_of(tmp_path)
    barred, plain = target_of(settings, asked_by(settings))
    assert float(barred @ plain) < 0.95


def test_a_folder_in_which_nothing_can_be_read_is_refused_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("examples of what we want")
    settings = settings_of(tmp_path)
    with pytest.raises(StageRefused, match=r"none of the 1 examples can be read as a video .*readme\.txt"):
        target_of(settings, asked_by(settings))


def test_an_example_that_has_changed_is_refused(tmp_path: Path) -> None:
    made_video(tmp_path / "one.mp4", [Shot(1, seed=1)])
    settings = settings_of(tmp_path)
    made_video(tmp_path / "one.mp4", [Shot(1, seed=2)])
    with pytest.raises(StageRefused, match=r"one\.mp4 has changed since the recipe took it in"):
        target_of(settings, asked_by(settings))


def test_examples_that_are_gone_are_refused(tmp_path: Path) -> None:
    made_video(tmp_path / "one.mp4", [Shot(1, seed=1)])
    settings = settings_of(tmp_path)
    (tmp_path / "one.mp4").unlink()
    with pytest.raises(StageRefused, match="no longer there"):
        target_of(settings, asked_by(settings))
    with pytest.raises(BadRecipe):
        settings_of(tmp_path)
