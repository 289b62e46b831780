"""Changes of shot inside a clip, which should be one shot: cuts and dissolves that cutting has missed."""

from collections import deque
from collections.abc import Sequence

import numpy as np

from tasks.core.model import Score
from tasks.core.settings_filter import ChangesSettings
from tasks.filter.pictures import LEAST_FLOW_SIDE_PX, followed
from tasks.filter.scorer import Clip, Floats, Grey, Needs, Sample

NOISE = 9.0
"""Squared grey levels of variance that say nothing: pictures of one colour are alike."""
LEAST_SHARE, LEAST_MIXTURE = 0.2, 0.3
"""Of either shot in the middle of a dissolve; and of the picture that a mixture explains, under which it is none."""
LEAST_STEP = 0.05
"""Smaller steps are not looked into."""
BLENDS_S = (0.375, 0.75, 1.25)
"""How far before and after the middle of a dissolve the two shots are looked for."""


class ChangesScorer:
    """cut_strength and cut_s; dissolve_strength and dissolve_s."""

    name = "changes"

    def __init__(self, settings: ChangesSettings, clip: Clip) -> None:
        self.needs = Needs(settings.sample_fps)
        self._start_s = clip.span.start_s
        self._reaches = [max(2, round(length_s * settings.sample_fps)) for length_s in BLENDS_S]
        self._seen: deque[tuple[float, Grey]] = deque(maxlen=2 * max(self._reaches) + 1)
        self._unlike: deque[float] = deque(maxlen=3)
        self._cut, self._dissolve = (0.0, 0.0), (0.0, 0.0)
        self._pictures = 0
        self._unmeasured = "too_few_frames"

    def see(self, sample: Sample) -> None:
        """Compares the pictures around the places in the middle of what it remembers."""
        small = halved(sample.image)
        if min(small.shape) < LEAST_FLOW_SIDE_PX:
            self._unmeasured = "too_small"
            return
        self._pictures += 1
        if self._seen:
            self._unlike.append(unlike(self._seen[-1][1], small))
        self._seen.append((sample.time_s - self._start_s, small))
        seen = list(self._seen)
        if len(self._unlike) == 3:
            self._cut = max(self._cut, (cut_strength(self._unlike, seen[-4][1], small), seen[-2][0]))
        for reach in self._reaches:
            if len(seen) > 2 * reach:
                (_, old), (time_s, middle), (_, new) = seen[-1 - 2 * reach], seen[-1 - reach], seen[-1]
                self._dissolve = max(self._dissolve, (dissolve_strength(old, middle, new), time_s))

    def finish(self) -> Score:
        """The surest of each, and when it is, in seconds from the start of the clip."""
        if self._pictures < 4:
            return Score(self.name, unmeasured=self._unmeasured)
        names = ("cut_strength", "cut_s", "dissolve_strength", "dissolve_s")
        return Score(self.name, dict(zip(names, (*self._cut, *self._dissolve), strict=True)))


def cut_strength(unlikes: Sequence[float], before: Grey, behind: Grey) -> float:
    """0 to 1: how much less the two pictures in the middle of four are alike than the two before and the two behind.

    One strange picture, as in a flash, does not make a cut: the pictures around it, the first and the last, are alike.
    """
    first, across, last = unlikes
    if across - max(first, last) < LEAST_STEP:
        return 0.0
    return max(0.0, min(across, unlike(before, behind)) - max(first, last))


def dissolve_strength(old: Grey, middle: Grey, new: Grey) -> float:
    """0 to 1: how well the middle picture is a mixture of two that are not alike."""
    a, m, b = small(old), small(middle), small(new)
    apart = a - b
    share = float((apart * (m - b)).sum() / ((apart * apart).sum() + NOISE * apart.size))
    if not LEAST_SHARE < share < 1 - LEAST_SHARE:
        return 0.0
    left = float(np.square(m - b - share * apart).mean())
    nearest = min(float(np.square(m - a).mean()), float(np.square(m - b).mean()))
    mixture = max(0.0, 1 - left / (nearest + NOISE))
    return mixture * unlike(old, new) if mixture > LEAST_MIXTURE else 0.0


def unlike(image: Grey, other: Grey) -> float:
    """0 (the same, moved) to 1 (nothing in common): one minus the correlation once motion is followed."""
    a, b = (picture.astype(np.float32) for picture in (image, followed(image, other)))
    a, b = a - a.mean(), b - b.mean()
    spread = np.sqrt((np.square(a).mean() + NOISE) * (np.square(b).mean() + NOISE))
    return float(np.clip(1 - ((a * b).mean() + NOISE) / spread, 0, 1))


def halved(image: Grey) -> Grey:
    """The picture at half its size."""
    rows, columns = image.shape[0] // 2 * 2, image.shape[1] // 2 * 2
    even = image[:rows, :columns].astype(np.uint16)
    return ((even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2] + 2) // 4).astype(np.uint8)


def small(image: Grey) -> Floats:
    """The picture at a third of its size, so that little motion does not matter."""
    rows, columns = image.shape[0] // 3 * 3, image.shape[1] // 3 * 3
    cells = image[:rows, :columns].reshape(rows // 3, 3, columns // 3, 3)
    return np.asarray(cells.mean(axis=(1, 3), dtype=np.float32))
