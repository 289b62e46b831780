"""Hugging Face datasets: videos in a folder, a Parquet with a row each, and a card that says how to load them."""

from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.core.settings import Settings
from tasks.dataset.card import VIDEO_FOLDER, card_of
from tasks.dataset.facts import facts_of
from tasks.dataset.grid import grid_of
from tasks.dataset.put_card import GRID
from tasks.dataset.version import Clip
from tasks.export.check import refuse
from tasks.export.fit import Fitted, Misfit, Needs
from tasks.export.folders import put_files
from tasks.export.sample import Sample
from tasks.export.target import Job, Target

FOLDER = "data"
PAGE_ROWS = 1000
PLACES = ("shard", "offset_bytes", "size_bytes", "caption", "caption_id", "text_vectors")
"""Columns of the version's index that mean nothing here, or that are said better."""
WINDOW = pa.struct(
    [
        ("start_s", pa.float64()),
        ("end_s", pa.float64()),
        *((length, pa.string()) for length in ("short", "medium", "long")),
        ("model", pa.string()),
        ("flags", pa.list_(pa.string())),
    ]
)


class Options(Settings):
    """Nothing to choose: everything that is known of a clip goes along."""


def needs(options: Options) -> Needs:
    """Whatever the clip is."""
    return Needs()


def why_not(fitted: Fitted, options: Options) -> Misfit | None:
    """Every clip can be in it, with captions or without."""
    return None


def write(job: Job[Options]) -> None:
    """The videos, at most a few thousand in a folder; then the Parquet beside them, then the card."""
    schema, name = _schema(job), f"{FOLDER}/metadata.parquet"
    path, names = job.draft.path(name), set[str]()
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        rows = _written(job, names)
        while page := list(islice(rows, PAGE_ROWS)):
            writer.write_table(pa.Table.from_pylist(page, schema=schema))
    refuse(name, problems(path.read_bytes(), names))
    job.draft.finish(name)
    grid = grid_of(job.version)
    if grid is not None:
        job.draft.put(GRID, grid)
    card = card_of(job.version, facts_of(job.version), VIDEO_FOLDER, None if grid is None else GRID)
    job.draft.put("README.md", card.encode())


def _written(job: Job[Options], names: set[str]) -> Iterator[dict[str, Any]]:
    """A row for each video, once that is written; its name among the names."""
    for sample in job.samples:
        video = f"videos/{sample.name[:2]}/{sample.name}.mp4"
        put_files(job.draft, sample, f"{FOLDER}/{video}", {})
        names.add(video)
        yield _row(sample, video)


def _schema(job: Job[Options]) -> pa.Schema:
    """`file_name`, as the loader has it, the index, and the captions."""
    with job.version.store.open(job.version.manifest["index"]["key"]) as file:
        kept = [column for column in pq.read_schema(file) if column.name not in PLACES]
    return pa.schema([("file_name", pa.string()), *kept, ("captions", pa.list_(WINDOW))])


def _row(sample: Sample, video: str) -> dict[str, Any]:
    clip = sample.fitted.clip
    index = {name: value for name, value in clip.row.items() if name not in PLACES}
    return {"file_name": video, **index, "captions": list(_captions(clip))}


def _captions(clip: Clip) -> Iterator[dict[str, Any]]:
    for window in clip.windows:
        said = {"start_s": window.start_s, "end_s": window.end_s, "model": window.model, "flags": list(window.flags)}
        yield {**said, **window.captions}


def problems(metadata: bytes, names: set[str]) -> Iterator[str]:
    """Where the loader would find a row without a video, or a video without a row."""
    found = pq.read_table(BytesIO(metadata), columns=["file_name"])["file_name"].to_pylist()
    if len(found) != len(set(found)) or set(found) != names:
        yield f"{len(found)} rows for {len(names)} videos, or of others"


TARGET = Target("hugging-face", "Hugging Face datasets: Parquet, videos and card", Options, needs, why_not, write)
