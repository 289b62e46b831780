"""How many frames repeat the one before, and how many are missing, while something moves."""

import numpy as np
from numpy.typing import NDArray

from tasks.core.model import Score
from tasks.core.settings_filter import DuplicatesSettings
from tasks.filter.pictures import apart
from tasks.filter.scorer import EVERY_FRAME, Clip, Grey, Needs, Sample

Changes = NDArray[np.float64]

AROUND = 4
"""Frames before and after that say how much a new frame changes here."""
MOVING_LEVELS = 0.4
"""Mean change, in grey levels, from which on a frame is surely a new one."""
REPEAT_LEVELS, REPEAT_SHARE = 1.0, 0.3
"""Most that a repeated frame differs, in grey levels and as a share of what the new frames around it do."""
JUMP = 1.8
"""A step so many times those around it leaves out a frame."""
NEW_BURST_FRAMES = 8
"""A longer gap than this many frame intervals begins a new burst."""
LEAST_MOVING = 6
"""Fewer frames among moving ones tell nothing."""


class DuplicatesScorer:
    """duplicate_share, effective_fps, jump_share."""

    name = "duplicates"

    def __init__(self, settings: DuplicatesSettings, clip: Clip) -> None:
        self._frame_rate = float(clip.info.frame_rate)
        self.needs = Needs(fps=EVERY_FRAME)
        self._bursts: list[list[float]] = []
        self._last: Sample | None = None

    def see(self, sample: Sample) -> None:
        """Compares it with the one before, if that is its neighbour."""
        gap = NEW_BURST_FRAMES / self._frame_rate
        if self._last is None or sample.time_s - self._last.time_s > gap:
            self._bursts.append([])
        else:
            self._bursts[-1].append(mean_change(self._last.image, sample.image))
        self._last = sample

    def finish(self) -> Score:
        """All three, of the bursts in which something moves."""
        found = [kinds_of(np.array(changes)) for changes in self._bursts if len(changes) > 2]
        moving = sum(len(repeats) for repeats, _ in found)
        if moving < LEAST_MOVING:
            return Score(self.name, unmeasured="nothing_moves" if found else "too_few_frames")
        repeated = sum(int(repeats.sum()) for repeats, _ in found) / moving
        jumps = sum(int(jumped.sum()) for _, jumped in found) / moving
        rate = self._frame_rate * (1 - repeated)
        return Score(self.name, {"duplicate_share": repeated, "effective_fps": rate, "jump_share": jumps})


def mean_change(image: Grey, following: Grey) -> float:
    """Mean difference in grey levels."""
    return float(np.mean(apart(image, following)))


def kinds_of(changes: Changes) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which of the frames that have moving ones before and after repeat the one before, and which jump, for the changes
    from frame to frame of a burst."""
    least = np.array([surroundings(changes, place) for place in range(len(changes))])
    moving = least >= MOVING_LEVELS
    repeats = moving & (changes <= np.minimum(REPEAT_LEVELS, REPEAT_SHARE * least))
    fresh = np.flatnonzero(moving & ~repeats)
    steps = changes[fresh]
    jumps = np.zeros(len(changes), bool)
    for place in range(1, len(steps) - 1):
        jumps[fresh[place]] = steps[place] > JUMP * max(steps[place - 1], steps[place + 1])
    return repeats[moving], jumps[moving]


def surroundings(changes: Changes, place: int) -> float:
    """The smaller of the largest changes before and after; near an end of the burst only the other side is known."""
    sides = changes[max(0, place - AROUND) : place], changes[place + 1 : place + 1 + AROUND]
    known = [float(side.max()) for side in sides if len(side) == AROUND]
    return min(known, default=float(changes.max()))
