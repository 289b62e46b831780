"""The Pod manifests that Airflow starts: what each stage is given."""

from typing import Any

import pytest

from tests.helm.chart import MINIMAL, NAMESPACE, Manifest, notes, one, render, stage_pods, toolbox, variables

SECRET_URL = {"secretKeyRef": {"name": "clipmill-catalog", "key": "url"}}


def pod(stage: str = "split", **values: Any) -> Manifest:
    """The manifest of a stage under these values."""
    return stage_pods(render(MINIMAL | values))[stage]


def container(stage: str = "split", **values: Any) -> Manifest:
    """The container of a stage under these values."""
    (found,) = pod(stage, **values)["spec"]["containers"]
    return found


def test_a_manifest_is_complete() -> None:
    found = pod("transcode")
    assert found["metadata"]["name"] == "clipmill-transcode"
    assert found["metadata"]["namespace"] == NAMESPACE
    assert found["metadata"]["labels"]["clipmill.dev/stage"] == "transcode"
    assert found["metadata"]["annotations"] == {"clipmill.dev/startup-timeout-s": "900"}
    spec = found["spec"]
    assert spec["restartPolicy"] == "Never"
    assert spec["serviceAccountName"] == "clipmill-stage"
    assert spec["automountServiceAccountToken"] is False
    assert spec["enableServiceLinks"] is False
    assert spec["terminationGracePeriodSeconds"] == 60
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["volumes"] == [{"name": "scratch", "emptyDir": {"sizeLimit": "20Gi"}}]
    (stage,) = spec["containers"]
    assert stage["name"] == "stage"
    assert stage["image"] == "localhost/clipmill-transcode:0.1.0"
    assert stage["imagePullPolicy"] == "IfNotPresent"
    assert "command" not in stage
    assert stage["volumeMounts"] == [{"name": "scratch", "mountPath": "/scratch"}]


