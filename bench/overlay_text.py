"""How surely subtitles, marks and full-screen text are found, and how rarely text of the scene is taken for them.

    python -m bench overlay_text [--data FOLDER]

A clip has an overlay where it fails one of the two rules that the policy `default` has on overlays.
Cases are made over the real clips of the shared folder where it is there, else over drawn footage; weights and bounds
were chosen on even seeds, and odd ones are reported.
"""

import csv
import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, partial
from pathlib import Path

from bench.figure import Figure, data_folder
from bench.filter_cost import ROUNDS, cpu_s, plain_decode
from bench.overlaid import FPS, KINDS, Made, has_nothing_over, made
from bench.pieces import interval, share
from tasks.core.media import probe
from tasks.core.model import Box, Score, Span
from tasks.core.policy import Policy, load_policy
from tasks.core.settings_filter import CropSettings, FilterSettings
from tasks.core.verdict import Judge
from tasks.crop.find import find_box
from tasks.filter.clip import score_clip
from tasks.filter.scorer import Clip
from tests.fixtures.made_video import Coding, write_video

CASES = 200
ODD = 1
USUAL_FPS = Fraction(24)
SCORERS = frozenset({"overlay_text", "watermark"})
RULES = frozenset({"overlay_text", "watermark"})
"""Of the policy `default`."""
WITHOUT_OVERLAY = ("clean", "scene_text")
GOALS = {"subtitle": 0.95, "watermark": 0.95, "logo": 0.95, "full_text": 0.95}
MADE_MARKS = {"subtitle", "watermark", "logo_no_text", "fulltext", "ticker", "small_text", "title", "clean"}
"""Kinds of the shared folder's own files."""
PLAIN_LEVELS = 8.0
"""Grey levels; a white mark on a white wall changes less, and nobody sees it."""
LONGEST_S = 10
SHOWN = ("overlay_certainty", "overlay_time_share", "overlay_share", "watermark")


@dataclass(slots=True)
class Tally:
    """How many cases of a kind were found to have an overlay."""

    found: int = 0
    total: int = 0
    plain_found: int = 0
    plain: int = 0
    """Those that change the picture under them by PLAIN_LEVELS and more."""


def figures() -> Iterator[Figure]:
    """Recall per kind, false alarms with and without scene text, the shared folder's own files, and the cost."""
    tallies = tallies_of(CASES)
    for kind in KINDS:
        tally = tallies[kind]
        low, high = interval(tally.found, tally.total)
        found = tally.found / tally.total
        is_alarm = kind in WITHOUT_OVERLAY
        what = f"{'false alarms' if is_alarm else 'recall'}, {kind}, {tally.total} cases ({low:.3f}-{high:.3f})"
        yield Figure(what, found, at_most=0.05 if is_alarm else None, at_least=GOALS.get(kind))
        if tally.plain < tally.total:
            yield share(f"recall, {kind}, where it can be seen", tally.plain_found, tally.plain)
    folder = data_folder()
    if folder is not None:
        yield Figure("shared files judged wrongly", sum(1 for _ in wrong_files(folder)), at_most=0)
        yield from real_clips(folder)


