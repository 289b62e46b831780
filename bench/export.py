"""What exporting a version costs beside plain copying of its tars, and reading it back beside reading a tar."""

import io
import json
import os
import shutil
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
import webdataset

from bench.figure import Figure
from tasks.core.store import FolderStore
from tasks.dataset.version import PublishedVersion
from tasks.export.export import export
from tasks.export.targets import target_named
from tasks.publish.index import SCHEMA
from tasks.shard.tar import Member, write_tar
from tests.fixtures.made_video import Coding, Shot, made_video

CLIPS = 120
SECONDS, SIZE, FPS = 6, (640, 352), 25
ROUNDS, READ_ROUNDS = 3, 9
CELL = "resolution_256/aspect_ratio_16_9/length_005_010"
FORMATS = ("cosmos-predict2.5-webdataset", "hugging-face", "energon", "mds")


def figures() -> Iterator[Figure]:
    """Each format whose bytes go as they are, in wall and processor time; webdataset beside `tarfile`."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        version = made_version(folder / "dataset")
        size_mb = version.manifest["size_bytes"] / 1e6
        copying_s, _ = measured(lambda: copied(folder / "dataset" / "shards", folder / "copy"), folder / "copy")
        yield Figure(f"plain copy of {size_mb:.0f} MB", size_mb / copying_s, "MB/s")
        for target in map(target_named, FORMATS):
            place = folder / target.name
            wall_s, cpu_s = measured(partial_export(version, target, place), place)
            yield Figure(f"export to {target.name}, wall over plain copy", wall_s / copying_s)
            yield Figure(f"export to {target.name}, processor time for 1 GB", cpu_s / size_mb * 1000, "s")
        yield from read_back(folder, version, size_mb)


def made_version(folder: Path) -> PublishedVersion:
    """A published version of one tar, in which one video stands for all clips."""
    store, video = FolderStore(folder), one_video(folder)
    ids = [str(uuid4()) for _ in range(CLIPS)]
    with tempfile.TemporaryFile() as file:
        written = write_tar(file, members(ids, video))
        key = f"shards/{CELL}/bench-{written.sha256[:16]}.tar"
        file.flush()
        store.put_file(key, Path(f"/proc/self/fd/{file.fileno()}"))
    rows = [row(one, key, written.offsets[f"{one}.mp4"], video) for one in ids]
    pq.write_table(pa.Table.from_pylist(rows, SCHEMA), table := io.BytesIO())
    store.put_bytes("versions/00001/index-bench.parquet", table.getvalue())
    length_s = CLIPS * SECONDS
    manifest = {
        "dataset": "bench", "version": 1, "clips": CLIPS, "duration_s": length_s, "hours": round(length_s / 3600, 3),
        "size_bytes": written.size_bytes, "index": {"key": "versions/00001/index-bench.parquet"},
        "shards": [{"key": key, "sha256": written.sha256, "size_bytes": written.size_bytes, "members": CLIPS}],
    }  # fmt: skip
    return PublishedVersion(store, 1, json.dumps(manifest).encode())


def one_video(folder: Path) -> bytes:
    path = folder / "one.mp4"
    options = {"crf": "4", "x264-params": "keyint=50"}
    made_video(path, [Shot(SECONDS, 1, (90.0, 40.0))], SIZE, Coding(FPS, options=options))
    data = path.read_bytes()
    path.unlink()
    return data


def members(ids: Iterable[str], video: bytes) -> Iterator[Member]:
    """As `shard` writes them."""
    for one in ids:
        window = {"start_s": 0.0, "end_s": SECONDS, "captions": dict.fromkeys(("short", "medium", "long"), "words")}
        about = json.dumps(
            {
                "clip_id": one, "width_px": SIZE[0], "height_px": SIZE[1], "frame_count": SECONDS * FPS,
                "frame_rate": f"{FPS}/1", "captions": [window | {"model": "bench"}],
            }
        ).encode()  # fmt: skip
        yield Member(f"{one}.mp4", len(video), io.BytesIO(video))
        yield Member(f"{one}.json", len(about), io.BytesIO(about))


def row(clip_id: str, shard: str, offset: int, video: bytes) -> dict[str, Any]:
    """As `publish` reads it from the catalog."""
    return {
        "clip_id": clip_id, "video_id": clip_id, "shard": shard, "cell": CELL, "offset_bytes": offset,
        "size_bytes": len(video), "sha256": sha256(video).hexdigest(), "width_px": SIZE[0], "height_px": SIZE[1],
        "frame_rate_num": FPS, "frame_rate_den": 1, "frame_count": SECONDS * FPS, "duration_s": float(SECONDS),
        "codec": "h264", "audio_codec": None, "start_s": 0.0, "end_s": float(SECONDS), "source": "bench",
        "licence": "CC0-1.0",
    }  # fmt: skip


def copied(source: Path, place: Path) -> None:
    """What an export waits for too: that the disk has it."""
    shutil.copytree(source, place)
    os.sync()


def partial_export(version: PublishedVersion, target: Any, place: Path) -> Callable[[], object]:
    """The export of the version to the place."""
    return lambda: export(version, target, target.options(), str(place))


def measured(work: Callable[[], object], place: Path | None = None) -> tuple[float, float]:
    """Median wall and processor seconds, what was written gone before each."""
    times = []
    for _ in range(ROUNDS):
        if place is not None:
            shutil.rmtree(place, ignore_errors=True)
        started_s, used_s = time.perf_counter(), time.process_time()
        work()
        times.append((time.perf_counter() - started_s, time.process_time() - used_s))
    wall_s, cpu_s = zip(*times, strict=True)
    return median(wall_s), median(cpu_s)


def read_back(folder: Path, version: PublishedVersion, size_mb: float) -> Iterator[Figure]:
    """The version's own tar and the exported ones, from the page cache, so that no disk hides what a reader costs."""
    own = folder / "dataset" / version.manifest["shards"][0]["key"]
    exported = sorted((folder / FORMATS[0]).rglob("video/*/*.tar"))
    for name, tars in (("the version's tar", [own]), ("the Cosmos export's tar", exported)):
        through, whole, tarfile_s = together(
            lambda tars=tars: samples_read(tars),
            lambda tars=tars: [len(tar.read_bytes()) for tar in tars],
            lambda tars=tars: [members_read(tar) for tar in tars],
        )
        yield Figure(f"webdataset reads {name}, of processor time", size_mb / through, "MB/s")
        yield Figure("  as a share of reading it whole into memory", whole / through, at_least=0.9)
        yield Figure("  as a share of reading its members by tarfile", tarfile_s / through)


def together(*ways: Callable[[], object]) -> list[float]:
    """Least processor seconds of each, in turn and often, since other programs slow all of them."""
    times: list[list[float]] = [[] for _ in ways]
    for _ in range(READ_ROUNDS):
        for way, found in zip(ways, times, strict=True):
            started_s = time.process_time()
            way()
            found.append(time.process_time() - started_s)
    return [min(found) for found in times]


def members_read(path: Path) -> int:
    """How many bytes lie in the tar's members, read as a stream."""
    with tarfile.open(path, "r|") as tar:
        return sum(len(file.read()) for info in tar if (file := tar.extractfile(info)) is not None)


def samples_read(tars: list[Path]) -> int:
    """How many bytes of video webdataset gives."""
    return sum(len(one["mp4"]) for one in webdataset.WebDataset([str(tar) for tar in tars], shardshuffle=False))
