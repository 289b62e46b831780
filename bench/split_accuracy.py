"""How well `split` finds shots: on composed programmes with exact truth, and on programmes made here and now.

    python -m bench.split_accuracy [FOLDER] [--made 60]

FOLDER holds `truth.json` and `composed/` (default: the sibling folder `shared/data`). A cut must be within 2 frames (of
1/30 s where the rate varies), a gradual change overlap its range. Made programmes draw on FOLDER's `real/` where it is
there (none of which the network was trained on), else on newly drawn footage, and are far wilder than edited video.
"""

import argparse
import csv
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from bench.figure import Figure
from bench.split_training.footage import Footage, made_footage
from bench.split_training.programme import Programme, make_programme
from bench.split_training.train import described_programme, read_footage
from tasks.core.media import probe
from tasks.core.recipe import SplitSettings
from tasks.split.changes import Evidence, changes_of, runs
from tasks.split.detect import detect
from tasks.split.features import changed_share, sudden_share
from tasks.split.network import KINDS, judge

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
TOLERANCE = 2
VFR_BASE_FPS = 30
SEED = 1_000_003
SHOTS_PER_PROGRAMME = 10

Event = tuple[str, float, float]
"""Kind, start and end, in frames; both the same for a cut."""


@dataclass(slots=True)
class Tally:
    """What was found, missed and made up, by kind."""

    found: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    missed: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    wrong: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    misnamed: int = 0
    flashes: int = 0
    flashes_taken: int = 0

    def f1(self, *kinds: str) -> float:
        """F1 over these kinds (none: all); made-up changes count under the name they were given."""
        of = kinds or KINDS
        found, missed, wrong = (sum(count[kind] for kind in of) for count in (self.found, self.missed, self.wrong))
        return 2 * found / max(2 * found + missed + wrong, 1)

    def add(self, truth: list[Event], told: list[Event], flashes: list[tuple[int, int]]) -> None:
        """Counts one video."""
        left = list(told)
        for event in truth:
            hit = next((one for one in left if _agree(event, one)), None)
            if hit is None:
                self.missed[event[0]] += 1
                continue
            left.remove(hit)
            self.found[event[0]] += 1
            self.misnamed += hit[0] != event[0]
        for kind, _, _ in left:
            self.wrong[kind] += 1
        self.flashes += len(flashes)
        self.flashes_taken += sum(any(a - 2 <= one[1] <= b + 2 for one in left) for a, b in flashes)

    def lines(self) -> Iterator[str]:
        """Precision, recall and F1 of each kind, as a table."""
        for kind in KINDS:
            found, missed, wrong = self.found[kind], self.missed[kind], self.wrong[kind]
            precision, recall = found / max(found + wrong, 1), found / max(found + missed, 1)
            counts = f"{found:4} found {missed:4} missed {wrong:4} made up"
            yield f"  {kind:9} {counts}   precision {precision:.3f} recall {recall:.3f} F1 {self.f1(kind):.3f}"
        yield f"  all       F1 {self.f1():.3f}; {self.misnamed} named as another kind; " + (
            f"{self.flashes_taken} of {self.flashes} flashes taken for changes"
        )


def composed(folder: Path) -> Tally:
    """The programmes of `truth.json`, through the whole stage."""
    tally = Tally()
    for programme in json.loads((folder / "truth.json").read_text())["programmes"]:
        path = folder / "composed" / programme["file"]
        info = probe(path)
        detection = detect(path, info, SplitSettings())
        by_time = "vfr" in str(programme["fps"])
        tick = float(info.time_base) * VFR_BASE_FPS
        first = detection.pts_of(0)
        told: list[Event] = [
            (one.kind, (one.start_pts - first) * tick, (one.end_pts - first) * tick)
            if by_time
            else (one.kind, one.start_frame, one.end_frame)
            for one in detection.boundaries
        ]
        truth = [_event(one, by_time) for one in programme["transitions"]]
        tally.add(truth, told, [(one["start"], one["end"]) for one in programme["negatives"]])
    return tally


def made(footage: list[Footage], count: int) -> Tally:
    """Programmes that the training script's maker joins from footage, with seeds of their own."""
    rng = np.random.default_rng(SEED)
    tally = Tally()
    for _ in range(count):
        chosen = rng.integers(len(footage), size=SHOTS_PER_PROGRAMME)
        programme = make_programme([footage[i] for i in chosen], rng)
        features = described_programme(programme)
        evidence = Evidence(judge(features), changed_share(features), sudden_share(features))
        told: list[Event] = [(one.kind, one.start, one.end) for one in changes_of(evidence)]
        tally.add(*_sure(programme, told), [])
    return tally


def _sure(programme: Programme, told: list[Event]) -> tuple[list[Event], list[Event]]:
    """Truth and findings without those at changes between shots that look the same."""
    truth: list[Event] = []
    unsure: list[Event] = []
    for column, kind in enumerate(KINDS):
        for start, end in runs(programme.truth[:, column] > 0):
            event = (kind, start, start if kind == "cut" else end)
            (truth if programme.weight[start, column] > 0 else unsure).append(event)
    return truth, [one for one in told if not any(_agree(event, one) for event in unsure)]


def _event(one: dict[str, Any], by_time: bool) -> Event:
    kind = "cut" if one["type"] == "hard" else one["type"]
    ends = ("frame", "frame") if kind == "cut" else ("start", "end")
    start, end = (one[f"{name}_time"] * VFR_BASE_FPS if by_time else one[name] for name in ends)
    return kind, start, end


def _agree(truth: Event, told: Event) -> bool:
    return told[1] - TOLERANCE <= truth[2] and truth[1] <= told[2] + TOLERANCE


def figures() -> Iterator[Figure]:
    """The goals on the composed programmes; made programmes for comparison."""
    if (SHARED / "truth.json").exists():
        tally = composed(SHARED)
        yield Figure("F1, all kinds, composed programmes", tally.f1(), at_least=0.85)
        yield Figure("F1, cuts", tally.f1("cut"), at_least=0.97)
        yield Figure("F1, dissolves and fades", tally.f1("dissolve", "fade"), at_least=0.8)
        yield Figure("F1, wipes", tally.f1("wipe"))
        yield Figure("flashes taken for changes", tally.flashes_taken, at_most=0)
    yield Figure("F1, all kinds, wild made programmes", made(_footage(SHARED), 40).f1())


def _footage(folder: Path) -> list[Footage]:
    """Real clips that are one shot each, as the folder's manifest says; else drawn ones."""
    if not (folder / "manifest.csv").exists():
        return made_footage(60, np.random.default_rng(SEED))
    with open(folder / "manifest.csv", newline="") as manifest:
        rows = list(csv.DictReader(manifest))
    broken = ("UNCERTAIN", "PARTIAL", "damage", "UI changes")
    whole = [row for row in rows if not row["hard_cuts"] and not row["gradual"]]
    return read_footage([folder / row["file"] for row in whole if not any(mark in row["notes"] for mark in broken)])


def main() -> int:
    """Prints both tables; 1 where the composed programmes miss a goal."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=SHARED)
    parser.add_argument("--made", type=int, default=60, help="made programmes")
    asked = parser.parse_args()
    missed = False
    if (asked.folder / "truth.json").exists():
        tally = composed(asked.folder)
        print("composed programmes", *tally.lines(), sep="\n")
        goals = tally.f1() >= 0.85, tally.f1("cut") >= 0.97, tally.f1("dissolve", "fade") >= 0.8
        missed = not all(goals) or tally.flashes_taken > 0
    print("made programmes", *made(_footage(asked.folder), asked.made).lines(), sep="\n")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
