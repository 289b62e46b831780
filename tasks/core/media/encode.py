"""One clip written once: its span of the source, cropped, scaled and turned, at a constant frame rate."""

import hashlib
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import cast

from av.codec.context import ThreadType
from av.container import OutputContainer
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from tasks.core.errors import BadRendition
from tasks.core.media.audio import added_sound
from tasks.core.media.container import Source, open_container, video_stream
from tasks.core.media.decode import View, frames_in, prepared_stream
from tasks.core.media.encoders import encoder_options, require_encoder
from tasks.core.media.output import mux_interleaved, open_output
from tasks.core.media.packets import VideoPacket, packets_of, timed_frames
from tasks.core.media.picture import Filter, FilterChain, Filtering, Shape, chain_key, even_shape, picture_filters
from tasks.core.media.remux import copied_exactly
from tasks.core.media.rendition import Encoding, Rendition
from tasks.core.media.timing import at_rate, frame_count, nominal_rate
from tasks.core.model import Span, VideoInfo

_SCALING = "bicubic"


def encode(source: Source, info: VideoInfo, span: Span, encoding: Encoding, destination: Path) -> Rendition:
    """The clip as written to the destination (an MP4), checked by decoding it.

    Raises StageRefused for an encoder that this machine lacks, UnreadableVideo where the span holds no picture.
    """
    require_encoder(encoding.encoder)
    rate = encoding.frame_rate or nominal_rate(info)
    shape = _shape(info, encoding)
    copied = copied_exactly(source, info, span, encoding, destination)
    if not copied:
        _write(source, info, span, encoding, destination)
    return _checked(destination, shape, rate, frame_count(span, rate), copied)


def _shape(info: VideoInfo, encoding: Encoding) -> Shape:
    shape = even_shape(info, encoding.box, encoding.max_short_side_px)
    return shape if encoding.size_px is None else Shape(shape.box, *encoding.size_px)


def _write(source: Source, info: VideoInfo, span: Span, encoding: Encoding, destination: Path) -> None:
    with open_output(destination) as output:
        sound = added_sound(output, source, span, encoding.audio)
        with open_container(source) as container:
            frames = frames_in(container, prepared_stream(container, info, View()), info, span)
            progressive = _progressive(frames, info) if info.interlaced and encoding.deinterlace else frames
            mux_interleaved(output, _encoded(output, progressive, info, span, encoding), sound)


def _encoded(
    output: OutputContainer,
    frames: Iterable[tuple[int, VideoFrame]],
    info: VideoInfo,
    span: Span,
    encoding: Encoding,
) -> Iterator[VideoPacket]:
    rate, shape = encoding.frame_rate or nominal_rate(info), _shape(info, encoding)
    filtering = Filtering(lambda frame: _filters(frame, info, shape, encoding.pixel_format))
    stream: VideoStream | None = None
    number = 0
    for times, frame in at_rate(frames, span, rate):
        picture = filtering.filtered(frame)
        stream = stream or _added_stream(output, picture, encoding, rate)
        # Whether the source coded it as a key frame is no business of the encoder.
        picture.pict_type = PictureType.NONE
        picture.time_base = 1 / rate
        for _ in range(times):
            picture.pts = number
            number += 1
            yield from stream.encode(picture)
    if stream is not None:
        yield from stream.encode(None)


def _filters(frame: VideoFrame, info: VideoInfo, shape: Shape, pixel_format: str) -> list[Filter]:
    filters = picture_filters(info, shape, (frame.width, frame.height), _SCALING)
    if frame.format.is_rgb:
        filters.append(("scale", "out_color_matrix=bt709:out_range=tv"))
    return [*filters, ("format", pixel_format)]


def _progressive(frames: Iterable[tuple[int, VideoFrame]], info: VideoInfo) -> Iterator[tuple[int, VideoFrame]]:
    """The frames with their two fields made one moment; progressive frames in between stay as they are."""
    chain: FilterChain | None = None
    for pts, frame in frames:
        frame.pts = pts
        if chain is None or chain.key != chain_key(frame):
            yield from _timed(chain.push(None) if chain else [], info)
            chain = FilterChain(frame, [("bwdif", "mode=send_frame:deint=interlaced")])
        yield from _timed(chain.push(frame), info)
    yield from _timed(chain.push(None) if chain else [], info)


def _timed(frames: list[VideoFrame], info: VideoInfo) -> Iterator[tuple[int, VideoFrame]]:
    for frame in frames:
        # The filter counts in ticks of its own, half as long.
        yield round((frame.pts or 0) * (frame.time_base or info.time_base) / info.time_base), frame


def _added_stream(output: OutputContainer, picture: VideoFrame, encoding: Encoding, rate: Fraction) -> VideoStream:
    added = output.add_stream(encoding.encoder, rate=rate, options=encoder_options(encoding, rate))
    stream = cast(VideoStream, added)
    context = stream.codec_context
    context.width, context.height, context.pix_fmt = picture.width, picture.height, encoding.pixel_format
    context.sample_aspect_ratio = Fraction(1)
    context.time_base = 1 / rate
    # By frames, not slices: PyAV's own choice cuts each picture in parts that know nothing of each other.
    context.thread_type = ThreadType.FRAME
    context.color_range, context.colorspace = picture.color_range, picture.colorspace
    context.color_primaries, context.color_trc = picture.color_primaries, picture.color_trc
    return stream


def _checked(path: Path, shape: Shape, rate: Fraction, frames: int, copied: bool) -> Rendition:
    """What the written file holds, after decoding all of it; raises BadRendition and removes it where that is wrong."""
    with open_container(path) as container:
        stream = video_stream(container, container.streams.video[0].index)
        decoded = sum(1 for _ in timed_frames(packets_of(container, stream), stream))
        found = (stream.width, stream.height, decoded)
        if found != (shape.width_px, shape.height_px, frames):
            path.unlink()
            raise BadRendition(f"{found} instead of {(shape.width_px, shape.height_px, frames)}: width, height, frames")
        sound = next(iter(container.streams.audio), None)
        codec, pixel_format = stream.codec_context.codec.canonical_name, stream.pix_fmt
    return Rendition(
        path=path,
        width_px=shape.width_px,
        height_px=shape.height_px,
        frames=decoded,
        frame_rate=rate,
        duration_s=float(decoded / rate),
        size_bytes=path.stat().st_size,
        sha256=_sha256(path),
        codec=codec,
        pixel_format=pixel_format or "",
        audio_codec=sound.codec_context.codec.canonical_name if sound is not None else None,
        copied=copied,
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
