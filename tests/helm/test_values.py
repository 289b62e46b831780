"""values.yaml, its schema and the rest of the project agree, and what is wrong is refused in words."""

import json
import re
from collections.abc import Iterator
from typing import Any

import helm_python as helm
import pytest

from tests.helm.chart import CHART, MINIMAL, ROOT, SCENARIOS, load, render, stage_pods
from tests.unit.test_names import STAGES

VALUES = load(CHART / "values.yaml")
SCHEMA = json.loads((CHART / "values.schema.json").read_text())
PASSWORD = "postgresql://me:secret@db.example.org/clipmill"

FOREIGN = "airflow"
"""The key whose values are another chart's."""


def resolve(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema a reference stands for."""
    return SCHEMA["$defs"][schema["$ref"].rsplit("/", 1)[-1]] if "$ref" in schema else schema


def disagreements(values: Any, schema: dict[str, Any], path: str = "") -> Iterator[str]:
    """Keys that values.yaml or the schema has alone. A map whose keys are free, or a stage's own, ends the search."""
    schema = resolve(schema)
    if schema.get("additionalProperties") is not False or path.startswith("stages."):
        return
    known = set(schema["properties"]) - {"global"}
    if not set(values) <= known or (path and values != {} and not known <= set(values)):
        yield f"{path}: values.yaml has {sorted(values)}, the schema {sorted(known)}"
    for key in set(values) & known:
        if isinstance(values[key], dict):
            yield from disagreements(values[key], schema["properties"][key], f"{path}.{key}".strip("."))


LOOSE = re.compile(r"(resources|securityContext|podSecurityContext|seccompProfile|affinity|services\.affinity)$")
"""Maps of Kubernetes' own, of which values.yaml need not show every key."""


def test_every_value_is_in_the_schema_and_the_reverse() -> None:
    found = [text for text in disagreements(VALUES, SCHEMA) if not LOOSE.search(text.split(":")[0])]
    assert not found, "\n".join(found)
    assert set(VALUES) == set(SCHEMA["properties"]) - {"global"}


def test_the_schema_is_closed() -> None:
    def objects(schema: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
        if isinstance(schema, dict):
            if schema.get("type") == "object":
                yield path, schema
            for key, below in schema.items():
                yield from objects(below, f"{path}/{key}")

    # Written by other people's rules, in full: Kubernetes' own objects, and another chart's values.
    free = {"nodeAffinity", "podAffinity", "podAntiAffinity", "volume", "airflow", "global", "items"}
    open_ones = [path for path, schema in objects(SCHEMA, "") if "additionalProperties" not in schema]
    assert [path for path in open_ones if path.rsplit("/", 1)[-1] not in free] == []


def test_every_value_is_documented_in_place() -> None:
    lines = (CHART / "values.yaml").read_text().splitlines()
    ours = lines[: lines.index("airflow:")]
    bare = []
    for number, line in enumerate(ours):
        # A leaf of the first three levels, by its indent; below that are Kubernetes' own words.
        if re.fullmatch(r"( {0,4})[A-Za-z][\w.]*: \S.*", line) and not line.lstrip().startswith("#"):
            above = [text.strip() for text in reversed(ours[:number]) if text.strip()]
            comment = next((text for text in above if text.startswith("#")), "") if above[0].startswith("#") else ""
            bare += [] if comment else [line]
    inside = re.compile(r"^ +(requests|limits|cpu|memory|slots|description|sizeLimit|app|pods|requests\.\w+|tier"
                        r"|kubernetes\.io/.*|k8s-app|grafana_dashboard|max_connections|shared_buffers|runAs\w+|fsGroup"
                        r"|seccompProfile|readOnlyRootFilesystem|allowPrivilegeEscalation|capabilities|default"
                        r"|defaultRequest): ")  # fmt: skip
    assert [line for line in bare if not inside.match(line)] == []


def test_the_stages_are_those_of_the_project() -> None:
    assert set(VALUES["stages"]) == STAGES
    assert set(SCHEMA["properties"]["stages"]["properties"]) == STAGES
    assert set(stage_pods(render())) == STAGES


def test_the_pools_are_those_of_the_dags() -> None:
    dags = json.loads((ROOT / "dags" / "pools.json").read_text())
    assert set(VALUES["pools"]) == set(dags)
    for alone in ("dedup", "shard"):
        assert VALUES["pools"][alone]["slots"] == dags[alone]["slots"] == 1


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"catlog": {}}, "additional properties 'catlog' not allowed"),
        ({"stages": {"embedd": {}}}, "at '/stages': additional properties 'embedd' not allowed"),
        ({"stages": {"split": {"cpu": 2}}}, "at '/stages/split': additional properties 'cpu' not allowed"),
        ({"catalog": {"url": PASSWORD}}, "at '/catalog': additional properties 'url' not allowed"),
        ({"store": {"endpoint": "https://me:secret@s3.example.org"}}, "at '/store/endpoint'"),
        ({"stageDefaults": {"extraEnv": [{"name": "URL", "value": PASSWORD}]}}, "at '/stageDefaults/extraEnv/0/value'"),
        ({"stageDefaults": {"extraEnv": [{"name": "HF_TOKEN", "value": "x"}]}}, "missing property 'valueFrom'"),
        ({"stageDefaults": {"securityContext": {"readOnlyRootFilesystem": False}}}, "value must be true"),
        ({"stageDefaults": {"scratch": {"sizeLimit": "20G"}}}, "at '/stageDefaults/scratch/sizeLimit'"),
        ({"quota": {"enabled": True}}, "quota.enabled takes limitRange.enabled too"),
        ({"networkPolicies": {"enabled": True}}, "networkPolicies.catalog.cidrs (or podLabels) must say where"),
        ({"store": {"caBundle": {"configMap": "a", "secret": "b"}}}, "name a configMap or a secret, not both"),
        (
            {"catalog": {"existingSecret": "c", "caBundle": {"configMap": "a", "secret": "b"}}},
            "catalog.caBundle: name a configMap or a secret",
        ),
        ({"airflow": {"enabled": True}, "images": {"registry": "r.example.org"}}, "images.registry makes it r.example"),
        ({"airflow": {"enabled": True}, "images": {"tag": "2"}}, "images.tag makes it 2"),
        (
            {"airflow": {"enabled": True}, "poolsJob": {"image": {"digest": "sha256:" + "1" * 64}}},
            "airflow.images.airflow.digest and poolsJob.image.digest are of one image",
        ),
        ({"images": {"tag": "latest"}}, "the tag `latest` says nothing of what ran"),
        ({"airflowAccess": {"serviceAccounts": []}}, "at '/airflowAccess/serviceAccounts'"),
    ],
)
def test_what_is_wrong_is_refused_in_words(values: dict[str, Any], said: str) -> None:
    with pytest.raises(helm.HelmError, match=re.escape(said)):
        render(MINIMAL | values)


def test_a_catalog_must_be_named() -> None:
    with pytest.raises(helm.HelmError, match=r"catalog\.existingSecret must name the Secret"):
        render({})


@pytest.mark.parametrize(
    "path", [CHART / "values.yaml", CHART / "airflow-values.yaml", *SCENARIOS], ids=lambda p: p.stem
)
def test_no_value_holds_a_secret(path: Any) -> None:
    text = path.read_text()
    assert not re.search(r"://[^/@\s<]*:[^/@\s]+@", re.sub(r"USER:PASSWORD@HOST", "", text))
    assert not re.search(r"(?im)^\s*(\w*(password|passwd|token))\s*:\s*[^\s{#\[]", text)


def test_who_has_no_way_out_is_told_every_image() -> None:
    said = (CHART / "README.md").read_text()
    for part in ("postgres", "pooler", "metrics"):
        image = VALUES[part]["image"]
        assert f"`{image['repository']}:{image['tag']}`" in said, part


@pytest.mark.parametrize("name", ["helm/clipmill/README.md", "docs/kubernetes.md"])
def test_the_dependency_is_fetched_before_it_is_installed(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "helm dependency build helm/clipmill" in text[: text.index("helm install clipmill")]
