"""split, crop and score of one file, without a catalog."""

from pathlib import Path

import pytest

from tasks.core.media import probe
from tasks.core.recipe import SplitSettings
from tasks.split.video import as_json, split_video
from tests.fixtures.command import Command
from tests.fixtures.made_video import Bars, Coding, Shot, made_video

SIZE = (192, 144)
BOUNDARY = {"frame", "time_s", "kind", "start_frame", "end_frame", "strength"}
BARS = Bars(top=16, bottom=16)


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two shots of 6 and 7 s at 25 frames a second, with black bars above and below."""
    path = tmp_path_factory.mktemp("one") / "two shots.mp4"
    made_video(path, (Shot(6, seed=1), Shot(7, seed=2)), SIZE, Coding(fps=25), BARS)
    return path


def test_split_says_what_the_stage_itself_finds(clipmill: Command, video: Path) -> None:
    ended = clipmill("split", video, "--json")
    assert ended.code == 0
    assert ended.json == as_json(split_video(video, probe(video), SplitSettings()))
    assert all(set(one) == BOUNDARY for one in ended.json["boundaries"])
    starts, ends = ([one[end] for one in ended.json["clips"]] for end in ("start_frame", "end_frame"))
    assert [*starts, 325] == [0, *ends]


def test_split_gives_the_reason_of_what_is_no_clip(clipmill: Command, video: Path) -> None:
    said = clipmill("split", video, "--min", 20, "--json").json
    assert {one.get("reason") for one in said["clips"]} <= {"too_short", "transition"}


def test_split_cuts_the_clips_for_a_person(clipmill: Command, video: Path, tmp_path: Path) -> None:
    said = clipmill("split", video, "--min", 0.2, "--output", tmp_path / "clips", "--json").json
    clips = [one for one in said["clips"] if "reason" not in one]
    files = [Path(one["file"]) for one in clips]
    assert files == sorted((tmp_path / "clips").iterdir())
    assert [probe(file).frame_count for file in files] == [one["end_frame"] - one["start_frame"] for one in clips]


def test_crop_says_box_and_confidence(clipmill: Command, video: Path) -> None:
    said = clipmill("crop", video, "--end", 5, "--json").json
    assert said.keys() == {"box", "confidence"}
    assert said["box"] == {"x": 0, "y": 16, "width": 192, "height": 112}


def test_score_says_value_unit_and_state(clipmill: Command, video: Path) -> None:
    said = clipmill("score", video, "--start", 1, "--end", 5, "--json").json
    assert said["scores"]["duration_s"] == {"value": pytest.approx(4.0), "unit": "s", "state": "measured"}
    assert said["scores"]["short_side_px"]["value"] == 112


def test_caption_says_what_was_measured_in_windows(clipmill: Command, video: Path) -> None:
    said = clipmill("caption", video, "--end", 9, "--json").json
    assert [(one["start_s"], one["end_s"]) for one in said["windows"]] == [(0, 5), (5, 9)]
    for one in said["windows"]:
        assert one.keys() == {"start_s", "end_s", "captions", "model", "flags"}
        assert one["model"] == "signals-1"
        assert one["captions"].keys() == {"short", "medium", "long"}
        assert "192 by 112 pixels" in one["captions"]["long"]


def test_caption_refuses_a_prompt_that_there_is_not(clipmill: Command, video: Path) -> None:
    ended = clipmill("caption", video, "--model", "fake", "--url", "http://nowhere/v1", "--prompt", "cooking")
    assert ended.code == 78
    assert "prompt" in ended.err
    assert "driving" in ended.err


POLICY = """
name: small
version: 2
rules:
  - rule: too_small
    score: short_side_px
    min: 400
    because: made by the test
    overrides: [{source: phone, min: 100, because: made by the test}]
  - {rule: lowest, score: luma_mean, drop_lowest: 0.2, because: made by the test}
"""


def test_score_says_what_a_policy_makes_of_it(clipmill: Command, video: Path, tmp_path: Path) -> None:
    policy = tmp_path / "small.yaml"
    policy.write_text(POLICY)
    judged = (video, "--start", 1, "--end", 3, "--policy", policy)
    said = clipmill("score", *judged, "--json").json
    assert said["verdict"].pop("policy")["name"] == "small"
    assert said["verdict"] == {
        "outcome": "drop",
        "dropped_by": [
            {"rule": "too_small", "score": "short_side_px", "value": 112.0, "threshold": 400.0, "side": "min",
             "because": "made by the test"}
        ],
        "unmeasured": ["luma_mean"],
    }  # fmt: skip
    assert "too_small: short_side_px 112, wants ≥ 400" in clipmill("score", *judged).out
    assert clipmill("score", *judged, "--source", "phone", "--json").json["verdict"]["outcome"] == "hold"


def test_a_policy_that_does_not_exist_is_refused_before_anything_is_measured(clipmill: Command, video: Path) -> None:
    ended = clipmill("score", video, "--policy", "nonsense")
    assert ended.code == 78
    assert "shipped are default" in ended.err


def test_policies_can_be_looked_at(clipmill: Command, tmp_path: Path) -> None:
    policy = tmp_path / "small.yaml"
    policy.write_text(POLICY)
    assert clipmill("policy", "check", policy).out.startswith("ok  small v2  ")
    assert {one["name"] for one in clipmill("policy", "list", "--json").json} >= {"default", "permissive"}
    shown = clipmill("policy", "show", policy).out
    assert "source phone: short_side_px ≥ 100" in shown
    assert "lowest 20 % dropped" in shown
    assert clipmill("policy", "show", "default", "--json").json["name"] == "default"
    policy.write_text(POLICY.replace("min: 400", "min: -400"))
    ended = clipmill("policy", "check", policy)
    assert (ended.code, "line 7, rule 1 (too_small): min -400 is out of range" in ended.err) == (78, True)


@pytest.mark.parametrize("command", ["split", "crop", "score"])
def test_people_get_a_table(clipmill: Command, video: Path, command: str) -> None:
    ended = clipmill(command, video, *(("--end", 2) if command != "split" else ()))
    assert ended.code == 0
    assert {"split": "0.00 s", "crop": "192x112 at 0,16", "score": "heights/s"}[command] in ended.out


@pytest.mark.parametrize("command", ["split", "crop", "score"])
@pytest.mark.parametrize("content", [None, b"", b"#EXTM3U\n/etc/passwd\n", b"no video at all " * 100])
def test_a_file_that_cannot_be_read_is_one_line(
    clipmill: Command, tmp_path: Path, command: str, content: bytes | None
) -> None:
    file = tmp_path / "file.mp4"
    if content is not None:
        file.write_bytes(content)
    ended = clipmill(command, file, "--json")
    assert ended.code == 65
    assert ended.json["error"] == {"kind": ended.json["error"]["kind"], "message": ended.err.strip(), "exit_code": 65}
    assert len(ended.err.strip().splitlines()) == 1


def test_a_file_that_may_not_be_read_is_named_as_it_was_given(clipmill: Command, tmp_path: Path) -> None:
    ended = clipmill("crop", tmp_path)
    assert ended.err.strip() == f"This file cannot be read as a video: {tmp_path} is a folder, pipe or device"


def test_a_span_of_nothing_is_refused(clipmill: Command, video: Path) -> None:
    ended = clipmill("score", video, "--start", 60)
    assert ended.code == 2
    assert "13" in ended.err


def test_settings_out_of_range_are_refused(clipmill: Command, video: Path) -> None:
    ended = clipmill("split", video, "--method", "guess")
    assert ended.code == 78
    assert "method" in ended.err
    assert "'guess'" in ended.err
