"""MosaicML streaming: MDS shards of 64 MiB and their index.json."""

import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import Any

from pydantic import Field

from tasks.export.captions import NeutralOptions, caption_of, why_no_wanted_caption
from tasks.export.check import refuse
from tasks.export.fit import Needs
from tasks.export.sample import Sample
from tasks.export.target import Job, Target

COLUMNS = (("about", "json"), ("caption", "str"), ("clip_id", "str"), ("mp4", "bytes"))
"""Name and encoding, by name; none has a fixed size."""
_MOST_BYTES = 2**32 - 1
"""Offsets in a shard are 32 bits."""


class Options(NeutralOptions):
    """How it is written."""

    shard_bytes: int = Field(1 << 26, ge=1 << 10, le=_MOST_BYTES, description="Size in bytes that a shard keeps below.")


@dataclass(slots=True)
class _Shard:
    """The samples of a shard that is not full yet, as they will lie in it."""

    rows: list[bytes] = field(default_factory=list)
    size_bytes: int = 0

    def add(self, row: bytes) -> None:
        self.rows.append(row)
        self.size_bytes += len(row) + 4


def needs(options: Options) -> Needs:
    """Whatever the clip is."""
    return Needs()


def write(job: Job[Options]) -> None:
    """The shards, then what the reader reads first."""
    entries, shard = list[dict[str, Any]](), _Shard()
    overhead = 8 + len(_config(job.options))
    for sample in job.samples:
        row = _row(sample, job.options)
        if shard.rows and overhead + shard.size_bytes + len(row) + 4 > job.options.shard_bytes:
            entries.append(_put(job, shard, len(entries)))
            shard = _Shard()
        shard.add(row)
    if shard.rows:
        entries.append(_put(job, shard, len(entries)))
    index = {"shards": entries, "version": 2}
    job.draft.put("index.json", json.dumps(index, sort_keys=True).encode())


def _row(sample: Sample, options: Options) -> bytes:
    """The sizes of its columns, then the columns."""
    clip = sample.fitted.clip
    about = json.dumps(clip.about, ensure_ascii=False, sort_keys=True)
    data = [about.encode(), (caption_of(clip, options) or "").encode(), clip.clip_id.encode(), sample.video]
    return struct.pack(f"<{len(data)}I", *map(len, data)) + b"".join(data)


def _described(options: Options) -> dict[str, Any]:
    return {
        "column_encodings": [encoding for _, encoding in COLUMNS],
        "column_names": [name for name, _ in COLUMNS],
        "column_sizes": [None] * len(COLUMNS),
        "compression": None,
        "format": "mds",
        "hashes": [],
        "size_limit": options.shard_bytes,
        "version": 2,
    }


def _config(options: Options) -> bytes:
    return json.dumps(_described(options), sort_keys=True).encode()


def _put(job: Job[Options], shard: _Shard, number: int) -> dict[str, Any]:
    """The index's entry of a shard that was written: number of samples, their offsets, the columns, the samples."""
    name, config = f"shard.{number:05d}.mds", _config(job.options)
    first = 4 + 4 * (len(shard.rows) + 1) + len(config)
    offsets = list(accumulate(map(len, shard.rows), initial=first))
    if offsets[-1] > _MOST_BYTES:
        refuse(name, [f"{offsets[-1]} bytes, where offsets have 32 bits"])
    head = struct.pack(f"<{len(offsets) + 1}I", len(shard.rows), *offsets)
    data = b"".join([head, config, *shard.rows])
    path = job.draft.path(name)
    path.write_bytes(data)
    refuse(name, problems(path.read_bytes(), len(shard.rows)))
    job.draft.finish(name)
    raw = {"basename": name, "bytes": len(data), "hashes": {}}
    return {**_described(job.options), "raw_data": raw, "samples": len(shard.rows), "zip_data": None}


def problems(data: bytes, samples: int) -> Iterator[str]:
    """Where the reader would not find the samples again."""
    (count,) = struct.unpack_from("<I", data)
    offsets: Sequence[int] = struct.unpack_from(f"<{samples + 1}I", data, 4)
    if count != samples or offsets[-1] != len(data):
        yield f"{count} samples up to {offsets[-1]}, where {samples} end at {len(data)}"
    for start, end in pairwise(offsets):
        sizes = struct.unpack_from(f"<{len(COLUMNS)}I", data, start)
        if 4 * len(COLUMNS) + sum(sizes) != end - start:
            yield f"columns of {sum(sizes)} bytes between {start} and {end}"


TARGET = Target("mds", "MosaicML streaming (MDS)", Options, needs, why_no_wanted_caption, write)
