"""Changes of shot inside a clip, which should be one shot: cuts and dissolves that cutting has missed.

To follow motion costs the most, and only ever makes pictures more alike; so it is left out wherever what pictures have
in common as they are shows that no surer change than the surest so far can be there.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tasks.core.model import Score
from tasks.core.settings_filter import ChangesSettings
from tasks.filter.pictures import LEAST_FLOW_SIDE_PX, followed, halved, means
from tasks.filter.scorer import Clip, Floats, Grey, Needs, Sample

NOISE = 9.0
"""Squared grey levels of variance that say nothing: pictures of one colour are alike."""
LEAST_SHARE, LEAST_MIXTURE = 0.2, 0.3
"""Of either shot in the middle of a dissolve; and of the picture that a mixture explains, under which it is none."""
ALIKE = 0.02
"""Pictures that are so nearly the same as they are need not be followed."""
LEAST_STEP = 0.2
"""Weaker changes are not looked into, and count as none: half of what made changes are told by (bench/artifacts.py)."""
BLENDS_S = (0.375, 0.75, 1.25)
"""How far before and after the middle of a dissolve the two shots are looked for."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture and what it is compared by."""

    image: Grey
    centred: Floats
    """Its levels less their mean."""
    variance: float
    """Of its levels, and of noise."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A picture of the clip at half its size."""

    time_s: float
    """From the start of the clip."""
    picture: Picture
    small: Floats
    unlike_before: float
    """As unlike the picture before as it is with motion not followed; 0 for the first."""


class ChangesScorer:
    """cut_strength and cut_s; dissolve_strength and dissolve_s."""

    name = "changes"

    def __init__(self, settings: ChangesSettings, clip: Clip) -> None:
        self.needs = Needs(settings.sample_fps)
        self._start_s = clip.span.start_s
        self._reaches = [max(2, round(length_s * settings.sample_fps)) for length_s in BLENDS_S]
        self._seen: deque[Seen] = deque(maxlen=2 * max(self._reaches) + 1)
        self._cut, self._dissolve = (0.0, 0.0), (0.0, 0.0)
        self._pictures = 0
        self._unmeasured = "too_few_frames"

    def see(self, sample: Sample) -> None:
        """Compares the pictures around the places in the middle of what it remembers."""
        image = halved(sample.image)
        if min(image.shape) < LEAST_FLOW_SIDE_PX:
            self._unmeasured = "too_small"
            return
        self._pictures += 1
        picture = comparable(image)
        before = unlike_as_is(self._seen[-1].picture, picture) if self._seen else 0.0
        self._seen.append(Seen(sample.time_s - self._start_s, picture, small(image), before))
        seen = list(self._seen)
        if len(seen) > 3:
            self._cut = max(self._cut, (cut_strength(seen[-4:], self._cut[0]), seen[-2].time_s))
        for reach in self._reaches:
            if len(seen) > 2 * reach:
                three = seen[-1 - 2 * reach], seen[-1 - reach], seen[-1]
                self._dissolve = max(self._dissolve, (dissolve_strength(*three, self._dissolve[0]), three[1].time_s))

    def finish(self) -> Score:
        """The surest of each, and when it is, in seconds from the start of the clip; 0 where there is none."""
        if self._pictures < 4:
            return Score(self.name, unmeasured=self._unmeasured)
        names = ("cut_strength", "cut_s", "dissolve_strength", "dissolve_s")
        cut, dissolve = (one if one[0] else (0.0, 0.0) for one in (self._cut, self._dissolve))
        return Score(self.name, dict(zip(names, (*cut, *dissolve), strict=True)))


def cut_strength(four: Sequence[Seen], surest: float) -> float:
    """0 to 1: how much less the two pictures in the middle of four are alike than the two before and the two behind;
    0 where it is less than the surest so far.

    One strange picture, as in a flash, does not make a cut: the pictures around it, the first and the last, are alike.
    """
    one, two, three, last = (seen.picture for seen in four)
    least = max(LEAST_STEP, surest)
    if four[2].unlike_before < least or unlike_as_is(one, last) < least:
        return 0.0
    across = unlike(two, three)
    if across < least:
        return 0.0
    within = max(unlike(one, two), unlike(three, last))
    strength = min(across, unlike(one, last)) - within if across - within >= least else 0.0
    return strength if strength >= least else 0.0


def dissolve_strength(old: Seen, middle: Seen, new: Seen, surest: float) -> float:
    """0 to 1: how well the middle picture is a mixture of two that are not alike; 0 where it is less than the surest
    so far."""
    a, m, b = old.small, middle.small, new.small
    apart, changed = a - b, m - b
    share = float(np.vdot(apart, changed)) / (float(np.vdot(apart, apart)) + NOISE * apart.size)
    if not LEAST_SHARE < share < 1 - LEAST_SHARE:
        return 0.0
    left, nearest = mean_square(changed - share * apart), min(mean_square(m - a), mean_square(changed))
    mixture = 1 - left / (nearest + NOISE)
    least = max(LEAST_STEP, surest)
    if mixture <= LEAST_MIXTURE or mixture * unlike_as_is(old.picture, new.picture) < least:
        return 0.0
    strength = mixture * unlike(old.picture, new.picture)
    return strength if strength >= least else 0.0


def mean_square(values: Floats) -> float:
    """Of all values."""
    return float(np.vdot(values, values)) / values.size


def comparable(image: Grey) -> Picture:
    """The picture, ready to be compared with others."""
    levels = image.astype(np.float32)
    centred = levels - levels.mean()
    return Picture(image, centred, mean_square(centred) + NOISE)


def unlike(one: Picture, other: Picture) -> float:
    """0 (the same, moved) to 1 (nothing in common): one minus the correlation, once motion is followed where that makes
    them more alike."""
    as_is = unlike_as_is(one, other)
    if as_is < ALIKE:
        return as_is
    return min(as_is, unlike_as_is(one, comparable(followed(one.image, other.image))))


def unlike_as_is(one: Picture, other: Picture) -> float:
    """The same, where motion is not followed."""
    common = float(np.vdot(one.centred, other.centred)) / one.centred.size + NOISE
    return min(1.0, max(0.0, 1 - common / math.sqrt(one.variance * other.variance)))


def small(image: Grey) -> Floats:
    """The picture at a third of its size, so that little motion does not matter."""
    return means(image.astype(np.float32), 3)
