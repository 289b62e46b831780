"""The map of clips whose vectors lie in files, some of which are gone or are not what the catalog says."""

import uuid
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tasks.core.catalog.values import info_to_json
from tasks.core.store import open_store
from tasks.core.vectors import Made, read_vectors, vectors_file
from tasks.report.coverage import HEIGHT, WIDTH, Coverage, chart, group_count
from tests.fixtures.made_catalog import INFO

MADE = Made("signal", "signal", "signal-1", 8)


def file_of(folder: Path, directions: list[int], *, is_kept: bool = True, made: Made = MADE) -> list[dict[str, Any]]:
    """Rows of report/embedded for clips of one file, each near the axis of that number."""
    random = np.random.default_rng(len(directions))
    vectors = np.eye(8, dtype=np.float32)[directions] + random.normal(0, 0.01, (len(directions), 8)).astype(np.float32)
    clips = [uuid.UUID(bytes=random.bytes(16)) for _ in directions]
    key, data = vectors_file(made, clips, vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
    open_store(str(folder)).put_bytes(key, data)
    about = {"kind": "signal", "model": "signal", "revision": "signal-1", "dimension": 8, "store_url": str(folder)}
    clip = {"path": "a.mp4", "uri": "file:///a.mp4", "info": info_to_json(INFO), "start_pts": 0, "end_pts": 1000,
            "time_base_num": 1, "time_base_den": 1000, "reason": None, "x_px": None}  # fmt: skip
    return [{**about, **clip, "object_key": key, "is_kept": is_kept, "clip_id": one, "vector_of": one} for one in clips]


def dots(path: str) -> np.ndarray:
    """[dots, 2], where they lie."""
    return np.array([list(map(float, one.removesuffix("h0").split())) for one in path.split("M")[1:]])


def test_clips_that_are_alike_are_a_group_and_lie_together(tmp_path: Path) -> None:
    rows = file_of(tmp_path, [0] * 70 + [1] * 15 + [2] * 8 + [3] * 7)
    seen = chart(rows)
    assert (seen.clips, seen.missing, len(seen.groups)) == (100, 0, group_count(100))
    assert sum(group.clips for group in seen.groups) == 100
    assert sum(group.share for group in seen.groups) == pytest.approx(1)
    places = np.concatenate([dots(group.dots) for group in seen.groups])
    assert ((places >= 0) & (places <= (WIDTH, HEIGHT))).all()


def test_a_group_far_from_an_even_share_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.report.coverage.group_count", lambda clips: 4)
    rows = file_of(tmp_path, [0] * 60 + [1] * 20 + [2] * 12 + [3] * 8)
    groups = chart(rows).groups
    assert [group.clips for group in groups] == [60, 20, 12, 8]
    assert [group.is_large for group in groups] == [True, False, False, False]
    assert [group.is_small for group in groups] == [False, False, True, True]


def test_a_group_is_shown_by_the_clip_nearest_to_its_middle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.report.coverage.group_count", lambda clips: 2)
    rows = file_of(tmp_path, [0] * 30 + [1] * 20)
    _, clips, vectors = read_vectors(open_store(str(tmp_path)).get_bytes(rows[0]["object_key"]))
    nearest = [own[np.linalg.norm(their - their.mean(axis=0), axis=1).argmin()]
               for own, their in ((clips[:30], vectors[:30]), (clips[30:], vectors[30:]))]  # fmt: skip
    assert [group.central.subject_id for group in chart(rows).groups] == nearest


def test_no_label_covers_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.report.coverage._fitted", lambda points: points * 0 + 100)
    labels = [group.label for group in chart(file_of(tmp_path, [0] * 20 + [1] * 20 + [2] * 20)).groups]
    assert len(labels) == 5
    assert labels[0] == (100, 100)
    assert all(
        abs(x - other_x) >= 20 or abs(y - other_y) >= 15 for (x, y), (other_x, other_y) in combinations(labels, 2)
    )
    assert all(abs(x - 100) <= 20 and abs(y - 100) <= 15 for x, y in labels), "each beside its group"


def test_labels_stay_in_the_drawing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.report.coverage._fitted", lambda points: points * 0 + 12)
    labels = [group.label for group in chart(file_of(tmp_path, [0] * 20 + [1] * 20 + [2] * 20)).groups]
    assert len({*labels}) == 5
    assert all(12 <= x <= WIDTH - 12 and 12 <= y <= HEIGHT - 12 for x, y in labels)


def test_what_is_not_kept_is_shown_and_grouped_with_nothing(tmp_path: Path) -> None:
    kept, others = file_of(tmp_path, [0] * 6 + [1] * 6), file_of(tmp_path, [0] * 5, is_kept=False)
    seen = chart([*kept, *others])
    assert (seen.clips, seen.others, len(dots(seen.other_dots))) == (12, 5, 5)
    assert sum(group.clips for group in seen.groups) == 12


def test_vectors_that_are_gone_damaged_or_of_another_model_are_counted(tmp_path: Path) -> None:
    gone, cut = file_of(tmp_path, [0] * 3), file_of(tmp_path, [1] * 4)
    foreign = file_of(tmp_path, [1] * 5, made=Made("model", "clip", "1", 8))
    store = open_store(str(tmp_path))
    store.delete(gone[0]["object_key"])
    store.put_bytes(cut[0]["object_key"], store.get_bytes(cut[0]["object_key"])[:-9])
    seen = chart([*gone, *cut, *foreign, *file_of(tmp_path, [0] * 5 + [2] * 5)])
    assert (seen.clips, seen.missing) == (10, 12)


def test_few_clips_have_no_map(tmp_path: Path) -> None:
    assert chart(file_of(tmp_path, [0] * 7)) == Coverage(7, 0)
    assert chart([]) == Coverage(0, 0)
