"""Sources of every kind through `ingest` as a process, against a real catalog: what is fetched, when, what is told."""

import json
import os
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from tasks.core.catalog import Catalog
from tasks.core.catalog.work import StageRun, load_run
from tasks.core.errors import StoreUnavailable
from tasks.core.store import open_store
from tasks.core.window import Window
from tasks.ingest import listing
from tasks.ingest.sources import open_kind
from tasks.plan.__main__ import parse_params
from tests.fixtures.hub import REVISION, Hub
from tests.fixtures.made_catalog import table
from tests.fixtures.made_video import Shot, made_video
from tests.fixtures.pipeline import Pipeline
from tests.fixtures.sources import source_body
from tests.fixtures.web import Page, Site, site


@dataclass
class House:
    """A catalog, a dataset's folder, and runs of one recipe."""

    catalog: Catalog
    folder: Path

    def recipe(self, *sources: dict[str, Any]) -> None:
        body = {"name": "made", "dataset": "made", "output": str(self.folder / "dataset"), "sources": list(sources)}
        (self.folder / "recipe.yaml").write_text(yaml.safe_dump(body))

    def plan(self, name: str, **params: Any) -> str:
        """The run's id, planned."""
        told = json.dumps({"recipe": str(self.folder / "recipe.yaml")} | params)
        self.pipeline.stage("plan", "--run", f"ingest.{name}", "--phase", "ingest", "--params", told)
        return f"ingest.{name}"

    def look(self, run: str, **environment: str) -> int:
        """Exit code of `ingest` on the run's one source."""
        batch = ("--run", run, "--batch", f"{run}.ingest-00")
        return self.pipeline.start("ingest", *batch, **environment).wait(60)

    def ingest(self, name: str, environment: dict[str, str] | None = None, **params: Any) -> int:
        """Exit code of a whole run."""
        run = self.plan(name, **params)
        code = self.look(run, **(environment or {}))
        self.pipeline.start("plan", "--run", run, "--phase", "close").wait(60)
        return code

    @property
    def pipeline(self) -> Pipeline:
        return Pipeline(self.catalog.url, self.folder / "recipe.yaml")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return table(self.catalog, sql)

    def originals(self) -> int:
        return len(list(open_store(str(self.folder / "dataset")).list("originals/")))

    def errors(self) -> str:
        """What stages said when they ended badly."""
        return " ".join(str(error) for (error,) in self.rows("select error from catalog.stage_run"))

    def places(self) -> list[str]:
        return [path for (path,) in self.rows("select path from catalog.video_location order by path")]


