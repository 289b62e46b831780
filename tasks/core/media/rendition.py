"""How a clip is to be written, and what was written."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

from tasks.core.model import Box

Audio = Literal["drop", "copy", "aac"]


@dataclass(frozen=True, slots=True)
class Encoding:
    """How one clip is written: what of the picture, how large, how fast, by which encoder."""

    encoder: str = "libx264"
    """`libx264`, `h264_nvenc` or `hevc_nvenc`."""
    quality: int = 18
    """Constant rate factor (x264) or constant quality (NVENC). 18 is where x264's loss is held to be invisible:
    what a model is trained on should carry the source's faults, not ours."""
    preset: str = "medium"
    frame_rate: Fraction | None = None
    """Frames per second of the constant rate written; None is the source's nominal rate."""
    box: Box | None = None
    """What is kept, in displayed pixels; None is all."""
    max_short_side_px: int | None = None
    """Scaled down, never up, so that the shorter side is at most this."""
    size_px: tuple[int, int] | None = None
    """Exact width and height (even), instead of a limit."""
    pixel_format: str = "yuv420p"
    deinterlace: bool = True
    """Whether interlaced frames are made progressive."""
    audio: Audio = "drop"
    copy: Literal["never", "when_exact"] = "never"
    """Whether packets may be copied where that gives exactly the frames of the span as they are asked for."""
    key_frame_every_s: float = 2.0
    threads: int = 2


@dataclass(frozen=True, slots=True)
class Rendition:
    """A written clip, as it was found to be after writing."""

    path: Path
    width_px: int
    height_px: int
    frames: int
    frame_rate: Fraction
    duration_s: float
    size_bytes: int
    sha256: str
    codec: str
    pixel_format: str
    audio_codec: str | None
    copied: bool
    """True where the packets of the source were copied, not encoded again."""
