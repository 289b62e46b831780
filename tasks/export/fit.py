"""How a clip is made to fit what a trainer demands of every file, or why it cannot be."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from tasks.core.model import Box
from tasks.dataset.version import Clip, Window
from tasks.export.sizes import Size, middle_box, nearest_size


@dataclass(frozen=True, slots=True)
class Needs:
    """What a trainer's loader takes for granted of every video; what a clip has already is left as it is."""

    frame_rate: Fraction | None = None
    """Exactly this many frames a second."""
    least_rate: Fraction | None = None
    most_rate: Fraction | None = None
    """Faster clips are halved until they are not."""
    least_frames: int = 1
    is_4n1: bool = False
    """Whether the number of frames must be 4N + 1; the last ones are cut off."""
    most_s: float | None = None
    sizes: str | None = None
    """Name of the exact picture sizes, of which each clip gets that of its shape."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why a clip cannot be in an export."""

    clip_id: str
    reason: str
    """A short snake_case token."""
    detail: str


@dataclass(frozen=True, slots=True)
class Fitted:
    """A clip, and the video that it becomes."""

    clip: Clip
    frame_rate: Fraction
    frame_count: int
    size_px: Size
    box: Box | None
    """What is kept of the picture; None is all."""

    @property
    def is_as_published(self) -> bool:
        """Whether the published bytes do."""
        clip = self.clip
        wanted = (self.frame_rate, self.frame_count, self.size_px)
        return wanted == (clip.frame_rate, clip.frame_count, clip.size_px) and self.box is None

    @property
    def duration_s(self) -> float:
        """Seconds."""
        return float(self.frame_count / self.frame_rate)

    def frames_of(self, window: Window) -> tuple[int, int]:
        """First frame of a window, and the one after its last."""
        start, end = (round(time_s * float(self.frame_rate)) for time_s in (window.start_s, window.end_s))
        return min(start, self.frame_count), min(end, self.frame_count)


def fit(clip: Clip, needs: Needs) -> Fitted | Misfit:
    """The clip as the trainer needs it. Nothing is ever made larger, slower or longer than it was."""
    rate = needs.frame_rate or _rate_below(clip.frame_rate, needs.most_rate)
    frames = round(clip.frame_count / clip.frame_rate * rate)
    if needs.is_4n1:
        frames -= (frames - 1) % 4
    size = nearest_size(needs.sizes, clip.size_px) if needs.sizes else clip.size_px
    box = middle_box(clip.size_px, size) if needs.sizes else None
    if box is not None and box == Box(0, 0, *clip.size_px):
        box = None
    fitted = Fitted(clip, rate, frames, size, box)
    wrong = next(_misfits(fitted, needs), None)
    return fitted if wrong is None else Misfit(clip.clip_id, *wrong)


def _rate_below(rate: Fraction, most: Fraction | None) -> Fraction:
    while most is not None and rate > most:
        rate /= 2
    return rate


def _misfits(fitted: Fitted, needs: Needs) -> Iterator[tuple[str, str]]:
    """(reason, detail) of each demand that is not met."""
    rate, own_rate = fitted.frame_rate, fitted.clip.frame_rate
    if needs.least_rate is not None and rate < needs.least_rate:
        yield "frame_rate_too_low", f"{float(rate):g} frames a second, at least {float(needs.least_rate):g} wanted"
    if needs.frame_rate is not None and rate > own_rate:
        yield "frame_rate_too_low", f"{float(own_rate):g} frames a second cannot be made {float(rate):g}"
    if fitted.frame_count < needs.least_frames:
        at = f"{fitted.frame_count} frames at {float(rate):g} a second"
        yield "too_few_frames", f"{at}, at least {needs.least_frames} wanted"
    if needs.most_s is not None and fitted.duration_s > needs.most_s:
        yield "too_long", f"{fitted.duration_s:.2f} s, at most {needs.most_s:g} wanted"
    kept = fitted.box or Box(0, 0, *fitted.clip.size_px)
    if kept.width < fitted.size_px[0] or kept.height < fitted.size_px[1]:
        wanted = "x".join(map(str, fitted.size_px))
        yield "too_small", f"{kept.width}x{kept.height} of the picture has the shape of {wanted} and is smaller"
