"""Opens video files from hostile places: always as a file object, and only as one of the real container formats."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
from pathlib import Path
from typing import BinaryIO, NoReturn, cast

import av
from av.codec.hwaccel import HWAccel
from av.container import InputContainer
from av.stream import Discard
from av.video.stream import VideoStream

from tasks.core.errors import UnreadableVideo
from tasks.core.log import get_log

LOG = get_log()
Source = str | Path | BinaryIO

CONTAINERS = "mov,matroska,webm,avi,mpegts,mpeg,flv,asf,ogg,mxf"
"""FFmpeg demuxers that hold pictures themselves; playlists, manifests, scripts and raw streams are not among them."""

MAX_SIDE_PX = 16_384
MAX_PICTURE_PX = 134_217_728

_PLAYLIST_HEADS = (b"#EXTM3U", b"ffconcat", b"[playlist]", b"#EXTINF", b"file '")
_MANIFEST_MARKS = (b"<MPD", b"<SmoothStreamingMedia", b"<smil", b"urn:mpeg:dash")
_MP4_ATOMS = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"moof", b"styp")


@contextmanager
def open_container(source: Source, *, on_gpu: bool = False) -> Iterator[InputContainer]:
    """An open container, positioned at its start; raises UnreadableVideo where there is none.

    On a GPU (NVDEC) its pictures are decoded there, where there is one and it knows the codec, and come back from it.
    """
    with _opened(source) as file:
        head = _head(file)
        try:
            container = (_on_gpu(file) if on_gpu else None) or _container(file)
        except (av.FFmpegError, ValueError) as error:
            raise _unreadable(head, error) from error
        with container:
            yield container


def video_stream(container: InputContainer, index: int) -> VideoStream:
    """The video stream at this index, all others told to be left unread."""
    for stream in container.streams:
        if stream.index != index:
            stream.discard = Discard.all
    return cast(VideoStream, container.streams[index])


def _opened(source: Source) -> "nullcontext[BinaryIO] | BinaryIO":
    if not isinstance(source, str | Path):
        source.seek(0)
        return nullcontext(source)
    if Path(source).is_dir():
        raise UnreadableVideo("not_a_video", "this is a folder, not a file")
    return open(source, "rb")


def _container(file: BinaryIO, accelerator: HWAccel | None = None) -> InputContainer:
    return av.open(
        file,
        "r",
        options=_options(),
        metadata_errors="replace",
        io_open=_refuse_reference,
        hwaccel=accelerator,
    )


def _on_gpu(file: BinaryIO) -> InputContainer | None:
    """The container with NVDEC; None where that cannot be, which is told once."""
    try:
        return _container(file, HWAccel("cuda", allow_software_fallback=True))
    except (av.FFmpegError, ValueError, NotImplementedError, RuntimeError) as error:
        _tell_once(type(error).__name__, str(error))
    file.seek(0)
    return None


@cache
def _tell_once(kind: str, message: str) -> None:
    LOG.warning("decoded without NVDEC", error=kind, message=message)


def _options() -> dict[str, str]:
    return {"format_whitelist": CONTAINERS, "protocol_whitelist": "none", "max_pixels": str(MAX_PICTURE_PX)}


def _refuse_reference(url: str, flags: int, options: dict[str, str]) -> NoReturn:
    raise UnreadableVideo("playlist", "the file refers to other files, which are never opened")


def _head(file: BinaryIO) -> bytes:
    head = file.read(4096)
    file.seek(0)
    if not head:
        raise UnreadableVideo("empty_file", "the file has no bytes")
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith(_PLAYLIST_HEADS) or any(mark in head for mark in _MANIFEST_MARKS):
        raise UnreadableVideo("playlist", "this is a list of other files, not a video; lists are never followed")
    return head


def _unreadable(head: bytes, error: Exception) -> UnreadableVideo:
    if isinstance(error, av.error.ArgumentError):
        return UnreadableVideo("unsupported_container", "the container format is not one that clipmill opens")
    if head[4:8] in _MP4_ATOMS:
        return UnreadableVideo("truncated", "the MP4 has no index (moov): it was cut off or never finished")
    return UnreadableVideo("not_a_video", "no known video container begins like this file")
