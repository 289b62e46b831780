"""Scores one clip: a single decode serves every scorer."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from tasks.core.media import Look, Source, View, looks
from tasks.core.model import Score, Span
from tasks.core.score_names import SCORES
from tasks.core.settings_filter import FilterSettings
from tasks.filter.aesthetic import AestheticScorer
from tasks.filter.banding import BandingScorer
from tasks.filter.blockiness import BlockinessScorer
from tasks.filter.changes import ChangesScorer
from tasks.filter.combing import CombingScorer
from tasks.filter.composite import CompositeScorer
from tasks.filter.content_type import ContentTypeScorer
from tasks.filter.duplicates import DuplicatesScorer
from tasks.filter.duration import DurationScorer
from tasks.filter.exposure import ExposureScorer
from tasks.filter.footage_hash import FootageHashScorer
from tasks.filter.freeze import FreezeScorer
from tasks.filter.motion import MotionScorer
from tasks.filter.noise import NoiseScorer
from tasks.filter.overlay_text import OverlayTextScorer
from tasks.filter.quality import QualityScorer
from tasks.filter.resolution import ResolutionScorer
from tasks.filter.scorer import EVERY_FRAME, Clip, Grey, Needs, Sample, Scorer
from tasks.filter.sharpness import SharpnessScorer
from tasks.filter.slideshow import SlideshowScorer
from tasks.filter.speed_ramp import SpeedRampScorer
from tasks.filter.upscaling import UpscalingScorer
from tasks.filter.watermark import WatermarkScorer

EARLY = 1e-3
"""Share of a sampling interval by which a picture may come before its instant: time stamps are rounded."""

LEAST_FPS = 1.0
"""Pictures a second where all that is asked for is bursts."""

BURST_FRAMES = 20
"""Length of a burst: four turns of the pattern in which film is shown at 30 frames a second."""
BURST_EVERY_S = 10.0
"""One burst for about this much of the clip."""

DIGITS = 6
"""Significant digits of a number: the last bits of a sum differ from one kind of processor to another."""

NOT_COMPUTABLE = (ArithmeticError, ValueError, IndexError)
"""How a scorer says that the clip cannot be measured."""
WORKED_BY = ("cv2", "onnxruntime")
"""Packages whose own errors say the same. Any other error is a fault of the scorer, and is not hidden."""


def all_scorers(settings: FilterSettings, clip: Clip) -> tuple[Scorer, ...]:
    """Every scorer there is, ready for the clip; a new one gets its line here."""
    return (
        ResolutionScorer(settings.resolution, clip),
        DurationScorer(settings.duration, clip),
        FreezeScorer(settings.freeze, clip),
        SharpnessScorer(settings.sharpness, clip),
        ExposureScorer(settings.exposure, clip),
        MotionScorer(settings.motion, clip),
        BlockinessScorer(settings.blockiness, clip),
        NoiseScorer(settings.noise, clip),
        BandingScorer(settings.banding, clip),
        UpscalingScorer(settings.upscaling, clip),
        CombingScorer(settings.combing, clip),
        DuplicatesScorer(settings.duplicates, clip),
        QualityScorer(settings.quality, clip),
        AestheticScorer(settings.aesthetic, clip),
        ContentTypeScorer(settings.content_type, clip),
        CompositeScorer(settings.composite, clip),
        ChangesScorer(settings.changes, clip),
        SlideshowScorer(settings.slideshow, clip),
        SpeedRampScorer(settings.speed_ramp, clip),
        OverlayTextScorer(settings.overlay_text, clip),
        WatermarkScorer(settings.watermark, clip),
        FootageHashScorer(settings.footage_hash, clip),
    )


def score_clip(
    source: Source, clip: Clip, settings: FilterSettings, only: frozenset[str] | None = None
) -> tuple[Score, ...]:
    """The scores of the clip, one per scorer (those named in `only`, None for all), from one decode of its span.

    A scorer that cannot measure the clip costs its own numbers only. Raises UnreadableVideo.
    """
    scorers = [scorer for scorer in all_scorers(settings, clip) if only is None or scorer.name in only]
    seats = [_Seat(scorer, clip.span.start_s) for scorer in scorers]
    show(source, clip, [seat for seat in seats if seat.needs.fps > 0])
    return tuple(seat.score() for seat in seats)


def show(source: Source, clip: Clip, seats: Sequence["_Seat"]) -> None:
    """Shows each what it needs, from one decode at the finest of the needs; no decode where nobody needs a picture."""
    if not seats:
        return
    view = shared_view(clip, [seat.needs for seat in seats])
    bursts_s = [(burst.start_s, burst.end_s) for burst in view.bursts]
    for look in looks(source, clip.info, clip.span, view):
        screen = _Screen(look)
        is_in_burst = any(start_s <= look.time_s < end_s for start_s, end_s in bursts_s)
        for seat in seats:
            if seat.is_due(look.time_s, is_in_burst):
                seat.see(screen)


def shared_view(clip: Clip, needs: Sequence[Needs]) -> View:
    """What the one decode has to give so that all needs can be met."""
    return View(
        box=clip.box,
        sample_fps=max((need.fps for need in needs if need.fps != EVERY_FRAME), default=LEAST_FPS),
        motion_vectors=any(need.motion_vectors for need in needs),
        bursts=bursts_of(clip) if any(need.fps == EVERY_FRAME for need in needs) else (),
    )


def bursts_of(clip: Clip) -> tuple[Span, ...]:
    """Short pieces of the clip, one in the middle of each of its equal parts."""
    span = clip.span
    parts = max(1, round(span.duration_s / BURST_EVERY_S))
    length = max(1, round(BURST_FRAMES / (clip.info.frame_rate * span.time_base)))
    middles = [
        span.start_pts + (span.end_pts - span.start_pts) * (2 * part + 1) // (2 * parts) for part in range(parts)
    ]
    starts = [max(span.start_pts, middle - length // 2) for middle in middles]
    return tuple(Span(start, start + length, span.time_base) for start in starts)


class _Screen:
    """The pictures of one frame, each made when the first scorer asks for it and never to be written to."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._pictures: dict[tuple[str, tuple[int, int]], Grey] = {}
        self._coded: Grey | None = None

    def sample(self, needs: Needs) -> Sample:
        """The frame as one with these needs sees it."""
        return Sample(
            time_s=self._look.time_s,
            image=self._picture("gray", needs.max_side_px),
            vectors=self._look.motion_vectors() if needs.motion_vectors else None,
            colour=self._picture("rgb24", needs.max_side_px) if needs.colour else None,
            coded=self._coded_luma() if needs.coded else None,
        )

    def _picture(self, pixel_format: str, max_side_px: int | None) -> Grey:
        kind = pixel_format, self._look.size(max_side_px)
        if kind not in self._pictures:
            self._pictures[kind] = _shared(self._look.picture(pixel_format, max_side_px))
        return self._pictures[kind]

    def _coded_luma(self) -> Grey:
        if self._coded is None:
            is_same = self._look.is_coded_size()
            self._coded = self._picture("gray", None) if is_same else _shared(self._look.coded_luma())
        return self._coded


