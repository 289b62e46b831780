"""The served vision-language model: off by default, and where it is on, stages know where it is."""

import helm_python as helm
import pytest

from tests.helm.chart import MINIMAL, named, one, render, stage_pods, variables

ON = MINIMAL | {"vlm": {"enabled": True, "model": "qwen3-vl-4b/ebb281ec", "modelsClaim": "models"}}


def test_there_is_none_by_default() -> None:
    manifests = render()
    assert "clipmill-vlm" not in named(manifests, "Deployment") + named(manifests, "Service")
    assert "CLIPMILL_VLM_SERVER" not in variables(stage_pods(manifests)["validate"]["spec"]["containers"][0])


def test_stages_are_told_where_it_is() -> None:
    manifests = render(ON)
    stage = stage_pods(manifests)["validate"]["spec"]["containers"][0]
    assert variables(stage)["CLIPMILL_VLM_SERVER"] == "http://clipmill-vlm.video.svc:8000/v1"
    (port,) = one(manifests, "Service", "clipmill-vlm")["spec"]["ports"]
    assert port["port"] == 8000


def test_it_serves_what_lies_in_the_model_store_on_a_gpu_and_fetches_nothing() -> None:
    pod = one(render(ON), "Deployment", "clipmill-vlm")["spec"]["template"]["spec"]
    (server,) = pod["containers"]
    assert "--model=/models/qwen3-vl-4b/ebb281ec" in server["args"]
    assert variables(server)["HF_HUB_OFFLINE"] == "1"
    assert server["resources"]["limits"]["nvidia.com/gpu"] == 1
    assert server["resources"]["limits"]["memory"] == "32Gi"
    (models,) = (volume for volume in pod["volumes"] if volume["name"] == "models")
    assert models["persistentVolumeClaim"] == {"claimName": "models", "readOnly": True}


@pytest.mark.parametrize(
    ("vlm", "told"),
    [({"modelsClaim": "models"}, "vlm.model must name"), ({"model": "a/b"}, "vlm.modelsClaim must name")],
)
def test_what_it_cannot_do_without_is_asked_for(vlm: dict[str, str], told: str) -> None:
    with pytest.raises(helm.HelmError, match=told):
        render(MINIMAL | {"vlm": {"enabled": True} | vlm})


def test_only_stages_reach_it_and_it_reaches_nobody() -> None:
    manifests = render(ON | {"networkPolicies": {"enabled": True, "catalog": {"cidrs": ["10.0.0.0/8"]}}})
    policy = one(manifests, "NetworkPolicy", "clipmill-vlm")["spec"]
    assert policy["egress"] == []
    (peer,) = policy["ingress"][0]["from"]
    assert peer["podSelector"]["matchLabels"]["app.kubernetes.io/component"] == "stage"
