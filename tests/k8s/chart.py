"""The chart, rendered for the test cluster by Helm's own library in an environment of its own."""

import json
import subprocess
from typing import Any

import yaml

from tests.k8s.cluster import NAMESPACE, ROOT

PYTHON = ROOT / ".venv-helm" / "bin" / "python"
CHART = ROOT / "helm" / "clipmill"
VALUES = CHART / "ci" / "test-cluster-values.yaml"

RENDER = """
import json, sys
from tests.helm.chart import render
print(json.dumps(render(sys.argv[1], namespace=sys.argv[2])))
"""


def rendered() -> list[dict[str, Any]]:
    """Every manifest of the chart with the values for the test cluster."""
    command = [str(PYTHON), "-c", RENDER, str(VALUES), NAMESPACE]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    return [manifest for text in found for manifest in yaml.safe_load_all(text) if manifest]


def of_kind(manifests: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """The manifests of a kind."""
    return [manifest for manifest in manifests if manifest["kind"] == kind]
