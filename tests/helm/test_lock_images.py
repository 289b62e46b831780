"""`make lock-images`: values by digest that the chart takes, or the file that was there."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.helm.chart import MINIMAL, ROOT, Manifest, load, pod_specs, render
from tests.unit.test_names import STAGES

DIGEST = "sha256:" + "1" * 64
REGISTRY = "registry.example.org/video"
SKOPEO = f"""#!/bin/sh
case "$*" in *"${{ABSENT:-none of them}}"*) echo "no such image" >&2; exit 1 ;; esac
echo {DIGEST}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The scripts in a folder of their own, with a registry that knows every image but those in ABSENT."""
    shutil.copytree(ROOT / "images", tmp_path / "images")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    skopeo = tmp_path / "bin" / "skopeo"
    skopeo.parent.mkdir()
    skopeo.write_text(SKOPEO)
    skopeo.chmod(0o755)
    return tmp_path


def lock(project: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """What the script does."""
    environment = {"PATH": f"{project / 'bin'}:{os.environ['PATH']}"} | settings
    script = ["bash", str(project / "images" / "lock.sh")]
    return subprocess.run(script, env=environment, capture_output=True, text=True, check=False)


def digests(project: Path) -> Manifest:
    """The values that were written."""
    return dict(load(project / "images-digests.yaml"))


def test_the_chart_runs_what_was_pushed_by_its_digest(project: Path) -> None:
    done = lock(project, REGISTRY=REGISTRY, TAG="7")
    assert done.returncode == 0, done.stderr
    values = digests(project)
    assert set(values["stages"]) == STAGES
    # That Airflow's image agrees is for the chart to say.
    manifests = render(MINIMAL | values | {"airflow": {"enabled": True} | values["airflow"]})
    for place, spec in pod_specs(manifests):
        for container in spec["containers"]:
            assert container["image"].startswith(f"{REGISTRY}/clipmill-"), place
            assert container["image"].endswith(f":7@{DIGEST}"), place


def test_the_detector_on_a_gpu_takes_the_place_of_split(project: Path) -> None:
    assert lock(project, REGISTRY=REGISTRY, STAGES="split crop split-torch").returncode == 0
    image = {"repository": "clipmill-split-torch", "digest": DIGEST}
    assert digests(project)["stages"] == {"crop": {"image": {"digest": DIGEST}}, "split": {"image": image}}


def test_what_a_registry_does_not_tell_spoils_nothing(project: Path) -> None:
    assert lock(project, REGISTRY=REGISTRY, TAG="7").returncode == 0
    before = digests(project)
    done = lock(project, REGISTRY=REGISTRY, TAG="8", ABSENT="clipmill-crop")
    assert done.returncode == 1
    assert f"{REGISTRY}/clipmill-crop:8" in done.stderr
    assert digests(project) == before
    assert list(project.glob("*.new")) == []


def test_a_registry_inside_is_enough(project: Path) -> None:
    assert lock(project, REGISTRY=REGISTRY, ABSENT="docker.io").returncode == 0
    assert lock(project, ABSENT="docker.io").returncode == 1
    assert lock(project).returncode == 0
    assert f"BASE=docker.io/library/debian:bookworm-slim@{DIGEST}\n" in (project / "images" / "base.lock").read_text()
