"""What a pod costs before its stage begins: from its creation to the stage's first own line, with the image present.

    CLIPMILL_KEEP_CLUSTER=1 make test-k8s && python -m bench pod_overhead

Needs the test cluster with the images, which `tests/k8s` leaves running where CLIPMILL_KEEP_CLUSTER is set.
"""

import json
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import yaml

from bench.figure import Figure
from tests.k8s import chart, cluster
from tests.k8s.cluster import NAMESPACE, Cluster

PODS = 8
SHARE = 0.05
"""What a pod's start may cost of its whole time."""

BEGUN = "import time, tasks.split.stage; print(time.time())"


def figures() -> Iterator[Figure]:
    """Seconds of a pod's start, and the shortest batch for which they are little."""
    live = Cluster(Path(cluster.script("kubeconfig").strip()))
    (stages,) = [one for one in chart.of_kind(chart.rendered(), "ConfigMap") if "split.yaml" in one["data"]]
    starts = [start_s(live, stages["data"]["split.yaml"], number) for number in range(PODS)]
    median = statistics.median(starts)
    yield Figure(f"a pod from its creation to its stage's work, median of {PODS}", median, "s")
    yield Figure("the same, slowest", max(starts), "s")
    yield Figure(f"shortest stage of a batch for which that is {SHARE:.0%}", median * (1 / SHARE - 1), "s")


def start_s(live: Cluster, manifest: str, number: int) -> float:
    """Seconds from asking for a pod to the first line that its stage's code writes."""
    pod = yaml.safe_load(manifest)
    name = f"overhead-{number}"
    pod["metadata"] = {"name": name, "namespace": NAMESPACE}
    pod["spec"]["containers"][0] |= {"command": ["python", "-c", BEGUN], "args": []}
    live.kubectl("delete", "pod", name, "--ignore-not-found")
    asked = time.time()
    live.kubectl("create", "-f", "-", given=json.dumps(pod))
    while live.get("pod", name)["status"]["phase"] not in ("Succeeded", "Failed"):
        time.sleep(0.2)
    began = float(live.kubectl("logs", name).splitlines()[-1])
    live.kubectl("delete", "pod", name, "--wait=false")
    return began - asked
