"""Cosmos 3 (cosmos-framework): a JSONL with a line per clip, beside its videos.

Its loader (`sft_dataset`) draws one window of a clip at random and passes over the clip where that is too short, so
only windows that are long enough are written. `end_frame` is the last frame of a window, which in Cosmos-Predict2.5 is
the one behind it; `temporal_interval` is a step in frames.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import Field

from tasks.core.settings import Settings
from tasks.core.settings_shard import RATIOS
from tasks.dataset.version import Window
from tasks.export.check import refuse
from tasks.export.fit import Fitted, Misfit, Needs
from tasks.export.folders import named, put_files
from tasks.export.sample import Sample
from tasks.export.target import Job, Target

MOST_S = 61.0
LEAST_WINDOW_FRAMES = 61
EVERY_FRAME = 1
LIST = "dataset.jsonl"


class Options(Settings):
    """How it is written."""

    frames: int = Field(93, ge=1, description="`num_video_frames` of the training.")
    caption: Literal["short", "medium", "long"] = Field("long", description="How long a caption.")

    @property
    def least_frames(self) -> int:
        """Of a window, below which the loader drops it."""
        return max(LEAST_WINDOW_FRAMES, self.frames)


def needs(options: Options) -> Needs:
    """Not too long for the loader, and a window at least."""
    return Needs(most_s=MOST_S, least_frames=options.least_frames)


def why_not(fitted: Fitted, options: Options) -> Misfit | None:
    """Why the loader would find no window to train on."""
    clip = fitted.clip
    if not clip.windows:
        return Misfit(clip.clip_id, "no_caption", "the version has no captions of it")
    if any(options.caption not in window.captions for window in clip.windows):
        return Misfit(clip.clip_id, f"no_{options.caption}_caption", "one of its windows has none of that length")
    if not _usable(fitted, options):
        return Misfit(clip.clip_id, "no_usable_window", f"no window of {options.least_frames} frames")
    return None


def _usable(fitted: Fitted, options: Options) -> list[Window]:
    """The windows that the loader does not pass over."""
    spans = ((window, *fitted.frames_of(window)) for window in fitted.clip.windows)
    return [window for window, start, end in spans if end - start >= options.least_frames]


def write(job: Job[Options]) -> None:
    """The videos, then the list of them."""
    listed = job.draft.path(LIST)
    with listed.open("w", encoding="utf-8") as lines:
        for sample in job.samples:
            video = named("videos", sample, "mp4")
            line = json.loads(text := json.dumps(_line(sample, video, job.options), ensure_ascii=False))
            refuse(video, problems(line, job.options))
            put_files(job.draft, sample, video, {})
            lines.write(f"{text}\n")
    job.draft.finish(LIST)


def _line(sample: Sample, video: str, options: Options) -> dict[str, Any]:
    fitted = sample.fitted
    width, height = fitted.size_px
    return {
        "uuid": sample.name,
        "duration": fitted.duration_s,
        "width": width,
        "height": height,
        "nb_frames": fitted.frame_count,
        "framerate": float(fitted.frame_rate),
        "vision_path": video,
        "t2w_windows": [_window(fitted, window, options) for window in _usable(fitted, options)],
    }


def _window(fitted: Fitted, window: Window, options: Options) -> dict[str, Any]:
    start, end = fitted.frames_of(window)
    said = {
        "start_frame": start,
        "end_frame": end - 1,
        "temporal_interval": EVERY_FRAME,
        "caption": window.captions[options.caption],
    }
    return said if window.structured is None else {**said, "caption_json": _structured(fitted, window)}


def _structured(fitted: Fitted, window: Window) -> dict[str, Any]:
    """The caption's fields, with those that follow from the video."""
    width, height = fitted.size_px
    ratio = next(one.name for one in RATIOS if one.up_to is None or width / height <= one.up_to)
    return {
        **(window.structured or {}),
        "resolution": {"H": height, "W": width},
        "aspect_ratio": ratio.replace("_", ","),
        "duration": f"{round(window.end_s - window.start_s)}s",
        "fps": round(fitted.frame_rate),
    }


def problems(line: Mapping[str, Any], options: Options) -> Iterator[str]:
    """What the loader would drop a clip for, or pass over it in some of the draws."""
    if line["duration"] > MOST_S:
        yield f"{line['duration']} s"
    if not line["t2w_windows"]:
        yield "no window"
    for one in line["t2w_windows"]:
        start, end = one["start_frame"], one["end_frame"]
        if not 0 <= start <= end < line["nb_frames"]:
            yield f"a window of frames {start} to {end} in {line['nb_frames']}"
        if end - start + 1 < options.least_frames:
            yield f"a window of {end - start + 1} frames"
        if not one["caption"].strip():
            yield "a window without a caption"


TARGET = Target("cosmos-framework", "Cosmos 3 (cosmos-framework) from JSONL", Options, needs, why_not, write)
