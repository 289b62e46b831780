"""The Kubernetes runtime: each stage is a pod of its own image, its log the task's log.

What a pod is made of (image, secrets, resources, nodes, rights) stands in one Pod manifest per stage, which the Helm
chart writes; a task adds its arguments and names.
"""

import os
import sys
from collections import deque
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.providers.cncf.kubernetes.utils.pod_manager import PodManager, PodPhase
from airflow.sdk.exceptions import AirflowException, AirflowTaskTimeout
from kubernetes.client.exceptions import ApiException

from clipmill_dags.chosen import is_left_out, why_left_out
from clipmill_dags.exits import KILLED, StageFailed, StageRefused, StageTryAgain, failure_of
from clipmill_dags.pages import LINKS, told
from clipmill_dags.stage_log import StageLog

CONTAINER = "stage"
"""Name of the container in the manifest that is the stage; the first one."""

STARTUP_TIMEOUT = "clipmill.dev/startup-timeout-s"
"""Annotation of the manifest: how long a node may take to appear, and the image to be pulled."""

DEFAULT_STARTUP_TIMEOUT_S = 900


def pod_manifest(stage: str) -> dict[str, Any]:
    """The manifest `<stage>.yaml` in the folder CLIPMILL_POD_TEMPLATES. Raises ValueError saying what is missing."""
    folder = os.environ.get("CLIPMILL_POD_TEMPLATES")
    if not folder:
        raise ValueError(
            "CLIPMILL_POD_TEMPLATES is not set: the folder of the pod manifests that the Helm chart writes"
        )
    path = Path(folder) / f"{stage}.yaml"
    if not path.is_file():
        raise ValueError(f"no pod manifest for the stage {stage}: {path} is not there")
    manifest: dict[str, Any] = yaml.safe_load(path.read_text())
    names = [container["name"] for container in manifest["spec"]["containers"]]
    if names[0] != CONTAINER:
        raise ValueError(f"{path}: the first container must be named {CONTAINER!r}, not {names[0]!r}")
    return manifest


