"""The server of pages on a cluster."""

from tests.helm.chart import MINIMAL, named, one, render, variables

ON = {"pages": {"enabled": True, "airflowUrl": "https://airflow.example.org"}}


def test_it_runs_the_command_with_the_catalog_and_airflows_address() -> None:
    manifests = render(MINIMAL | ON)
    (container,) = one(manifests, "Deployment", "clipmill-pages")["spec"]["template"]["spec"]["containers"]
    assert container["args"][-2:] == ["--airflow", "https://airflow.example.org"]
    assert container["args"][:-2] == ["pages", "--host", "0.0.0.0", "--port", "8090"]
    assert container["image"].split(":")[0].endswith("clipmill-cli")
    given = variables(container)
    assert given["CLIPMILL_CATALOG_URL"]["secretKeyRef"]["name"] == "clipmill-catalog"
    (port,) = one(manifests, "Service", "clipmill-pages")["spec"]["ports"]
    assert port == {"name": "http", "port": 8090, "targetPort": "http"}


def test_there_is_none_unless_wanted() -> None:
    assert "clipmill-pages" not in named(render(), "Deployment")
