"""The Kubernetes runtime: what a stage's pod is, what its end stands for, and that the DAGs are the same graph."""

import json
import logging
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from airflow.sdk.exceptions import AirflowException, AirflowTaskTimeout
from kubernetes import client as k8s
from kubernetes.client.exceptions import ApiException

from clipmill_dags import kubernetes
from clipmill_dags.exits import StageBroken, StageRefused, StageTryAgain
from clipmill_dags.stage_log import StageLog
from clipmill_dags.stages import BY_NAME

ROOT = Path(__file__).resolve().parents[2]

MANIFEST = """
apiVersion: v1
kind: Pod
metadata:
  namespace: clips
  annotations: {{clipmill.dev/startup-timeout-s: "60"}}
  labels: {{app.kubernetes.io/name: clipmill}}
spec:
  restartPolicy: Never
  automountServiceAccountToken: false
  terminationGracePeriodSeconds: 45
  nodeSelector: {{pool: gpu}}
  tolerations: [{{key: spot, operator: Exists}}]
  priorityClassName: batch
  securityContext: {{runAsNonRoot: true, runAsUser: 65532}}
  volumes: [{{name: scratch, emptyDir: {{sizeLimit: 5Gi}}}}]
  containers:
    - name: stage
      image: localhost/clipmill-{stage}:test
      imagePullPolicy: IfNotPresent
      env: [{{name: CLIPMILL_CATALOG_URL, valueFrom: {{secretKeyRef: {{name: catalog, key: url}}}}}}]
      resources: {{requests: {{cpu: "1"}}, limits: {{memory: 1Gi, nvidia.com/gpu: "1"}}}}
      volumeMounts: [{{name: scratch, mountPath: /scratch}}]
      securityContext: {{readOnlyRootFilesystem: true, capabilities: {{drop: [ALL]}}}}
"""

# Prints what the two runtimes must have alike, for all tasks of all DAGs.
GRAPH = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
sys.path.insert(0, sys.argv[1])
bag = DagBag(sys.argv[1])
assert not bag.import_errors, bag.import_errors
def described(task):
    return {
        "up": sorted(task.upstream_task_ids),
        "rule": str(task.trigger_rule),
        "retries": task.retries,
        "policy": repr(task.retry_policy),
        "pool": task.pool,
        "timeout": str(task.execution_timeout),
        "weight": str(task.weight_rule),
        "arguments": [str(value) for value in getattr(task, "arguments", [])],
        "batch": str(getattr(task, "batch", None)),
        "index": getattr(task, "map_index_template", None),
        "doc": task.doc_md,
    }