def _shared(image: Grey) -> Grey:
    """The same picture, which nobody can write to."""
    image.flags.writeable = False
    return image


class _Seat:
    """One scorer's place before the screen: when it looks up, and whether it still can."""

    def __init__(self, scorer: Scorer, start_s: float) -> None:
        self.needs = scorer.needs
        self._scorer = scorer
        self._start_s = start_s
        self._next = 0
        self._is_lost = False

    def is_due(self, time_s: float, is_in_burst: bool) -> bool:
        """Whether a frame at this time is the first at or after the next instant; moves on if so."""
        if self.needs.fps == EVERY_FRAME:
            return is_in_burst and not self._is_lost
        instants = (time_s - self._start_s) * self.needs.fps + EARLY
        if instants < self._next:
            return False
        self._next = int(instants) + 1
        return not self._is_lost

    def see(self, screen: _Screen) -> None:
        """Lets the scorer see the frame."""
        try:
            self._scorer.see(screen.sample(self.needs))
        except Exception as error:
            self._is_lost = is_of_the_clip(error)
            if not self._is_lost:
                raise

    def score(self) -> Score:
        """What the scorer says of the clip; unmeasured where its arithmetic did not work out."""
        try:
            if not self._is_lost:
                return _rounded(self._scorer.finish())
        except Exception as error:
            if not is_of_the_clip(error):
                raise
        return Score(self._scorer.name, unmeasured="not_computable")


def is_of_the_clip(error: Exception) -> bool:
    """Whether the error says that this clip cannot be measured, and nothing of other clips."""
    return isinstance(error, NOT_COMPUTABLE) or type(error).__module__.partition(".")[0] in WORKED_BY


def _rounded(score: Score) -> Score:
    """The score to the digits that every machine agrees on."""
    return replace(score, numbers={name: float(f"{value:.{DIGITS}g}") for name, value in score.numbers.items()})


def as_json(scores: Iterable[Score]) -> dict[str, Any]:
    """The scores for the single-file tool: score name to `value`, `unit` and `state` (measured or unmeasured)."""
    return {"scores": dict(_json_numbers({score.scorer: score for score in scores}))}


def _json_numbers(scores: dict[str, Score]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, about in SCORES.items():
        if about.scorer in scores:
            value = scores[about.scorer].numbers.get(name)
            yield name, {"value": value, "unit": about.unit, "state": "unmeasured" if value is None else "measured"}
