"""Which of some files are copies, without a catalog."""

from pathlib import Path

import pytest

from tests.fixtures.command import Command
from tests.fixtures.made_video import Bars, Coding, Shot, made_video


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video, a smaller copy of it between black bars, and another video."""
    folder = tmp_path_factory.mktemp("several")
    made_video(folder / "large.mp4", [Shot(5, seed=1)], (320, 240), Coding(fps=10))
    made_video(folder / "small.mp4", [Shot(5, seed=1)], (192, 144), Coding(fps=10), Bars(top=24, bottom=24))
    made_video(folder / "other.mp4", [Shot(5, seed=9)], (256, 192), Coding(fps=10))
    return folder


def test_the_largest_copy_stands_for_the_others(clipmill: Command, folder: Path) -> None:
    files = [folder / name for name in ("small.mp4", "other.mp4", "large.mp4")]
    said = clipmill("dedup", *files, "--similarity", "0.8", "--json").json
    first, second = said["clusters"]
    assert first["representative"] == str(folder / "large.mp4")
    assert {Path(one["file"]).name for one in first["members"]} == {"small.mp4", "large.mp4"}
    assert all(0.8 <= one["similarity"] <= 1 for one in first["members"])
    assert second == {"representative": str(files[1]), "members": [{"file": str(files[1]), "similarity": 1.0}]}


def test_a_file_alone_is_a_cluster_of_one(clipmill: Command, folder: Path) -> None:
    said = clipmill("dedup", folder / "other.mp4", "--similarity", "0.9", "--json").json
    file = str(folder / "other.mp4")
    assert said["clusters"] == [{"representative": file, "members": [{"file": file, "similarity": 1.0}]}]


def test_a_person_reads_which_file_is_kept(clipmill: Command, folder: Path) -> None:
    ended = clipmill("dedup", folder / "small.mp4", folder / "large.mp4", "--similarity", "0.8")
    assert ended.code == 0
    assert "large.mp4" in ended.out
    assert "from a similarity of 0.8 on, by signal" in ended.out


def test_a_file_that_is_not_there_is_one_line_before_any_is_looked_at(
    clipmill: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.cli.several_files._look", None)
    ended = clipmill("dedup", folder / "other.mp4", folder / "gone.mp4", "--similarity", "0.8")
    assert (ended.code, ended.err.count("\n")) == (65, 1)
    assert "gone.mp4" in ended.err
    (folder / "empty.mp4").touch()
    assert "empty.mp4" in clipmill("dedup", folder / "other.mp4", folder / "empty.mp4", "--similarity", "0.8").err
