"""The words of the house as values: frozen, slotted, and free of any library."""

import hashlib
import uuid
from dataclasses import dataclass, field
from fractions import Fraction

NAMESPACE = uuid.UUID("6f2a7f0e-6a53-5b3c-9d0e-c11b4f0dc0de")
"""Root of every content-made id; changing it would change every id ever made."""


def content_id(*parts: object) -> uuid.UUID:
    """The UUIDv5 of the parts, so that the same content has the same id on every machine."""
    return uuid.uuid5(NAMESPACE, "\x1f".join(str(part) for part in parts))


def content_hash(text: str) -> str:
    """sha256 hex digest of the text as UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def video_id(sha256: str) -> uuid.UUID:
    """Id of a video: made from its bytes, so that a moved file keeps it and a replaced one does not."""
    return content_id("video", sha256)


def dataset_id(output: str, name: str) -> uuid.UUID:
    """Id of a dataset: its place and its name."""
    return content_id("dataset", output, name)


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open piece [start, end) of a video on the video's own clock."""

    start_pts: int
    end_pts: int
    time_base: Fraction

    def __post_init__(self) -> None:
        if self.end_pts <= self.start_pts:
            raise ValueError(f"empty span: {self.start_pts}..{self.end_pts}")

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return float((self.end_pts - self.start_pts) * self.time_base)

    @property
    def start_s(self) -> float:
        """Start in seconds on the stream's clock (which need not begin at 0)."""
        return float(self.start_pts * self.time_base)

    @property
    def end_s(self) -> float:
        """End in seconds on the stream's clock."""
        return float(self.end_pts * self.time_base)


def clip_id(video: uuid.UUID, span: Span) -> uuid.UUID:
    """Id of a clip: made from its video's id and its span."""
    return content_id("clip", video, span.start_pts, span.end_pts, span.time_base)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in displayed pixels (rotation and pixel aspect applied); origin top left."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What a probe of one file says of its best video stream."""

    container: str
    """FFmpeg demuxer name, e.g. `mov,mp4,m4a,3gp,3g2,mj2`."""
    codec: str
    stream_index: int
    coded_width_px: int
    coded_height_px: int
    width_px: int
    """Displayed width: rotation and sample aspect ratio applied."""
    height_px: int
    rotation_deg: int
    """Clockwise turn that a player applies: 0, 90, 180 or 270."""
    sample_aspect: Fraction
    pixel_format: str
    bit_depth: int
    interlaced: bool
    time_base: Fraction
    start_pts: int
    end_pts: int
    """End of the last frame, on the stream's clock, as the container says; checked against frames by `split`."""
    frame_rate: Fraction
    """Average frames per second."""
    frame_count: int | None
    """Frames as the container counts them, None where it does not say."""
    bit_rate: int | None
    """Bits per second of the video stream, or of the file where the stream does not say."""
    audio_codec: str | None

    @property
    def duration_s(self) -> float:
        """Length in seconds, as the container says."""
        return float((self.end_pts - self.start_pts) * self.time_base)


@dataclass(frozen=True, slots=True)
class Boundary:
    """One change of shot; frames are 0-based in display order."""

    frame: int
    """First frame of the new shot: for a cut the first new frame, for a gradual change the first frame after it."""
    kind: str
    """cut, dissolve, fade or wipe."""
    start_frame: int
    """First frame of the transition; equals `frame` for a cut."""
    end_frame: int
    """One past its last frame; equals `frame` for a cut."""
    frame_pts: int
    start_pts: int
    end_pts: int
    strength: float
    """0 to 1, larger is surer."""


@dataclass(frozen=True, slots=True)
class VideoSpan:
    """One piece of a video as `split` cut it; the spans of a video cover every second of it, without overlap."""

    span: Span
    start_frame: int
    end_frame: int
    reason: str | None
    """None for a clip; transition, too_short or remainder for what lies between clips."""


@dataclass(frozen=True, slots=True)
class Score:
    """What one scorer measured of one clip, its numbers together."""

    scorer: str
    numbers: dict[str, float] = field(default_factory=dict)
    """Score name (snake_case, unique over all scorers) to value; a name left out was not measured."""
    unmeasured: str | None = None
    """Why (some of) the numbers are missing, as a snake_case token; None when all are there."""
    hash_bits: str | None = None
    """256 characters, 0 or 1, of a scorer that measures nothing and knows footage again."""
