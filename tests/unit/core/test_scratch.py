"""What a killed process left on its way to a store is swept by the next."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tasks.core.scratch import scratch_folder, sweep_scratch


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_only_folders_of_dead_processes_go(tmp_path: Path) -> None:
    mine = scratch_folder()
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    dead = tmp_path / f"clipmill-scratch-{ended.pid}-abc"
    (dead / "half").mkdir(parents=True)
    (tmp_path / "someone-elses").mkdir()
    assert sweep_scratch() == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([mine.name, "someone-elses"])