def test_a_stage_knows_catalog_image_cores_and_scratch() -> None:
    found = variables(container("split"))
    assert found == {
        "CLIPMILL_CATALOG_URL": SECRET_URL,
        "CLIPMILL_IMAGE": "localhost/clipmill-split:0.1.0",
        "CLIPMILL_WORKERS": {"resourceFieldRef": {"containerName": "stage", "resource": "limits.cpu", "divisor": "1"}},
        "CLIPMILL_SCRATCH_BYTES": str(2 * 1024**3 * 9 // 10),
        "CLIPMILL_S3_ADDRESSING": "auto",
    }


def test_without_a_cpu_limit_the_request_counts() -> None:
    # Helm takes a key away by null; here in both places that say one.
    none = {"resources": {"limits": {"cpu": None}}}
    found = container("split", stageDefaults=none, stages={"split": none})
    assert found["resources"]["limits"] == {"memory": "1Gi"}
    assert found["resources"]["requests"]["cpu"] == "2"
    assert variables(found)["CLIPMILL_WORKERS"]["resourceFieldRef"]["resource"] == "requests.cpu"


def test_a_stage_says_only_what_differs() -> None:
    defaults = {"nodeSelector": {"pool": "video"}, "gpu": {"count": 1}, "terminationGracePeriodSeconds": 90}
    own = {"gpu": {"count": 0}, "nodeSelector": {"disk": "nvme"}}
    values = {"stageDefaults": defaults, "stages": {"crop": own}}
    split, crop = pod("split", **values)["spec"], pod("crop", **values)["spec"]
    assert split["containers"][0]["resources"]["limits"] == {"cpu": "2", "memory": "1Gi", "nvidia.com/gpu": 1}
    assert "nvidia.com/gpu" not in crop["containers"][0]["resources"]["limits"]
    assert split["nodeSelector"] == {"pool": "video"}
    assert crop["nodeSelector"] == {"pool": "video", "disk": "nvme"}
    assert crop["terminationGracePeriodSeconds"] == 90


def test_every_setting_of_a_stage_reaches_its_pod() -> None:
    own = {
        "image": {"repository": "my-split", "tag": "2", "pullPolicy": "Always", "pullSecrets": ["mine"]},
        "startupTimeoutSeconds": 1200,
        "serviceAccountName": "other",
        "runtimeClassName": "gvisor",
        "priorityClassName": "low",
        "tolerations": [{"key": "spot", "operator": "Exists"}],
        "affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []}},
        "podLabels": {"team": "video"},
        "podAnnotations": {"note": "yes"},
        "extraEnv": [{"name": "LEVEL", "value": "debug"}],
        "extraVolumes": [{"name": "videos", "persistentVolumeClaim": {"claimName": "videos"}}],
        "extraVolumeMounts": [{"name": "videos", "mountPath": "/videos", "readOnly": True}],
        "scratch": {"sizeLimit": "512Mi", "medium": "Memory"},
    }
    found = pod("split", stages={"split": own})
    assert found["metadata"]["labels"]["team"] == "video"
    assert found["metadata"]["annotations"] == {"clipmill.dev/startup-timeout-s": "1200", "note": "yes"}
    spec = found["spec"]
    for key in ("runtimeClassName", "priorityClassName", "tolerations", "affinity", "serviceAccountName"):
        assert spec[key] == own[key]
    assert spec["imagePullSecrets"] == [{"name": "mine"}]
    assert spec["volumes"] == [
        {"name": "scratch", "emptyDir": {"sizeLimit": "512Mi", "medium": "Memory"}},
        *own["extraVolumes"],
    ]
    (stage,) = spec["containers"]
    assert (stage["image"], stage["imagePullPolicy"]) == ("localhost/my-split:2", "Always")
    assert stage["volumeMounts"][1:] == own["extraVolumeMounts"]
    assert variables(stage)["LEVEL"] == "debug"
    assert variables(stage)["CLIPMILL_SCRATCH_BYTES"] == str(512 * 1024**2 * 9 // 10)


def test_a_node_must_have_room_for_scratch() -> None:
    def asked(**scratch: str) -> str | None:
        resources = container("split", stageDefaults={"scratch": scratch})["resources"]
        found: str | None = resources["requests"].get("ephemeral-storage")
        return found

    assert asked() == "2Gi"
    assert asked(sizeLimit="7Gi") == "7Gi"
    assert asked(medium="Memory") is None
    assert asked(storageClass="nvme") is None


def test_scratch_of_a_storage_class_is_a_volume_of_the_pod() -> None:
    (scratch,) = pod(stageDefaults={"scratch": {"storageClass": "nvme", "sizeLimit": "30Gi"}})["spec"]["volumes"]
    claim = scratch["ephemeral"]["volumeClaimTemplate"]["spec"]
    assert claim["storageClassName"] == "nvme"
    assert claim["resources"] == {"requests": {"storage": "30Gi"}}


def test_an_image_by_digest_is_recorded_with_it() -> None:
    digest = "sha256:" + "1" * 64
    found = container("crop", images={"registry": "r.example.org/v/"}, stages={"crop": {"image": {"digest": digest}}})
    assert found["image"] == f"r.example.org/v/clipmill-crop:0.1.0@{digest}"
    assert variables(found)["CLIPMILL_IMAGE"] == found["image"]


def test_the_store_comes_by_the_usual_variables() -> None:
    store = {
        "endpoint": "https://rgw.example.org",
        "region": "default",
        "addressing": "path",
        "existingSecret": "keys",
        "caBundle": {"configMap": "corporate-ca"},
    }
    spec = pod(store=store)["spec"]
    (stage,) = spec["containers"]
    found = variables(stage)
    assert found["AWS_ENDPOINT_URL_S3"] == "https://rgw.example.org"
    assert found["AWS_REGION"] == "default"
    assert found["CLIPMILL_S3_ADDRESSING"] == "path"
    assert found["AWS_ACCESS_KEY_ID"] == {"secretKeyRef": {"name": "keys", "key": "access-key-id"}}
    assert found["AWS_SECRET_ACCESS_KEY"] == {"secretKeyRef": {"name": "keys", "key": "secret-access-key"}}
    assert found["AWS_CA_BUNDLE"] == "/etc/clipmill/ca/ca.crt"
    assert stage["volumeMounts"][1] == {"name": "ca", "mountPath": "/etc/clipmill/ca", "readOnly": True}
    ca = {"configMap": {"name": "corporate-ca", "items": [{"key": "ca.crt", "path": "ca.crt"}]}}
    assert spec["volumes"][1] == {"name": "ca"} | ca


def test_the_manifests_lie_where_airflow_is() -> None:
    manifests = render(MINIMAL | {"airflowAccess": {"namespace": "airflow"}})
    assert one(manifests, "ConfigMap", "clipmill-stages")["metadata"]["namespace"] == "airflow"
    assert stage_pods(manifests)["split"]["metadata"]["namespace"] == NAMESPACE


def test_airflow_may_do_to_pods_what_it_must_and_no_more() -> None:
    manifests = render(MINIMAL | {"airflowAccess": {"namespace": "airflow", "serviceAccounts": ["a", "b"]}})
    rules = one(manifests, "Role", "clipmill-stage-launcher")["rules"]
    allowed = {(resource, verb) for rule in rules for resource in rule["resources"] for verb in rule["verbs"]}
    pods = {("pods", verb) for verb in ("create", "get", "list", "watch", "patch", "delete")}
    assert allowed == pods | {("pods/log", "get"), ("events", "list")}
    binding = one(manifests, "RoleBinding", "clipmill-stage-launcher")
    assert binding["metadata"]["namespace"] == NAMESPACE
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": name, "namespace": "airflow"} for name in "ab"]
    assert "ClusterRole" not in {manifest["kind"] for manifest in manifests}


def test_the_service_account_of_stages_has_no_token_and_may_have_a_cloud_role() -> None:
    role = {"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/x"}
    found = one(render(MINIMAL | {"serviceAccount": {"annotations": role}}), "ServiceAccount", "clipmill-stage")
    assert found["automountServiceAccountToken"] is False
    assert found["metadata"]["annotations"] == role


@pytest.mark.parametrize(("create", "named"), [(True, "clipmill-stage"), (False, None)])
def test_a_priority_class_is_used_where_it_is_made(create: bool, named: str | None) -> None:
    manifests = render(MINIMAL | {"priorityClass": {"create": create}})
    assert stage_pods(manifests)["split"]["spec"].get("priorityClassName") == named
    assert [found["value"] for found in manifests if found["kind"] == "PriorityClass"] == [-100][: int(create)]


def test_the_notes_say_what_an_airflow_elsewhere_needs() -> None:
    said = notes(MINIMAL | {"airflowAccess": {"namespace": "data"}})
    assert "CLIPMILL_POD_TEMPLATES=/etc/clipmill/stages" in said
    assert "the key `url` of the Secret clipmill-catalog" in said
    # Its name and kind are not the same everywhere; its label is.
    assert "kubectl -n data exec $(kubectl -n data get pod -l component=scheduler -o name" in said
    assert "airflow pools import /etc/clipmill/stages/pools.json" in said


def test_the_notes_name_the_key_of_the_pooler() -> None:
    pooler = {"pooler": {"enabled": True, "server": {"host": "db"}}}
    assert "the key `pooler-url` of the Secret clipmill-catalog" in notes(MINIMAL | pooler)
    inside = notes(MINIMAL | pooler | {"airflow": {"enabled": True}})
    assert "airflow.secret may name the key `pooler-url`" in inside


def test_the_toolbox_is_a_pod_beside_the_stages() -> None:
    store = {"existingSecret": "keys", "caBundle": {"configMap": "corporate-ca"}}
    manifests = render(MINIMAL | {"store": store})
    found, stage = toolbox(manifests), stage_pods(manifests)["split"]
    (ours,), (theirs,) = found["spec"]["containers"], stage["spec"]["containers"]
    assert ours["image"] == "localhost/clipmill-cli:0.1.0"
    own = {"CLIPMILL_IMAGE", "CLIPMILL_WORKERS", "CLIPMILL_SCRATCH_BYTES"}
    assert variables(ours) == {key: value for key, value in variables(theirs).items() if key not in own}
    assert ours["volumeMounts"] == theirs["volumeMounts"]
    assert found["spec"]["serviceAccountName"] == stage["spec"]["serviceAccountName"]
    # Network policies and the server's let it through as a stage.
    assert found["metadata"]["labels"]["app.kubernetes.io/component"] == "stage"
    said = notes(MINIMAL)
    assert f"kubectl -n {NAMESPACE} get configmap clipmill-toolbox -o jsonpath={{.data.pod}}" in said
    assert "exec -i clipmill-toolbox -- clipmill recipe add /dev/stdin" in said
