"""What 10 s in the middle of 2 hours cost to decode, against the same 10 s as a file of their own.

    python -m bench.clip_read

Makes its own video. CPU time is of one thread; bytes are what a reader hands out, the index of an MP4 (moov) counted
apart. Targets: at most 1.2 of the time (plus one group of pictures), at most 1.3 of the bytes.
"""

import io
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import av

from bench.figure import Figure
from tasks.core.media import decode, probe
from tasks.core.model import Span, VideoInfo
from tests.fixtures.made_video import Coding, Shot, made_video

CLIP_S = 10
HOURS = 2
SIZE = (960, 540)
ROUNDS = 5
GOP_S = 2
TARGET_TIME, TARGET_BYTES = 1.2 + GOP_S / CLIP_S, 1.3


class CountingReader(io.FileIO):
    """A file that counts the bytes it hands out, and those of the index apart."""

    def __init__(self, path: Path, index: range) -> None:
        super().__init__(path)
        self.index = index
        self.picture_bytes = 0
        self.index_bytes = 0

    def read(self, size: int = -1, /) -> bytes:
        """As a file does."""
        start = self.tell()
        data = super().read(size)
        of_index = len(range(max(start, self.index.start), min(start + len(data), self.index.stop)))
        self.index_bytes += of_index
        self.picture_bytes += len(data) - of_index
        return data


def main() -> int:
    """Prints one line per container; 1 where a target is missed."""
    return int(not all(figure.is_met for figure in figures()))


def figures() -> Iterator[Figure]:
    """The ratios of time and of bytes, per container."""
    with tempfile.TemporaryDirectory() as folder:
        coding = Coding(gop=25 * GOP_S, options={"crf": "26"})
        short = made_video(Path(folder) / "short.mp4", [Shot(CLIP_S, motion=(90, 30))], SIZE, coding).path
        for suffix in ("mp4", "mkv", "ts"):
            own = looped(short, Path(folder) / f"own.{suffix}", 1)
            long = looped(short, Path(folder) / f"long.{suffix}", HOURS * 3600 // CLIP_S)
            slower, larger = compared(own, long)
            yield Figure(f"{suffix}: CPU time over a file of its own", slower, at_most=TARGET_TIME)
            yield Figure(f"{suffix}: bytes over a file of its own", larger, at_most=TARGET_BYTES)
            long.unlink()


def looped(source: Path, path: Path, times: int) -> Path:
    """The source's packets this many times one after the other."""
    options = {"movflags": "+faststart"} if path.suffix == ".mp4" else {}
    with av.open(str(source)) as container, av.open(str(path), "w", options=options) as output:
        stream = container.streams.video[0]
        target = output.add_stream_from_template(stream)
        packets = [(bytes(packet), packet.pts, packet.dts, packet.is_keyframe) for packet in container.demux(stream)][
            :-1
        ]
        step = round(CLIP_S / stream.time_base)
        for turn in range(times):
            for data, pts, dts, is_key in packets:
                packet = av.Packet(data)
                packet.pts, packet.dts, packet.is_keyframe = pts + turn * step, dts + turn * step, is_key
                packet.time_base, packet.stream = stream.time_base, target
                output.mux(packet)
    return path


def compared(own: Path, long: Path) -> tuple[float, float]:
    """The ratios of one container: CPU time and bytes."""
    own_info, long_info = probe(own), probe(long)
    middle = long_info.start_pts + round(HOURS * 1800 / long_info.time_base)
    # One second past a key frame, so that part of a group of pictures must be decoded for nothing.
    start = middle + round(1 / long_info.time_base)
    in_long = Span(start, start + round(CLIP_S / long_info.time_base), long_info.time_base)
    in_own = Span(own_info.start_pts, own_info.end_pts, own_info.time_base)
    times, sizes = [], []
    for path, info, span in ((own, own_info, in_own), (long, long_info, in_long)):
        readings = [read(path, info, span) for _ in range(ROUNDS)]
        times.append(median(seconds for seconds, _ in readings))
        sizes.append(readings[0][1])
    slower, larger = times[1] / times[0], sizes[1].picture_bytes / sizes[0].picture_bytes
    print(
        f"{long.suffix[1:]:4} time {times[1]:.2f} s of {times[0]:.2f} s, ratio {slower:.2f};"
        f" bytes {sizes[1].picture_bytes} of {sizes[0].picture_bytes}, ratio {larger:.2f};"
        f" index {sizes[1].index_bytes} bytes of a file of {long.stat().st_size}"
    )
    return slower, larger


def read(path: Path, info: VideoInfo, span: Span) -> tuple[float, CountingReader]:
    """CPU seconds of decoding the span, and the reader afterwards."""
    with CountingReader(path, index_of(path)) as reader:
        before = time.process_time()
        frames = sum(1 for _ in decode(reader, info, span))
        seconds = time.process_time() - before
    if frames != 25 * CLIP_S:
        raise RuntimeError(f"{frames} frames in {CLIP_S} s of {path.name}")
    return seconds, reader


def index_of(path: Path) -> range:
    """Where the index of an MP4 lies in the file; nowhere for other containers."""
    with path.open("rb") as file:
        at = 0
        while path.suffix == ".mp4" and len(head := file.read(8)) == 8:
            size = int.from_bytes(head[:4], "big")
            if head[4:] == b"moov":
                return range(at, at + size)
            at += size
            file.seek(at)
    return range(0)


if __name__ == "__main__":
    sys.exit(main())
