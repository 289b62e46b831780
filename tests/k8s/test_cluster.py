"""The stages as pods of a real cluster under a real Airflow: the same dataset, few rights, no harm by a lost pod."""

import json
from pathlib import Path
from typing import Any

import yaml

from tests.k8s.chart import of_kind
from tests.k8s.cluster import Cluster
from tests.k8s.conftest import LocalRun, Published
from tests.k8s.house import House, wait_until

PROBE = """
import json, os, pathlib
def writes(path):
    try:
        pathlib.Path(path, "probe").write_text("x")
        return True
    except OSError:
        return False
status = dict(line.split(":\\t") for line in open("/proc/self/status").read().splitlines() if ":\\t" in line)
print(json.dumps({
    "uid": os.getuid(), "root": writes("/"), "code": writes("/opt/clipmill"), "scratch": writes("/scratch"),
    "token": os.path.exists("/var/run/secrets/kubernetes.io"), "capabilities": int(status["CapEff"], 16),
    "no_new_privileges": status["NoNewPrivs"],
}))
"""


def test_the_cluster_takes_every_manifest_that_its_version_knows(
    live_cluster: Cluster, installed: list[dict[str, Any]]
) -> None:
    known = set(live_cluster.kubectl("api-versions").split())
    checked = [manifest for manifest in installed if manifest["apiVersion"] in known]
    assert len(checked) >= len(installed) / 2
    live_cluster.apply(checked, "--dry-run=server")
    for pod in of_kind(installed, "Pod"):
        live_cluster.apply([pod], "--dry-run=server")


def test_a_stage_has_no_rights(running_house: House) -> None:
    pod = yaml.safe_load((running_house.manifests / "split.yaml").read_text())
    pod["metadata"]["name"] = "probe"
    pod["spec"]["containers"][0] |= {"command": ["python", "-c", PROBE], "args": []}
    cluster = running_house.cluster
    cluster.kubectl("delete", "pod", "probe", "--ignore-not-found")
    cluster.apply([pod])
    wait_until(
        lambda: cluster.get("pod", "probe")["status"]["phase"] in ("Succeeded", "Failed"), "the probing pod", 120
    )
    seen = json.loads(cluster.kubectl("logs", "probe").splitlines()[-1])
    cluster.kubectl("delete", "pod", "probe")
    assert seen == {
        "uid": 65532,
        "root": False,
        "code": False,
        "scratch": True,
        "token": False,
        "capabilities": 0,
        "no_new_privileges": "1",
    }


def test_the_dataset_is_that_of_the_local_runtime_though_a_pod_is_deleted(
    house: House, recipe: Path, published: Published, local_run: LocalRun
) -> None:
    run = house.start(recipe)
    pod = wait_until(lambda: house.running_pod("filter"), "a pod of filter")
    house.cluster.kubectl("delete", "pod", pod, "--grace-period=1")
    said, _ = run.communicate(timeout=900)
    assert run.returncode == 0, said
    published.is_that_of(local_run)
    assert published.versions() == 1

    deleted = [task for task in house.tasks("videos.filter") if task.try_number > 1]
    assert [task.state for task in deleted] == ["success"], said
    told = house.log(deleted[0], 1)
    assert "deleted from outside" in told or "exit code 143" in told or "exit code 75" in told, told

    doctor = house.clipmill("doctor", "--all")
    assert doctor.returncode == 0, doctor.stdout
    images = house.catalog.rows("select distinct stage, image from catalog.stage_run where image is not null")
    assert {f"{stage} {image}" for stage, image in images} >= {
        f"{stage} localhost/clipmill-{stage}:test"
        for stage in ("plan", "split", "crop", "filter", "embed", "caption", "transcode")
    }
    assert house.cluster.pods() == []
