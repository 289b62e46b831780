"""Who may talk to whom, as rules: the test cluster has no plugin that would enforce them."""

from typing import Any

from tests.helm.chart import MINIMAL, Manifest, named, one, render, stage_pods

ON = {
    "networkPolicies": {
        "enabled": True,
        "catalog": {"cidrs": ["10.1.0.0/24"]},
        "store": {"cidrs": ["10.2.0.0/24"], "ports": [8443]},
    }
}


def policy(name: str, **values: Any) -> Manifest:
    """The spec of a policy, with policies on."""
    return one(render(MINIMAL | ON | values), "NetworkPolicy", name)["spec"]


def reached(rules: list[Manifest]) -> set[tuple[str, int]]:
    """What rules let through: a network, or the words that select pods, with the port."""
    return {(_peer(peer), port["port"]) for rule in rules for peer in _peers(rule) for port in rule["ports"]}


def _peers(rule: Manifest) -> list[Manifest]:
    return [*rule.get("to", []), *rule.get("from", [])]


def _peer(peer: Manifest) -> str:
    if "ipBlock" in peer:
        return str(peer["ipBlock"]["cidr"])
    labels = peer.get("podSelector", {}).get("matchLabels") or peer["namespaceSelector"]["matchLabels"]
    return str(labels.get("app.kubernetes.io/component") or next(iter(labels.values())))


def test_a_stage_reaches_dns_catalog_and_store_and_nobody_reaches_it() -> None:
    stage = policy("clipmill-stage")
    assert stage["podSelector"]["matchLabels"]["app.kubernetes.io/component"] == "stage"
    assert stage["policyTypes"] == ["Ingress", "Egress"]
    assert stage["ingress"] == []
    assert reached(stage["egress"]) == {("kube-dns", 53), ("10.1.0.0/24", 5432), ("10.2.0.0/24", 8443)}


def test_a_stage_reaches_a_model_server_where_there_is_one() -> None:
    model = {"modelServer": {"podLabels": {"app": "vllm"}, "ports": [8000]}}
    stage = policy("clipmill-stage", networkPolicies=ON["networkPolicies"] | model)
    assert ("vllm", 8000) in reached(stage["egress"])


def test_with_a_pooler_stages_reach_it_and_not_the_server() -> None:
    values = {"pooler": {"enabled": True, "server": {"host": "db"}}}
    assert reached(policy("clipmill-stage", **values)["egress"]) >= {("pooler", 5432)}
    assert ("10.1.0.0/24", 5432) not in reached(policy("clipmill-stage", **values)["egress"])
    pooler = policy("clipmill-pooler", **values)
    assert reached(pooler["ingress"]) == {("stage", 5432), ("pages", 5432), ("airflow", 5432)}
    assert reached(pooler["egress"]) == {("kube-dns", 53), ("10.1.0.0/24", 5432)}


def test_postgres_lets_in_clipmill_and_airflow_and_reaches_nothing() -> None:
    postgres = policy("clipmill-postgres", postgres={"enabled": True})
    ours = {("stage", 5432), ("migration", 5432), ("pooler", 5432), ("metrics", 5432), ("pages", 5432)}
    assert reached(postgres["ingress"]) == ours | {("airflow", 5432), ("pools", 5432)}
    assert postgres["egress"] == []
    assert ("postgres", 5432) in reached(policy("clipmill-stage", postgres={"enabled": True})["egress"])


def test_airflow_is_let_in_from_its_own_namespace_only() -> None:
    values = {"airflowAccess": {"namespace": "data"}, "postgres": {"enabled": True}}
    (rule,) = policy("clipmill-postgres", **values)["ingress"]
    airflow, pools = (peer for peer in rule["from"] if "namespaceSelector" in peer)
    for peer in (airflow, pools):
        assert peer["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "data"}
    assert airflow["podSelector"]["matchLabels"] == {"tier": "airflow"}
    job = one(render(MINIMAL | values | {"airflowAccess": {"metadataSecret": {"name": "x"}}}), "Job", "clipmill-pools")
    assert pools["podSelector"]["matchLabels"].items() <= job["spec"]["template"]["metadata"]["labels"].items()


def test_a_store_at_any_address_leaves_out_the_metadata_service() -> None:
    stage = policy("clipmill-stage", networkPolicies={"enabled": True, "catalog": {"podLabels": {"app": "pg"}}})
    assert ("pg", 5432) in reached(stage["egress"])
    (store,) = (peer["ipBlock"] for rule in stage["egress"] for peer in rule["to"] if "ipBlock" in peer)
    assert store == {"cidr": "0.0.0.0/0", "except": ["169.254.0.0/16"]}
    assert ("0.0.0.0/0", 443) in reached(stage["egress"])


def test_only_prometheus_asks_the_exporter() -> None:
    metrics = policy("clipmill-metrics", metrics={"enabled": True})
    assert reached(metrics["ingress"]) == {("monitoring", 9399)}
    assert reached(metrics["egress"]) == {("kube-dns", 53), ("10.1.0.0/24", 5432)}


def test_there_are_none_unless_wanted() -> None:
    assert "NetworkPolicy" not in {found["kind"] for found in render()}


def test_nobody_goes_out_to_the_web_unless_wanted() -> None:
    assert "clipmill-web" not in named(render(MINIMAL | ON), "NetworkPolicy")


def test_ingest_alone_goes_out_to_the_web_and_to_no_private_network() -> None:
    values = ON["networkPolicies"] | {"web": {"enabled": True}}
    manifests = render(MINIMAL | {"networkPolicies": values})
    web = one(manifests, "NetworkPolicy", "clipmill-web")["spec"]
    chosen = web["podSelector"]["matchLabels"].items()
    pods = stage_pods(manifests)
    assert {name for name, pod in pods.items() if chosen <= pod["metadata"]["labels"].items()} == {"ingest"}
    assert web["policyTypes"] == ["Egress"]
    assert reached(web["egress"]) == {("0.0.0.0/0", 80), ("0.0.0.0/0", 443)}
    (block,) = (peer["ipBlock"] for rule in web["egress"] for peer in rule["to"])
    assert {"10.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"} <= set(block["except"])
    assert ("0.0.0.0/0", 443) not in reached(one(manifests, "NetworkPolicy", "clipmill-stage")["spec"]["egress"])


def test_of_the_web_only_some_networks() -> None:
    web = {"web": {"enabled": True, "cidrs": ["203.0.113.0/24"], "ports": [443]}}
    assert reached(policy("clipmill-web", networkPolicies=ON["networkPolicies"] | web)["egress"]) == {
        ("203.0.113.0/24", 443)
    }


def test_the_pages_reach_the_catalog_and_are_asked_by_whom_the_values_name() -> None:
    pages = policy("clipmill-pages", pages={"enabled": True})
    assert pages["ingress"] == []
    assert reached(pages["egress"]) == {("kube-dns", 53), ("10.1.0.0/24", 5432)}
    front = {"pagesFrom": [{"namespaceSelector": {"matchLabels": {"name": "ingress"}}}]}
    asked = policy("clipmill-pages", pages={"enabled": True}, networkPolicies=ON["networkPolicies"] | front)
    assert reached(asked["ingress"]) == {("ingress", 8090)}
