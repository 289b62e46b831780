"""Spans cover every second of a video, without overlap, in whole frames."""

from fractions import Fraction
from itertools import accumulate, pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.model import Boundary, VideoSpan
from tasks.core.recipe import SplitSettings
from tasks.split.detection import Detection
from tasks.split.spans import cut_spans

MILLISECOND = Fraction(1, 1000)
SETTINGS = SplitSettings(min_clip_s=5, max_clip_s=60)


@st.composite
def detections(draw: st.DrawFn) -> Detection:
    """Any video of up to 400 frames, with any changes of shot that do not overlap."""
    steps = draw(st.lists(st.sampled_from([1, 33, 40, 900, 3_600_000]), min_size=1, max_size=400))
    start = draw(st.integers(-5000, 5000))
    pts = list(accumulate(steps, initial=start))
    edges = sorted(draw(st.lists(st.integers(1, len(pts) - 1), max_size=8, unique=True)))
    kinds = draw(st.lists(st.booleans(), min_size=len(edges), max_size=len(edges)))
    spans, last = [], 0
    for edge, gradual in zip(edges, kinds, strict=True):
        if edge > last:
            spans.append((last + 1 if gradual else edge, edge))
            last = edge
    boundaries = tuple(boundary(pts, first, end) for first, end in spans)
    return Detection(boundaries, np.array(pts[:-1], np.int64), pts[-1], MILLISECOND)


def boundary(pts: list[int], start: int, end: int) -> Boundary:
    kind = "cut" if start == end else "dissolve"
    return Boundary(end, kind, start, end, pts[end], pts[start], pts[end], 1.0)


def steady(seconds: float, *changes: tuple[int, int], fps: int = 25) -> Detection:
    """A video of constant rate with changes of shot at these [start, end) frames."""
    pts = [frame * (1000 // fps) for frame in range(round(seconds * fps) + 1)]
    return Detection(tuple(boundary(pts, *change) for change in changes), np.array(pts[:-1]), pts[-1], MILLISECOND)


def lengths_s(spans: tuple[VideoSpan, ...]) -> list[float]:
    return [round(span.span.duration_s, 3) for span in spans]


@given(detections())
def test_spans_cover_the_video_exactly(detection: Detection) -> None:
    spans = cut_spans(detection, SETTINGS)
    assert spans[0].span.start_pts == detection.frame_pts[0]
    assert spans[-1].span.end_pts == detection.end_pts
    for one, other in pairwise(spans):
        assert one.span.end_pts == other.span.start_pts
        assert one.end_frame == other.start_frame
    assert (spans[0].start_frame, spans[-1].end_frame) == (0, detection.frame_count)


@given(detections())
def test_clips_have_the_length_that_was_asked_for(detection: Detection) -> None:
    for span in cut_spans(detection, SETTINGS):
        if span.reason is None:
            assert SETTINGS.min_clip_s <= span.span.duration_s <= SETTINGS.max_clip_s
            assert span.end_frame > span.start_frame


def test_a_long_shot_is_divided_evenly() -> None:
    spans = cut_spans(steady(130), SETTINGS)
    assert [span.reason for span in spans] == [None] * 3
    assert max(lengths_s(spans)) - min(lengths_s(spans)) <= 0.04


def test_a_shot_of_the_longest_clip_stays_whole() -> None:
    assert lengths_s(cut_spans(steady(60), SETTINGS)) == [60]


def test_short_shots_and_transitions_keep_their_reason() -> None:
    spans = cut_spans(steady(20, (250, 250), (300, 325)), SETTINGS)
    assert [(span.start_frame, span.end_frame, span.reason) for span in spans] == [
        (0, 250, None),
        (250, 300, "too_short"),
        (300, 325, "transition"),
        (325, 500, None),
    ]


def test_a_gap_of_an_hour_is_a_remainder_without_frames() -> None:
    pts = [*range(0, 10_000, 40), *range(3_610_000, 3_620_000, 40)]
    spans = cut_spans(Detection((), np.array(pts), 3_620_000, MILLISECOND), SETTINGS)
    assert [(span.start_frame, span.end_frame, span.reason) for span in spans] == [
        (0, 250, None),
        (250, 250, "remainder"),
        (250, 500, None),
    ]
    assert lengths_s(spans) == [10, 3600, 10]
