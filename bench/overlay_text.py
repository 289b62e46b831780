"""How surely subtitles, marks and full-screen text are found, and how rarely text of the scene is taken for them.

    python -m bench overlay_text [--data FOLDER]

A clip has an overlay where the text scorer is sure (`overlay_certainty`) or the mark is clear (`watermark`).
Cases are made over the real clips of the shared folder where it is there, else over drawn footage; weights and bounds
were chosen on even seeds, and odd ones are reported.
"""

import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench.figure import Figure, data_folder
from bench.filter_cost import cpu_s, plain_decode
from bench.overlaid import FPS, KINDS, Made, made
from bench.pieces import interval
from tasks.core.media import probe
from tasks.core.model import Box, Score, Span
from tasks.core.settings_filter import CropSettings, FilterSettings
from tasks.crop.find import find_box
from tasks.filter.clip import score_clip
from tasks.filter.scorer import Clip
from tests.fixtures.made_video import Coding, write_video

CASES = 200
ODD = 1
SCORERS = frozenset({"overlay_text", "watermark"})
LEAST_CERTAINTY, LEAST_MARK = 0.5, 0.45
WITHOUT_OVERLAY = ("clean", "scene_text")
GOALS = {"subtitle": 0.95, "watermark": 0.95, "full_text": 0.95}
MADE_MARKS = {"subtitle", "watermark", "logo_no_text", "fulltext", "ticker", "small_text", "title", "clean"}
"""Kinds of the shared folder's own files."""
LONGEST_S = 10


@dataclass(slots=True)
class Tally:
    """How many cases of a kind were found to have an overlay."""

    found: int = 0
    total: int = 0
    unclear: int = 0
    """Not found, with the mark unmeasured because the scene is still."""
    costs: list[float] = field(default_factory=list)


def figures() -> Iterator[Figure]:
    """Recall per kind, false alarms with and without scene text, the shared folder's own files, and the cost."""
    tallies = tallies_of(CASES)
    for kind in KINDS:
        tally = tallies[kind]
        low, high = interval(tally.found, tally.total)
        share = tally.found / tally.total
        is_alarm = kind in WITHOUT_OVERLAY
        what = f"{'false alarms' if is_alarm else 'recall'}, {kind}, {tally.total} cases ({low:.3f}-{high:.3f})"
        yield Figure(what, share, at_most=0.05 if is_alarm else None, at_least=GOALS.get(kind))
    still = tallies["logo"]
    yield Figure("recall, logo, where the scene moves", still.found / max(1, still.total - still.unclear), at_least=0.9)
    folder = data_folder()
    if folder is not None:
        wrong = list(wrong_files(folder))
        yield Figure("shared files with and without overlays, wrong", len(wrong), at_most=1)
        yield from costs(folder)


def tallies_of(count: int, parity: int = ODD, is_told: bool = True) -> dict[str, Tally]:
    """What was found in so many made cases of each kind."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    with tempfile.TemporaryDirectory() as folder:
        for number, case in enumerate(made(count, parity)):
            scores = scores_of(written(Path(folder) / "case.mp4", case))
            tally = tallies[case.kind]
            tally.total += 1
            tally.found += has_overlay(scores)
            tally.unclear += not has_overlay(scores) and is_still(scores)
            if is_told and has_overlay(scores) != case.has_overlay:
                print(f"   {case.kind} {case.seed} {case.name[:28]} {numbers(scores)} {case.about}", flush=True)
            if is_told and number % 300 == 299:
                print(f"   {number + 1} cases, {time.process_time():.0f} s of CPU", flush=True)
    return tallies


def written(path: Path, case: Made) -> Path:
    """The case as a coded file, finely or coarsely by its seed."""
    write_video(path, case.pictures, Coding(FPS, options={"crf": str(18 + case.seed % 15), "preset": "ultrafast"}))
    return path


def scores_of(path: Path, has_bars: bool = False) -> tuple[Score, ...]:
    """What both scorers say of the file, inside its bars where it may have some."""
    return score_clip(path, clip_of(path, has_bars), FilterSettings(), SCORERS)


def clip_of(path: Path, has_bars: bool) -> Clip:
    """The first seconds of the file."""
    info = probe(path)
    end = min(info.end_pts, info.start_pts + round(LONGEST_S / info.time_base))
    span = Span(info.start_pts, end, info.time_base)
    whole = Box(0, 0, info.width_px, info.height_px)
    return Clip(info, span, find_box(path, info, span, CropSettings()).box if has_bars else whole)


def numbers(scores: tuple[Score, ...]) -> dict[str, float]:
    """The numbers that the verdict hangs on."""
    found = {name: value for score in scores for name, value in score.numbers.items()}
    return {
        name: round(found[name], 2) for name in ("overlay_certainty", "overlay_share", "watermark") if name in found
    }


def has_overlay(scores: tuple[Score, ...]) -> bool:
    """Whether the numbers say that something was put over the picture."""
    found = numbers(scores)
    return found.get("overlay_certainty", 0) >= LEAST_CERTAINTY or found.get("watermark", 0) >= LEAST_MARK


def is_still(scores: tuple[Score, ...]) -> bool:
    """Whether marks were not to be told because the scene stands still."""
    return any(score.unmeasured == "still_scene" for score in scores)


def wrong_files(folder: Path) -> Iterator[str]:
    """Files of the shared folder's overlays that are judged otherwise than their truth says."""
    for case in json.loads((folder / "truth.json").read_text())["overlays"]:
        if case["kind"] not in MADE_MARKS:
            continue
        scores = scores_of(folder / "composed" / case["file"], has_bars=True)
        is_right = has_overlay(scores) == (case["kind"] != "clean")
        print(f"   {'ok   ' if is_right else 'WRONG'} {case['file']:24} {numbers(scores)}", flush=True)
        if not is_right:
            yield case["file"]


def costs(folder: Path) -> Iterator[Figure]:
    """CPU time of both scorers over that of a plain decode, over some of the real clips."""
    ratios = []
    for path in sorted((folder / "real").iterdir())[::4]:
        clip = clip_of(path, has_bars=False)
        plain_s = cpu_s(lambda path=path, clip=clip: plain_decode(path, clip))  # type: ignore[misc]
        ours_s = cpu_s(lambda path=path, clip=clip: score_clip(path, clip, FilterSettings(), SCORERS))  # type: ignore[misc]
        ratios.append(ours_s / plain_s)
        print(f"   {ours_s / plain_s:5.2f} plain decodes {path.name}", flush=True)
    yield Figure(
        "cost in plain decodes, its own decode counted in, median", sorted(ratios)[len(ratios) // 2], at_most=3
    )
    yield Figure("cost in plain decodes, dearest file", max(ratios))
