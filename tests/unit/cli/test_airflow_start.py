"""Starting Airflow where another one starts on the same port."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tasks.cli.local import airflow, airflow_settings
from tasks.cli.local.airflow import Airflow, PortTaken
from tasks.cli.local.airflow_api import AirflowApi

BEGAN = datetime(2025, 1, 1, tzinfo=UTC)
WELL = {"status": "healthy", "latest_heartbeat": (BEGAN + timedelta(seconds=1)).isoformat()}


@pytest.fixture
def one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Airflow:
    """An Airflow at whose port a healthy one answers."""
    monkeypatch.setattr(AirflowApi, "health", lambda _: dict.fromkeys(airflow.HEALTH.values(), WELL))
    return Airflow(tmp_path, "http://127.0.0.1:8080")


@pytest.mark.parametrize(("is_ours", "missing"), [(True, []), (False, list(airflow.NAMES))])
def test_who_answers_at_the_port_must_be_ours(
    one: Airflow, monkeypatch: pytest.MonkeyPatch, is_ours: bool, missing: list[str]
) -> None:
    monkeypatch.setattr(airflow, "listens", lambda folder, name, port: is_ours and (name, port) == ("api-server", 8080))
    assert airflow._not_yet(one, BEGAN) == missing


def test_an_api_server_that_finds_its_port_taken_is_told_from_one_that_breaks(
    one: Airflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(airflow, "running", lambda folder, name: name != "api-server")
    for is_free, error in ((True, "api-server ended"), (False, "8080")):
        monkeypatch.setattr(airflow, "port_is_free", lambda port, is_free=is_free: is_free)
        with pytest.raises(airflow.ServiceFailed, match=error) as raised:
            airflow._wait(one, BEGAN, print)
        assert isinstance(raised.value, PortTaken) is not is_free


def test_it_starts_again_on_another_port(one: Airflow, monkeypatch: pytest.MonkeyPatch) -> None:
    ends: list[Any] = [PortTaken("8080"), one]

    def start(*_: object) -> Airflow:
        end = ends.pop(0)
        if isinstance(end, PortTaken):
            raise end
        return end

    monkeypatch.setattr(airflow, "_start", start)
    monkeypatch.setattr(airflow, "PROGRAM", one.folder)
    monkeypatch.setattr(airflow, "pools", dict)
    said: list[str] = []
    assert airflow.start(one.folder, None, "", said.append) == one  # type: ignore[arg-type]
    assert len(said) == 1


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("", "127.0.0.1,localhost"), (".corp,10.0.0.1", ".corp,10.0.0.1,127.0.0.1,localhost"), ("*", "*")],
)
def test_what_a_person_reaches_without_a_proxy_stays_so(
    monkeypatch: pytest.MonkeyPatch, theirs: str, ours: str
) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("NO_PROXY", theirs)
    assert airflow_settings._no_proxy() == ours
