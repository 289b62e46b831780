"""One cluster with the chart in it, one Airflow, and one corpus, for all tests of this folder."""

import io
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
import yaml

from tasks.cli.demo_corpus import CorpusPlan, make_corpus
from tests.fixtures.pipeline import Pipeline, write_recipe
from tests.k8s import chart, cluster
from tests.k8s.cluster import SCRIPT, Cluster
from tests.k8s.house import BUCKET, KEYS, Bucket, CatalogServer, House, wait_until

ARCHIVE = os.environ.get("CLIPMILL_IMAGES_ARCHIVE")
"""A docker archive of all images, as `make test-k8s` builds it; without it the cluster must have them."""

CHANGES: dict[str, Any] = {"split": {"min_clip_s": 2.0}, "plan": {"batch_video_s": 60}}
"""Short clips count, since the corpus is short."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Nothing here runs where there is no cluster to run on."""
    if not SCRIPT.exists():
        for item in items:
            item.add_marker(pytest.mark.skip(reason=f"no test cluster: {SCRIPT} is not there"))


@pytest.fixture(scope="session")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The corpus, as files."""
    folder = tmp_path_factory.mktemp("corpus")
    make_corpus(folder / "videos", folder / "truth.json", CorpusPlan(scale=0.5))
    return folder / "videos"


@pytest.fixture(scope="session")
def live_cluster() -> Iterator[Cluster]:
    """The cluster, with the images."""
    yield (found := cluster.up())
    for pod in found.pods():
        found.kubectl("delete", "pod", pod["metadata"]["name"], "--grace-period=0", "--force")
    if not os.environ.get("CLIPMILL_KEEP_CLUSTER"):
        cluster.down()


@pytest.fixture(scope="session")
def images(live_cluster: Cluster) -> None:
    """The images, in the cluster."""
    if ARCHIVE:
        cluster.script("load", ARCHIVE)


@pytest.fixture(scope="session")
def catalog_server(live_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CatalogServer]:
    """The catalog's Postgres."""
    server = CatalogServer(tmp_path_factory.mktemp("catalog"))
    yield server
    from tasks.cli.local import postgres

    postgres.stop(server.folder)


@pytest.fixture(scope="session")
def bucket(live_cluster: Cluster, videos: Path) -> Iterator[Bucket]:
    """The object store, with the corpus in it."""
    made = Bucket()
    made.put_folder(videos, "videos")
    yield made
    made.close()


@pytest.fixture(scope="session")
def installed(
    live_cluster: Cluster, images: None, catalog_server: CatalogServer, bucket: Bucket
) -> list[dict[str, Any]]:
    """The chart's manifests, applied; the catalog is migrated by its Job."""
    live_cluster.secret("clipmill-catalog", url=catalog_server.url)
    live_cluster.secret(
        "clipmill-store",
        **{"access-key-id": KEYS["AWS_ACCESS_KEY_ID"], "secret-access-key": KEYS["AWS_SECRET_ACCESS_KEY"]},
    )
    manifests = chart.rendered()
    (job,) = [job for job in chart.of_kind(manifests, "Job") if "migrat" in job["metadata"]["name"]]
    live_cluster.kubectl("delete", "job", job["metadata"]["name"], "--ignore-not-found")
    live_cluster.apply(manifests)

    def migrated() -> bool:
        status = live_cluster.get("job", job["metadata"]["name"])["status"]
        assert not status.get("failed"), live_cluster.kubectl("logs", f"job/{job['metadata']['name']}")
        return bool(status.get("succeeded"))

    wait_until(migrated, "the migration", 120)
    return manifests


@pytest.fixture(scope="session")
def running_house(
    live_cluster: Cluster,
    catalog_server: CatalogServer,
    bucket: Bucket,
    installed: list[dict[str, Any]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[House]:
    """Airflow, reading the manifests that the chart wrote."""
    house = House(live_cluster, catalog_server, bucket, tmp_path_factory.mktemp("house"))
    house.manifests.mkdir()
    (stages,) = [
        one for one in chart.of_kind(installed, "ConfigMap") if any(key.endswith(".yaml") for key in one["data"])
    ]
    for name, text in stages["data"].items():
        (house.manifests / name).write_text(text)
    house.up()
    yield house
    house.clipmill("down")


@pytest.fixture
def house(running_house: House) -> House:
    """The house with an empty catalog and nothing running."""
    running_house.catalog.empty()
    migrated = running_house.clipmill("catalog", "migrate")
    assert migrated.returncode == 0, migrated.stderr
    return running_house


@pytest.fixture
def recipe(house: House, tmp_path: Path) -> Path:
    """The recipe over the bucket, with an output of its own."""
    source = {"name": "videos", "kind": "s3", "path": f"s3://{BUCKET}/videos"}
    terms = {"licence": "CC0-1.0", "rights": "made by the test"}
    output = f"s3://{BUCKET}/{tmp_path.name}"
    body = {"name": "made", "dataset": "made", "output": output, "sources": [source | terms], **CHANGES}
    path = tmp_path / "recipe.yaml"
    path.write_text(yaml.safe_dump(body))
    return path


@dataclass(frozen=True, slots=True)
class LocalRun:
    """What the stages make as processes of this machine, on a folder."""

    manifest: bytes
    index: bytes


def rows_of(index: bytes) -> list[dict[str, Any]]:
    """The rows of a Parquet index."""
    rows: list[dict[str, Any]] = pyarrow.parquet.read_table(io.BytesIO(index)).to_pylist()
    return rows


@pytest.fixture(scope="session")
def local_run(
    videos: Path, tmp_path_factory: pytest.TempPathFactory, catalog_template: str, postgres_server: Any
) -> LocalRun:
    """The version that the local runtime makes of the corpus."""
    from tasks.cli.local import postgres

    folder = tmp_path_factory.mktemp("local")
    postgres.query(postgres_server, f"CREATE DATABASE local_run TEMPLATE {catalog_template}")
    recipe = write_recipe(folder / "recipe.yaml", videos, folder / "dataset", **CHANGES)
    Pipeline(postgres_server.url("local_run"), recipe).run("made")
    manifest = (folder / "dataset" / "versions" / "00001" / "manifest.json").read_bytes()
    return LocalRun(manifest, (folder / "dataset" / json.loads(manifest)["index"]["key"]).read_bytes())


@pytest.fixture
def published(house: House, tmp_path: Path) -> "Published":
    """What a run published."""
    return Published(house, tmp_path.name)


class Published:
    """The dataset of a test."""

    def __init__(self, house: House, prefix: str) -> None:
        self._house, self._prefix = house, prefix

    def is_that_of(self, local: "LocalRun") -> None:
        """AssertionError, saying what differs, unless the first version is byte for byte the local one."""
        here = self._house.bucket.read(f"{self._prefix}/versions/00001/manifest.json")
        made, wanted = json.loads(here), json.loads(local.manifest)
        assert rows_of(self._house.bucket.read(f"{self._prefix}/{made['index']['key']}")) == rows_of(local.index)
        assert made == wanted
        assert here == local.manifest

    def versions(self) -> int:
        """How many versions there are."""
        found = self._house.bucket.client.list_objects_v2(Bucket=BUCKET, Prefix=f"{self._prefix}/versions/")
        return sum(one["Key"].endswith("/manifest.json") for one in found["Contents"])
