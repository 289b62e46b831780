"""`clipmill demo` from nothing to a dataset, through a real Airflow; a second run; and nothing left behind."""

import json
import os
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from tasks.cli.demo_corpus.truth import load_truth

ROOT = Path(__file__).parents[2]
CLIPMILL = ROOT / ".venv" / "bin" / "clipmill"


@dataclass
class Demo:
    """A demo in a folder of its own."""

    folder: Path

    @property
    def output(self) -> Path:
        return self.folder / "dataset"

    def __call__(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("CLIPMILL", "AIRFLOW"))}
        environment["CLIPMILL_STATE"] = str(self.folder / "state")
        return subprocess.run([CLIPMILL, *arguments], env=environment, cwd=ROOT, capture_output=True, text=True)

    def json(self, *arguments: str) -> Any:
        return json.loads(self(*arguments, "--json").stdout)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    made = Demo(tmp_path_factory.mktemp("demo"))
    yield made
    made("down")


@pytest.fixture(scope="module")
def first(demo: Demo) -> "subprocess.CompletedProcess[str]":
    return demo("demo", "--output", str(demo.output))


def rest(funnel: Any, stage: str, unit: str) -> dict[str, int]:
    (line,) = [line for line in funnel["stages"] if (line["stage"], line["unit"]) == (stage, unit)]
    return {f"{rest['state']}:{rest['reason']}": rest["count"] for rest in line["rest"]}


def test_it_ends_well_and_says_where_things_are(demo: Demo, first: "subprocess.CompletedProcess[str]") -> None:
    assert first.returncode == 0, first.stderr
    for told in ("in = out", "version 1", str(demo.output), "report   file://", "Airflow  http://127.0.0.1:"):
        assert told in first.stdout


def test_its_numbers_are_those_of_the_corpus(demo: Demo, first: "subprocess.CompletedProcess[str]") -> None:
    truth = load_truth(demo.folder / "state" / "demo" / "truth.json")
    assert truth is not None
    funnel = demo.json("funnel")
    broken = rest(funnel, "ingest", "files")
    assert sum(count for name, count in broken.items() if name.startswith("failed")) == len(truth.broken)
    assert broken["duplicate_file:None"] == 1
    dropped = {name.split(":")[1] for name in rest(funnel, "filter", "clips")}
    assert dropped >= {"frozen", "too_dark", "blurred", "overlay_text"}
    assert rest(funnel, "dedup", "clips")["duplicate:near_duplicate"] >= 2  # of the smaller copy of the night drive


def test_the_dataset_is_what_its_manifest_says(demo: Demo, first: "subprocess.CompletedProcess[str]") -> None:
    published = sorted(path.parent.name for path in (demo.output / "versions").glob("*/manifest.json"))
    # One run makes one version, and a whole one; what was printed is what there is to see why not.
    assert published == ["00001"], f"{first.stderr}\n{first.stdout}"
    manifest = json.loads((demo.output / "versions" / "00001" / "manifest.json").read_text())
    members = 0
    for shard in manifest["shards"]:
        with tarfile.open(demo.output / shard["key"]) as opened:
            members += sum(name.endswith(".mp4") for name in opened.getnames())
    (line,) = [line for line in demo.json("funnel")["stages"] if line["stage"] == "publish"]
    assert members == manifest["clips"] == line["out"]["count"] > 10


def test_nothing_is_wrong_afterwards(demo: Demo, first: "subprocess.CompletedProcess[str]") -> None:
    assert demo("doctor", "--all").returncode == 0


def test_a_second_run_does_nothing_and_says_so(demo: Demo, first: "subprocess.CompletedProcess[str]") -> None:
    before = sorted(path.name for path in (demo.output / "versions").iterdir())
    second = demo("demo", "--output", str(demo.output))
    assert second.returncode == 0, second.stderr
    assert "Nothing to do" in second.stdout
    assert sorted(path.name for path in (demo.output / "versions").iterdir()) == before


def test_down_leaves_no_process(demo: Demo, first: "subprocess.CompletedProcess[str]") -> None:
    assert demo("down").returncode == 0
    state = str(demo.folder / "state")
    left = [p.info for p in psutil.process_iter(["cmdline", "environ"]) if state in str(p.info)]
    assert left == []
