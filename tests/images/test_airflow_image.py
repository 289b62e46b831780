"""The image of Airflow with the pod manifests mounted, as the user of Airflow's own chart."""

import json
import os
from pathlib import Path

import pytest
import yaml

from tests.images.engine import require_own, run
from tests.unit.test_names import STAGES

pytestmark = pytest.mark.skipif("airflow" not in os.environ.get("STAGES", "airflow"), reason="STAGES leaves it out")

IN_AIRFLOW = "--tmpfs=/opt/airflow/logs:mode=1777"
"""The one folder that Airflow's chart gives it."""
LOAD = """
import json, sys
sys.path.insert(0, "/opt/airflow/dags")
from airflow.dag_processing.dagbag import DagBag
bag = DagBag("/opt/airflow/dags")
tasks = {type(task).__name__ for dag in bag.dags.values() for task in dag.tasks if hasattr(task, "arguments")}
print(json.dumps({"errors": bag.import_errors, "dags": sorted(bag.dags), "operators": sorted(tasks)}))
"""


@pytest.fixture(autouse=True)
def own() -> None:
    """Skips where it stands on the official image."""
    require_own("airflow")


def pod(stage: str) -> str:
    """The least that the chart writes for a stage."""
    container = {"name": "stage", "image": f"localhost/clipmill-{stage}:test"}
    return yaml.safe_dump({"metadata": {"name": stage, "annotations": {}}, "spec": {"containers": [container]}})


def test_is_airflow() -> None:
    assert run("airflow", "airflow", "version", options=(IN_AIRFLOW,)).strip() == "3.3.2"


def test_loads_the_dags_that_start_pods(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    for stage in STAGES:
        (tmp_path / f"{stage}.yaml").write_text(pod(stage))
    options = (IN_AIRFLOW, "--env=CLIPMILL_POD_TEMPLATES=/pods", f"--volume={tmp_path}:/pods:ro")
    said = json.loads(run("airflow", "python", "-c", LOAD, options=options).splitlines()[-1])
    assert said == {"errors": {}, "dags": ["curate", "ingest"], "operators": ["KubernetesStageOperator"]}
