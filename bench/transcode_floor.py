"""What `transcode` costs against the ffmpeg command that does the same encode: CPU time, both measured here and now.

    python -m bench.transcode_floor [FILE ...]

Without files it takes two 1280x720 files of a sibling folder `shared/data/real`, or makes one. Target: at most 1.15,
the check of the written file included.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from statistics import median

import imageio_ffmpeg

from bench.figure import Figure
from tasks.core.media import Encoding, encode, nominal_rate, probe
from tasks.core.model import Box, Span, VideoInfo
from tests.fixtures.made_video import Coding, Shot, made_video

CLIP_S = 10
ROUNDS = 3
TARGET = 1.15


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of encode."""

    name: str
    short_side_px: int | None
    crop: bool
    rate: Fraction | None


CASES = [
    Case("as it is", None, False, None),
    Case("crop and scale", 480, True, None),
    Case("crop, half the rate", None, True, Fraction(15)),
]


def main() -> int:
    """Prints one line per file and case; 1 where the median ratio misses the target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    ratios = all_ratios(parser.parse_args().files)
    print(f"median ratio {median(ratios):.3f}, worst {max(ratios):.3f}, target {TARGET}")
    return int(median(ratios) > TARGET)


def figures() -> Iterator[Figure]:
    """The median over files and cases."""
    yield Figure("CPU time over the same ffmpeg command, median", median(all_ratios([])), at_most=TARGET)


def all_ratios(files: list[Path]) -> list[float]:
    """One ratio per file and case."""
    with tempfile.TemporaryDirectory() as folder:
        paths = files or found_or_made(Path(folder))
        return [compared(path, case, Path(folder)) for path in paths for case in CASES]


def found_or_made(folder: Path) -> list[Path]:
    """Real files where the sibling folder is there, else one made video."""
    real = Path(__file__).resolve().parents[2] / "shared/data/real"
    wanted = [path for path in sorted(real.glob("*.mp4")) if "testvideo" in path.name or "cabinets" in path.name]
    return wanted or [made_video(folder / "made.mp4", [Shot(12)], (1280, 720), Coding(fps=30)).path]


def compared(path: Path, case: Case, folder: Path) -> float:
    """The ratio of the medians of our CPU seconds and ffmpeg's."""
    info = probe(path)
    end_pts = min(info.end_pts, info.start_pts + round(CLIP_S / info.time_base))
    span = Span(info.start_pts, end_pts, info.time_base)
    box = Box(16, 32, info.width_px // 2 * 2 - 32, info.height_px // 2 * 2 - 64) if case.crop else None
    encoding = Encoding(box=box, frame_rate=case.rate, max_short_side_px=case.short_side_px)
    command = ffmpeg_command(path, info, span, encoding, folder / "theirs.mp4")
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(cpu_s(resource.RUSAGE_SELF, lambda: encode(path, info, span, encoding, folder / "ours.mp4")))
        theirs.append(cpu_s(resource.RUSAGE_CHILDREN, lambda: subprocess.run(command, check=True)))
    ratio = median(ours) / median(theirs)
    print(
        f"{path.name[:40]:40} {case.name:20} ours {median(ours):6.2f} s,"
        f" ffmpeg {median(theirs):6.2f} s, ratio {ratio:.3f}"
    )
    return ratio


def ffmpeg_command(path: Path, info: VideoInfo, span: Span, encoding: Encoding, target: Path) -> list[str]:
    """The same encode as one ffmpeg command: one decoding thread, the encoder's threads as ours."""
    filters = []
    if box := encoding.box:
        filters.append(f"crop={box.width}:{box.height}:{box.x}:{box.y}")
    if short := encoding.max_short_side_px:
        filters.append(f"scale='if(gt(iw,ih),-2,{short})':'if(gt(iw,ih),{short},-2)'")
    rate = encoding.frame_rate or nominal_rate(info)
    filters += [f"fps={rate}", "format=yuv420p"]
    return [
        *(imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-threads", "1", "-t", f"{span.duration_s}"),
        *("-i", str(path), "-an", "-sn", "-filter_threads", "1", "-vf", ",".join(filters), "-c:v", encoding.encoder),
        *("-crf", str(encoding.quality), "-preset", encoding.preset, "-g", str(round(2 * rate))),
        *("-threads", str(encoding.threads), "-movflags", "+faststart", str(target)),
    ]


def cpu_s(who: int, work: Callable[[], object]) -> float:
    """User and system seconds that the work took, all threads together."""
    before = resource.getrusage(who)
    work()
    after = resource.getrusage(who)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    sys.exit(main())
