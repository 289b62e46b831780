"""Text over the picture, and text in the scene: lines found in a few pictures and looked for in those around them."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce

import numpy as np

from tasks.core.model import Score, VideoInfo
from tasks.core.ocr.boxes import TextBox, can_detect, evened, text_boxes
from tasks.core.settings_filter import OverlayTextSettings
from tasks.filter.running_text import now_at
from tasks.filter.scorer import Clip, Floats, Grey, Needs, Sample
from tasks.filter.slopes import block_sums, likeness
from tasks.filter.text_lines import STAYS, Line, Seen, certainty, is_line, lines_of, seen

REACH = 2
"""Pictures before and after one in which its lines are looked for."""
STEEP_SLOPE = 24.0
"""Grey levels over two pixels from which a pixel may belong to a stroke."""
STROKE_BLOCK_PX, NEW_STROKES = 8, 64
"""Strokes are counted in blocks of this side; of so many more or fewer than last time, there may be another line."""
NOISE_STROKES = 16
"""By so many the strokes in a block vary without a new line."""
STAYING = 0.8
"""Share of its slope that a pixel of a stroke keeps in the next picture or the one before."""
SECOND_LOOK_S, SCENE_EVERY_S = 2.0, 5.0
"""Text whose strokes do not stay, of the scene or running through, is looked for again after so many seconds, and from
then on once in so many."""
LOOK_NS, DECODES_FOR_LOOKS = 265.0, 1.8
"""What the detector takes for one pixel, and how many plain decodes of the clip all looks but one may cost."""
DECODE_NS, DECODE_BIT_NS = (0.9, 0.3), (16.0, 6.0)
"""What a decoder takes for one pixel and for one bit: of most codecs, and of those before arithmetic coding. Measured
on one machine on clips of 0.002 to 1.5 bits a pixel; measured anew each time, the same clip would have other scores."""
OLD_CODECS = frozenset({"flv1", "h263", "mpeg1video", "mpeg2video", "mpeg4", "msmpeg4v2", "msmpeg4v3", "wmv1", "wmv2"})
USUAL_BITS = 0.07
"""Bits per pixel where the file does not say."""
SURE = 0.6
"""Certainty from which a line counts as put over the picture."""
LEAST_SIDE_PX = 64
CORNER_X, CORNER_Y, THIRD = 0.33, 0.25, 1 / 3

ZONES = ("corner", "top", "centre", "bottom")


@dataclass(slots=True)
class Tally:
    """What is kept of the instants that were looked at."""

    certainties: list[float] = field(default_factory=list)
    """Of the surest line of each instant."""
    overlays: list[float] = field(default_factory=list)
    """Share of the picture under lines put over it, of each instant."""
    scenes: list[float] = field(default_factory=list)
    """The same of text in the scene."""
    zones: dict[str, float] = field(default_factory=lambda: dict.fromkeys(ZONES, 0.0))
    """Area of the lines put over the picture, by where they lie."""
    stays: list[float] = field(default_factory=list)
    """Of the surest line of each instant that has one, how surely it stays."""


@dataclass(frozen=True, slots=True)
class Found:
    """A line of text and the slopes there when it was found."""

    box: TextBox
    slopes: Floats


class OverlayTextScorer:
    """overlay_certainty, overlay_share, overlay_time_share, overlay_stability; corner, top, centre and bottom share;
    scene_text_share."""

    name = "overlay_text"

    def __init__(self, settings: OverlayTextSettings, clip: Clip) -> None:
        self.needs = Needs(settings.sample_fps, settings.max_side_px)
        self._every = max(1, round(settings.sample_fps * settings.look_every_s))
        self._decode_ns_per_s = decode_ns_per_s(clip.info)
        self._recent: deque[Seen] = deque(maxlen=2 * REACH + 1)
        self._count = 0
        self._start_s = clip.span.start_s
        self._strokes: np.ndarray | None = None
        self._looked_s = float("-inf")
        self._looks = 0
        self._found: list[Found] = []
        self._tally = Tally()
        self._unmeasured = "too_few_frames"

    def see(self, sample: Sample) -> None:
        """Keeps the picture, and looks for text in the one before last where its turn has come."""
        if min(sample.image.shape) < LEAST_SIDE_PX:
            self._unmeasured = "too_small"
            return
        self._recent.append(seen(sample.time_s, sample.image))
        self._count += 1
        self._look(self._count - 1 - REACH)

    def finish(self) -> Score:
        """The numbers over all instants; unmeasured without the detector, or where there was one picture at most."""
        for number in range(max(0, self._count - REACH), self._count):
            self._look(number)
        if not self._tally.overlays:
            return Score(self.name, unmeasured=self._unmeasured)
        return Score(self.name, numbers_of(self._tally))

    def _look(self, number: int) -> None:
        """Looks for text in the clip's picture of this number, if it is one to look at."""
        first = self._count - len(self._recent)
        if number < first or number % self._every or len(self._recent) < 2:
            return
        if not can_detect():
            self._unmeasured = "no_text_detector"
            return
        here = self._recent[number - first]
        others = [other for other in self._recent if other is not here]
        strokes, moving = strokes_of(here, self._recent, number - first)
        has_new = is_new(self._strokes, strokes)
        if (has_new or self._is_due(here.time_s, moving)) and self._may_look(here):
            self._strokes, self._looked_s, self._looks = strokes, here.time_s, self._looks + 1
            self._found = with_those_before(self._found, lines_in(here.image), here.slopes)
        elif has_new:
            return
        boxes = [now_at(one.box, one.slopes, here.slopes) for one in self._found]
        count(self._tally, lines_of(boxes, here, others), here.image)

    def _may_look(self, here: Seen) -> bool:
        """Whether the decoding so far has paid for all looks before; the first is for nothing."""
        paid_ns = DECODES_FOR_LOOKS * self._decode_ns_per_s * max(here.time_s - self._start_s, 0.0)
        return self._looks == 0 or self._looks * LOOK_NS * here.image.size < paid_ns

    def _is_due(self, time_s: float, moving: int) -> bool:
        """Whether it is time to look for text whose strokes do not stay; while none moves there is none."""
        wait_s = SECOND_LOOK_S if self._looks == 1 else SCENE_EVERY_S
        return time_s - self._looked_s >= wait_s and moving > NEW_STROKES


