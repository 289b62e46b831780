"""Writes pictures that were painted, not decoded, into a new file; clips are written by `encode`."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream

_FORMATS = {".mp4": "mp4", ".m4a": "ipod", ".mkv": "matroska", ".webm": "webm", ".avi": "avi"}
_AUDIO_RATE_HZ = 48_000
_STEADY = {"libx264": {"x264-params": "cpu-independent=1"}}
"""Without it x264's bytes differ between processors and, with AVX-512 at small widths, from run to run."""


@dataclass(frozen=True, slots=True)
class Writing:
    """How painted pictures and sound are coded."""

    fps: Fraction = Fraction(25)
    codec: str = "libx264"
    options: dict[str, str] = field(default_factory=dict)
    """The encoder's own, e.g. `{"crf": "23"}`."""
    gop_frames: int = 50
    audio_codec: str = "aac"


def write_video(
    path: Path, pictures: Iterable[np.ndarray], writing: Writing = Writing(), audio: np.ndarray | None = None
) -> int:
    """How many pictures it wrote: uint8 RGB [height, width, 3], even sizes; the suffix names the container.

    audio: float32 [samples] at 48 kHz in -1..1, None for no sound; with no pictures the file holds sound only.
    The same input gives the same bytes.
    """
    container = av.open(str(path), "w", format=_FORMATS[path.suffix], container_options={"fflags": "+bitexact"})
    with container:
        sound = _sound_stream(container, writing) if audio is not None else None
        video, count = None, 0
        for count, picture in enumerate(pictures, start=1):
            video = video or _video_stream(container, picture, writing)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = count - 1, 1 / writing.fps
            container.mux(video.encode(frame))
        if video is not None:
            container.mux(video.encode(None))
        if sound is not None and audio is not None:
            _write_sound(container, sound, audio)
    return count


def _video_stream(container: OutputContainer, picture: np.ndarray, writing: Writing) -> VideoStream:
    options = {"threads": "1", "flags": "+bitexact", **_STEADY.get(writing.codec, {}), **writing.options}
    stream = cast(VideoStream, container.add_stream(writing.codec, rate=writing.fps, options=options))
    stream.height, stream.width = picture.shape[:2]
    stream.pix_fmt = "yuv420p"
    stream.codec_context.gop_size = writing.gop_frames
    return stream


def _sound_stream(container: OutputContainer, writing: Writing) -> AudioStream:
    options = {"flags": "+bitexact"}
    return cast(AudioStream, container.add_stream(writing.audio_codec, rate=_AUDIO_RATE_HZ, options=options))


def _write_sound(container: OutputContainer, stream: AudioStream, audio: np.ndarray) -> None:
    size = 1024
    for start in range(0, len(audio), size):
        samples = np.tile(audio[start : start + size].astype(np.float32), (2, 1))
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts = _AUDIO_RATE_HZ, start
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
