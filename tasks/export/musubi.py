"""musubi-tuner: a TOML that names a JSONL of videos and captions; videos at the model's rate, of 4N + 1 frames."""

import json
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any, Literal

from pydantic import Field

from tasks.export.captions import CaptionOptions, caption_of, why_no_caption
from tasks.export.check import refuse
from tasks.export.fit import Needs
from tasks.export.folders import VideoOptions, named, put_files
from tasks.export.sizes import Size
from tasks.export.target import Job, Target

FPS = {"hunyuan": Fraction(24), "wan": Fraction(16), "framepack": Fraction(30)}
LIST, CONFIG = "videos.jsonl", "dataset.toml"


class Options(VideoOptions, CaptionOptions):
    """How it is written."""

    model: Literal["hunyuan", "wan", "framepack"] = Field("wan", description="What is trained: it sets the rate.")
    frames: int = Field(81, ge=1, description="`target_frames`: how many of each clip, 4N + 1.")
    root: str | None = Field(None, description="Where the trainer finds the export; else where it is written.")

    def model_post_init(self, context: Any) -> None:
        """Refuse numbers of frames that the trainer would cut."""
        super().model_post_init(context)
        if self.frames % 4 != 1:
            raise ValueError(f"frames: 4N + 1 is wanted, not {self.frames}")

    @property
    def frame_rate(self) -> Fraction:
        """As set, or as the model was trained."""
        return super().frame_rate or FPS[self.model]


def needs(options: Options) -> Needs:
    """The model's rate, and at least the frames that are taken."""
    return Needs(frame_rate=options.frame_rate, least_frames=options.frames, is_4n1=True, sizes=options.size)


def write(job: Job[Options]) -> None:
    """The videos, the list of them, and the file that the trainer is given."""
    root, lines, sizes = job.options.root or job.draft.address, list[str](), set[Size]()
    for sample in job.samples:
        video = named("videos", sample, "mp4")
        line = {"video_path": f"{root}/{video}", "caption": caption_of(sample.fitted.clip, job.options)}
        refuse(video, problems(line, sample.fitted.frame_count, job.options))
        put_files(job.draft, sample, video, {})
        lines.append(json.dumps(line, ensure_ascii=False))
        sizes.add(sample.fitted.size_px)
    job.draft.put(LIST, "".join(f"{line}\n" for line in lines).encode())
    job.draft.put(CONFIG, _config(root, largest(sizes), job.options).encode())


def problems(line: Mapping[str, Any], frames: int, options: Options) -> Iterator[str]:
    """What the trainer would cut or not find."""
    if frames % 4 != 1 or frames < options.frames:
        yield f"{frames} frames"
    if not (line["caption"] or "").strip():
        yield "no caption"


def largest(sizes: Iterable[Size]) -> Size:
    """The size with the most pixels: the trainer scales down what has more of them than its `resolution`."""
    return max(sizes, key=lambda size: (size[0] * size[1], size), default=(2, 2))


def _config(root: str, size: Size, options: Options) -> str:
    return f"""[general]
resolution = [{size[0]}, {size[1]}]
batch_size = 1
enable_bucket = true
bucket_no_upscale = true

[[datasets]]
video_jsonl_file = {json.dumps(f"{root}/{LIST}")}
cache_directory = {json.dumps(f"{root}/cache")}
target_frames = [{options.frames}]
frame_extraction = "head"
source_fps = {float(options.frame_rate):.3f}
"""


TARGET = Target("musubi-tuner", "musubi-tuner: TOML, JSONL and videos", Options, needs, why_no_caption, write)
