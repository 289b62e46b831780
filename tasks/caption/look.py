"""The one decode of a clip for its captions: few pictures of each window, as the clip will be delivered."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tasks.caption.earlier import Earlier
from tasks.caption.flags import flag_windows
from tasks.caption.measure import FPS, SIDE_PX, WindowMeasure
from tasks.caption.signals import signals_caption
from tasks.caption.text import SIDE_PX as READ_SIDE_PX
from tasks.caption.text import WindowText
from tasks.caption.window import WINDOW_S, Unmeasured, Window, WindowCaption, windows_of
from tasks.core.catalog.inputs import ClipInput
from tasks.core.media import Look, Source, View, looks
from tasks.core.media.still import encode_jpeg
from tasks.core.settings_caption import SIGNALS, CaptionSettings
from tasks.core.store import open_source
from tasks.models.ask import Picture

JPEG_QUALITY = 3


@dataclass(frozen=True, slots=True)
class CaptionInput:
    """A clip to describe, with what is known of it."""

    clip: ClipInput
    scores: Mapping[str, float] = field(default_factory=dict)
    """Of `filter`, for captions without a model."""
    metadata: Mapping[str, Any] | None = None
    """What the source says of the video."""
    earlier: Earlier = field(default_factory=Earlier)

    @property
    def subject_id(self) -> uuid.UUID:
        """The clip."""
        return self.clip.subject_id

    @property
    def reserved_id(self) -> uuid.UUID:
        """The batch member through which it is reserved."""
        return self.clip.reserved_id

    @property
    def weight_s(self) -> float:
        """Seconds of video."""
        return self.clip.weight_s


@dataclass(slots=True)
class Described:
    """What became of one clip: its windows, and pictures of those that a model has still to describe."""

    windows: list[WindowCaption]
    pictures: dict[int, tuple[Picture, ...]] = field(default_factory=dict)
    """By ordinal of the window, until the model is done with it."""


def describe_one(item: CaptionInput, settings: CaptionSettings) -> Described:
    """The clip's captions without a model, or the pictures that one is to see. Raises UnreadableVideo."""
    with open_source(item.clip.uri) as source:
        return describe(source, item, settings)


def describe(source: Source, item: CaptionInput, settings: CaptionSettings) -> Described:
    """The same of an opened file."""
    if settings.model is not None:
        standing = item.earlier.standing
        return with_pictures(source, item.clip, settings.frames, settings.model.longer_side_px, standing)
    return by_signals(source, item, settings)


def by_signals(source: Source, item: CaptionInput, settings: CaptionSettings) -> Described:
    """Captions of what was measured, and read; that is kept of each window, never its pictures."""
    windows = windows_of(item.clip.span.duration_s)
    measures, texts = [WindowMeasure() for _ in windows], [WindowText(window) for window in windows]
    for window, look in _seen(source, item.clip, windows, FPS):
        measures[window.ordinal].see(look.picture("rgb24", SIDE_PX))
        time_s, text = look.time_s - item.clip.span.start_s - window.start_s, texts[window.ordinal]
        if settings.read_text and text.is_due(time_s):
            text.see(time_s, look.picture("rgb24", READ_SIDE_PX))
    made = []
    for window, measure, text in zip(windows, measures, texts, strict=True):
        seen, lines = measure.numbers(), text.lines()
        if seen:
            said = signals_caption(window, item.scores, seen, item.weight_s, lines, structured=settings.structured)
            made.append(said)
        else:
            made.append(WindowCaption(window, SIGNALS, unmeasured=_no_picture(window)))
    flag_windows(made, told_by_numbers=True)
    return Described(made)


def with_pictures(
    source: Source, clip: ClipInput, frames: int, side_px: int, standing: Mapping[int, WindowCaption] | None = None
) -> Described:
    """Windows without captions yet, each with about so many pictures, evenly spread over it; others as they stand."""
    stand = standing or {}
    windows = windows_of(clip.span.duration_s)
    pictures: list[list[Picture]] = [[] for _ in windows]
    for window, look in _seen(source, clip, windows, frames / WINDOW_S):
        if window.ordinal not in stand:
            jpeg = encode_jpeg(look.picture("rgb24", side_px), JPEG_QUALITY)
            pictures[window.ordinal].append(Picture(round(look.time_s - clip.span.start_s, 3), jpeg))
    made = [stand.get(window.ordinal) or WindowCaption(window, "") for window in windows]
    for one in made:
        if not one.is_settled and not pictures[one.window.ordinal]:
            one.unmeasured = _no_picture(one.window)
    return Described(made, {ordinal: tuple(shown) for ordinal, shown in enumerate(pictures) if shown})


def _seen(source: Source, clip: ClipInput, windows: Sequence[Window], fps: float) -> Iterator[tuple[Window, Look]]:
    """Frames at this rate, each with the window in which it is shown."""
    at = 0
    for look in looks(source, clip.info, clip.span, View(box=clip.inner, sample_fps=fps)):
        time_s = look.time_s - clip.span.start_s
        while at < len(windows) - 1 and time_s >= windows[at].end_s:
            at += 1
        yield windows[at], look


def _no_picture(window: Window) -> Unmeasured:
    return Unmeasured("no_picture", f"no picture decodes between {window.start_s:.2f} s and {window.end_s:.2f} s")
