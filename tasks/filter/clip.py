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
from tasks.filter.scorer import Clip, Grey, Needs, Samples, Scorer
from tasks.filter.sharpness import SharpnessScorer

EARLY = 1e-3
"""Share of a sampling interval by which a picture may come before its instant: time stamps are rounded."""


def all_scorers(settings: FilterSettings) -> tuple[Scorer, ...]:
    """Every scorer there is; a new one gets its line here."""
    return (
        ResolutionScorer(settings.resolution),
        DurationScorer(settings.duration),
        FreezeScorer(settings.freeze),
        SharpnessScorer(settings.sharpness),
        ExposureScorer(settings.exposure),
        MotionScorer(settings.motion),
    )


def score_clip(
    source: Source, clip: Clip, settings: FilterSettings, only: frozenset[str] | None = None
) -> tuple[Score, ...]:
    """The scores of the clip, one per scorer (those named in `only`, None for all), from one decode of its span.

    A scorer that cannot measure the clip costs its own numbers only. Raises UnreadableVideo.
    """
    scorers = [scorer for scorer in all_scorers(settings) if only is None or scorer.name in only]
    needs = [scorer.needs(clip) for scorer in scorers]
    samples = read_samples(source, clip, needs)
    return tuple(measured(scorer, samples[need], clip) for scorer, need in zip(scorers, needs, strict=True))


def measured(scorer: Scorer, samples: Samples, clip: Clip) -> Score:
    """What the scorer says of the clip; unmeasured where its arithmetic does not work out."""
    try:
        return scorer.measure(samples, clip)
    except (ArithmeticError, ValueError, IndexError):
        return Score(scorer.name, unmeasured="not_computable")


def read_samples(source: Source, clip: Clip, needs: Sequence[Needs]) -> dict[Needs, Samples]:
    """What each need asks for, from one decode at the finest of them; no decode where nobody needs a picture."""
    pictured = {need for need in needs if need.fps > 0}
    gathered = {need: _Gathering(need, clip.span.start_s) for need in needs}
    if pictured:
        for frame in decode(source, clip.info, clip.span, shared_view(clip, pictured)):
            _share(frame, [gathered[need] for need in pictured])
    return {need: gathering.samples() for need, gathering in gathered.items()}


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


def _share(frame: Frame, gatherings: Sequence["_Gathering"]) -> None:
    """Gives the frame to those whose instant has come; each size is made once."""
    sizes: dict[int, Grey] = {}
    for gathering in gatherings:
        if gathering.is_due(frame.time_s):
            side_px = gathering.need.max_side_px
            if side_px not in sizes:
                sizes[side_px] = shrunk(frame.image, side_px)
            gathering.add(frame, sizes[side_px])


class _Gathering:
    """The samples of one need as they come in."""

    def __init__(self, need: Needs, start_s: float) -> None:
        self.need = need
        self._start_s = start_s
        self._next = 0
        self._frames: list[Frame] = []

    def is_due(self, time_s: float) -> bool:
        """Whether a frame at this time is the first at or after the next instant; moves on if so."""
        instants = (time_s - self._start_s) * self.need.fps + EARLY
        if instants < self._next:
            return False
        self._next = int(instants) + 1
        return True

    def add(self, frame: Frame, image: Grey) -> None:
        """Keeps the frame with this smaller picture."""
        self._frames.append(Frame(frame.pts, frame.time_s, image, frame.motion_vectors))

    def samples(self) -> Samples:
        """All that came in."""
        return Samples(
            times_s=tuple(frame.time_s for frame in self._frames),
            images=tuple(frame.image for frame in self._frames),
            vectors=tuple(frame.motion_vectors for frame in self._frames),
        )


def as_json(scores: Iterable[Score]) -> dict[str, Any]:
    """The scores for the single-file tool: score name to `value`, `unit` and `state` (measured or unmeasured)."""
    return {"scores": dict(_json_numbers({score.scorer: score for score in scores}))}


def _json_numbers(scores: dict[str, Score]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, about in SCORES.items():
        if about.scorer in scores:
            value = scores[about.scorer].numbers.get(name)
            yield name, {"value": value, "unit": about.unit, "state": "unmeasured" if value is None else "measured"}
