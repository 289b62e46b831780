"""Scores one clip: a single decode serves every scorer."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tasks.core.media import Source, View, decode
from tasks.core.media.decode import Frame
from tasks.core.model import Score
from tasks.core.score_names import SCORES
from tasks.core.settings_filter import FilterSettings
from tasks.filter.duration import DurationScorer
from tasks.filter.exposure import ExposureScorer
from tasks.filter.freeze import FreezeScorer
from tasks.filter.motion import MotionScorer
from tasks.filter.pictures import shrunk
from tasks.filter.resolution import ResolutionScorer
from tasks.filter.scorer import Clip, Grey, Needs, Sample, Scorer
from tasks.filter.sharpness import SharpnessScorer

EARLY = 1e-3
"""Share of a sampling interval by which a picture may come before its instant: time stamps are rounded."""

NOT_COMPUTABLE = (ArithmeticError, ValueError, IndexError)
"""How a scorer says that the clip cannot be measured."""


def all_scorers(settings: FilterSettings, clip: Clip) -> tuple[Scorer, ...]:
    """Every scorer there is, ready for the clip; a new one gets its line here."""
    return (
        ResolutionScorer(settings.resolution, clip),
        DurationScorer(settings.duration, clip),
        FreezeScorer(settings.freeze, clip),
        SharpnessScorer(settings.sharpness, clip),
        ExposureScorer(settings.exposure, clip),
        MotionScorer(settings.motion, clip),
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
    for frame in decode(source, clip.info, clip.span, shared_view(clip, [seat.needs for seat in seats])):
        sizes: dict[int, Grey] = {}
        for seat in seats:
            if seat.is_due(frame.time_s):
                side_px = seat.needs.max_side_px
                if side_px not in sizes:
                    sizes[side_px] = _shared(shrunk(frame.image, side_px))
                seat.see(frame, sizes[side_px])


def shared_view(clip: Clip, needs: Iterable[Needs]) -> View:
    """The view that satisfies all needs."""
    needs = list(needs)
    return View(
        pixel_format="gray",
        box=clip.box,
        max_side_px=max(need.max_side_px for need in needs),
        sample_fps=max(need.fps for need in needs),
        motion_vectors=any(need.motion_vectors for need in needs),
    )


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

    def is_due(self, time_s: float) -> bool:
        """Whether a frame at this time is the first at or after the next instant; moves on if so."""
        instants = (time_s - self._start_s) * self.needs.fps + EARLY
        if instants < self._next:
            return False
        self._next = int(instants) + 1
        return not self._is_lost

    def see(self, frame: Frame, image: Grey) -> None:
        """Lets the scorer see the frame as this smaller picture."""
        vectors = frame.motion_vectors if self.needs.motion_vectors else None
        try:
            self._scorer.see(Sample(frame.time_s, image, vectors))
        except NOT_COMPUTABLE:
            self._is_lost = True

    def score(self) -> Score:
        """What the scorer says of the clip; unmeasured where its arithmetic did not work out."""
        try:
            if not self._is_lost:
                return self._scorer.finish()
        except NOT_COMPUTABLE:
            pass
        return Score(self._scorer.name, unmeasured="not_computable")


def as_json(scores: Iterable[Score]) -> dict[str, Any]:
    """The scores for the single-file tool: score name to `value`, `unit` and `state` (measured or unmeasured)."""
    return {"scores": dict(_json_numbers({score.scorer: score for score in scores}))}


def _json_numbers(scores: dict[str, Score]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, about in SCORES.items():
        if about.scorer in scores:
            value = scores[about.scorer].numbers.get(name)
            yield name, {"value": value, "unit": about.unit, "state": "unmeasured" if value is None else "measured"}
