"""Fixtures of the tests that run stages on a real catalog."""

import os
from pathlib import Path

import pytest

from tasks.core.store import Store, open_store


@pytest.fixture(autouse=True)
def _no_wait_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a power cut would lose does not matter here."""
    monkeypatch.setattr(os, "sync", lambda: None)
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """Folder of the dataset's store."""
    return tmp_path / "dataset"


@pytest.fixture
def store(output: Path) -> Store:
    """The dataset's store."""
    return open_store(str(output))
