"""The embedded Postgres: started, found again, killed, in the way, and stopped."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg2
import pytest

from tasks.cli.local import postgres, postgres_programs
from tasks.cli.local.state import LOOPBACK, ServiceFailed

QUICK = {"fsync": "off"}
"""A killed server loses nothing without it; only a power cut would."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("services") / "a folder's name" / "postgres"
    yield folder
    postgres.stop(folder)


@pytest.fixture
def stopped(folder: Path) -> Path:
    postgres.start(folder, QUICK)
    postgres.stop(folder)
    return folder


def test_start_twice_is_one_server(folder: Path) -> None:
    first = postgres.start(folder, QUICK)
    assert postgres.start(folder, QUICK) == first == postgres.status(folder)


def test_it_outlives_the_process_that_started_it(stopped: Path) -> None:
    script = "import sys, pathlib; from tasks.cli.local import postgres; postgres.start(pathlib.Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", script, str(stopped)], check=True, timeout=60)
    server = postgres.status(stopped)
    assert server
    assert postgres.query(server, "SELECT 1") == "1"


def test_both_databases_are_there_and_speak_utf8(folder: Path) -> None:
    server = postgres.start(folder, QUICK)
    for database in postgres.DATABASES:
        with psycopg2.connect(server.url(database)) as connection:
            assert connection.encoding == "UTF8"


def test_only_the_password_opens_it_and_only_its_owner_reads_that(folder: Path) -> None:
    server = postgres.start(folder, QUICK)
    with pytest.raises(psycopg2.OperationalError, match="authentication failed"):
        psycopg2.connect(server.url("clipmill").replace(server.password, "wrong"))
    assert stat.S_IMODE((folder / "password").stat().st_mode) == 0o600
    assert {connection.laddr.ip for connection in psutil.Process(server.pid).net_connections("tcp")} == {LOOPBACK}


def test_stop_twice_and_nothing_of_it_runs(folder: Path) -> None:
    server = postgres.start(folder, QUICK)
    family = [psutil.Process(server.pid), *psutil.Process(server.pid).children()]
    assert postgres.stop(folder)
    assert not postgres.stop(folder)
    assert not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in family)


def test_a_killed_server_is_seen_as_down_and_keeps_what_was_committed(folder: Path) -> None:
    server = postgres.start(folder, QUICK)
    postgres.query(server, "CREATE TABLE kept AS SELECT 7 AS seven", "clipmill")
    os.kill(server.pid, signal.SIGKILL)
    psutil.Process(server.pid).wait(10)
    assert postgres.status(folder) is None
    assert not postgres.stop(folder)
    again = postgres.start(folder, QUICK)
    assert postgres.query(again, "SELECT seven FROM kept", "clipmill") == "7"


def test_a_pid_file_that_names_a_stranger_is_not_believed(stopped: Path) -> None:
    lines = [str(os.getpid()), str(stopped / "data"), "0", "5432", "", LOOPBACK, "", "ready"]
    (stopped / "data" / "postmaster.pid").write_text("\n".join(lines))
    assert postgres.status(stopped) is None
    assert not postgres.stop(stopped)
    assert postgres.start(stopped, QUICK).pid != os.getpid()


def test_a_port_taken_meanwhile_makes_it_take_another_and_keep_that(stopped: Path) -> None:
    with socket.socket() as squatter:
        squatter.bind((LOOPBACK, 0))
        squatter.listen()
        (stopped / "port").write_text(str(squatter.getsockname()[1]))
        port = postgres.start(stopped, QUICK).port
        assert port != squatter.getsockname()[1]
    postgres.stop(stopped)
    assert postgres.start(stopped, QUICK).port == port


def test_a_half_made_data_folder_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "data.new").mkdir()
    (tmp_path / "data.new" / "PG_VERSION").write_text("18")
    assert postgres.start(tmp_path, QUICK)
    assert postgres.stop(tmp_path)


def test_data_of_a_version_that_is_not_here_says_what_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "PG_VERSION").write_text("11\n")
    with pytest.raises(ServiceFailed, match="no Postgres 11 on this machine"):
        postgres.start(tmp_path, QUICK)


def test_it_runs_below_a_folder_that_its_account_may_not_enter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o700)
    found = postgres_programs.find_programs()
    packages = found.folder.parents[2]
    for part in (found.folder.parent.relative_to(packages), f"{postgres_programs.WHEEL}.libs"):
        shutil.copytree(packages / part, tmp_path / part)
    there = postgres_programs.Programs(tmp_path / found.folder.relative_to(packages), found.major)
    monkeypatch.setattr(postgres, "find_programs", lambda major: there)
    server = postgres.start(tmp_path / "postgres", QUICK)
    try:
        assert psutil.Process(server.pid).cmdline()[0].startswith(str(tmp_path))
        assert psutil.Process(server.pid).uids().real != 0
    finally:
        postgres.stop(tmp_path / "postgres")


def test_without_the_wheel_the_machines_own_programs_serve(monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = postgres_programs.find_programs()
    monkeypatch.setattr(postgres_programs, "WHEEL", "a_wheel_that_is_not_there")
    monkeypatch.setenv("PATH", str(wheel.folder), prepend=os.pathsep)
    postgres_programs.find_programs.cache_clear()
    assert postgres_programs.find_programs(wheel.major) == wheel
    monkeypatch.undo()
    postgres_programs.find_programs.cache_clear()


def test_a_fresh_catalog_for_each_test(catalog_url: str) -> None:
    with psycopg2.connect(catalog_url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM catalog.video")
        assert cursor.fetchone() == (0,)
        cursor.execute("CREATE TABLE left_behind ()")


def test_a_fresh_catalog_for_the_next_test_too(catalog_url: str) -> None:
    with psycopg2.connect(catalog_url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('left_behind')")
        assert cursor.fetchone() == (None,)
