"""Packing and publishing, killed again and again at any moment: readers see one version or the next, never a mixture,
and what comes out in the end is the same as without a kill, byte for byte."""

import os
import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tasks.core.catalog import Catalog, Connection
from tasks.core.catalog.work import Run
from tasks.core.log import get_log
from tasks.core.store import FolderStore, StoredObject
from tasks.publish import __main__ as publish_stage
from tasks.publish.versions import latest_version, read_version, version_numbers
from tasks.shard import __main__ as shard_stage
from tasks.shard import record as shard_record
from tests.fixtures.made_catalog import made_run, policy_file, started, table
from tests.fixtures.made_dataset import (
    add_encoded,
    check_readable,
    encode,
    judge,
    record_terms,
    run_publish,
    run_shard,
)

KILLS = 100
BRIGHTNESS = [0.1, 0.5, 0.9, 0.95] * 4
BEFORE = {"rule": "too_dark", "score": "luma_mean", "min": 0.4}
AFTER = {"rule": "too_bright", "score": "luma_mean", "max": 0.92}
"""From one policy to the other some clips come, some fall out of full tars, some out of open ones."""


class Killed(BaseException):
    """The process is gone."""


class Life:
    """Counts the moments at which a process touches the world; after the last of them it touches nothing more."""

    def __init__(self) -> None:
        self.moments = 0
        self.last: int | None = None

    def begin(self, last: int | None = None) -> None:
        self.moments, self.last = 0, last

    def moment(self) -> None:
        self.moments += 1
        if self.last is not None and self.moments > self.last:
            raise Killed


class MortalCatalog(Catalog):
    """May be killed before a transaction, within it, and after its commit."""

    def __init__(self, url: str, life: Life) -> None:
        super().__init__(url)
        self.life = life

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        self.life.moment()
        with super().begin() as connection:
            yield connection
            self.life.moment()
        self.life.moment()


class MortalStore(FolderStore):
    """May be killed before and after whatever it writes, and before whatever it reads."""

    def __init__(self, root: str, life: Life) -> None:
        super().__init__(root)
        self.life = life

    def put_file(self, key: str, path: Path) -> StoredObject:
        self.life.moment()
        stored = super().put_file(key, path)
        self.life.moment()
        return stored

    def put_bytes(self, key: str, data: bytes, *, if_absent: bool = False) -> StoredObject:
        self.life.moment()
        stored = super().put_bytes(key, data, if_absent=if_absent)
        self.life.moment()
        return stored

    def read_range(self, key: str, offset: int, length: int) -> bytes:
        self.life.moment()
        return super().read_range(key, offset, length)

    def get_bytes(self, key: str) -> bytes:
        self.life.moment()
        return super().get_bytes(key)


class World:
    """One catalog with encoded clips, and as many datasets of them as are asked for."""

    def __init__(self, catalog: Catalog, folder: Path) -> None:
        self.catalog, self.folder, self.life = catalog, folder, Life()
        self.mortal = MortalCatalog(catalog.url, self.life)
        self.policies = [
            policy_file(folder, rule, name=str(rule["rule"]).replace("_", "-")) for rule in (BEFORE, AFTER)
        ]
        first = self.runs(0)[0]
        record_terms(catalog, first)
        self.clips = add_encoded(catalog, first, "made.mp4", BRIGHTNESS)
        for run in self.runs(0):
            judge(catalog, run)

    def runs(self, number: int) -> list[Run]:
        """The run that makes the first version of a dataset, and the one that makes the second."""
        values = {"output": str(self.folder / f"dataset{number}"), "shard": {"target_bytes": 100_000}}
        return [
            made_run(self.catalog, f"curate.{number}-{step}", policy=policy, **values)
            for step, policy in enumerate(self.policies)
        ]

    def first_version(self, number: int) -> Run:
        """The run that is to make the second version of a dataset whose first is published."""
        before, after = self.runs(number)
        self.life.begin()
        if number:
            encode(self.catalog, before, self.clips)
        run_shard(self.catalog, before)
        assert run_publish(self.catalog, before) == 1
        return after

    def live(self, run: Run, last: int | None = None) -> bool:
        """Whether the second version was made before the last moment."""
        stages = [started(self.catalog, run, stage) for stage in ("shard", "publish")]
        self.life.begin(last)
        try:
            for stage_run, stage in zip(stages, (shard_stage.shard, publish_stage.publish), strict=True):
                stage_run.catalog = self.mortal
                stage(stage_run, get_log())
        except Killed:
            return False
        return True


@pytest.fixture
def world(catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(catalog, tmp_path)
    for stage in (shard_stage, publish_stage):
        monkeypatch.setattr(stage, "open_store", lambda url: MortalStore(url, made.life))
    monkeypatch.setattr(shard_record, "PAGE_CLIPS", 5)
    monkeypatch.setattr(os, "fsync", lambda _: None)  # what a power cut would lose does not matter here
    return made


def test_kills_show_to_no_reader_and_change_no_byte(world: World) -> None:
    undisturbed = world.first_version(0)
    assert world.live(undisturbed)
    moments, store = world.life.moments, FolderStore(undisturbed.recipe.output)
    truth = {number: read_version(store, number).text for number in (1, 2)}
    clips = {number: check_readable(store, read_version(store, number)) for number in (1, 2)}
    assert [len(clips[number]) for number in (1, 2)] == [12, 12]
    assert clips[1] != clips[2]

    draw, kills, number = random.Random(20), 0, 0
    while kills < KILLS:
        number += 1
        run = world.first_version(number)
        store = FolderStore(run.recipe.output)
        while not world.live(run, last=draw.randrange(moments)):
            kills += 1
            seen = latest_version(store)
            assert seen is not None
            assert seen.text == truth[seen.number]
            assert check_readable(store, seen) == clips[seen.number]
        assert version_numbers(store) == [1, 2]
        assert read_version(store, 2).text == truth[2]
        assert check_readable(store, read_version(store, 2)) == clips[2]
        assert recorded(world.catalog, run) == {(n, uuid.UUID(clip)) for n in (1, 2) for clip in clips[n]}


def recorded(catalog: Catalog, run: Run) -> set[tuple[int, uuid.UUID]]:
    """Version and clip, as the catalog has them for the run's dataset."""
    rows = table(
        catalog,
        "select v.version, v.clip_id::text from catalog.version_clip v join catalog.dataset d using (dataset_id) "
        f"where d.store_url = '{run.recipe.output}'",
    )
    return {(version, uuid.UUID(clip)) for version, clip in rows}
