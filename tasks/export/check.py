"""Checks that the validators of several trainers share; each says what is wrong in a sentence."""

import hashlib
from collections.abc import Iterable, Iterator
from io import BytesIO

from tasks.core.errors import ExportRefused, UnreadableVideo
from tasks.core.media import probe
from tasks.export.sample import Sample

_SHOWN = 5


def refuse(where: str, problems: Iterable[str]) -> None:
    """Raises ExportRefused with the first few problems; returns where there are none."""
    found = list(problems)
    if found:
        more = f" (and {len(found) - _SHOWN} more)" if len(found) > _SHOWN else ""
        raise ExportRefused(f"{where}: {'; '.join(found[:_SHOWN])}{more}")


def video_problems(data: bytes, sample: Sample) -> Iterator[str]:
    """Where the video that was written is not the one that was promised.

    One that goes as it was published is known by its bytes, which `transcode` has decoded; others are looked into.
    """
    if not sample.fitted.is_as_published:
        yield from _made_problems(data, sample)
    elif hashlib.sha256(data).hexdigest() != sample.fitted.clip.row["sha256"]:
        yield f"the video of {sample.name} does not have the bytes that were published"


def _made_problems(data: bytes, sample: Sample) -> Iterator[str]:
    try:
        info = probe(BytesIO(data))
    except UnreadableVideo as error:
        yield f"the video of {sample.name} cannot be read: {error}"
        return
    fitted = sample.fitted
    if (info.width_px, info.height_px) != fitted.size_px:
        yield f"{sample.name} is {info.width_px}x{info.height_px}, not {'x'.join(map(str, fitted.size_px))}"
    if info.frame_count != fitted.frame_count:
        yield f"{sample.name} has {info.frame_count} frames, not {fitted.frame_count}"
    if abs(info.frame_rate - fitted.frame_rate) * info.duration_s > 1:
        yield f"{sample.name} has {float(info.frame_rate):g} frames a second, not {float(fitted.frame_rate):g}"
