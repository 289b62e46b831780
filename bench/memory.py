"""The largest resident size of each stage's processes on a two-hour 1080p video.

    python -m bench memory

The video is a made one, looped by copying packets. Each stage works as its runner lets it: in a child of an item pool
under the same memory limit, with a pool of its own. `crop` and `filter` take a sample of the clips, the longest first.
"""

import multiprocessing
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import imageio_ffmpeg

from bench.figure import Figure
from tasks.core.batch import ITEM_MEMORY_BYTES
from tasks.core.catalog.inputs import ClipInput, VideoInput
from tasks.core.media import probe
from tasks.core.model import Span
from tasks.core.pool import Done, ItemPool, Work
from tasks.core.recipe import SplitSettings, TranscodeSettings
from tasks.core.settings_filter import CropSettings, FilterSettings
from tasks.core.store import path_to_uri
from tasks.core.tally import Usage
from tasks.crop.stage import crop_one
from tasks.filter.stage import score_one
from tasks.split.stage import split_one
from tasks.transcode.stage import transcode_one
from tests.fixtures.made_video import Coding, Shot, made_video

LENGTH_S = 2 * 3600
SIZE = (1920, 1080)
SAMPLE = 5
AT_MOST_MIB = 1024


def figures() -> Iterator[Figure]:
    """MiB per stage: of the child that does the work, and of the process that waits for it."""
    with tempfile.TemporaryDirectory() as folder:
        path = looped(Path(folder))
        video = VideoInput(uuid.uuid4(), path_to_uri(path), probe(path))
        (split,), used, own_bytes = worked(split_one, [video], SplitSettings())
        yield from both("split", used, own_bytes)
        spans = sorted((p.span for p in split.spans if p.reason is None), key=lambda span: -span.duration_s)
        clips = [clip_of(video, span) for span in spans[:SAMPLE]]
        found, used, own_bytes = worked(crop_one, clips, CropSettings())
        yield from both("crop", used, own_bytes)
        boxed = [replace(clip, box=result.box) for clip, result in zip(clips, found, strict=True)]
        _, used, own_bytes = worked(score_one, boxed, FilterSettings())
        yield from both("filter", used, own_bytes)
        long = replace(boxed[0], span=minute_of(video))
        _, used, own_bytes = worked(transcode_one, [long], TranscodeSettings())
        yield from both("transcode of 60 s", used, own_bytes)


def looped(folder: Path) -> Path:
    """Two hours of 1080p, the same 12 seconds over and over."""
    short, path = folder / "short.mp4", folder / "long.mp4"
    made_video(short, [Shot(7, 1, (90, 30)), Shot(5, 2, (-60, 10))], SIZE, Coding(gop=50))
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-stream_loop", "-1", "-i", str(short)]
    subprocess.run([*command, "-c", "copy", "-t", str(LENGTH_S), str(path)], check=True)
    return path


def clip_of(video: VideoInput, span: Span) -> ClipInput:
    """The clip, not measured by anyone."""
    return ClipInput(
        uuid.uuid4(), video.subject_id, video.uri, video.info, span, None, tuple(FilterSettings.model_fields)
    )


def minute_of(video: VideoInput) -> Span:
    """Sixty seconds in the middle."""
    info = video.info
    start = info.start_pts + round(info.duration_s / 2 / info.time_base)
    return Span(start, start + round(60 / info.time_base), info.time_base)


def worked(work: Work, items: list[Any], settings: Any) -> tuple[list[Any], Usage, int]:
    """(what came out, what the child used, peak bytes of its parent) of a stage in a process of its own."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as alone:
        return alone.submit(in_pool, work, items, settings).result()


def in_pool(work: Work, items: list[Any], settings: Any) -> tuple[list[Any], Usage, int]:
    """Runs in the stage's process: every item in one child."""
    values = []
    with ItemPool(1, ITEM_MEMORY_BYTES, work.__module__) as pool:
        for item in items:
            ended = pool.outcome(pool.submit(work, item, settings, 36_000), 36_000)
            if not isinstance(ended, Done):
                raise RuntimeError(f"{work.__name__}: {ended}")
            values.append(ended.value)
        used = pool.used
    return values, used, peak_bytes()


def peak_bytes() -> int:
    """This process's own peak; `getrusage` would also count what it was forked from, before it became a Python."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:"))


def both(stage: str, used: Usage, own_bytes: int) -> Iterator[Figure]:
    """The two sizes of one stage."""
    print(f"   {stage}: {used.cpu_s:.0f} CPU seconds", file=sys.stderr)
    yield Figure(f"{stage}, resident at most", used.peak_bytes / 2**20, "MiB", at_most=AT_MOST_MIB)
    yield Figure(f"{stage}, the waiting process", own_bytes / 2**20, "MiB", at_most=AT_MOST_MIB)
