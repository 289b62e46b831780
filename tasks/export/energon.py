"""Megatron-Energon: WebDataset tars with their indexes, and `.nv-meta` as `energon prepare` would write it."""

import json
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field

from tasks.core.errors import ExportRefused
from tasks.export.captions import NeutralOptions, caption_of, why_no_wanted_caption
from tasks.export.check import refuse, video_problems
from tasks.export.fit import Needs
from tasks.export.sample import Sample
from tasks.export.target import Job, Target
from tasks.export.tars import OpenTar, members

META = ".nv-meta"
MOST_TARS = 10_000
PARTS = ("mp4", "txt", "json")
DATASET = {"__module__": "megatron.energon", "__class__": "CrudeWebdataset"}
"""Samples as they lie in the tar; a task encoder's cooker makes of them what the model takes."""


class Options(NeutralOptions):
    """How it is written."""

    tar_bytes: int = Field(500_000_000, ge=100_000, description="Size in bytes at which a tar is closed.")


def needs(options: Options) -> Needs:
    """Whatever the clip is."""
    return Needs()


def write(job: Job[Options]) -> None:
    """Tars with an index each, then what the loader reads first."""
    counts: dict[str, int] = {}
    tar, held = None, list[Sample]()
    for sample in job.samples:
        if tar is None:
            tar = OpenTar(job.draft.path(_tar_name(len(counts))))
        _add(tar, sample, job.options)
        held.append(Sample(sample.fitted, b""))
        if tar.size_bytes >= job.options.tar_bytes:
            counts[_close(job, tar, held)] = len(held)
            tar, held = None, []
    if tar is not None:
        counts[_close(job, tar, held)] = len(held)
    if len(counts) >= MOST_TARS:
        raise ExportRefused(f"{len(counts)} tars where the loader takes {MOST_TARS - 1}; raise tar_bytes")
    _put_meta(job, counts)


def _tar_name(number: int) -> str:
    return f"shards/{number:06d}.tar"


def _add(tar: OpenTar, sample: Sample, options: Options) -> None:
    about = json.dumps(sample.fitted.clip.about, ensure_ascii=False, sort_keys=True).encode()
    caption = caption_of(sample.fitted.clip, options) or ""
    for part, data in zip(PARTS, (sample.video, caption.encode(), about), strict=True):
        tar.add(f"{sample.name}.{part}", data)


def _close(job: Job[Options], tar: OpenTar, held: Sequence[Sample]) -> str:
    """The tar's name, once it and its index are whole."""
    end = tar.size_bytes
    tar.close()
    name = tar.path.relative_to(job.draft.folder).as_posix()
    offsets = [*tar.offsets[:: len(PARTS)], end]
    index = job.draft.path(f"{name}.idx")
    index.write_bytes(struct.pack(f"<{len(offsets)}Q", *offsets))
    refuse(name, problems(tar.path, index, held))
    job.draft.finish(name)
    job.draft.finish(f"{name}.idx")
    return name


def _put_meta(job: Job[Options], counts: dict[str, int]) -> None:
    info = {"energon_version": "7.4.1", "shard_counts": counts}
    split = {"split_parts": {"train": list(counts), "val": [], "test": []}, "exclude": []}
    job.draft.put(f"{META}/.info.json", json.dumps(info, indent=1).encode())
    job.draft.put(f"{META}/split.yaml", _yaml(split))
    job.draft.put(f"{META}/dataset.yaml", _yaml(DATASET))


def _yaml(value: Any) -> bytes:
    return str(yaml.safe_dump(value, sort_keys=False)).encode()


def problems(tar: Path, index: Path, written: Sequence[Sample]) -> Iterator[str]:
    """Where the loader would find other samples than were written, or would not find one."""
    found = list[str]()
    for name, data in members(tar):
        key, _, part = name.partition(".")
        if part == PARTS[0]:
            found.append(key)
            yield from video_problems(data, written[len(found) - 1])
        elif part not in PARTS or key != found[-1]:
            yield f"{name} does not belong to the sample before it"
    if found != [sample.name for sample in written]:
        yield "the tar does not hold the clips that were meant for it"
    offsets = struct.unpack(f"<{index.stat().st_size // 8}Q", index.read_bytes())
    with tar.open("rb") as file:
        for sample, offset in zip(written, offsets, strict=False):
            file.seek(offset)
            if not file.read(100).startswith(f"{sample.name}.".encode()):
                yield f"the index does not lead to {sample.name}"
    if len(offsets) != len(written) + 1:
        yield f"the index has {len(offsets)} entries for {len(written)} samples"


TARGET = Target(
    "energon",
    "Megatron-Energon: WebDataset with .nv-meta",
    Options,
    needs,
    why_no_wanted_caption,
    write,
    to_bucket=False,
)