def decode_ns_per_s(info: VideoInfo) -> float:
    """About what it takes to decode a second of the video, in nanoseconds."""
    is_old = info.codec in OLD_CODECS
    pixels_per_s = float(info.frame_rate) * info.coded_width_px * info.coded_height_px
    bits_per_s = USUAL_BITS * pixels_per_s if info.bit_rate is None else info.bit_rate
    return DECODE_NS[is_old] * pixels_per_s + DECODE_BIT_NS[is_old] * bits_per_s


def strokes_of(here: Seen, pictures: Sequence[Seen], place: int) -> tuple[Floats, int]:
    """How many pixels of each block lie on strokes that are in the next of the pictures, or in the one before, too; and
    how many of all lie on strokes that are in neither."""
    energy = common_slope(here.slopes, here.slopes)
    neighbours = [pictures[at].slopes for at in (place - 1, place + 1) if 0 <= at < len(pictures)]
    stays = reduce(np.maximum, (common_slope(here.slopes, other) for other in neighbours)) > STAYING * energy
    is_stroke = energy > STEEP_SLOPE**2
    staying = block_sums((stays & is_stroke).astype(np.float32), STROKE_BLOCK_PX)
    return staying, int(np.count_nonzero(is_stroke & ~stays))


def common_slope(one: Floats, other: Floats) -> Floats:
    """[height, width]: how much of each pixel's slope is in both, squared."""
    return np.asarray(one[0] * other[0] + one[1] * other[1])


def is_new(before: Floats | None, now: Floats) -> bool:
    """Whether strokes have come or gone since the last look: while they have not, the lines are those of then."""
    if before is None:
        return True
    changes = np.abs(now - before) - NOISE_STROKES
    return bool(changes[changes > 0].sum() > NEW_STROKES)


def lines_in(image: Grey) -> list[TextBox]:
    """The boxes in the picture that have the size of a line; where it has hardly a stroke, nothing is looked for."""
    steep = np.abs(np.diff(image.astype(np.int16), axis=1)) > STEEP_SLOPE / 2
    if np.count_nonzero(steep) < NEW_STROKES:
        return []
    return [box for box in text_boxes(evened(image)) if is_line(box, image.shape)]


def with_those_before(before: Sequence[Found], boxes: Sequence[TextBox], now: Floats) -> list[Found]:
    """The lines of this look, and those of looks before that it has missed though their strokes are still there: small
    print is seen in some looks and in others not."""
    missed = [one for one in before if likeness(one.slopes, patch(now, one.box)) > STAYS]
    free = [one for one in missed if not any(overlap(one.box, box) for box in boxes)]
    return [Found(box, patch(now, box)) for box in boxes] + free


def patch(slopes: Floats, box: TextBox) -> Floats:
    """A copy of what lies in the box."""
    return slopes[:, box.top : box.bottom, box.left : box.right].copy()


def overlap(one: TextBox, other: TextBox) -> bool:
    """Whether they share a pixel."""
    is_across = one.left < other.right and other.left < one.right
    return is_across and one.top < other.bottom and other.top < one.bottom


def count(tally: Tally, lines: list[Line], image: Grey) -> None:
    """Adds what was seen at one instant."""
    sure = [(certainty(line), line) for line in lines]
    overlays = [line for share, line in sure if share >= SURE]
    tally.overlays.append(covered([line.box for line in overlays], image.shape))
    tally.scenes.append(covered([line.box for share, line in sure if share < SURE], image.shape))
    tally.certainties.append(max((share for share, _ in sure), default=0.0))
    for line in overlays:
        tally.zones[zone_of(line.box, image.shape)] += area(line.box)
    if overlays:
        tally.stays.append(max(line.stays for line in overlays))


def numbers_of(tally: Tally) -> dict[str, float]:
    """The scores."""
    total = sum(tally.zones.values())
    zones = {f"overlay_{zone}_share": float(size / total) if total else 0.0 for zone, size in tally.zones.items()}
    return {
        "overlay_certainty": max(tally.certainties),
        "overlay_share": max(tally.overlays),
        "overlay_time_share": float(np.mean(np.array(tally.overlays) > 0)),
        "overlay_stability": float(np.mean(tally.stays)) if tally.stays else 0.0,
        **zones,
        "scene_text_share": max(tally.scenes),
    }


def covered(boxes: list[TextBox], picture: tuple[int, ...]) -> float:
    """Share of the picture that lies in at least one of the boxes."""
    inside = np.zeros(picture, bool)
    for box in boxes:
        inside[box.top : box.bottom, box.left : box.right] = True
    return float(inside.mean())


def area(box: TextBox) -> int:
    """Pixels in the box."""
    return (box.right - box.left) * (box.bottom - box.top)


def zone_of(box: TextBox, picture: tuple[int, ...]) -> str:
    """Where the middle of the box lies: in a corner, else in the top, middle or bottom third."""
    x, y = (box.left + box.right) / 2 / picture[1], (box.top + box.bottom) / 2 / picture[0]
    if abs(x - 0.5) > 0.5 - CORNER_X and abs(y - 0.5) > 0.5 - CORNER_Y:
        return "corner"
    return "top" if y < THIRD else "bottom" if y > 1 - THIRD else "centre"