class StagePods(PodManager):
    """Airflow's reader of pods, whose log lines go through a StageLog: JSON becomes text, at its level."""

    def __init__(self, *, stage_log: StageLog, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._stage_log = stage_log
        self._recent: deque[str] = deque(maxlen=200)

    def _log_message(self, message: str, *_: Any, **__: Any) -> None:
        # A log that is read again after an interruption repeats its last second; a stage's own lines hold their time.
        if message.startswith("{"):
            if message in self._recent:
                return
            self._recent.append(message)
        self._stage_log.follow(line for line in message.splitlines() if not _is_of_the_node(line))


def _is_of_the_node(line: str) -> bool:
    """Whether a node put this line where the log of a container should be that is gone."""
    return line == "None" or line.startswith("unable to retrieve container logs for ")


class KubernetesStageOperator(KubernetesPodOperator):
    """Runs a stage's image with ARGUMENTS in a pod and waits for it; finds its pod again after a restart."""

    BASE_CONTAINER_NAME = CONTAINER
    template_fields: Sequence[str] = (*KubernetesPodOperator.template_fields, "batch")
    operator_extra_links = LINKS
    ui_color = "#dcecf5"

    def __init__(self, *, stage: str, arguments: Sequence[str], batch: Any = None, **kwargs: Any) -> None:
        manifest = pod_manifest(stage)
        said = manifest["metadata"].get("annotations", {})
        run = arguments[arguments.index("--run") + 1]
        names = {"clipmill.dev/run": run} | ({"clipmill.dev/batch": batch} if batch is not None else {})
        super().__init__(
            name=f"clipmill-{stage}",
            arguments=list(arguments),
            pod_template_dict=manifest,
            labels={"clipmill.dev/stage": stage},
            annotations=names,
            startup_timeout_seconds=int(said.get(STARTUP_TIMEOUT, DEFAULT_STARTUP_TIMEOUT_S)),
            startup_check_interval_seconds=2,
            # The deferrable mode of Airflow 3.3.2 runs short pods twice (docs/decisions/0004).
            deferrable=False,
            durable=True,
            do_xcom_push=False,
            on_finish_action="delete_pod",
            log_events_on_failure=True,
            log_events_on_startup=False,
            log_pod_spec_on_failure=False,
            **kwargs,
        )
        self.stage = stage
        self.batch = batch

    @cached_property
    def stage_log(self) -> StageLog:
        """What the pod has written so far."""
        return StageLog(self.log)

    @cached_property
    def pod_manager(self) -> StagePods:
        """The door to the pods."""
        return StagePods(kube_client=self.client, callbacks=self.callbacks, stage_log=self.stage_log)

    def execute(self, context: Any) -> None:
        """Run the pod and raise what its end stands for."""
        if is_left_out(self.stage, context):
            self.log.info(why_left_out(self.stage, context))
            return
        told(self)
        try:
            super().execute(context)
        except ApiException as error:
            if self.pod is not None:
                gone = (
                    "its pod was deleted from outside"
                    if error.status == 404
                    else f"the cluster answered: {error.reason}"
                )
                raise StageTryAgain(f"{self.stage}: {gone}") from error
            raise _refused_pod(self.stage, error) from error

    def cleanup(self, pod: Any, remote_pod: Any, xcom_result: Any = None, context: Any = None) -> None:
        """Clean up, and raise the failure that the pod's end stands for; the last word on a try has this method."""
        cause = sys.exception()
        ended = self._as_it_ended(remote_pod)
        try:
            super().cleanup(pod, remote_pod, xcom_result=xcom_result, context=context)
        except AirflowException as error:
            failure = self._failure(ended, cause)
            # The stage may never have come to say a word itself.
            self.log.error("%s", failure)
            raise failure from error

    def _as_it_ended(self, remote_pod: Any) -> Any:
        """The pod as the cluster has it now, None where it is gone; what Airflow holds may be from its start."""
        if remote_pod is None or remote_pod.status.phase in PodPhase.terminal_states:
            return remote_pod
        try:
            return self.pod_manager.read_pod(remote_pod)
        except ApiException as error:
            return None if error.status == 404 else remote_pod

    def _failure(self, pod: Any, cause: BaseException | None) -> StageFailed:
        """What the end of a pod that did not succeed stands for."""
        if isinstance(cause, AirflowTaskTimeout):
            return StageTryAgain(f"{self.stage}: still running after {self.execution_timeout}, its longest try")
        if pod is None or (pod.metadata.deletion_timestamp and not _has_spoken(pod)):
            return StageTryAgain(f"{self.stage}: its pod was deleted from outside while it ran")
        return pod_failure(self.stage, pod, self.stage_log.last_error, cause)


def pod_failure(stage: str, pod: Any, last_error: str, cause: BaseException | None = None) -> StageFailed:
    """The failure that a pod's last status stands for; `cause` is what Airflow said of a pod that never started."""
    ended = _terminated(pod)
    if ended is not None and ended.reason == "OOMKilled":
        limit = (pod.spec.containers[0].resources.limits or {}).get("memory", "its node's memory")
        return StageTryAgain(f"{stage}: killed for using more memory than its limit, {limit} (exit code 137)")
    kind = failure_of(ended.exit_code) if ended is not None else None
    if kind is not None:
        return kind(f"{stage}: {last_error or ended.message or 'ended without a word'} (exit code {ended.exit_code})")
    said = [pod.status.reason, pod.status.message, _why_waiting(pod), str(cause or "")]
    known = ": ".join(dict.fromkeys(text.strip() for text in said if text and text.strip()))
    return StageTryAgain(f"{stage}: {known or f'its pod ended as {pod.status.phase} without an exit code'}")


def _terminated(pod: Any) -> Any:
    """How the stage's container ended; None where it did not start or is not known."""
    for status in pod.status.container_statuses or []:
        if status.name == CONTAINER:
            return status.state.terminated
    return None


def _has_spoken(pod: Any) -> bool:
    """Whether the stage ended by itself, with an exit code of its own."""
    ended = _terminated(pod)
    return ended is not None and ended.exit_code not in KILLED


def _why_waiting(pod: Any) -> str | None:
    """What the scheduler says of a pod that it finds no node for."""
    for condition in pod.status.conditions or []:
        if condition.type == "PodScheduled" and condition.status == "False":
            return condition.message
    return None


def _refused_pod(stage: str, error: ApiException) -> StageFailed:
    """The failure for a cluster that does not take the pod; full quotas empty again, wrong manifests do not mend."""
    text = f"{stage}: the cluster does not take its pod ({error.status} {error.reason}): {error.body or 'no more said'}"
    lasting = error.status in (400, 403, 404, 422) and "quota" not in text
    return StageRefused(text) if lasting else StageTryAgain(text)
