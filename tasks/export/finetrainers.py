"""finetrainers: a folder in which each video has its caption beside it."""

from tasks.export.captions import CaptionOptions, caption_of, why_no_caption
from tasks.export.fit import Needs
from tasks.export.folders import VideoOptions, named, put_files
from tasks.export.target import Job, Target


class Options(VideoOptions, CaptionOptions):
    """How it is written."""


def needs(options: Options) -> Needs:
    """What is asked for; the loader samples and scales by itself."""
    return Needs(frame_rate=options.frame_rate, sizes=options.size)


def write(job: Job[Options]) -> None:
    """Two files for each clip."""
    for sample in job.samples:
        caption = caption_of(sample.fitted.clip, job.options) or ""
        files = {named("data", sample, "txt"): caption.encode()}
        put_files(job.draft, sample, named("data", sample, "mp4"), files)


TARGET = Target("finetrainers", "finetrainers: videos and captions side by side", Options, needs, why_no_caption, write)
