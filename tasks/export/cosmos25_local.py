"""Cosmos-Predict2.5, local files: `videos/` with a caption each in `metas/`, and all of its lengths in `captions/`.

The older recipes read the text, the newer ones the JSON; the text encoder runs in the trainer.
"""

import json

from tasks.export.captions import caption_of, why_no_caption
from tasks.export.cosmos2_local import LocalOptions, needs
from tasks.export.folders import named, put_files
from tasks.export.sample import Sample
from tasks.export.target import Job, Target


class Options(LocalOptions):
    """How it is written."""


def write(job: Job[Options]) -> None:
    """Three files for each clip."""
    for sample in job.samples:
        caption = caption_of(sample.fitted.clip, job.options) or ""
        files = {
            named("metas", sample, "txt"): caption.encode(),
            named("captions", sample, "json"): json.dumps(_captions(sample, job.options), ensure_ascii=False).encode(),
        }
        put_files(job.draft, sample, named("videos", sample, "mp4"), files)


def _captions(sample: Sample, options: Options) -> dict[str, dict[str, str]]:
    """By the model that made them, each length that all windows have."""
    clip = sample.fitted.clip
    every = {
        length: caption_of(clip, options.model_copy(update={"caption": length}))
        for length in ("long", "medium", "short")
    }
    return {clip.windows[0].model: {length: text for length, text in every.items() if text is not None}}


TARGET = Target("cosmos-predict2.5-local", "Cosmos-Predict2.5 from local files", Options, needs, why_no_caption, write)