@pytest.fixture
def house(catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    # A short path: sockets lie below it.
    with tempfile.TemporaryDirectory(prefix="house-", ignore_cleanup_errors=True) as scratch:
        monkeypatch.setenv("TMPDIR", scratch)
        yield House(catalog, tmp_path)


@pytest.fixture
def served() -> Iterator[Site]:
    with site() as running:
        yield running


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Three videos."""
    folder = tmp_path_factory.mktemp("films")
    return [made_video(folder / f"{n}.mp4", [Shot(0.4, seed=n)]).path.read_bytes() for n in range(3)]


def listed(house: House, served: Site, *paths: str) -> None:
    """A recipe over addresses of the server."""
    (house.folder / "list.txt").write_text("".join(f"{served.url}{path}\n" for path in paths))
    house.recipe(source_body("http", str(house.folder / "list.txt")))


def test_files_are_fetched_once_into_the_store_and_recorded(house: House, served: Site, films: list[bytes]) -> None:
    served.pages = {"/a.mp4": Page(films[0], headers={"tdm-reservation": "0"}), "/b.mp4": Page(b"<html>", "text/html")}
    listed(house, served, "/a.mp4", "/b.mp4")
    assert house.ingest("one") == 0
    ((uri, origin, terms),) = house.rows(
        "select uri, origin, terms from catalog.video_location where path like '%a.mp4'"
    )
    assert origin == f"{served.url}/a.mp4"
    assert uri.startswith(f"file://{house.folder}/dataset/originals/")
    assert terms == {"tdm_reservation": False, "fetched": True}
    assert house.rows("select kind from catalog.failure_open") == [("wrong_type",)]
    assert house.rows("select commercial, contact from catalog.source_terms") == [(True, "its author")]
    asked = len(served.of("/a.mp4"))
    assert house.ingest("two") == 0
    assert (len(served.of("/a.mp4")), house.originals()) == (asked, 1)
    assert not list(Path(os.environ["TMPDIR"]).glob("*/*.part"))


def test_what_a_killed_process_left_is_gone_on_with(house: House, served: Site, films: list[bytes]) -> None:
    served.pages["/a.mp4"] = Page(films[0] + bytes(100_000), bytes_per_s=20_000)
    listed(house, served, "/a.mp4")
    run = house.plan("one")
    process = house.pipeline.start("ingest", "--run", run, "--batch", f"{run}.ingest-00")
    while sum(one.sent_bytes for one in served.of("/a.mp4")) < 20_000:
        assert process.poll() is None
        time.sleep(0.02)
    # All of it at once, as a pod or a task's process group goes.
    for one in [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]:
        one.kill()
    process.wait()
    assert house.originals() == 0
    (part,) = Path(os.environ["TMPDIR"]).glob("*/*.part")
    have = part.stat().st_size
    assert 0 < have < len(films[0]) + 100_000
    served.pages["/a.mp4"].bytes_per_s = None
    assert house.look(run) == 0
    *_, last = served.of("/a.mp4")
    assert last.headers["range"] == f"bytes={have}-"
    assert last.sent_bytes == len(films[0]) + 100_000 - have
    assert house.rows("select count(*) from catalog.video where info is not null") == [(1,)]


def test_a_file_replaced_under_its_name_is_a_new_video(house: House, served: Site, films: list[bytes]) -> None:
    served.pages["/a.mp4"] = Page(films[0])
    listed(house, served, "/a.mp4")
    house.ingest("one")
    served.pages["/a.mp4"] = Page(films[1])
    house.ingest("two")
    assert house.rows("select count(*) from catalog.video") == [(2,)]
    current = house.rows("select count(*), count(origin) from catalog.location_current")
    assert current == [(1, 1)]


def test_a_servers_bad_day_takes_no_video_away_and_an_objection_does(
    house: House, served: Site, films: list[bytes]
) -> None:
    served.pages["/a.mp4"] = Page(films[0])
    listed(house, served, "/a.mp4")
    house.ingest("one")
    served.pages["/a.mp4"].statuses = [404] * 9
    house.ingest("two")
    readable = (
        "select count(*) from catalog.location_current l join catalog.video v using (video_id) where info is not null"
    )
    assert house.rows(readable) == [(1,)]
    served.pages["/a.mp4"] = Page(films[0], headers={"X-Robots-Tag": "noai"})
    house.ingest("three")
    assert house.rows(readable) == [(0,)]


def test_bytes_that_are_here_are_not_fetched_again(house: House, served: Site, films: list[bytes]) -> None:
    hub = Hub(served)
    hub.add("owner/one", "---\nlicense: cc-by-4.0\n---\n", {"a.mp4": films[0], "same.mp4": films[0]})
    settings = {"revision": REVISION, "endpoint": served.url}
    house.recipe(source_body("hf", "owner/one", hub=settings))
    assert house.ingest("one") == 0
    large = [one for one in served.asked if one.path.startswith("/lfs/")]
    assert len(large) == 1
    hub.add("owner/two", "---\nlicense: cc-by-4.0\n---\n", {"other.mp4": films[0]})
    house.recipe(source_body("hf", "owner/two", hub=settings))
    assert house.ingest("two") == 0
    assert len([one for one in served.asked if one.path.startswith("/lfs/")]) == 1
    assert house.rows("select count(*) from catalog.video_location") == [(3,)]
    assert house.rows("select count(*) from catalog.video") == [(1,)]


def test_another_licence_than_the_cards_fetches_nothing(house: House, served: Site, films: list[bytes]) -> None:
    Hub(served).add("owner/one", "---\nlicense: cc-by-nc-4.0\n---\n", {"a.mp4": films[0]})
    house.recipe(source_body("hf", "owner/one", hub={"revision": REVISION, "endpoint": served.url}))
    assert house.ingest("one") == 78
    assert "correct the recipe's licence" in house.errors()
    assert not [one for one in served.asked if one.path.startswith("/lfs/")]


def test_a_persons_own_columns_go_with_the_video(house: House, films: list[bytes]) -> None:
    (house.folder / "a.mp4").write_bytes(films[0])
    table_ = house.folder / "m.csv"
    table_.write_text("uri,robot\na.mp4,arm\n")
    house.recipe(source_body("manifest", str(table_)))
    assert house.ingest("one") == 0
    assert house.rows("select metadata from catalog.video_metadata") == [({"robot": "arm"},)]
    assert house.rows("select origin, uri like 'file://%/a.mp4' from catalog.video_location") == [(None, True)]
    table_.write_text("uri,robot\na.mp4,leg\n")
    assert house.ingest("two") == 0
    assert house.rows("select metadata from catalog.video_metadata") == [({"robot": "leg"},)]
    assert house.rows("select count(*) from catalog.video_location") == [(1,)]


# Windows -------------------------------------------------------------------------------------------------------------


def test_three_days_late_files_and_the_same_day_twice(house: House, films: list[bytes]) -> None:
    folder = house.folder / "videos"
    for day, film in ((1, films[0]), (2, films[1])):
        (folder / f"2026-11-0{day}").mkdir(parents=True)
        (folder / f"2026-11-0{day}" / "a.mp4").write_bytes(film)
    dated = source_body("folder", str(folder), listing={"date_in_key": "%Y-%m-%d"})
    house.recipe(dated)
    first = {"window_from": "2026-11-01T00:00:00Z", "window_to": "2026-11-02T00:00:00Z"}
    second = {"window_from": "2026-11-02", "window_to": "2026-11-03T00:00:00+00:00"}
    assert house.ingest("day1", **first) == 0
    assert house.places() == ["2026-11-01/a.mp4"]
    assert house.ingest("day2", **second) == 0
    (folder / "2026-11-01" / "late.mp4").write_bytes(films[2])
    assert house.ingest("day2.again", **second) == 0
    assert house.places() == ["2026-11-01/a.mp4", "2026-11-02/a.mp4"]
    assert house.ingest("day1.again", **first) == 0
    assert len(house.places()) == 3
    counts = house.rows("select done_count from catalog.stage_run where stage = 'ingest' order by started_at")
    assert counts == [(1,), (1,), (0,), (1,)]


def test_a_window_by_the_files_time(house: House, films: list[bytes]) -> None:
    folder = house.folder / "videos"
    folder.mkdir()
    for number, film in enumerate(films):
        (folder / f"{number}.mp4").write_bytes(film)
        os.utime(folder / f"{number}.mp4", (datetime(2026, 11, number + 1, 12, tzinfo=UTC).timestamp(),) * 2)
    house.recipe(source_body("folder", str(folder)))
    assert house.ingest("one", window_from="2026-11-02T00:00:00Z", window_to="2026-11-03T00:00:00Z") == 0
    assert house.places() == ["1.mp4"]
    assert house.ingest("two", window_from="2026-11-03T00:00:00Z") == 0
    assert house.places() == ["1.mp4", "2.mp4"]


def test_a_window_that_holds_nothing_is_refused() -> None:
    with pytest.raises(Exception, match="window_to: not after"):
        parse_params('{"recipe": "r", "window_from": "2026-11-02", "window_to": "2026-11-01"}')


# Bad days ------------------------------------------------------------------------------------------------------------


def test_two_runs_over_one_source_do_nothing_twice(house: House, served: Site, films: list[bytes]) -> None:
    served.pages = {f"/{n}.mp4": Page(film, bytes_per_s=len(film)) for n, film in enumerate(films)}
    listed(house, served, *served.pages)
    runs = [house.plan("one"), house.plan("two")]
    codes: dict[str, list[int]] = {run: [] for run in runs}

    def until_done(run: str) -> None:
        while not codes[run] or codes[run][-1] == 75:
            codes[run].append(house.look(run))

    threads = [threading.Thread(target=until_done, args=(run,)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [codes[run][-1] for run in runs] == [0, 0]
    assert codes["ingest.one"] == [0]
    assert "is being listed by the run ingest.one" in house.errors()
    assert [len(served.of(path)) for path in ("/0.mp4", "/1.mp4", "/2.mp4")] == [1, 1, 1]
    assert house.rows("select count(*) from catalog.video_location") == [(3,)]


def test_a_full_disk_is_tried_again_and_said(house: House, served: Site, films: list[bytes]) -> None:
    served.pages["/a.mp4"] = Page(films[0] + bytes(200_000))
    listed(house, served, "/a.mp4")
    run = house.plan("one")
    small = Path(os.environ["TMPDIR"], "small")
    small.mkdir()
    if os.geteuid() != 0 or os.system(f"mount -t tmpfs -o size=64k tmpfs {small} 2>/dev/null") != 0:
        pytest.skip("this user may not make a small file system")
    try:
        assert house.look(run, TMPDIR=str(small)) == 75
    finally:
        os.system(f"umount {small}")
    assert "no space left" in house.errors()
    assert "TMPDIR name a larger disk" in house.errors()
    assert house.look(run) == 0


def test_a_source_that_goes_in_the_middle_is_gone_on_with(house: House, served: Site, films: list[bytes]) -> None:
    files = {f"{n}.mp4": film for n, film in enumerate(films)}
    Hub(served).add("owner/one", "---\nlicense: cc-by-4.0\n---\n", files)
    second = next(path for path in served.pages if "cursor=2" in path)
    served.pages[second].statuses = [500] * 3
    house.recipe(source_body("hf", "owner/one", hub={"revision": REVISION, "endpoint": served.url}))
    run = house.plan("one")
    assert house.look(run) == 75
    assert house.look(run) == 0
    assert house.rows("select count(*) from catalog.video where info is not null") == [(3,)]


def test_an_empty_folder_is_refused_with_what_to_do(house: House) -> None:
    (house.folder / "videos").mkdir()
    house.recipe(source_body("folder", str(house.folder / "videos")))
    assert house.ingest("one") == 78
    assert "nothing lies in" in house.errors()
    assert "put videos there" in house.errors()


def test_a_missing_list_is_refused_with_what_to_do(house: House) -> None:
    house.recipe(source_body("http", str(house.folder / "nowhere.txt")))
    assert house.ingest("one") == 78
    assert "correct its path in the recipe" in house.errors()


# Listing -------------------------------------------------------------------------------------------------------------


def test_a_listing_of_many_pages_goes_on_where_it_was(
    house: House, films: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this process, with small pages: what is known is passed over, and the cursor follows what is recorded."""
    folder = house.folder / "videos"
    folder.mkdir()
    for number in range(10):
        (folder / f"{number}.mp4").write_bytes(b"x")
    house.recipe(source_body("folder", str(folder)))
    run_id = house.plan("one")
    monkeypatch.setattr(listing, "PAGE_FILES", 2)
    monkeypatch.setattr(listing, "ROUND_FILES", 4)
    with house.catalog.begin() as connection:
        run = load_run(connection, run_id)
    ((source_id,),) = house.rows("select source_id from catalog.source")

    def begin() -> listing.Listing:
        stage_run = StageRun(house.catalog, run, "ingest", f"{run_id}.ingest-00", uuid.uuid4())
        return listing.Listing(stage_run, uuid.UUID(str(source_id)), open_kind(run.recipe.sources[0]), Window())

    one = begin()
    names = [file.found.relative_path for file in one.files()]
    assert names == [f"{n}.mp4" for n in range(4)]
    again = begin()
    assert [file.found.relative_path for file in again.files()] == names
    one.settle()
    later = begin()
    assert [file.found.relative_path for file in later.files()] == [f"{n}.mp4" for n in range(4, 8)]
    assert not later.is_whole
    later.settle()
    assert [file.found.relative_path for file in later.files()] == ["8.mp4", "9.mp4"]
    assert later.is_whole
    later.settle()
    assert house.rows("select listed, is_whole from catalog.listing") == [(10, True)]

    def broken(*_: object) -> Iterator[Any]:
        raise StoreUnavailable("gone")
        yield

    failing = begin()
    monkeypatch.setattr(failing.source, "list", broken)
    with pytest.raises(StoreUnavailable):
        failing.files()
