"""The test cluster: one real node, started by the script that lies beside the project, and kubectl."""

import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT.parent / "shared" / "k8s" / "cluster.sh"
HOST = "10.123.0.1"
"""This machine, as pods reach it."""
NAMESPACE = "clipmill"


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running cluster."""

    kubeconfig: Path

    def kubectl(self, *arguments: str, given: str | None = None) -> str:
        """The standard output of kubectl; RuntimeError with its words where it fails."""
        command = ["kubectl", "--kubeconfig", str(self.kubeconfig), "-n", NAMESPACE, *arguments]
        done = subprocess.run(command, input=given, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"kubectl {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout

    def get(self, *arguments: str) -> Any:
        """What `kubectl get` finds, as JSON."""
        return json.loads(self.kubectl("get", *arguments, "-o", "json"))

    def pods(self, stage: str | None = None) -> list[Any]:
        """The pods of stages, or of one stage, that there are now."""
        found = self.get("pods", "-l", f"clipmill.dev/stage={stage}" if stage else "clipmill.dev/stage")
        pods: list[Any] = found["items"]
        return pods

    def apply(self, manifests: Iterable[Mapping[str, Any]], *options: str) -> str:
        """What kubectl says to the manifests."""
        listed = {"apiVersion": "v1", "kind": "List", "items": list(manifests)}
        return self.kubectl("apply", *options, "-f", "-", given=json.dumps(listed))

    def secret(self, name: str, **values: str) -> None:
        """Make or replace a Secret."""
        self.apply([{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": values}])


def script(*arguments: str, **environment: str) -> str:
    """What the cluster's script says; RuntimeError with its words where it fails."""
    done = subprocess.run([SCRIPT, *arguments], env=os.environ | environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"cluster.sh {' '.join(arguments)}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def up() -> Cluster:
    """The cluster, started where it does not run, with the tests' namespace."""
    cluster = Cluster(Path(script("kubeconfig").strip()))
    if not (cluster.kubeconfig.parents[1] / "bin" / "kubelet").exists():
        script("setup")
    script("up")
    cluster.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}])
    return cluster


def down() -> None:
    """Stop it, and forget its state."""
    script("down", "--wipe")
