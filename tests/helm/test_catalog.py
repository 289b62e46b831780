"""The catalog's side: migration, Postgres for trials, pooler."""

import base64
import configparser
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.helm.chart import MINIMAL, Manifest, named, one, pod_specs, render, stage_pods, variables

TRIAL: Manifest = {"postgres": {"enabled": True, "airflowDatabase": "airflow"}, "pooler": {"enabled": True}}


def job(values: Manifest | None = None) -> Manifest:
    """The migration's Job."""
    (found,) = (
        found
        for found in render(MINIMAL if values is None else values)
        if found["metadata"]["labels"]["app.kubernetes.io/component"] == "migration" and found["kind"] == "Job"
    )
    return found


def migration(**settings: Any) -> Manifest:
    """The Job under settings of the migration."""
    return job(MINIMAL | {"migration": settings})


def test_the_migration_goes_before_what_needs_it() -> None:
    assert migration()["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert job(TRIAL)["metadata"]["annotations"]["helm.sh/hook"] == "post-install,post-upgrade"


def test_without_hooks_another_image_is_another_job() -> None:
    old, new = migration(hook=False), migration(hook=False, image={"tag": "2"})
    assert "annotations" not in old["metadata"]
    assert old["metadata"]["name"] != new["metadata"]["name"]
    assert migration(hook=False)["metadata"]["name"] == old["metadata"]["name"]
    argo = {"argocd.argoproj.io/hook": "PreSync"}
    assert migration(hook=False, annotations=argo)["metadata"]["annotations"] == argo


def test_the_migration_asks_the_server_itself() -> None:
    (container,) = job(TRIAL)["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "localhost/clipmill-cli:0.1.0"
    url = {"secretKeyRef": {"name": "clipmill-catalog", "key": "url"}}
    assert variables(container)["CLIPMILL_CATALOG_URL"] == url


def run_migration(folder: Path, script: str, wait_s: int = 60) -> tuple[int, int]:
    """Exit code of the Job's shell, and how often it called a `clipmill` that is this script."""
    (container,) = job()["spec"]["template"]["spec"]["containers"]
    command = folder / "clipmill"
    command.write_text(f"#!/bin/sh\necho call >> {folder}/calls\ncalls=$(wc -l < {folder}/calls)\n{script}\n")
    command.chmod(0o755)
    (folder / "sleep").write_text("#!/bin/sh\n")
    (folder / "sleep").chmod(0o755)
    env = {"PATH": f"{folder}:{os.environ['PATH']}", "WAIT_S": str(wait_s)}
    done = subprocess.run([*container["command"], *container["args"]], env=env, timeout=20, check=False)
    return done.returncode, len((folder / "calls").read_text().splitlines())


@pytest.mark.parametrize(
    ("script", "wait_s", "ended"),
    [
        ("exit 0", 60, (0, 1)),
        ("[ $calls -ge 3 ]", 60, (0, 3)),
        ("exit 78", 60, (78, 1)),
        ("exit 1", 0, (1, 1)),
    ],
    ids=["at once", "when the database is up", "refused", "too late"],
)
def test_the_migration_waits_for_the_database(tmp_path: Path, script: str, wait_s: int, ended: tuple[int, int]) -> None:
    assert run_migration(tmp_path, script, wait_s) == ended


def test_a_trial_makes_its_own_password_and_urls() -> None:
    manifests = render(TRIAL)
    secret = one(manifests, "Secret", "clipmill-catalog")
    assert secret["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
    found = {key: base64.b64decode(value).decode() for key, value in secret["data"].items()}
    password = found["password"]
    assert len(password) == 32
    assert password.isalnum()
    assert found == {
        "password": password,
        "url": f"postgresql://clipmill:{password}@clipmill-postgres.video:5432/clipmill?sslmode=disable",
        "pooler-url": f"postgresql://clipmill:{password}@clipmill-pooler.video:5432/clipmill?sslmode=disable",
        "userlist.txt": f'"clipmill" "{password}"\n',
    }
    airflow = base64.b64decode(one(manifests, "Secret", "clipmill-airflow-metadata")["data"]["connection"]).decode()
    assert airflow == f"postgresql://clipmill:{password}@clipmill-postgres.video:5432/airflow"
    assert password != base64.b64decode(one(render(TRIAL), "Secret", "clipmill-catalog")["data"]["password"]).decode()


def test_a_secret_of_ones_own_is_used() -> None:
    manifests = render(MINIMAL | TRIAL)
    assert named(manifests, "Secret") == []
    spec = one(manifests, "StatefulSet", "clipmill-postgres")["spec"]
    (container,) = spec["template"]["spec"]["containers"]
    password = {"secretKeyRef": {"name": "clipmill-catalog", "key": "password"}}
    assert variables(container)["POSTGRES_PASSWORD"] == password
    assert spec["replicas"] == 1
    assert spec["volumeClaimTemplates"][0]["spec"]["resources"]["requests"]["storage"] == "20Gi"
    assert "max_connections=200" in container["args"]
    assert "CREATE DATABASE airflow;" in one(manifests, "ConfigMap", "clipmill-postgres")["data"]["airflow.sql"]


def settings_of_pooler(values: Manifest) -> configparser.ConfigParser:
    """PgBouncer's settings, which are an ini file."""
    found = configparser.ConfigParser(interpolation=None)
    found.read_string(one(render(values), "ConfigMap", "clipmill-pooler")["data"]["pgbouncer.ini"])
    return found


def test_the_pooler_gives_a_connection_for_a_transaction() -> None:
    values = MINIMAL | {"pooler": {"enabled": True, "server": {"host": "db.example.org", "port": 5433}, "poolSize": 7}}
    found = settings_of_pooler(values)
    assert found["databases"]["clipmill"] == "host=db.example.org port=5433 dbname=clipmill"
    pooler = found["pgbouncer"]
    assert (pooler["pool_mode"], pooler["default_pool_size"]) == ("transaction", "7")
    assert pooler["auth_file"] == "/etc/clipmill/users/userlist.txt"
    assert "host=clipmill-postgres" in settings_of_pooler(TRIAL)["databases"]["clipmill"]


def test_with_a_pooler_stages_connect_to_it() -> None:
    for values, key in ((TRIAL, "pooler-url"), (TRIAL | {"pooler": {"enabled": False}}, "url")):
        (stage,) = stage_pods(render(values))["filter"]["spec"]["containers"]
        expected = {"secretKeyRef": {"name": "clipmill-catalog", "key": key}}
        assert variables(stage)["CLIPMILL_CATALOG_URL"] == expected


def test_another_setting_of_the_pooler_is_another_pod() -> None:
    def checksum(**settings: Any) -> str:
        values = MINIMAL | {"pooler": {"enabled": True, "server": {"host": "db"}} | settings}
        template = one(render(values), "Deployment", "clipmill-pooler")["spec"]["template"]
        return str(template["metadata"]["annotations"]["checksum/settings"])

    assert checksum() == checksum()
    assert checksum() != checksum(poolSize=3)


def test_all_who_ask_the_server_trust_the_authority_that_is_named() -> None:
    catalog = {"existingSecret": "clipmill-catalog", "caBundle": {"secret": "authority", "key": "root.pem"}}
    pooler = {"enabled": True, "server": {"host": "db", "tlsMode": "verify-full"}}
    manifests = render({"catalog": catalog, "pooler": pooler, "metrics": {"enabled": True}})
    file = "/etc/clipmill/catalog-ca/root.pem"
    volume = {"secretName": "authority", "items": [{"key": "root.pem", "path": "root.pem"}]}
    for place, spec in pod_specs(manifests):
        (container,) = spec["containers"]
        assert "pooler" in place or variables(container)["PGSSLROOTCERT"] == file, place
        assert {"name": "catalog-ca", "secret": volume} in spec["volumes"], place
        assert "/etc/clipmill/catalog-ca" in [mount["mountPath"] for mount in container["volumeMounts"]], place
    settings = one(manifests, "ConfigMap", "clipmill-pooler")["data"]["pgbouncer.ini"]
    assert f"server_tls_ca_file = {file}\n" in settings
