"""The chart rendered as Helm would, and what was rendered as plain objects."""

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import helm_python as helm
import yaml

ROOT = Path(__file__).parents[2]
CHART = ROOT / "helm" / "clipmill"
SCENARIOS = sorted((CHART / "ci").glob("*-values.yaml"))
MINIMAL = {"catalog": {"existingSecret": "clipmill-catalog"}}
NAMESPACE = "video"

Manifest = dict[str, Any]


def load(path: Path) -> Any:
    """A YAML file."""
    return yaml.safe_load(path.read_text())


def render(values: Manifest | None = None, *, chart: Path = CHART, release: str = "clipmill") -> list[Manifest]:
    """All manifests, in the release's namespace `video`. Raises HelmError with what Helm would say."""
    with helm.Chart.load(chart) as loaded:
        texts = loaded.render(MINIMAL if values is None else values, name=release, namespace=NAMESPACE)
    return [
        manifest
        for path, text in texts.items()
        if path.endswith(".yaml")
        for manifest in yaml.safe_load_all(text)
        if manifest
    ]


def notes(values: Manifest | None = None) -> str:
    """What Helm says after installing."""
    with helm.Chart.load(CHART) as loaded:
        return loaded.render(values or MINIMAL, name="clipmill", namespace=NAMESPACE)["clipmill/templates/NOTES.txt"]


def one(manifests: Iterable[Manifest], kind: str, name: str) -> Manifest:
    """The manifest of that kind and name."""
    (found,) = (found for found in manifests if found["kind"] == kind and found["metadata"]["name"] == name)
    return found


def named(manifests: Iterable[Manifest], kind: str) -> list[str]:
    """Names of all manifests of a kind."""
    return [found["metadata"]["name"] for found in manifests if found["kind"] == kind]


def stage_pods(manifests: Iterable[Manifest]) -> dict[str, Manifest]:
    """Stage name to its Pod manifest, out of the ConfigMap that Airflow mounts."""
    data = one(manifests, "ConfigMap", "clipmill-stages")["data"]
    return {key.removesuffix(".yaml"): yaml.safe_load(text) for key, text in data.items() if key.endswith(".yaml")}


def toolbox(manifests: Iterable[Manifest]) -> Manifest:
    """The Pod manifest that a person starts."""
    return yaml.safe_load(one(manifests, "ConfigMap", "clipmill-toolbox")["data"]["pod"])


def pod_specs(manifests: list[Manifest]) -> Iterator[tuple[str, Manifest]]:
    """Every pod that may come to be, as "kind/name" and its spec: those of workloads, of Airflow and of people."""
    for found in manifests:
        if found["kind"] in ("Deployment", "StatefulSet", "Job"):
            yield f"{found['kind']}/{found['metadata']['name']}", found["spec"]["template"]["spec"]
    for name, pod in (stage_pods(manifests) | {"toolbox": toolbox(manifests)}).items():
        yield f"Pod/{name}", pod["spec"]


def variables(container: Manifest) -> dict[str, Any]:
    """A container's environment: name to value, or to where it comes from."""
    return {entry["name"]: entry.get("value", entry.get("valueFrom")) for entry in container["env"]}


def with_stand_in(folder: Path) -> Path:
    """A copy of the chart in the folder with a chart in place of Airflow's that writes down the values it was given."""
    copy = folder / "clipmill"
    shutil.copytree(CHART, copy)
    stand_in = copy / "charts" / "airflow"
    (stand_in / "templates").mkdir(parents=True)
    (stand_in / "Chart.yaml").write_text(
        "apiVersion: v2\nname: airflow\nversion: 1.22.0\ndescription: Airflow's place\n"
    )
    (stand_in / "values.yaml").write_text("{}\n")
    (stand_in / "templates" / "given.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: given\ndata:\n"
        '  values: {{ omit .Values "global" | toJson | quote }}\n'
    )
    return copy
