"""Packing and publishing as processes of their own, killed by the system at any moment: readers see one version or the
next, whole. `test_publish_killed.py` beside this kills between every two touches of the world; here it may be
within one."""

import multiprocessing
import random
import time
from pathlib import Path

from tasks.core.catalog import Catalog, open_catalog
from tasks.core.catalog.work import load_run
from tasks.core.log import get_log
from tasks.core.store import FolderStore
from tasks.publish.__main__ import publish
from tasks.publish.verify import verify
from tasks.publish.versions import latest_version, read_version, version_numbers
from tasks.shard.__main__ import shard
from tests.fixtures.made_catalog import made_run, policy_file, started
from tests.fixtures.made_dataset import add_encoded, check_readable, encode, judge, record_terms

KILLS, PER_DATASET = 100, 10
BRIGHTNESS = [0.1, 0.5, 0.9, 0.95] * 4
SPAWN = multiprocessing.get_context("forkserver")
SPAWN.set_forkserver_preload(["tests.e2e.test_publish_kills"])


def live(url: str, run_id: str) -> None:
    """Packs and publishes for a run, to the end."""
    catalog = open_catalog(url)
    with catalog.begin() as connection:
        run = load_run(connection, run_id)
    shard(started(catalog, run, "shard"), get_log())
    publish(started(catalog, run, "publish"), get_log())


def lived(url: str, run_id: str, seconds: float | None = None) -> bool:
    """Whether the process came to its end before it was killed."""
    process = SPAWN.Process(target=live, args=(url, run_id))
    process.start()
    process.join(seconds)
    if process.is_alive():
        process.kill()
    process.join()
    return process.exitcode == 0


def test_a_process_killed_at_any_moment_shows_no_reader_a_mixture(catalog: Catalog, tmp_path: Path) -> None:
    policies = [
        policy_file(tmp_path, {"rule": "too_dark", "score": "luma_mean", "min": 0.4}, name="before"),
        policy_file(tmp_path, {"rule": "too_bright", "score": "luma_mean", "max": 0.92}, name="after"),
    ]
    draw, kills, number, clips, truth = random.Random(7), 0, 0, [], {}
    while kills < KILLS:
        values = {"output": str(tmp_path / f"dataset{number}"), "shard": {"target_bytes": 100_000}}
        before, after = (
            made_run(catalog, f"curate.{number}-{step}", policy=policy, **values)
            for step, policy in enumerate(policies)
        )
        if number:
            encode(catalog, before, clips)
        else:
            record_terms(catalog, before)
            clips = add_encoded(catalog, before, "made.mp4", BRIGHTNESS)
        judge(catalog, before)
        judge(catalog, after)
        store = FolderStore(before.recipe.output)
        assert lived(catalog.url, before.run_id)
        start = time.monotonic()
        if not number:  # the one that nothing disturbs
            assert lived(catalog.url, after.run_id)
            truth = {n: (read_version(store, n).text, check_readable(store, read_version(store, n))) for n in (1, 2)}
            longest_s = time.monotonic() - start
        for _ in range(PER_DATASET if number else 0):
            kills += not lived(catalog.url, after.run_id, draw.uniform(0, longest_s))
            seen = latest_version(store)
            assert seen is not None
            assert (seen.text, check_readable(store, seen)) == truth[seen.number]
            assert list(verify(store, seen)) == []
        assert lived(catalog.url, after.run_id)
        assert version_numbers(store) == [1, 2]
        assert read_version(store, 2).text == truth[2][0]
        number += 1
