"""Airflow: a dependency that is declared and not vendored, and what it is given; or one that is there already."""

import json
import subprocess
import tomllib
from pathlib import Path

import helm_python as helm
import pytest

from tests.helm.chart import (
    CHART,
    MINIMAL,
    NAMESPACE,
    ROOT,
    Manifest,
    load,
    named,
    notes,
    one,
    render,
    variables,
    with_stand_in,
)


def test_airflow_is_declared_and_not_vendored() -> None:
    # A missing dependency renders silently, so that it is missing must be said here.
    assert helm.dependency_list(CHART) == [
        {"name": "airflow", "version": "1.22.0", "repository": "https://airflow.apache.org", "status": "missing"}
    ]
    assert load(CHART / "Chart.yaml")["dependencies"][0]["condition"] == "airflow.enabled"
    assert not (CHART / "charts").exists()


@pytest.fixture(scope="module")
def chart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The chart with a stand-in for Airflow's."""
    return with_stand_in(tmp_path_factory.mktemp("chart"))


def given(chart: Path, values: Manifest) -> Manifest:
    """The values that Airflow's chart gets."""
    return json.loads(one(render(MINIMAL | values, chart=chart), "ConfigMap", "given")["data"]["values"])


def test_the_stand_in_is_a_dependency(chart: Path) -> None:
    assert [found["status"] for found in helm.dependency_list(chart)] == ["unpacked"]


def test_airflow_is_installed_only_where_wanted(chart: Path) -> None:
    assert "given" not in named(render(chart=chart), "ConfigMap")
    assert given(chart, {"airflow": {"enabled": True}})["executor"] == "LocalExecutor"


def test_the_dependency_finds_what_the_chart_makes(chart: Path) -> None:
    airflow = given(chart, {"airflow": {"enabled": True}})
    manifests = render(MINIMAL)
    (volume,), (mount,) = airflow["volumes"], airflow["volumeMounts"]
    assert volume["configMap"]["name"] in named(manifests, "ConfigMap")
    assert volume["name"] == mount["name"]
    env = {entry["name"]: entry["value"] for entry in airflow["env"]}
    assert env["CLIPMILL_RUNTIME"] == "kubernetes"
    assert env["CLIPMILL_POD_TEMPLATES"] == mount["mountPath"]
    assert json.loads(env["AIRFLOW_CONN_KUBERNETES_DEFAULT"])["extra"] == {"in_cluster": True}
    secret = {"envName": "AIRFLOW_CONN_CLIPMILL_CATALOG", "secretName": "clipmill-catalog", "secretKey": "url"}
    assert airflow["secret"] == [secret]
    accounts = {
        airflow["scheduler"]["serviceAccount"]["name"],
        airflow["triggerer"]["serviceAccount"]["name"],
        airflow["workers"]["celery"]["serviceAccount"]["name"],
    }
    subjects = one(manifests, "RoleBinding", "clipmill-stage-launcher")["subjects"]
    assert {subject["name"] for subject in subjects} == accounts
    assert {subject["namespace"] for subject in subjects} == {NAMESPACE}


def test_an_airflow_elsewhere_is_given_the_same() -> None:
    ours = load(CHART / "values.yaml")["airflow"]
    theirs = load(CHART / "airflow-values.yaml")
    bundles = json.loads(theirs["env"].pop()["value"])
    assert theirs == {key: ours[key] for key in theirs}
    # No image: it would take that of whoever runs this Airflow.
    assert set(theirs) == {"env", "secret", "volumes", "volumeMounts", "config"}
    assert [bundle["name"] for bundle in bundles] == ["dags-folder", "clipmill"]
    assert (CHART.parents[1] / bundles[1]["kwargs"]["subdir"] / "curate.py").is_file()


def test_what_airflow_waits_with_has_the_memory() -> None:
    airflow = load(CHART / "values.yaml")["airflow"]
    limit = airflow["scheduler"]["resources"]["limits"]["memory"]
    # About 100 MB for each task that waits (docs/decisions/0004).
    assert int(limit.removesuffix("Gi")) * 1024 > 100 * airflow["config"]["core"]["parallelism"]


def test_an_image_has_the_same_tag_everywhere() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    said = subprocess.run(
        ["bash", "-c", ". images/settings.sh && echo $TAG"], cwd=ROOT, env={"PATH": "/usr/bin:/bin"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert said.stdout.strip() == version
    assert load(CHART / "Chart.yaml")["appVersion"] == version
    assert load(CHART / "values.yaml")["airflow"]["images"]["airflow"]["tag"] == version
    assert f'variable "TAG" {{ default = "{version}" }}' in (ROOT / "docker-bake.hcl").read_text()


def test_pools_are_imported_by_a_job_or_by_the_command_in_the_notes() -> None:
    manifests = render(
        MINIMAL | {"airflowAccess": {"namespace": "data", "metadataSecret": {"name": "airflow-metadata"}}}
    )
    job = one(manifests, "Job", "clipmill-pools")
    assert job["metadata"]["namespace"] == "data"
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "post-install,post-upgrade"
    (container,) = job["spec"]["template"]["spec"]["containers"]
    assert container["command"][-1].endswith("airflow pools import /etc/clipmill/stages/pools.json")
    secret = {"secretKeyRef": {"name": "airflow-metadata", "key": "connection"}}
    assert variables(container)["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] == secret
    assert "clipmill-pools" not in named(render(), "Job")
    assert "airflow pools import" in notes(MINIMAL)


def test_pools_have_the_form_that_airflow_imports() -> None:
    pools = {"cpu": {"slots": 7}, "gpu": {"slots": 2, "description": "GPUs"}}
    text = one(render(MINIMAL | {"pools": pools}), "ConfigMap", "clipmill-stages")["data"]["pools.json"]
    found = json.loads(text)
    slots = {name: pool["slots"] for name, pool in found.items()}
    assert slots == {"cpu": 7, "dedup": 1, "gpu": 2, "io": 8, "shard": 1, "vlm": 16}
    assert all(set(pool) == {"slots", "description", "include_deferred"} for pool in found.values())
