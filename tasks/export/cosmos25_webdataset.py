"""Cosmos-Predict2.5, WebDataset: per shape a wdinfo.json and, for each kind of data, a tar with the same clips in it.

Its loader (cosmos_predict2 `webdataset`, `video_parsing`, `text_transforms_for_video`) opens root/{key}/{tar} for the
keys `video`, `metas` and perhaps `t5_xxl`, takes their members pairwise, and drops what breaks one of these rules.
"""

import json
import pickle
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import zip_longest
from typing import Any, Literal

import numpy as np
from pydantic import Field

from tasks.core.settings import Settings
from tasks.core.settings_shard import ShardSettings
from tasks.core.store.uri import is_s3, split_s3_uri
from tasks.export.check import refuse, video_problems
from tasks.export.fit import Fitted, Misfit, Needs
from tasks.export.sample import Sample
from tasks.export.target import Job, Target
from tasks.export.tars import OpenTar, members
from tasks.models.text_encoder import TextEncoder, TextEncoderName, load_text_encoder
from tasks.shard.cells import Look, place_of

CELLS = ShardSettings(axes=("resolution", "aspect_ratio", "length"))
"""As the trainer sorts clips, whatever cells the version has."""
LEAST_RATE, MOST_RATE = Fraction(10), Fraction(60)
LEAST_WINDOW_S = 4.0
TARS_PER_PART = 100
CAPTION, EMBEDDING = "qwen2p5_7b_caption", "t2w_qwen2p5_7b"
"""What the trainer calls a long caption, and its embedding; other lengths have a suffix."""
SUFFIXES = {"long": "", "medium": "_medium", "short": "_short"}
WINDOW_KEYS = {"start_frame", "end_frame", *(f"{CAPTION}{suffix}" for suffix in SUFFIXES.values())}


class Options(Settings):
    """How it is written."""

    frames: Literal[61, 93, 121] = Field(93, description="`num_video_frames` of the training.")
    tar_bytes: int = Field(500_000_000, ge=100_000, description="Size in bytes of the videos in a tar.")
    root: str | None = Field(None, description="Where the trainer finds the export; else where it is written.")
    text_encoder: TextEncoderName | None = Field(None, description="Adds `t5_xxl`, by this model of the model store.")


def needs(options: Options) -> Needs:
    """Frame rates that the loader lets through, and one sampling of frames at least."""
    return Needs(least_rate=LEAST_RATE, most_rate=MOST_RATE, least_frames=options.frames)


def why_not(fitted: Fitted, options: Options) -> Misfit | None:
    """Why the loader would find no window to train on."""
    clip = fitted.clip
    if not clip.windows:
        return Misfit(clip.clip_id, "no_caption", "the version has no captions of it")
    windows = windows_of(fitted)
    if lacking := [window for window in windows if not set(window) > {"start_frame", "end_frame"}]:
        return Misfit(clip.clip_id, "no_caption", f"{len(lacking)} of its {len(windows)} windows have no caption")
    if not any(_is_usable(window, float(fitted.frame_rate), options.frames) for window in _looked_at(windows)):
        detail = f"no window that the loader takes has {LEAST_WINDOW_S:g} s and {options.frames} frames"
        return Misfit(clip.clip_id, "no_usable_window", detail)
    return None


def windows_of(fitted: Fitted) -> list[dict[str, Any]]:
    """`t2w_windows`: frames and captions under the trainer's names."""
    found = []
    for window in fitted.clip.windows:
        start, end = fitted.frames_of(window)
        said = {f"{CAPTION}{suffix}": window.captions.get(length) for length, suffix in SUFFIXES.items()}
        texts = {key: text for key, text in said.items() if text}
        found.append({"start_frame": start, "end_frame": end, **texts})
    return found


