"""Each scenario renders, lints, is right by Kubernetes' own schemas, and keeps to what must hold everywhere."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import helm_python as helm
import kubernetes_validate
import pytest

from tests.helm.chart import CHART, SCENARIOS, Manifest, load, pod_specs, render, stage_pods, toolbox, with_stand_in

OLDEST, NEWEST = "1.25", "1.37"
"""Kubernetes: the oldest that Chart.yaml admits, and the newest whose schema there is."""

NAMES = [path.stem for path in SCENARIOS]

EVERYTHING: Manifest = {
    "catalog": {"caBundle": {"configMap": "authority"}},
    "store": {"caBundle": {"secret": "authority"}},
    "postgres": {"enabled": True, "airflowDatabase": "airflow"},
    "pooler": {"enabled": True},
    "networkPolicies": {"enabled": True, "modelServer": {"podLabels": {"app": "vllm"}}},
    "vlm": {"enabled": True, "model": "qwen3-vl-4b/ebb281ec", "modelsClaim": "models"},
    "quota": {"enabled": True},
    "limitRange": {"enabled": True},
    "priorityClass": {"create": True},
    "airflowAccess": {"metadataSecret": {"name": "airflow-metadata"}},
    "metrics": {
        "enabled": True,
        "serviceMonitor": {"enabled": True},
        "rules": {"enabled": True},
        "dashboard": {"enabled": True},
    },
}

scenario = pytest.mark.parametrize("name", ["everything", *NAMES])


def values_of(name: str) -> Any:
    """The values of a scenario."""
    return EVERYTHING if name == "everything" else load(CHART / "ci" / f"{name}.yaml")


@cache
def manifests_of(name: str) -> list[Manifest]:
    """What a scenario renders to."""
    return render(values_of(name))


@scenario
def test_it_lints_strictly(name: str, tmp_path: Path) -> None:
    report = helm.lint(with_stand_in(tmp_path), values_of(name), strict=True, kube_version="v1.30.0")
    # 1 is a piece of advice: to have an icon.
    assert [message for message in report["messages"] if message["severity"] > 1] == []


@pytest.mark.parametrize(
    ("name", "version"), [("everything", OLDEST), *((name, NEWEST) for name in ("everything", *NAMES))]
)
def test_it_is_right_by_the_schemas_of_kubernetes(name: str, version: str) -> None:
    manifests = manifests_of(name)
    for found in [*manifests, *stage_pods(manifests).values(), toolbox(manifests)]:
        # Prometheus' operator brings its own kinds.
        if not found["apiVersion"].startswith("monitoring.coreos.com/"):
            kubernetes_validate.validate(found, version, strict=True)


@scenario
def test_no_pod_has_rights(name: str) -> None:
    for place, spec in pod_specs(manifests_of(name)):
        assert spec["automountServiceAccountToken"] is False, place
        assert spec["securityContext"]["runAsNonRoot"] is True, place
        assert spec["securityContext"]["runAsUser"] > 0, place
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, place
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec), place
        for container in [*spec["containers"], *spec.get("initContainers", [])]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }, place
            assert container["resources"]["requests"], place
            assert "memory" in container["resources"]["limits"], place
        assert not any("hostPath" in volume for volume in spec.get("volumes", [])), place


@scenario
def test_every_image_is_a_version_of_the_wanted_registry(name: str) -> None:
    images = {"registry": "localhost", "mirror": "docker.io"} | values_of(name).get("images", {})
    for place, spec in pod_specs(manifests_of(name)):
        for container in spec["containers"]:
            assert container["image"].startswith((f"{images['registry']}/clipmill-", f"{images['mirror']}/")), place
            assert re.search(r":[\w.-]+(@sha256:[0-9a-f]{64})?$", container["image"]), place
            assert ":latest" not in container["image"], place


@scenario
def test_secrets_come_by_reference(name: str) -> None:
    for place, spec in pod_specs(manifests_of(name)):
        for entry in (entry for container in spec["containers"] for entry in container.get("env", [])):
            secret = re.search(r"PASSWORD|ACCESS_KEY|_CONN\b|_URL$|TOKEN", entry["name"])
            assert not secret or "secretKeyRef" in entry["valueFrom"], (place, entry)
    text = repr([found for found in manifests_of(name) if found["kind"] != "Secret"])
    assert not re.search(r"://[^/@\s']*:[^/@\s']+@", text)


@scenario
def test_everything_is_labelled_and_lies_in_a_namespace(name: str) -> None:
    for found in manifests_of(name):
        labels = found["metadata"]["labels"]
        assert labels["app.kubernetes.io/instance"] == "clipmill"
        assert labels["app.kubernetes.io/name"] == "clipmill"
        assert ("namespace" in found["metadata"]) == (found["kind"] != "PriorityClass")


def test_only_a_trial_makes_a_secret() -> None:
    made = {name: [found["kind"] for found in manifests_of(name)].count("Secret") for name in NAMES}
    assert made.pop("trial-values") == 2
    assert set(made.values()) == {0}


def test_where_there_is_no_way_out_everything_has_a_digest() -> None:
    for place, spec in pod_specs(manifests_of("air-gapped-values")):
        assert spec["imagePullSecrets"] == [{"name": "registry-internal"}], place
        assert all("@sha256:" in container["image"] for container in spec["containers"]), place
