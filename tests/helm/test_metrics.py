"""The exporter's queries on a real catalog; alerts and dashboard use only what they give."""

import json
import re
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import yaml

from tasks.core.catalog import Catalog
from tests.fixtures.curated import curated
from tests.helm.chart import CHART, MINIMAL, Manifest, load, named, one, render, variables
from tests.unit.test_names import STAGES

COLLECTORS = load(CHART / "files" / "queries.yaml")
DASHBOARD = json.loads((CHART / "files" / "dashboard.json").read_text())
METRICS = {metric["metric_name"]: (collector, metric) for collector in COLLECTORS for metric in collector["metrics"]}
ON: Manifest = {"metrics": {"enabled": True}}

RESERVED = """
insert into catalog.reservation (stage_key, subject_id, batch_id, run_id, fence, expires_at)
select k.stage_key, gen_random_uuid(), b.batch_id, k.run_id, 1, now() + '1 hour'
from catalog.run_key k, (select batch_id from catalog.batch limit 1) b where k.name = 'transcode'
"""


def query_of(name: str) -> str:
    """The SQL behind a metric."""
    collector, metric = METRICS[name]
    return metric.get("query") or {q["query_name"]: q["query"] for q in collector["queries"]}[metric["query_ref"]]


@pytest.fixture
def rows(catalog: Catalog, catalog_url: str, tmp_path: Path) -> Any:
    """A function from a metric to its rows over a small curated run, as dicts."""
    curated(catalog, tmp_path)
    connection = psycopg2.connect(catalog_url)

    def ask(name: str) -> list[dict[str, Any]]:
        with connection.cursor() as cursor:
            cursor.execute(query_of(name))
            return [dict(zip([c.name for c in cursor.description], row, strict=True)) for row in cursor.fetchall()]

    with connection.cursor() as cursor:
        cursor.execute(RESERVED)
    yield ask
    connection.close()


def test_every_metric_has_rows_and_its_columns(rows: Any) -> None:
    for name, (_, metric) in METRICS.items():
        found = rows(name)
        assert found, name
        (value,) = metric["values"]
        for row in found:
            assert all(isinstance(row[label], str) for label in metric["key_labels"]), (name, row)
            assert float(row[value]) >= 0, (name, row)
        labels = [tuple(row[label] for label in metric["key_labels"]) for row in found]
        assert len(set(labels)) == len(labels), f"{name}: the same labels twice"


def test_the_numbers_are_those_of_the_run(rows: Any) -> None:
    items = {(row["stage"], row["result"]): row["items"] for row in rows("clipmill_items_total")}
    assert items["split", "done"] == 1
    assert items["report", "done"] == 0
    runs = {(row["stage"], row["exit_code"]): row["runs"] for row in rows("clipmill_stage_runs_total")}
    assert runs["filter", "0"] == 1
    cpu_s = {row["stage"]: row["cpu_s"] for row in rows("clipmill_stage_cpu_seconds_total")}
    assert cpu_s["filter"] == 2.5
    failures = {(row["stage"], row["kind"]): row["items"] for row in rows("clipmill_open_failures")}
    assert failures == {("split", "killed"): 1, ("ingest", "not_a_video"): 1, ("crop", "decode_error"): 1}
    reserved = {(row["stage"], row["state"]): row["items"] for row in rows("clipmill_reserved_items")}
    assert reserved["transcode", "live"] == 1
    assert sum(reserved.values()) == 1
    (version,) = rows("clipmill_dataset_version")
    assert (version["dataset"], version["version"], version["clips"]) == ("tiny", 1, 1)
    funnel = {(r["stage"], r["unit"], r["flow"]): r["items"] for r in rows("clipmill_funnel_items") if not r["reason"]}
    assert funnel["transcode", "clips", "out"] == 3
    assert funnel["publish", "clips", "out"] == 1


