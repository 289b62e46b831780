"""The pipeline's own functions over a folder with truth.json: changes of shot, boxes, and how hostile files end.

    python -m bench truth [--data FOLDER]

FOLDER holds `truth.json` and `composed/`; without the option it is a sibling folder `shared/data`.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.crop_accuracy import TOLERANCE_PX, box_of, error_px
from bench.figure import Figure, data_folder
from bench.split_accuracy import composed
from tasks.core.errors import UnreadableVideo
from tasks.core.model import Box, Score, Span, VideoInfo, content_id
from tasks.core.policy import load_policy
from tasks.core.recipe import IngestSettings, SplitSettings
from tasks.core.settings_filter import CropSettings, FilterSettings
from tasks.core.store import list_folder
from tasks.crop.find import find_box
from tasks.filter.clip import score_clip
from tasks.filter.scorer import Clip
from tasks.ingest.file import File, look
from tasks.split.video import split_video

ENDS = {
    "reject": {"failed", "not listed"},
    "reject_short": {"failed", "set aside"},
    "reject_small": {"failed", "set aside", "dropped"},
    "filter_out": {"dropped"},
    "partial": {"clips", "dropped", "set aside"},
    "accept": {"clips", "dropped"},
    "accept_real_length": {"clips", "dropped"},
}
"""How a file may end by what truth.json expects; whatever else is expected leaves every end open."""


def figures() -> Iterator[Figure]:
    """The goals, each over all files of its kind."""
    folder = data_folder()
    if folder is None:
        raise FileNotFoundError("no folder with truth.json: give one with --data")
    truth = json.loads((folder / "truth.json").read_text())
    found = composed(folder)
    yield Figure("F1 of changes of shot, all kinds", found.f1(), at_least=0.85)
    yield Figure("F1 of cuts", found.f1("cut"), at_least=0.97)
    yield Figure("F1 of dissolves and fades", found.f1("dissolve", "fade"), at_least=0.8)
    yield Figure("F1 of wipes", found.f1("wipe"))
    yield Figure(f"flashes taken for changes, of {found.flashes}", found.flashes_taken, at_most=0)
    yield Figure(f"boxes off by more than {TOLERANCE_PX} px, of {len(truth['crop'])}", wrong_boxes(folder), at_most=0)
    hostile = truth["hostile"]
    yield Figure(f"hostile files that end wrongly, of {len(hostile)}", wrong_ends(folder, hostile), at_most=0)


def wrong_boxes(folder: Path) -> int:
    """Files whose box is not where it should be."""
    wrong = 0
    for case in json.loads((folder / "truth.json").read_text())["crop"]:
        found = box_of(folder / "composed" / case["file"]).box
        if error_px(found, Box(*case["box"])) > TOLERANCE_PX:
            wrong += 1
            print(f"   box {found} for {case['box']}: {case['file']}")
    return wrong


def wrong_ends(folder: Path, cases: list[dict[str, Any]]) -> int:
    """Files that end otherwise than expected, or without a word a person understands."""
    hostile = folder / "composed" / "hostile"
    listed = {found.relative_path: File(content_id("bench"), found) for found in list_folder(str(hostile))}
    wrong = 0
    for case in cases:
        name = case["file"].removeprefix("hostile/")
        end, why = end_of(listed[name], hostile / name) if name in listed else ("not listed", "no file")
        is_right = end in ENDS.get(case["expect"], {end}) and bool(why)
        wrong += not is_right
        print(f"   {'ok   ' if is_right else 'WRONG'} {name:26} wants {case['expect']:24} {end}: {why}")
    return wrong


def end_of(file: File, path: Path) -> tuple[str, str]:
    """(how the file ends, why) after ingest, split, crop and filter under the default policy."""
    seen = look(file, IngestSettings())
    if seen.info is None:
        return "failed", f"{seen.kind}, {seen.message}" if seen.kind and seen.message else ""
    try:
        spans = split_video(path, seen.info, SplitSettings()).spans
        clips = [piece.span for piece in spans if piece.reason is None]
        if not clips:
            return "set aside", ", ".join(sorted({str(piece.reason) for piece in spans}))
        failed = [failed_rules(path, seen.info, span) for span in clips]
    except UnreadableVideo as error:
        return "failed", f"{error.kind}, {error.detail}"
    total = f"{sum(span.duration_s for span in clips):.1f} s"
    if all(failed):
        return "dropped", f"{', '.join(failed[0])} ({total})"
    return "clips", total


def failed_rules(path: Path, info: VideoInfo, span: Span) -> list[str]:
    """Rules of the default policy that the clip fails."""
    box = find_box(path, info, span, CropSettings()).box
    scores = numbers(score_clip(path, Clip(info, span, box), FilterSettings()))
    low, high = float("-inf"), float("inf")
    return [
        rule.rule
        for rule in load_policy("default").rules
        if rule.score in scores
        and not (low if rule.min is None else rule.min)
        <= scores[rule.score]
        <= (high if rule.max is None else rule.max)
    ]


def numbers(scores: tuple[Score, ...]) -> dict[str, float]:
    """All that was measured of a clip."""
    return {name: value for score in scores for name, value in score.numbers.items()}