def tallies_of(
    count: int, parity: int = ODD, is_told: bool = True, kinds: Collection[str] = tuple(KINDS)
) -> dict[str, Tally]:
    """What was found in so many made cases of each kind."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    with tempfile.TemporaryDirectory() as folder:
        for number, case in enumerate(made(count, parity, kinds)):
            path = written(Path(folder) / "case.mp4", case)
            scores = score_clip(path, usual(clip_of(path, has_bars=False)), FilterSettings(), SCORERS)
            tally = tallies[case.kind]
            tally.total += 1
            tally.found += has_overlay(scores)
            is_plain = float(str(case.about.get("levels", PLAIN_LEVELS))) >= PLAIN_LEVELS
            tally.plain += is_plain
            tally.plain_found += is_plain and has_overlay(scores)
            if is_told and has_overlay(scores) != case.has_overlay:
                print(f"   {case.kind} {case.seed} {case.name[:28]} {told(scores)} {case.about}", flush=True)
            if is_told and number % 300 == 299:
                print(f"   {number + 1} cases, {time.process_time():.0f} s of CPU", flush=True)
    return tallies


def written(path: Path, case: Made) -> Path:
    """The case as a coded file, finely or coarsely by its seed."""
    write_video(path, case.pictures, Coding(FPS, options={"crf": str(18 + case.seed % 15), "preset": "ultrafast"}))
    return path


def usual(clip: Clip) -> Clip:
    """The clip as if it had a usual frame rate: how often text is looked for is rationed by what decoding costs."""
    more = USUAL_FPS / clip.info.frame_rate
    bit_rate = None if clip.info.bit_rate is None else round(clip.info.bit_rate * more)
    return replace(clip, info=replace(clip.info, frame_rate=USUAL_FPS, bit_rate=bit_rate))


def clip_of(path: Path, has_bars: bool) -> Clip:
    """The first seconds of the file."""
    info = probe(path)
    end = min(info.end_pts, info.start_pts + round(LONGEST_S / info.time_base))
    span = Span(info.start_pts, end, info.time_base)
    whole = Box(0, 0, info.width_px, info.height_px)
    return Clip(info, span, find_box(path, info, span, CropSettings()).box if has_bars else whole)


def numbers(scores: tuple[Score, ...]) -> dict[str, float]:
    """All of them, by name."""
    return {name: value for score in scores for name, value in score.numbers.items()}


def told(scores: tuple[Score, ...]) -> dict[str, float]:
    """Those that the verdict hangs on, to be shown."""
    found = numbers(scores)
    return {name: round(found[name], 2) for name in SHOWN if name in found}


def has_overlay(scores: tuple[Score, ...]) -> bool:
    """Whether the numbers say that something was put over the picture."""
    return not RULES.isdisjoint(Judge(numbers(scores)).verdict(default_policy()).failed)


@cache
def default_policy() -> Policy:
    """The shipped one."""
    return load_policy("default")


def wrong_files(folder: Path) -> Iterator[str]:
    """The shared folder's own files that are not judged as their truth says."""
    for case in json.loads((folder / "truth.json").read_text())["overlays"]:
        if case["kind"] not in MADE_MARKS:
            continue
        path = folder / "composed" / case["file"]
        scores = score_clip(path, clip_of(path, has_bars=True), FilterSettings(), SCORERS)
        is_right = has_overlay(scores) == (case["kind"] != "clean")
        print(f"   {'ok' if is_right else 'WRONG':6} {case['file']:24} {told(scores)}", flush=True)
        if not is_right:
            yield case["file"]


def real_clips(folder: Path) -> Iterator[Figure]:
    """False alarms among the real clips that have nothing written over them; and, over all, what looking for text adds
    to a decode that is done anyway, in CPU time by a plain decode's."""
    ratios, alarms, free = [], 0, 0
    with open(folder / "manifest.csv", newline="") as manifest:
        rows = sorted(csv.DictReader(manifest), key=lambda row: row["file"])
    for row in rows:
        path = folder / row["file"]
        clip = clip_of(path, has_bars=True)
        scores = score_clip(path, clip, FilterSettings(), SCORERS)
        ratios.append(cost_of_text(path, clip))
        free += has_nothing_over(path.name, row["text"])
        alarms += has_nothing_over(path.name, row["text"]) and has_overlay(scores)
        word = "overlay" if has_overlay(scores) else "none"
        print(f"   {ratios[-1]:5.2f} plain decodes, {word:7} {told(scores)} {row['text']!r} {path.name}", flush=True)
    yield share("false alarms, first 10 s of the real clips", alarms, free)
    yield Figure("cost in plain decodes, median", sorted(ratios)[len(ratios) // 2], at_most=3)
    yield Figure("cost in plain decodes, dearest file", max(ratios), at_most=3)


def cost_of_text(path: Path, clip: Clip) -> float:
    """What `overlay_text` adds to a decode that another scorer needs as well, in plain decodes."""
    other, both = frozenset({"exposure"}), frozenset({"exposure", "overlay_text"})
    plain_s = min(cpu_s(partial(plain_decode, path, clip)) for _ in range(ROUNDS))
    other_s, both_s = (
        min(cpu_s(partial(score_clip, path, clip, FilterSettings(), names)) for _ in range(ROUNDS))
        for names in (other, both)
    )
    return (both_s - other_s) / plain_s
