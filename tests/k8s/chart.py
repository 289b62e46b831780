"""The chart, rendered for the test cluster."""

from typing import Any

import helm_python as helm
import yaml

from tests.k8s.cluster import NAMESPACE, ROOT

CHART = ROOT / "helm" / "clipmill"
VALUES = CHART / "ci" / "test-cluster-values.yaml"


def rendered() -> list[dict[str, Any]]:
    """Every manifest of the chart with the values for the test cluster."""
    with helm.Chart.load(CHART) as loaded:
        texts = loaded.render(yaml.safe_load(VALUES.read_text()), name=NAMESPACE, namespace=NAMESPACE)
    parts = (text for path, text in texts.items() if path.endswith(".yaml"))
    return [manifest for text in parts for manifest in yaml.safe_load_all(text) if manifest]


def of_kind(manifests: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """The manifests of a kind."""
    return [manifest for manifest in manifests if manifest["kind"] == kind]
