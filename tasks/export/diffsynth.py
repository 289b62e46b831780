"""DiffSynth-Studio: a folder of videos of 4N + 1 frames, and a metadata.csv with their prompts."""

import csv
import io
from typing import Any

from pydantic import Field

from tasks.export.captions import CaptionOptions, caption_of, why_no_caption
from tasks.export.fit import Needs
from tasks.export.folders import VideoOptions, named, put_files
from tasks.export.target import Job, Target

LIST = "metadata.csv"


class Options(VideoOptions, CaptionOptions):
    """How it is written."""

    fps: float | None = Field(16, gt=0, le=240, description="Frames a second; the loader takes frames as they come.")
    frames: int = Field(81, ge=1, description="`num_frames` of the training, 4N + 1.")

    def model_post_init(self, context: Any) -> None:
        """Refuse numbers of frames that the trainer would cut."""
        super().model_post_init(context)
        if self.frames % 4 != 1:
            raise ValueError(f"frames: 4N + 1 is wanted, not {self.frames}")


def needs(options: Options) -> Needs:
    """The rate, and at least the frames that are taken."""
    return Needs(frame_rate=options.frame_rate, least_frames=options.frames, is_4n1=True, sizes=options.size)


def write(job: Job[Options]) -> None:
    """The videos, then the list of them; a name in it is looked for below the list's folder."""
    with io.StringIO(newline="") as text:
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(("video", "prompt"))
        for sample in job.samples:
            video = named("videos", sample, "mp4")
            put_files(job.draft, sample, video, {})
            rows.writerow((video, caption_of(sample.fitted.clip, job.options)))
        job.draft.put(LIST, text.getvalue().encode())


TARGET = Target("diffsynth-studio", "DiffSynth-Studio: metadata.csv and videos", Options, needs, why_no_caption, write)