def test_a_catalog_of_which_nothing_is_known_has_metrics_too(catalog_url: str) -> None:
    connection = psycopg2.connect(catalog_url)
    with connection.cursor() as cursor:
        for name in METRICS:
            cursor.execute(query_of(name))
        cursor.execute(query_of("clipmill_items_total"))
        assert len(cursor.fetchall()) == 2 * len(STAGES)
    connection.close()


def test_the_exporter_asks_as_it_is_told() -> None:
    manifests = render(MINIMAL | ON)
    config = yaml.safe_load(one(manifests, "ConfigMap", "clipmill-metrics")["data"]["sql_exporter.yml"])
    intervals = {collector["collector_name"]: collector["min_interval"] for collector in config["collectors"]}
    assert intervals == {"work": "30s", "funnel": "600s"}
    assert config["target"]["collectors"] == ["work", "funnel"]
    stripped = [{key: value for key, value in c.items() if key != "min_interval"} for c in config["collectors"]]
    assert stripped == COLLECTORS
    (container,) = one(manifests, "Deployment", "clipmill-metrics")["spec"]["template"]["spec"]["containers"]
    secret = {"secretKeyRef": {"name": "clipmill-catalog", "key": "url"}}
    # As an argument it would stand in the list of processes.
    assert variables(container) == {"SQLEXPORTER_TARGET_DSN": secret}
    assert container["args"] == ["--config.file=/etc/clipmill/metrics/sql_exporter.yml"]


def test_a_funnel_too_large_is_not_asked_for() -> None:
    manifests = render(MINIMAL | {"metrics": {"enabled": True, "funnel": False}})
    config = yaml.safe_load(one(manifests, "ConfigMap", "clipmill-metrics")["data"]["sql_exporter.yml"])
    assert [collector["collector_name"] for collector in config["collectors"]] == ["work"]
    assert config["target"]["collectors"] == ["work"]


def expressions() -> dict[str, str]:
    """Every PromQL expression of the chart, by where it stands."""
    rules = {"serviceMonitor": {"enabled": True}, "rules": {"enabled": True}}
    rule = one(render(MINIMAL | {"metrics": {"enabled": True} | rules}), "PrometheusRule", "clipmill-metrics")
    alerts = {alert["alert"]: alert["expr"] for group in rule["spec"]["groups"] for alert in group["rules"]}
    panels = {panel["title"]: target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]}
    return alerts | panels


def test_alerts_and_panels_use_metrics_and_labels_that_there_are() -> None:
    for place, expression in expressions().items():
        used = re.findall(r"(clipmill_\w+)(?:\{([^}]*)\})?", expression)
        assert used, place
        for name, selector in used:
            assert name in METRICS, f"{place}: no metric {name}"
            labels = METRICS[name][1]["key_labels"]
            assert set(re.findall(r"(\w+)=", selector)) <= set(labels), f"{place}: {name} has {labels}"


def test_a_counter_is_called_total_and_only_counters_are_rated() -> None:
    for name, (_, metric) in METRICS.items():
        assert (metric["type"] == "counter") == name.endswith("_total"), name
    for place, expression in expressions().items():
        rated = re.findall(r"(?:rate|increase)\((\w+)", expression)
        assert all(name.endswith("_total") for name in rated), place


def test_grafana_finds_the_dashboard() -> None:
    found = one(render(MINIMAL | {"metrics": {"enabled": True, "dashboard": {"enabled": True}}}), "ConfigMap",
                "clipmill-dashboard")  # fmt: skip
    assert found["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert json.loads(found["data"]["clipmill.json"]) == DASHBOARD
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def test_what_the_operator_of_prometheus_brings_is_made_only_where_wanted() -> None:
    manifests = render(MINIMAL | ON)
    assert named(manifests, "ServiceMonitor") == named(manifests, "PrometheusRule") == []
    monitored = render(
        MINIMAL | {"metrics": {"enabled": True, "serviceMonitor": {"enabled": True, "labels": {"a": "b"}}}}
    )
    monitor = one(monitored, "ServiceMonitor", "clipmill-metrics")
    assert monitor["metadata"]["labels"]["a"] == "b"
    service = one(monitored, "Service", "clipmill-metrics")
    assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