graph = {dag_id: {task.task_id: described(task) for task in dag.tasks} for dag_id, dag in bag.dags.items()}
types = sorted({task.task_type for dag in bag.dags.values() for task in dag.tasks})
provider = "airflow.providers.cncf.kubernetes.operators.pod" in sys.modules
print("\\n" + json.dumps({"graph": graph, "types": types, "provider": provider}))
"""


@pytest.fixture
def manifests(tmp_path, monkeypatch):
    """A folder with a manifest for every stage."""
    folder = tmp_path / "pods"
    folder.mkdir()
    for stage in BY_NAME:
        (folder / f"{stage}.yaml").write_text(MANIFEST.format(stage=stage))
    monkeypatch.setenv("CLIPMILL_POD_TEMPLATES", str(folder))
    return folder


@pytest.fixture
def operator(manifests):
    """The stage `split` as a task."""
    return kubernetes.KubernetesStageOperator(
        task_id="split",
        stage="split",
        arguments=["--run", "r 1", "--batch", "r 1.videos-0"],
        batch="r 1.videos-0",
        execution_timeout=timedelta(hours=6),
    )


def graph(runtime, **environment):
    """The DAGs as Airflow loads them under a runtime."""
    done = subprocess.run(
        [sys.executable, "-c", GRAPH, str(ROOT / "dags")],
        env=os.environ | {"CLIPMILL_RUNTIME": runtime} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_both_runtimes_have_the_same_graph(manifests):
    local, pods = graph("local"), graph("kubernetes")
    assert pods["graph"] == local["graph"]
    assert "KubernetesStageOperator" in pods["types"]
    assert "LocalStageOperator" not in pods["types"]
    assert (local["provider"], pods["provider"]) == (False, True)


def test_a_pod_is_its_manifest_with_arguments_and_names(operator):
    pod = k8s.ApiClient().sanitize_for_serialization(operator.build_pod_request_obj(dry_run=True))
    wanted = yaml.safe_load(MANIFEST.format(stage="split"))

    (container,) = pod["spec"]["containers"]
    assert container["args"] == ["--run", "r 1", "--batch", "r 1.videos-0"]
    for key, value in wanted["spec"]["containers"][0].items():
        assert container[key] == value, key
    for key, value in wanted["spec"].items():
        if key != "containers":
            assert pod["spec"][key] == value, key
    assert pod["metadata"]["namespace"] == "clips"
    assert pod["metadata"]["name"].startswith("clipmill-split-")
    assert pod["metadata"]["labels"]["app.kubernetes.io/name"] == "clipmill"
    assert pod["metadata"]["labels"]["clipmill.dev/stage"] == "split"
    assert pod["metadata"]["annotations"]["clipmill.dev/run"] == "r 1"
    assert pod["metadata"]["annotations"]["clipmill.dev/batch"] == "r 1.videos-0"


def test_it_waits_in_its_slot_and_finds_its_pod_again(operator):
    assert (operator.deferrable, operator.durable, operator.do_xcom_push) == (False, True, False)
    assert operator.startup_timeout_seconds == operator.schedule_timeout_seconds == 60
    assert operator.log_events_on_failure
    assert not operator.log_pod_spec_on_failure


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda folder: (folder / "split.yaml").unlink(), "no pod manifest for the stage split"),
        (
            lambda folder: (folder / "split.yaml").write_text(
                MANIFEST.format(stage="split").replace("name: stage", "name: base")
            ),
            "must be named 'stage', not 'base'",
        ),
    ],
)
def test_a_wrong_manifest_is_told_when_the_dag_is_loaded(manifests, spoil, message):
    spoil(manifests)
    with pytest.raises(ValueError, match=message):
        kubernetes.KubernetesStageOperator(task_id="split", stage="split", arguments=["--run", "r"])


def test_without_a_folder_it_says_which_setting(monkeypatch):
    monkeypatch.delenv("CLIPMILL_POD_TEMPLATES", raising=False)
    with pytest.raises(ValueError, match="CLIPMILL_POD_TEMPLATES is not set"):
        kubernetes.pod_manifest("split")


def pod(phase="Failed", *, code=None, reason=None, why=None, waiting=None, said=None):
    """A pod as the cluster tells of it at the end."""
    ended = k8s.V1ContainerStateTerminated(exit_code=code, reason=reason) if code is not None else None
    statuses = [
        k8s.V1ContainerStatus(
            name="stage",
            image="i",
            image_id="",
            ready=False,
            restart_count=0,
            state=k8s.V1ContainerState(terminated=ended),
        )
    ]
    unplaced = k8s.V1PodCondition(type="PodScheduled", status="False", message=waiting)
    limits = k8s.V1ResourceRequirements(limits={"memory": "1Gi"})
    return k8s.V1Pod(
        metadata=k8s.V1ObjectMeta(name="p", namespace="clips"),
        spec=k8s.V1PodSpec(containers=[k8s.V1Container(name="stage", resources=limits)]),
        status=k8s.V1PodStatus(
            phase=phase,
            reason=why,
            message=said,
            conditions=[unplaced] if waiting else None,
            container_statuses=statuses if ended else None,
        ),
    )


@pytest.mark.parametrize(
    ("ended", "failure", "message"),
    [
        (pod(code=78), StageRefused, r"^split: no such setting \(exit code 78\)$"),
        (pod(code=75), StageTryAgain, r"exit code 75"),
        (pod(code=1), StageBroken, r"exit code 1"),
        (pod(code=143), StageTryAgain, r"exit code 143"),
        (pod(code=137, reason="OOMKilled"), StageTryAgain, r"more memory than its limit, 1Gi"),
        (pod(why="Evicted", said="The node was low on disk."), StageTryAgain, "Evicted: The node was low on disk"),
        (pod(why="NodeLost"), StageTryAgain, "split: NodeLost"),
        (pod("Pending", waiting="0/3 nodes are available"), StageTryAgain, "0/3 nodes are available"),
        (pod("Running"), StageTryAgain, "ended as Running without an exit code"),
    ],
)
def test_the_end_of_a_pod_becomes_a_failure(ended, failure, message):
    with pytest.raises(failure, match=message):
        raise kubernetes.pod_failure("split", ended, "no such setting")


def test_what_airflow_says_of_a_pod_that_never_started_is_kept():
    cause = AirflowException("Image cannot be pulled, unable to start: ErrImagePull")
    failure = kubernetes.pod_failure("split", pod("Pending"), "", cause)
    assert isinstance(failure, StageTryAgain)
    assert "Image cannot be pulled" in str(failure)


class Cluster:
    """Answers for one pod; each answer is a pod, or an HTTP status."""

    def __init__(self, *answers):
        self.answers, self.deleted = list(answers), []

    def read_pod(self, _):
        answer = self.answers.pop(0)
        if isinstance(answer, int):
            raise ApiException(status=answer)
        return answer

    def read_pod_events(self, _):
        return SimpleNamespace(items=[])

    def delete_pod(self, pod):
        self.deleted.append(pod.metadata.name)


def cleaned_up(operator, monkeypatch, held, *answers, cause=None):
    """What `cleanup` raises for the pod that Airflow holds, while a cause is on its way."""
    cluster = Cluster(*answers)
    monkeypatch.setattr(kubernetes.KubernetesStageOperator, "pod_manager", cluster)
    monkeypatch.setattr(operator, "is_istio_enabled", lambda _: False)
    monkeypatch.setattr(operator, "patch_already_checked", lambda *_, **__: None)
    try:
        try:
            if cause:
                raise cause
        finally:
            operator.cleanup(held, held)
    except BaseException as error:
        return error, cluster
    return None, cluster


def test_a_pod_that_succeeded_raises_nothing_and_is_deleted(operator, monkeypatch):
    error, cluster = cleaned_up(operator, monkeypatch, pod("Succeeded", code=0))
    assert error is None
    assert cluster.deleted == ["p"]


def test_a_pod_that_was_deleted_is_tried_again(operator, monkeypatch):
    gone = ApiException(status=404)
    error, _ = cleaned_up(operator, monkeypatch, pod("Running"), 404, 404, cause=gone)
    assert isinstance(error, StageTryAgain)
    assert "deleted from outside" in str(error)


def test_a_pod_that_was_killed_by_its_deletion_says_so(operator, monkeypatch):
    killed = pod(code=137, reason="Error")
    killed.metadata.deletion_timestamp = "2026-01-01T00:00:00Z"
    error, _ = cleaned_up(operator, monkeypatch, killed)
    assert isinstance(error, StageTryAgain)
    assert "deleted from outside" in str(error)


def test_a_pod_is_judged_by_its_end_and_not_by_what_airflow_held(operator, monkeypatch):
    error, _ = cleaned_up(operator, monkeypatch, pod("Running"), pod(code=78), pod(code=78))
    assert isinstance(error, StageRefused)


def test_a_pod_that_ran_too_long_says_how_long(operator, monkeypatch):
    timeout = AirflowTaskTimeout("timed out")
    error, cluster = cleaned_up(operator, monkeypatch, pod("Running"), pod("Running"), pod("Running"), cause=timeout)
    assert isinstance(error, StageTryAgain)
    assert "still running after 6:00:00" in str(error)
    assert cluster.deleted == ["p"]


@pytest.mark.parametrize(
    ("status", "body", "failure"),
    [
        (403, "pods is forbidden: exceeded quota: stages", StageTryAgain),
        (403, "pods is forbidden: User cannot create", StageRefused),
        (422, "spec.containers[0].image: Required value", StageRefused),
        (500, "etcdserver: request timed out", StageTryAgain),
    ],
)
def test_a_cluster_that_takes_no_pod(operator, monkeypatch, status, body, failure):
    def refuse(*_, **__):
        error = ApiException(status=status, reason="No")
        error.body = body
        raise error

    monkeypatch.setattr(kubernetes.KubernetesPodOperator, "execute", refuse)
    with pytest.raises(failure, match="the cluster does not take its pod"):
        operator.execute({})


@pytest.mark.parametrize(("status", "told"), [(404, "deleted from outside"), (401, "the cluster answered: Because")])
def test_a_cluster_that_fails_after_it_took_the_pod_is_tried_again(operator, monkeypatch, status, told):
    def fail(self, _):
        self.pod = pod("Pending")
        raise ApiException(status=status, reason="Because")

    monkeypatch.setattr(kubernetes.KubernetesPodOperator, "execute", fail)
    with pytest.raises(StageTryAgain, match=told):
        operator.execute({})


def test_the_log_of_a_pod_reads_as_that_of_a_process(operator, caplog):
    pods = kubernetes.StagePods(kube_client=None, stage_log=operator.stage_log)
    pods._log_message('{"level": "error", "event": "full", "run": "r 1", "left_bytes": 0}', "stage", True, None)
    assert operator.stage_log.last_error == "full left_bytes=0"


def test_a_log_that_is_read_twice_is_told_once_and_only_the_stages_words(caplog):
    pods = kubernetes.StagePods(kube_client=None, stage_log=StageLog(logging.getLogger("stage")))
    line = '{"time": "t1", "level": "info", "event": "end"}'
    with caplog.at_level(logging.INFO, "stage"):
        for message in (line, line, line.replace("t1", "t2"), "None\nunable to retrieve container logs for x", "a\nb"):
            pods._log_message(message, "stage", True, None)
    assert [record.getMessage() for record in caplog.records] == ["end", "end", "a", "b"]
