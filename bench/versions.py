"""Versions of a million clips: building one, what the next one writes, and how two differ.

    python -m bench versions [--clips 100000]

The catalog is made in the server (`bench.large_dataset`), without files: what is measured is all between asking what
the dataset holds and a manifest with its index in the store. The bytes of a next version are those of the tars that
`pack` would have written, of 100,000 clips in 24 cells of very unlike size.
"""

import random
import resource
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from bench.catalog import own_catalog, seconds_of
from bench.figure import Figure
from bench.large_dataset import CLIPS, add_packed
from tasks.core.catalog import Catalog
from tasks.core.catalog.work import Run
from tasks.core.store import FolderStore, Store
from tasks.publish.__main__ import put_files
from tasks.publish.changes import changes_between
from tasks.publish.manifest import next_version
from tasks.publish.record import read_content, record_version
from tasks.publish.versions import Version, put_version
from tasks.shard.clips import Clip
from tasks.shard.packing import Load, OpenShard, pack
from tasks.shard.tar import tar_bytes
from tests.fixtures.made_catalog import made_run, policy_file, started

BUILD_S, DIFF_S, WRITTEN_SHARE, AT_MOST_MIB = 60.0, 2.0, 0.03, 1024
PACKED, CELLS, NEW_SHARE, TARGET_BYTES = 100_000, 24, 0.01, 500_000_000


def figures() -> Iterator[Figure]:
    """Shares, seconds and MiB."""
    with tempfile.TemporaryDirectory() as folder, own_catalog(Path(folder) / "postgres") as catalog:
        policy = policy_file(Path(folder), {"rule": "too_dark", "score": "luma_mean", "min": 0})
        run = made_run(catalog, policy=policy, output=f"{folder}/dataset", caption=None)
        store = FolderStore(Path(folder) / "dataset")
        yield Figure("clips", CLIPS)
        yield Figure("rows made", seconds_of(lambda: add_packed(catalog, run, CLIPS)), "s")
        start, start_cpu = time.perf_counter(), time.process_time()
        first = built(catalog, run, store, None)
        if first.manifest["clips"] != CLIPS:
            raise AssertionError(f"{first.manifest['clips']} clips of {CLIPS}")
        yield Figure("manifest and index of a first version", time.perf_counter() - start, "s", at_most=BUILD_S)
        yield Figure("processor time of it, without the server's", time.process_time() - start_cpu, "s")
        drop_some(catalog, run)
        start = time.perf_counter()
        second = built(catalog, run, store, first)
        yield Figure("the same of a next one that lacks 1 %", time.perf_counter() - start, "s", at_most=BUILD_S)
        largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        yield Figure("largest resident size while building both", largest, "MiB", at_most=AT_MOST_MIB)
        yield Figure("diff of the two", seconds_of(lambda: differ(store, first, second)), "s", at_most=DIFF_S)
    yield Figure("bytes of a version with 1 % new clips, of a full build", next_share(), at_most=WRITTEN_SHARE)


def built(catalog: Catalog, run: Run, store: Store, parent: Version | None) -> Version:
    """The next version, as `publish` builds it."""
    stage_run = started(catalog, run, "publish")
    with catalog.begin() as connection:
        content = read_content(connection, run)
        files = put_files(store, connection, stage_run, parent, content)
    version = next_version(parent, run, content, files)
    put_version(store, version)
    record_version(stage_run, version)
    return version


def drop_some(catalog: Catalog, run: Run) -> None:
    """Another verdict for one clip in a hundred."""
    with catalog.begin() as connection:
        connection.script(f"""
            insert into catalog.verdict (policy_hash, basis, clip_id, outcome, failed_rules, unmeasured_rules, run_id)
            select policy_hash, basis, clip_id, 'drop', '{{too_dark}}', '{{}}', run_id from catalog.verdict
            where policy_hash = '{run.policy_hash}' and get_byte(uuid_send(clip_id), 15) % 100 = 7
        """)


def differ(store: Store, first: Version, second: Version) -> None:
    """What `clipmill dataset diff` finds out."""
    found = changes_between(store, first, second)
    gone = first.manifest["clips"] - second.manifest["clips"]
    if {(one.difference.change, one.why) for one in found} != {("removed", "too_dark")} or len(found) != gone:
        raise AssertionError(f"{len(found)} differences of {gone}")


def next_share() -> float:
    """Bytes of the tars that 1 % new clips make, over those of all the tars before."""
    chance = random.Random(7)
    before = list(pack([], _clips(chance, PACKED), TARGET_BYTES))
    opened = [OpenShard(uuid.uuid4(), len(load.clips), load.clips) for load in before if not load.is_full]
    after = pack(opened, _clips(chance, round(PACKED * NEW_SHARE)), TARGET_BYTES)
    return sum(map(_bytes, after)) / sum(map(_bytes, before))


def _clips(chance: random.Random, count: int) -> Iterator[Clip]:
    """Clips of 5 MB or so, most of them in few of the cells."""
    for _ in range(count):
        cell, size_bytes = f"cell_{min(CELLS - 1, int(chance.expovariate(0.3)))}", int(chance.lognormvariate(15.3, 0.5))
        yield Clip(uuid.UUID(int=chance.getrandbits(128)), cell, "", "", size_bytes, b"{}" * 500)


def _bytes(load: Load) -> int:
    return tar_bytes(clip.packed_bytes for clip in load.clips)
