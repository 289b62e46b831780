"""What trainers have in common that read a folder of videos, each with its caption in a file of the same name."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from pydantic import Field

from tasks.core.settings import Settings
from tasks.export.check import refuse, video_problems
from tasks.export.draft import Draft
from tasks.export.sample import Sample
from tasks.export.sizes import SIZES


class VideoOptions(Settings):
    """What the videos are made to be."""

    fps: float | None = Field(None, gt=0, le=240, description="Frames a second; empty keeps each clip's own.")
    size: str | None = Field(None, description=f"Exact picture sizes: {', '.join(SIZES)}; empty keeps each clip's own.")

    def model_post_init(self, context: Any) -> None:
        """Refuse a size that has no name here."""
        if self.size is not None and self.size not in SIZES:
            raise ValueError(f"size: one of {', '.join(SIZES)} is wanted, not {self.size!r}")

    @property
    def frame_rate(self) -> Fraction | None:
        """The same, exactly."""
        return None if self.fps is None else Fraction(self.fps).limit_denominator(1001)


Files = Mapping[str, bytes]
"""What is written of one clip, by its name below the root."""


def put_files(draft: Draft, sample: Sample, video: str, files: Files) -> None:
    """Writes a clip's video under this name and the files that go with it, and looks at what lies there then.

    Raises ExportRefused.
    """
    for name, data in {video: sample.video, **files}.items():
        draft.path(name).write_bytes(data)
    refuse(video, _problems(draft, sample, video, files))
    for name in (video, *files):
        draft.finish(name)


def _problems(draft: Draft, sample: Sample, video: str, files: Files) -> Iterator[str]:
    yield from video_problems(draft.path(video).read_bytes(), sample)
    for name in files:
        if name.endswith(".txt") and not draft.path(name).read_text("utf-8").strip():
            yield f"{name} is empty"


def named(folder: str, sample: Sample, suffix: str) -> str:
    """The name of a clip's file."""
    return f"{folder}/{sample.name}.{suffix}"
