"""What `split` costs against plain decoding and against scenedetect: CPU time, all measured here and now.

    python -m bench.split_cost [FILE ...] [--as-they-are] [--long SECONDS]

Ten seconds of each file (default: real clips of the sibling folder `shared/data`, else one made video) are coded in
H.264, HEVC, VP9 and AV1 with short and long groups of pictures; `--as-they-are` takes the files as they come. The floor
is PyAV decoding every frame on one thread; scenedetect is its adaptive detector with its own defaults. Goals: at most
0.8 times the floor and a third of scenedetect, as medians. `--long` loops the first file to that length and tells the
peak memory of splitting it.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

import av
import imageio_ffmpeg

from bench.figure import Figure
from tasks.core.media import probe
from tasks.core.model import VideoInfo
from tasks.core.recipe import SplitSettings
from tasks.split import split_video
from tests.fixtures.made_video import Shot, made_video

REAL = Path(__file__).resolve().parents[2] / "shared" / "data" / "real"
CLIPS = ("mobile-aloha", "big-buck", "issue-195", "kohlipe2", "dog")
CLIP_S = 10
ROUNDS = 3
AT_MOST_FLOOR, AT_MOST_SCENEDETECT = 0.8, 1 / 3
GROUPS = {"short": 24, "long": 250}
CODERS = {
    "h264": ("mp4", ["-c:v", "libx264", "-crf", "23"]),
    "hevc": ("mp4", ["-c:v", "libx265", "-preset", "fast", "-x265-params", "log-level=error"]),
    "vp9": ("webm", ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "6", "-crf", "33", "-b:v", "0"]),
    "av1": ("mkv", ["-c:v", "libsvtav1", "-preset", "10", "-crf", "35"]),
}


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds for one file."""

    name: str
    split_s: float
    floor_s: float
    scenedetect_s: float

    def line(self) -> str:
        """One line of the table."""
        theirs = f"{self.scenedetect_s:6.2f} s, ratio {self.split_s / self.scenedetect_s:.2f}"
        return (
            f"{self.name:44} split {self.split_s:6.2f} s, decoding {self.floor_s:6.2f} s, ratio"
            f" {self.split_s / self.floor_s:.2f}; scenedetect {theirs if self.is_read else 'reads nothing'}"
        )

    @property
    def is_read(self) -> bool:
        """Whether scenedetect's reader read the file at all: OpenCV gives no frame of some, and says nothing."""
        return self.scenedetect_s > self.floor_s / 4


def main() -> int:
    """Prints a line per file and the medians; 1 where one misses its goal."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--as-they-are", action="store_true", help="do not code the files anew")
    parser.add_argument("--long", type=int, metavar="SECONDS", help="only: peak memory on the first file, looped")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        files = asked.files or found_or_made(Path(folder))
        if asked.long:
            print(f"peak memory over {asked.long} s: {peak_mib(looped(files[0], asked.long, Path(folder))):.0f} MiB")
            return 0
        costs = []
        for path in files if asked.as_they_are else coded(files, Path(folder)):
            costs.append(cost(path))
            print(costs[-1].line(), flush=True)
    floor, other = ratios(costs)
    print(f"medians: {floor:.3f} of decoding (goal {AT_MOST_FLOOR}), {other:.3f} of scenedetect (goal 0.333)")
    return int(floor > AT_MOST_FLOOR or other > AT_MOST_SCENEDETECT)


def figures() -> Iterator[Figure]:
    """The two medians, on two clips."""
    with tempfile.TemporaryDirectory() as folder:
        costs = [cost(path) for path in coded(found_or_made(Path(folder))[:2], Path(folder))]
    floor, other = ratios(costs)
    yield Figure("CPU time over plain decoding, median over codecs", floor, at_most=AT_MOST_FLOOR)
    yield Figure("CPU time over scenedetect adaptive, median", other, at_most=AT_MOST_SCENEDETECT)


def ratios(costs: list[Cost]) -> tuple[float, float]:
    """Medians of the ratios to decoding and to scenedetect."""
    return median(c.split_s / c.floor_s for c in costs), median(c.split_s / c.scenedetect_s for c in costs if c.is_read)


def found_or_made(folder: Path) -> list[Path]:
    """Real clips where they are, else one made video."""
    found = [path for name in CLIPS for path in sorted(REAL.glob(f"*{name}*"))]
    return found or [made_video(folder / "made.mp4", [Shot(4, seed=i) for i in range(3)], (1280, 720)).path]


def coded(files: list[Path], folder: Path) -> Iterator[Path]:
    """Each file in every codec with short and long groups of pictures, one at a time."""
    for path in files:
        for codec, (suffix, options) in CODERS.items():
            for group, frames in GROUPS.items():
                target = folder / f"{path.name[:20]}_{codec}_{group}.{suffix}"
                plain = ("-t", str(CLIP_S), "-i", str(path), "-an", "-pix_fmt", "yuv420p")
                ffmpeg(*plain, *options, "-g", str(frames), str(target))
                yield target
                target.unlink()


def looped(path: Path, seconds: int, folder: Path) -> Path:
    """The file over and over, its packets copied."""
    target = folder / "looped.mkv"
    ffmpeg("-stream_loop", "-1", "-i", str(path), "-t", str(seconds), "-an", "-c", "copy", str(target))
    return target


def ffmpeg(*arguments: str) -> None:
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *arguments], check=True)


def cost(path: Path) -> Cost:
    """The least of a few rounds of each, which the neighbours on the machine disturbed least."""
    works = partial(split, info=probe(path)), decode_all, detect_adaptive
    rounds = [[cpu_s(work, path) for work in works] for _ in range(ROUNDS)]
    return Cost(path.name, *(min(times) for times in zip(*rounds, strict=True)))


def cpu_s(work: Callable[[Path], object], path: Path) -> float:
    """User and system seconds of this process, all threads together."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    work(path)
    after = resource.getrusage(resource.RUSAGE_SELF)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def split(path: Path, info: VideoInfo | None = None) -> object:
    """The stage's work on one file; in a run the catalog knows by then what `ingest` has probed."""
    return split_video(path, info or probe(path), SplitSettings())


def decode_all(path: Path) -> object:
    """Every frame, on one thread, looked at by nobody."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        return sum(1 for _ in container.decode(stream))


def detect_adaptive(path: Path) -> object:
    """scenedetect with its own reader and defaults."""
    from scenedetect import AdaptiveDetector, detect

    return detect(str(path), AdaptiveDetector())


def peak_mib(path: Path) -> float:
    """Largest resident memory of a process of its own that splits the file."""
    code = f"from pathlib import Path; from bench.split_cost import split; split(Path({str(path)!r}))"
    subprocess.run([sys.executable, "-c", code], check=True)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main())
