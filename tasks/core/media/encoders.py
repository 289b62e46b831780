"""The encoders this machine really has, and how each is told the same wishes."""

from fractions import Fraction
from functools import cache
from typing import cast

import av
from av.codec.context import CodecContext
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from tasks.core.errors import StageRefused
from tasks.core.media.rendition import Encoding

CODEC_OF = {"libx264": "h264", "h264_nvenc": "h264", "hevc_nvenc": "hevc"}


def available_encoders() -> dict[str, str | None]:
    """Each encoder clipmill knows, with the reason why this machine cannot use it, or None where it can."""
    return {name: why_unavailable(name) for name in CODEC_OF}


def require_encoder(name: str) -> None:
    """Returns where the encoder works; raises StageRefused with the reason where it does not."""
    if reason := why_unavailable(name):
        usable = ", ".join(known for known, missing in available_encoders().items() if missing is None)
        raise StageRefused(f"encoder {name!r} cannot be used here ({reason}); usable: {usable}")


@cache
def why_unavailable(name: str) -> str | None:
    """None where the encoder really encodes a picture, else what stands in its way."""
    if name not in CODEC_OF:
        return f"not one of {', '.join(CODEC_OF)}"
    try:
        context = cast(VideoCodecContext, CodecContext.create(name, "w"))
        context.width, context.height, context.pix_fmt = 256, 256, "yuv420p"
        context.time_base = Fraction(1, 25)
        context.options = encoder_options(Encoding(encoder=name, threads=1), Fraction(25))
        context.encode(_grey_picture())
        context.encode(None)
    except (av.FFmpegError, ValueError) as error:
        return _reason(name, error)
    return None


def encoder_options(encoding: Encoding, rate: Fraction) -> dict[str, str]:
    """The encoder's own options: quality instead of bit rate, closed groups of pictures, fixed threads."""
    options = {"preset": encoding.preset, "g": str(max(1, round(encoding.key_frame_every_s * rate)))}
    if encoding.encoder.endswith("_nvenc"):
        return options | {"rc": "vbr", "cq": str(encoding.quality), "b": "0"}
    # cpu-independent: else bytes differ between processors, and with AVX-512 even from run to run.
    params = "open-gop=0:cpu-independent=1"
    return options | {"crf": str(encoding.quality), "threads": str(encoding.threads), "x264-params": params}


def _grey_picture() -> VideoFrame:
    picture = VideoFrame(256, 256, "yuv420p")
    for plane in picture.planes:
        plane.update(bytes([128]) * plane.buffer_size)
    picture.pts = 0
    picture.time_base = Fraction(1, 25)
    return picture


def _reason(name: str, error: Exception) -> str:
    if name.endswith("_nvenc"):
        return "no NVIDIA GPU with a video encoder, or no driver for it"
    return f"this build of FFmpeg does not have it: {error}"
