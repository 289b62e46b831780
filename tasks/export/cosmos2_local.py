"""Cosmos-Predict2, local files: `videos/`, one plain caption each in `metas/`, its T5 embedding in `t5_xxl/`."""

import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np
from pydantic import Field

from tasks.export.captions import JoinedCaptionOptions, caption_of, why_no_caption
from tasks.export.check import refuse
from tasks.export.fit import Needs
from tasks.export.folders import VideoOptions, named, put_files
from tasks.export.target import Job, Target
from tasks.models.text_encoder import MOST_TOKENS, TextEncoderName, load_text_encoder

LEAST_FRAMES = 94
"""The loader takes 93 from a random start below total - 93, and so crashes where there are exactly 93."""


class LocalOptions(VideoOptions, JoinedCaptionOptions):
    """How files for either loader are written; they take frames as they come, so the rate is ours to make."""

    fps: float | None = Field(16, gt=0, le=240, description="Frames a second: 16 or 10, as the model was trained.")


class Options(LocalOptions):
    """How it is written."""

    text_encoder: TextEncoderName = Field("t5-11b", description="What makes the embeddings, of the model store.")
    dimension: int = Field(1024, ge=1, description="Of the vectors that the trainer takes.")


def needs(options: LocalOptions) -> Needs:
    """One rate, and frames enough for any start."""
    return Needs(frame_rate=options.frame_rate, least_frames=LEAST_FRAMES, sizes=options.size)


def write(job: Job[Options]) -> None:
    """Three files for each clip; the loader ignores a video without its embedding."""
    encoder = load_text_encoder(job.options.text_encoder)
    for sample in job.samples:
        caption = caption_of(sample.fitted.clip, job.options) or ""
        embedding = pickle.dumps(encoder.vectors_of([caption]), protocol=4)
        refuse(sample.name, embedding_problems(pickle.loads(embedding), job.options.dimension))
        files = {named("metas", sample, "txt"): caption.encode(), named("t5_xxl", sample, "pickle"): embedding}
        put_files(job.draft, sample, named("videos", sample, "mp4"), files)


def embedding_problems(found: Any, dimension: int) -> Iterator[str]:
    """What the loader could not take."""
    if not isinstance(found, list) or len(found) != 1:
        yield "a list of one array is wanted"
        return
    (one,) = found
    if one.ndim != 2 or not 0 < one.shape[0] <= MOST_TOKENS or one.shape[1] != dimension:
        yield f"an embedding of shape {one.shape}, where up to {MOST_TOKENS} x {dimension} are wanted"
    elif not np.isfinite(one).all():
        yield "an embedding with numbers that are not finite"


TARGET = Target(
    "cosmos-predict2-local",
    "Cosmos-Predict2 from local files, with T5 embeddings",
    Options,
    needs,
    why_no_caption,
    write,
)