def _looked_at(windows: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Of several windows the loader leaves out the last, which need not have 5 s."""
    return windows[:-1] if len(windows) > 1 else windows


def _is_usable(window: Mapping[str, Any], rate: float, frames: int) -> bool:
    length = window["end_frame"] - window["start_frame"]
    return length >= LEAST_WINDOW_S * rate and length >= frames


@dataclass(slots=True)
class _Series:
    """The tars of one shape, and the one that is being filled."""

    path: str
    """Of the shape: its folder below the root of the export."""
    tars: list[str] = field(default_factory=list)
    samples: int = 0
    most_in_tar: int = 0
    open: dict[str, OpenTar] = field(default_factory=dict)
    held: list[Sample] = field(default_factory=list)
    """Those in the open tar, without their videos."""

    @property
    def next_tar(self) -> str:
        part, number = divmod(len(self.tars), TARS_PER_PART)
        return f"part_{part:06d}/{number:06d}.tar"


def write(job: Job[Options]) -> None:
    """All tars, each checked when it is full, then a wdinfo.json for each shape."""
    encoder = load_text_encoder(job.options.text_encoder) if job.options.text_encoder else None
    every: dict[str, _Series] = {}
    for sample in job.samples:
        cell = str(place_of(Look(*sample.fitted.size_px, sample.fitted.duration_s, {}), CELLS).cell)  # all have one
        series = every.setdefault(cell, _Series(cell))
        _add(job, series, sample, encoder)
        if series.open["video"].size_bytes >= job.options.tar_bytes:
            _close(job, series)
    for series in every.values():
        if series.open:
            _close(job, series)
        wdinfo = json.dumps(_wdinfo(job, series), indent=1).encode()
        job.draft.put(f"{series.path}/wdinfo.json", wdinfo)


def _add(job: Job[Options], series: _Series, sample: Sample, encoder: TextEncoder | None) -> None:
    content = {"video": ("mp4", sample.video), "metas": ("json", _metas(sample))}
    if encoder is not None:
        content["t5_xxl"] = ("pickle", pickle.dumps(_embeddings(sample, encoder), protocol=4))
    if not series.open:
        series.open = {key: OpenTar(job.draft.path(f"{series.path}/{key}/{series.next_tar}")) for key in content}
    for key, (suffix, data) in content.items():
        series.open[key].add(f"{sample.name}.{suffix}", data)
    series.held.append(Sample(sample.fitted, b""))


def _metas(sample: Sample) -> bytes:
    fitted = sample.fitted
    said = {
        "framerate": float(fitted.frame_rate),
        "nb_frames": fitted.frame_count,
        "width": fitted.size_px[0],
        "height": fitted.size_px[1],
        "t2w_windows": windows_of(fitted),
    }
    return json.dumps(said, ensure_ascii=False).encode()


def _embeddings(sample: Sample, encoder: TextEncoder) -> list[dict[str, Any]]:
    """One entry per window, in the order of `t2w_windows`."""
    found = []
    for window in sample.fitted.clip.windows:
        lengths = [length for length in SUFFIXES if window.captions.get(length)]
        vectors = encoder.vectors_of([window.captions[length] for length in lengths])
        found.append({f"{EMBEDDING}{SUFFIXES[length]}": one for length, one in zip(lengths, vectors, strict=True)})
    return found


def _close(job: Job[Options], series: _Series) -> None:
    tar = series.next_tar
    for one in series.open.values():
        one.close()
    refuse(f"{series.path}/*/{tar}", problems(series.open, series.held, job.options))
    for key in series.open:
        job.draft.finish(f"{series.path}/{key}/{tar}")
    series.tars.append(tar)
    series.samples += len(series.held)
    series.most_in_tar = max(series.most_in_tar, len(series.held))
    series.open, series.held = {}, []


def _wdinfo(job: Job[Options], series: _Series) -> dict[str, Any]:
    root = job.options.root or job.draft.address
    place = split_s3_uri(root)[1] if is_s3(root) else root
    return {
        "root": f"{place.rstrip('/')}/{series.path}",
        "data_list": series.tars,
        "total_key_count": series.samples,
        "chunk_size": series.most_in_tar,
    }


def problems(tars: Mapping[str, OpenTar], written: Sequence[Sample], options: Options) -> Iterator[str]:
    """What the trainer's loader would drop or stumble over in tars that belong together."""
    together = zip_longest(*(members(tar.path) for tar in tars.values()), fillvalue=("", b""))
    wanted = iter(written)
    for files in together:
        sample = next(wanted, None)
        if sample is None or {name.partition(".")[0] for name, _ in files} != {sample.name}:
            yield "its tars do not hold the same clips in the same order"
            return
        content = dict(zip(tars, (data for _, data in files), strict=True))
        yield from video_problems(content["video"], sample)
        metas = json.loads(content["metas"])
        yield from (f"{sample.name}: {wrong}" for wrong in metas_problems(metas, options))
        if "t5_xxl" in content:
            wrong = embedding_problems(pickle.loads(content["t5_xxl"]), len(metas["t2w_windows"]))
            yield from (f"{sample.name}: {one}" for one in wrong)
    yield from (f"its tars do not hold {sample.name}" for sample in wanted)


def metas_problems(metas: Mapping[str, Any], options: Options) -> Iterator[str]:
    """What the loader would drop a clip for, by its metas alone."""
    rate, frames, windows = metas["framerate"], metas["nb_frames"], metas["t2w_windows"]
    if not LEAST_RATE <= rate <= MOST_RATE:
        yield f"{rate:g} frames a second"
    for window in windows:
        if unknown := set(window) - WINDOW_KEYS:
            yield f"a window has unknown keys: {', '.join(sorted(unknown))}"
        if not 0 <= window["start_frame"] < window["end_frame"] <= frames:
            yield f"a window of frames {window['start_frame']} to {window['end_frame']} in {frames} frames"
        if not any(window.get(key) for key in window if key.startswith(CAPTION)):
            yield "a window without a caption"
    if not any(_is_usable(window, rate, options.frames) for window in _looked_at(windows)):
        yield f"no window of {options.frames} frames"


def embedding_problems(found: Sequence[Mapping[str, Any]], windows: int) -> Iterator[str]:
    """What the loader would drop a clip for, by its embeddings."""
    if len(found) != windows:
        yield f"{len(found)} embedded windows of {windows}"
    for one in (vectors for window in found for vectors in window.values()):
        if one.ndim != 2 or not 0 < one.shape[0] <= 512 or not np.isfinite(one).all():
            yield f"an embedding of shape {one.shape}, or not finite"


TARGET = Target(
    "cosmos-predict2.5-webdataset",
    "Cosmos-Predict2.5 from WebDataset tars",
    Options,
    needs,
    why_not,
    write,
)
