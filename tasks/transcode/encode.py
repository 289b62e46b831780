"""The first bytes written of a clip, and the only ones: for survivors, once."""

from fractions import Fraction
from pathlib import Path

from tasks.core.media import Encoding, Rendition, Source, encode, standard_rate
from tasks.core.model import Box, Span, VideoInfo
from tasks.core.recipe import TranscodeSettings


def transcode_clip(
    source: Source, info: VideoInfo, span: Span, box: Box | None, settings: TranscodeSettings, scratch: Path
) -> Rendition:
    """The clip inside its box as one MP4 in the scratch folder, written as the settings say and checked.

    Raises StageRefused for an encoder that this machine lacks, UnreadableVideo for a span that does not decode.
    """
    destination = scratch / f"{span.start_pts}-{span.end_pts}.mp4"
    return encode(source, info, span, encoding_of(settings, box), destination)


def encoding_of(settings: TranscodeSettings, box: Box | None) -> Encoding:
    """The settings and the clip's box in the words of the encoder."""
    return Encoding(
        encoder=settings.encoder,
        quality=settings.quality,
        preset=settings.preset,
        frame_rate=standard_rate(Fraction(settings.fps)) if settings.fps is not None else None,
        box=box,
        max_short_side_px=settings.max_short_side_px,
        audio=settings.audio,
        copy=settings.copy_streams,
        threads=settings.threads,
    )
